import { afterEach, describe, expect, it } from 'vitest'
import { createSeen } from '../../src/incidents/silence/seen.js'
import { alexIsCalled, times } from '../paging/alex-is-called.js'
import { eventually } from '../support/eventually.js'
import { refusedBySlack } from '../support/heard.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage, type StageOptions, type Thread } from '../support/stage.js'
import { expectReply, expectTruth } from '../support/truth.js'

let stage: Stage

afterEach(async () => {
  expect(refusedBySlack(stage)).toEqual([])
  await stage.close()
})

const ASKED = /are you still on emergency #1\? Nothing was heard from you for \d+ min/u
const BACK = /gave no sign of life\. The page is no longer acknowledged in PagerDuty/u

/** Alex acknowledges on the phone, as on-calls do. */
async function alexHasIt(options: StageOptions = {}): Promise<Thread> {
  const begun = await alexIsCalled(options)
  stage = begun.stage
  stage.pagerduty.acknowledge(incident().id, stage.onCall.alex)
  await passing(stage, '2s', () => expectReply(begun.thread, /Alex Rivera \(in PagerDuty\) is on it/u))
  return begun.thread
}

const incident = () => stage.pagerduty.incidents()[0] as ReturnType<Stage['pagerduty']['incidents']>[number]
/** Calls that would take the acknowledgement back. */
const changes = () =>
  stage.pagerduty
    .requests({ path: `/incidents/${incident().id}`, method: 'PUT' })
    .filter((request) => JSON.stringify(request.body).includes('"triggered"'))
/** A leap, and then small steps: between the question and what follows there must be time for the test. */
async function soon<T>(leap: string, assertion: () => T): Promise<T> {
  stage.clock.forward(leap)
  return passing(stage, '30s', assertion)
}
const asked = (thread: Thread) => soon('25m', () => expectReply(thread, ASKED))
const told = (user: string) =>
  stage.slack
    .ephemerals(user)
    .map((one) => one.text)
    .join('\n')

