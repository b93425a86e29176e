import { afterEach, describe, expect, it } from 'vitest'
import type { SimFault } from '../../src/simulator/slack/types.js'
import { eventually } from '../support/eventually.js'
import { timeline } from '../support/heard.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

/** PagerDuty has the page of this message, once, while Slack is still in trouble. */
async function paged(thread: Thread): Promise<void> {
  await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(1))
  expect(stage.pagerduty.events()).toEqual([
    expect.objectContaining({ dedup_key: thread.key, event_action: 'trigger' }),
  ])
  await eventually(async () =>
    expect(await timeline(stage)).toContainEqual(expect.objectContaining({ kind: 'page_confirmed' })),
  )
}

/** The thread tells what it would have told without the trouble, and tells it once. */
async function caughtUp(thread: Thread): Promise<void> {
  await thread.expect(/is paging Alex/)
  await thread.expect(/^Checklist On-call/)
  expect(thread.replies().filter((reply) => /Emergency #\d/.test(reply.text))).toHaveLength(1)
  expect(thread.replies().filter((reply) => /^Checklist On-call/.test(reply.text))).toHaveLength(1)
}

describe('while the Web API is in trouble', () => {
  const troubles: readonly (readonly [string, Omit<SimFault, 'method'>, string])[] = [
    ['answers 429 with Retry-After', { retryAfter: 30 }, '31s'],
    ['answers 500', { status: 500 }, '2s'],
    ['answers 503 with a page of HTML', { status: 503, body: '<html>Slack is down</html>' }, '2s'],
    ['cuts the connection', { reset: true }, '2s'],
    ['says that it broke inside', { error: 'internal_error' }, '2s'],
    ['says invalid_auth', { error: 'invalid_auth' }, '61s'],
  ]

  it.each(troubles)('%s: the page goes, and the thread catches up', async (_name, trouble, wait) => {
    stage = await createStage()
    const heal = stage.slack.fault({ method: '*', ...trouble })
    const thread = stage.say('checkout returns errors')
    await paged(thread)
    await eventually(() => expect(stage.slack.calls('chat.postMessage').length).toBeGreaterThan(0))
    expect(thread.replies()).toEqual([])
    heal()
    stage.clock.forward(wait)
    await caughtUp(thread)
    expect(stage.pagerduty.incidents()).toHaveLength(1)
  })

  it('answers nothing at all: the trigger leaves before any call to Slack has ended', async () => {
    stage = await createStage({ timing: { callMs: 2_000 } })
    const before = stage.slack.calls().length
    const heal = stage.slack.fault({ method: '*', hang: true })
    const thread = stage.say('checkout hangs')
    await paged(thread)
    expect(
      stage.slack
        .calls()
        .slice(before)
        .filter((call) => call.answered),
    ).toEqual([])
    // A second emergency, while the calls for the first one still hang.
    stage.clock.forward('11m')
    const second = stage.say('and now the database')
    await eventually(() => expect(stage.pagerduty.events().map((event) => event.dedup_key)).toContain(second.key))
    expect(
      stage.slack
        .calls()
        .slice(before)
        .filter((call) => call.answered),
    ).toEqual([])
    heal()
    await caughtUp(second)
    await thread.expect(/Emergency #1/)
  })

  it('takes no token any more: the page still goes, and Mayday says that it is deaf and dumb', async () => {
    stage = await createStage()
    stage.slack.revokeTokens()
    const thread = stage.say('search is empty')
    await paged(thread)
    const [bot] = stage.bots
    await eventually(async () => expect((await bot?.app.health())?.join(' ')).toMatch(/invalid_auth.*SLACK_BOT_TOKEN/))
  })
})
