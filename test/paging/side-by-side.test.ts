import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { createStage, type Stage } from '../support/stage.js'
import { expectReply } from '../support/truth.js'

/** A call to PagerDuty that hangs does so for longer than any wait of a test. */
const limits = { answerMs: 45_000, deadlineMs: 45_000 }

let stage: Stage

afterEach(async () => {
  // Cuts what still hangs, for which the bot would wait.
  await stage.pagerduty.close()
  await stage.close()
})

describe('while PagerDuty does not answer one call', () => {
  it('the next attempt of another page does not wait for it', async () => {
    stage = await createStage({ yaml: 'paging: { join_window: 0s }', limits })
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /is paging Alex Rivera/u))
    stage.pagerduty.fault({ match: (request) => request.path.startsWith('/incidents'), hang: true })
    await first.press('incident.resolve')
    const asked = () => stage.pagerduty.requests({ path: '/incidents' }).filter(({ status }) => status === 0)
    await eventually(() => expect(asked()).not.toEqual([]))
    stage.pagerduty.fault({ match: '/v2/enqueue', times: 1, status: 503 })
    const second = stage.say('the database is gone')
    await eventually(() => {
      stage.clock.forward('250ms')
      expect(stage.pagerduty.events().map((event) => event.dedup_key)).toContain(second.key)
    })
  })

  it('an acknowledgement does not wait for a note about a message that joined', async () => {
    stage = await createStage({ limits })
    const first = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(first, /is paging Alex Rivera/u))
    stage.pagerduty.fault({ match: /\/notes$/u, hang: true })
    const second = stage.say('payments too')
    await eventually(() => expectReply(second, /was added to emergency/u))
    await first.press('incident.ack')
    await eventually(() => expect(stage.pagerduty.incidents()[0]?.status).toBe('acknowledged'))
  })
})
