import { afterEach, describe, expect, it } from 'vitest'
import type { IncidentId } from '../../src/incidents/incident.js'
import { cardOf, expectOnce, expectTruth } from '../support/crash.js'
import { fromMessageToPage } from '../support/crash-row.js'
import { eventually } from '../support/eventually.js'
import { passing } from '../support/passing.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage

afterEach(() => stage.close())

const stays = () => false
const paged = (thread: Thread) => fromMessageToPage.walk(stage, thread, stays)
const keys = () => stage.pagerduty.incidents().map((incident) => incident.dedupKey)

/** The bot is down; nothing is delivered to anybody, and Slack does not try for long. */
async function down(): Promise<void> {
  await stage.bots.at(-1)?.stop()
}
const unheard = (text: string, more: Parameters<Stage['say']>[1] = {}) => stage.say(text, { deliver: false, ...more })

/** Comes back and has read what there was to read. */
async function back(): Promise<void> {
  await stage.bot()
  await read()
}

/** One more look at the channel's history, from the first page to the last. */
async function read(): Promise<void> {
  const reads = () =>
    stage.slack.calls('conversations.history').filter((call) => call.ok && call.args['cursor'] === undefined)
  const before = reads().length
  stage.clock.forward('1m')
  await eventually(() => expect(reads().length).toBeGreaterThan(before))
}

describe('a bot that was down', () => {
  it('pages on its return for what was posted, and the card says how late', async () => {
    stage = await createStage()
    await down()
    const thread = unheard('the site is down')
    stage.clock.forward('12m')
    await stage.bot()
    await paged(thread)
    expect(cardOf(thread)?.text).toMatch(/Mayday read it only 12 min later/)
    expectOnce(stage, thread)
    expectTruth(stage, thread)
  })

  it('pages for each emergency, and lets what belongs to one join it, as if it had been there', async () => {
    stage = await createStage()
    await down()
    const morning = unheard('the site is down')
    stage.clock.forward('3m')
    const same = unheard('for me too')
    stage.clock.forward('2h')
    const noon = unheard('payments fail')
    stage.clock.forward('5m')
    await stage.bot()
    await paged(morning)
    await paged(noon)
    await same.expect(/was added to emergency/)
    expect(keys().sort()).toEqual([morning.key, noon.key].sort())
    expect(cardOf(morning)?.text).toMatch(/read it only 2 h 8 min later/)
    expect(cardOf(noon)?.text).toMatch(/read it only 5 min later/)
  })

  it('finds a message again that Slack tried to deliver in vain', async () => {
    stage = await createStage()
    await down()
    const thread = stage.say('the site is down')
    await eventually(() =>
      expect(stage.slack.deliveries.filter((one) => one.outcome === 'connection_failed')).toHaveLength(4),
    )
    await stage.bot()
    await paged(thread)
    expectOnce(stage, thread)
  })

  it('reads all of a history that is longer than one page', async () => {
    stage = await createStage()
    await down()
    const first = unheard('the site is down')
    const more = Array.from({ length: 249 }, (_, n) => unheard(`and another one, ${n + 2} of 250`))
    await stage.bot()
    await paged(first)
    await eventually(() => expect(cardOf(first)?.text).toMatch(/249 more messages joined it/), 40_000)
    expect(keys()).toEqual([first.key])
    await eventually(() => expect(more.filter((thread) => thread.replies().length !== 1)).toEqual([]), 40_000)
  })

  it.each([
    ['for a second', 1],
    ['for longer than a read waits', 40],
  ])('reads the history although Slack limits that %s', async (_, retryAfter) => {
    stage = await createStage()
    await down()
    const thread = unheard('the site is down')
    stage.slack.fault({ method: 'conversations.history', retryAfter, times: 2 })
    await stage.bot()
    const refused = () => stage.slack.calls('conversations.history').filter((call) => call.status === 429)
    await eventually(() => expect(refused()).not.toHaveLength(0))
    await passing(stage, '10s', () => expect(refused()).toHaveLength(2))
    await passing(stage, '10s', () => expect(keys()).toEqual([thread.key]))
    await paged(thread)
    expectOnce(stage, thread)
  })

  it('does not page for edits, deletions and replies that it missed', async () => {
    stage = await createStage()
    const thread = stage.say('the site is down')
    await paged(thread)
    await down()
    stage.slack.edit({ channel: stage.channel, ts: thread.ts, text: 'the site is down for everybody' })
    unheard('I restarted it', { threadTs: thread.ts })
    unheard('and now it is worse', { threadTs: thread.ts, broadcast: true })
    const gone = unheard('never mind me')
    stage.slack.erase({ channel: stage.channel, ts: gone.ts })
    stage.clock.forward('2h')
    await back()
    await eventually(async () => {
      const facts = await stage.bots.at(-1)?.ports.store.facts.ofIncident(1 as IncidentId)
      const noted = facts?.flatMap((fact) => (fact.kind === 'noted' ? [fact.text] : []))
      expect(noted?.sort()).toEqual(['I restarted it', 'and now it is worse'])
    })
    expect(keys()).toEqual([thread.key])
    expect(stage.pagerduty.events()).toHaveLength(1)
    expect(cardOf(thread)?.text).not.toMatch(/joined/)
  })

  it('pages once for a message that was edited, or that others answered, before it came back', async () => {
    stage = await createStage()
    await down()
    const thread = unheard('the site is dwon')
    stage.slack.edit({ channel: stage.channel, ts: thread.ts, text: 'the site is down' })
    unheard('same here', { threadTs: thread.ts })
    await stage.bot()
    await paged(thread)
    expectOnce(stage, thread)
    expect(stage.pagerduty.events()).toMatchObject([{ payload: { summary: 'the site is down' } }])
  })
})

describe('the first start ever', () => {
  it('pages for nothing that was there before, however fresh, and for everything after', async () => {
    stage = await createStage({ started: false })
    for (const text of ['hello', 'is this the channel?']) unheard(text)
    stage.clock.forward('30s')
    unheard('we install Mayday now')
    await back()
    await read()
    expect(stage.pagerduty.events()).toEqual([])
    const thread = stage.say('the site is down')
    await paged(thread)
    expectOnce(stage, thread)
  })

  it('finds what was missed in its first minute', async () => {
    stage = await createStage({ started: false })
    unheard('hello')
    await back()
    const thread = unheard('the site is down')
    await read()
    await paged(thread)
    expect(keys()).toEqual([thread.key])
  })
})
