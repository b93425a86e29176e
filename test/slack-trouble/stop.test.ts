import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

describe('a stop while Slack is slow', () => {
  it('leaves what is not posted yet for the next start, which posts it once', async () => {
    stage = await createStage({ yaml: 'paging: {join_window: 0s, max_pages_per_minute: 100}\n' })
    const heal = stage.slack.fault({ method: 'chat.postMessage', delayMs: 300 })
    const threads = Array.from({ length: 8 }, (_, index) => stage.say(`emergency ${index}`))
    await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(8))
    await eventually(() => expect(stage.slack.calls('chat.postMessage').length).toBeGreaterThan(0))
    await stage.bots[0]?.stop()
    const posted = stage.slack.calls('chat.postMessage').length
    // A card and a checklist for each.
    expect(posted).toBeLessThan(16)
    expect(stage.slack.calls('chat.postMessage').every((call) => call.answered)).toBe(true)
    heal()
    // Whatever the stopped one still had planned falls due here.
    stage.clock.forward('2m')
    await stage.bot()
    for (const thread of threads) {
      await thread.expect(/^Checklist On-call/)
      await thread.expect(/is paging Alex/)
      expect(thread.replies().filter((reply) => /Emergency #\d/.test(reply.text))).toHaveLength(1)
    }
    expect(stage.pagerduty.incidents()).toHaveLength(8)
  })
})