describe('an owner who is silent', () => {
  it('is asked once and un-acknowledged once in PagerDuty, by two replicas, across a restart, and again after a new acknowledgement', async () => {
    const thread = await alexHasIt({ replicas: 2 })
    // Somebody else's words are no sign of Alex.
    stage.slack.say({ channel: stage.channel, user: stage.people.sam, text: 'any news?', threadTs: thread.ts })
    await asked(thread)
    await stage.bots[0]?.stop()
    await stage.bot()
    expect(incident()).toMatchObject({ status: 'acknowledged' })
    const calls = incident().notified.length
    await soon('8m', () => expectReply(thread, BACK))
    expect(incident()).toMatchObject({ status: 'triggered', assignees: [stage.onCall.alex] })
    expect(incident().notified.length).toBe(calls + 1)
    await quietly(stage, '10s', 6)
    expect([times(thread, ASKED), times(thread, BACK), changes().length]).toEqual([1, 1, 1])
    expectReply(thread, /Emergency #1: PagerDuty opened .* is paging Alex Rivera/u)

    await thread.press('incident.still_on_it')
    await eventually(() => expect(told(stage.people.alex)).toMatch(/Nobody is known to be on emergency #1 any more/u))
    stage.pagerduty.acknowledge(incident().id, stage.onCall.kim)
    await passing(stage, '2s', () => expectReply(thread, /Kim Osei \(in PagerDuty\) is on it/u))
    await soon('25m', () => expectReply(thread, /Kim Osei \(in PagerDuty\), are you still on emergency #1/u))
    expectTruth(stage)
  })

  it('is not asked after a word, a press or a command, and is left alone after another person says that they are on it', async () => {
    const thread = await alexHasIt()
    await quietly(stage, '5m', 5)
    await stage.slack.slash({ user: stage.people.alex, channel: stage.channel, command: '/mayday', text: 'status' })
    await eventually(() => expect(told(stage.people.alex)).toMatch(/1 open/u))
    await quietly(stage, '5m', 5)
    stage.slack.say({ channel: stage.channel, user: stage.people.alex, text: 'still looking', threadTs: thread.ts })
    await quietly(stage, '5m', 5)
    expect(times(thread, ASKED)).toBe(0)

    const question = await asked(thread)
    await thread.press('incident.still_on_it', stage.people.guest)
    await eventually(() => expect(told(stage.people.guest)).toMatch(/you are a guest/u))
    await thread.press('incident.still_on_it', stage.people.sam)
    await eventually(() =>
      expect(told(stage.people.sam)).toMatch(/still has Alex Rivera for it.*reassign it to yourself/u),
    )
    await eventually(() => expectReply(thread, new RegExp(`^<@${stage.people.sam}> says: I am on it`, 'u')))
    await quietly(stage, '5m', 5)
    expect(thread.replies().find((one) => one.ts === question.ts)?.blocks ?? []).toEqual([])
    expect([incident().status, changes().length]).toEqual(['acknowledged', 0])

    await asked(thread)
    await thread.press('incident.resolve')
    await passing(stage, '1s', () => expect(incident().status).toBe('resolved'))
    await quietly(stage, '5m', 9)
    expect(stage.told().join('\n')).not.toMatch(/no longer acknowledged/u)
    expectTruth(stage)
  })

  it('is heard in Slack itself when the message never reached Mayday', async () => {
    const thread = await alexHasIt()
    await quietly(stage, '9m', 3)
    await stage.bots[0]?.stop()
    stage.slack.say({ channel: stage.channel, user: stage.people.alex, text: 'rolling back', threadTs: thread.ts })
    stage.clock.forward('25m')
    await stage.bot()
    await quietly(stage, '15s', 10)
    expect(times(thread, ASKED)).toBe(0)
    await asked(thread)
  })

  it('is left alone where the question is switched off', async () => {
    const thread = await alexHasIt({ yaml: 'paging: { ask_silent_owner_after: off }' })
    await quietly(stage, '10m', 8)
    expect(thread.history().join('\n')).not.toMatch(/are you still on emergency/u)
    expect([incident().status, changes().length]).toEqual(['acknowledged', 0])
  })

  it('is asked, and nothing follows, where only un-acknowledging is switched off', async () => {
    const thread = await alexHasIt({ yaml: 'paging: { ask_silent_owner_after: 45m, unacknowledge_after: off }' })
    const question = await soon('44m', () => expectReply(thread, ASKED))
    expect(question.text).not.toMatch(/Without an answer/u)
    await quietly(stage, '10m', 4)
    expect([incident().status, changes().length, times(thread, ASKED)]).toEqual(['acknowledged', 0, 1])
  })
})

describe('when the acknowledgement cannot be taken back', () => {
  it('refused: the thread is told that nobody is called, with a button that pages again', async () => {
    const thread = await alexHasIt()
    stage.pagerduty.fault({ match: `/incidents/${incident().id}`, method: 'PUT', status: 403 })
    await asked(thread)
    const said = await soon('8m', () =>
      expectReply(thread, /PagerDuty did not take the acknowledgement of the page back .*\*nobody is called by it\*/u),
    )
    expect(said.subtype).toBe('thread_broadcast')
    await quietly(stage, '5m', 4)
    expect([times(thread, ASKED), changes().length]).toEqual([1, 1])
    await stage.slack.press({
      ...{ user: stage.people.sam, channel: stage.channel },
      ...{ ts: said.ts, actionId: 'incident.page_again' },
    })
    await passing(stage, '250ms', () => expect(stage.pagerduty.incidents()).toHaveLength(2))
    expectTruth(stage)
  })

  it('PagerDuty is silent: said, asked again, and done when it answers; a sign of life before that drops it', async () => {
    const thread = await alexHasIt()
    await asked(thread)
    stage.pagerduty.outage(true)
    await soon('8m', () => expectReply(thread, /nobody is called by it\*\. Mayday keeps asking/u))
    await thread.press('incident.still_on_it')
    await eventually(() => expectReply(thread, /> is still on it|says: I am on it/u))
    stage.pagerduty.outage(false)
    await quietly(stage, '1m', 3)
    expect([incident().status, changes().length]).toEqual(['acknowledged', 0])

    await soon('25m', () => expect(times(thread, ASKED)).toBe(1))
    stage.pagerduty.fault({ match: `/incidents/${incident().id}`, method: 'PUT', times: 1, applyThenReset: true })
    await soon('8m', () => expectReply(thread, BACK))
    expect(times(thread, BACK)).toBe(1)
    expectTruth(stage)
  })

  it('snoozed in PagerDuty, or acknowledged there anew: left as it is, and said', async () => {
    const thread = await alexHasIt()
    stage.pagerduty.snooze(incident().id, stage.onCall.alex, 120)
    await asked(thread)
    await soon('8m', () => expectReply(thread, /is snoozed in PagerDuty until .* leaves it acknowledged/u))
    await quietly(stage, '10m', 6)
    expect([times(thread, ASKED), changes().length, incident().status]).toEqual([1, 0, 'acknowledged'])
    // The snooze ends: PagerDuty calls again by itself.
    await soon('10m', () => expect(incident().status).toBe('triggered'))
    stage.pagerduty.acknowledge(incident().id, stage.onCall.alex)
    await passing(stage, '2s', () => expectReply(thread, /Emergency #1: Alex Rivera \(in PagerDuty\) is on it/u))
    await soon('25m', () => expect(times(thread, ASKED)).toBe(2))
    stage.pagerduty.acknowledge(incident().id, stage.onCall.kim)
    await soon('8m', () => expectReply(thread, /Kim Osei acknowledged the page anew in PagerDuty/u))
    expect([changes().length, incident().status]).toEqual([0, 'acknowledged'])
    expectTruth(stage)
  })

  it.each([
    ['without a REST token', { env: { PAGERDUTY_API_TOKEN: '', PAGERDUTY_FROM_EMAIL: '' } }, /no PagerDuty API token/u],
    ['in shadow mode', { yaml: 'paging: { mode: shadow }' }, /Shadow mode: Mayday would have asked PagerDuty/u],
  ])('%s: the thread is told, and nothing is claimed', async (_what, options, pattern) => {
    stage = await createStage(options)
    const thread = stage.say('checkout fails for everybody')
    await thread.press('incident.ack')
    await eventually(() => expectReply(thread, /Emergency #1: <@\w+> is on it/u))
    await soon('25m', () => expectReply(thread, /are you still on emergency #1/u))
    const said = await soon('8m', () => expectReply(thread, pattern))
    expect(JSON.stringify(said.blocks ?? []).includes('incident.page_again')).toBe(!('yaml' in options))
    expect(stage.told().join('\n')).not.toMatch(/no longer acknowledged/u)
  })
})

it('counts the latest sign of life, whichever copy saw it', async () => {
  stage = await createStage()
  const store = stage.bots[0]?.ports.store ?? expect.unreachable()
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  let now = 1e12
  const copies = [1, 2].map(() => createSeen({ store, log, clock: { now: () => now, after: () => () => {} } }))
  const [one, other] = copies
  const noted = (at: number) =>
    eventually(async () => expect(await store.notes.get('people:seen')).toContain(String(at)))
  one?.note('U1')
  await noted(now)
  now += 7_200_000
  other?.note('U1')
  await noted(now)
  for (const copy of copies) expect((await copy.all()).get('slack:U1')).toBe(now)
})
