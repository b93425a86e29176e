import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectOnce, expectTruth, keyOf, startBots } from '../support/crash.js'
import { fromMessageToPage, fromPressToEnd, PATIENT } from '../support/crash-row.js'
import { eventually } from '../support/eventually.js'
import { outlive } from '../support/outlive.js'
import { startPostgres, type TestPostgres } from '../support/postgres.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

/** Every message is an emergency of its own. */
const EACH_PAGES = 'paging: {join_window: 0s, max_pages_per_minute: 100}'
const BUSY_MACHINE_MS = 120_000

let postgres: TestPostgres
let stage: Stage

beforeAll(async () => {
  postgres = await startPostgres()
}, BUSY_MACHINE_MS)
afterAll(() => postgres.stop())
afterEach(() => stage.close())

const stays = () => false
const databaseUrl = () => postgres.database()

function storm(count: number, more?: Parameters<Stage['say']>[1]): readonly Thread[] {
  return Array.from({ length: count }, (_, n) => stage.say(`emergency of its own, number ${n + 1}`, more))
}

/** Every message has a confirmed page of its own, one card and one checklist; PagerDuty has nothing else. */
async function expectEachPagedOnce(threads: readonly Thread[], withinMs = 60_000): Promise<void> {
  await eventually(() => {
    const cards = threads.map(
      (thread) => thread.replies().find((one) => keyOf(one.metadata)?.startsWith('card:'))?.text,
    )
    expect(cards.filter((text) => !/is paging Alex/.test(text ?? ''))).toEqual([])
    const lists = threads.map((thread) =>
      thread.replies().filter((one) => keyOf(one.metadata)?.startsWith('checklist:')),
    )
    expect(lists.filter((list) => list.length !== 1)).toEqual([])
  }, withinMs)
  for (const thread of threads) expectForwardOnly(thread)
  const incidents = stage.pagerduty.incidents()
  expect(incidents.map((incident) => incident.dedupKey).sort()).toEqual(threads.map((thread) => thread.key).sort())
  const posted = stage.slack.messages(stage.channel).flatMap((message) => keyOf(message.metadata) ?? [])
  expect(posted).toHaveLength(new Set(posted).size)
}

/** What the card says only ever goes forward, whichever copy of the bot drew and whichever posted it. */
function expectForwardOnly(thread: Thread): void {
  const card = thread.replies().find((one) => keyOf(one.metadata)?.startsWith('card:'))
  const stages = [/sending the page/, /accepted the page/, /is paging Alex/]
  const told = (card?.updates ?? []).map(({ text }) => stages.findIndex((pattern) => pattern.test(text)))
  expect(told).toEqual([...told].sort())
}

describe('three copies of the bot on one Postgres', () => {
  it('make one page, one card and one checklist of one message, and any of them takes the presses', async () => {
    stage = await createStage({ databaseUrl: await databaseUrl(), replicas: 3, yaml: PATIENT })
    const thread = stage.say('the site is down')
    await fromMessageToPage.walk(stage, thread, stays)
    expectOnce(stage, thread)
    await fromPressToEnd.walk(stage, thread, stays)
    expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'resolved' }])
    expectOnce(stage, thread)
    expectTruth(stage, thread)
  })

  it('page once for a message that is delivered 11 times under different ids', async () => {
    stage = await createStage({ databaseUrl: await databaseUrl(), replicas: 3, yaml: PATIENT })
    const thread = stage.say('the site is down', { deliveries: 11 })
    await fromMessageToPage.walk(stage, thread, stays)
    await eventually(() => expect(stage.slack.unacked()).toBe(0))
    const messages = stage.slack.deliveries.filter((one) => one.eventType === 'message' && one.outcome === 'acked')
    const ids = new Set(messages.flatMap((one) => (textOf(one.payload, thread.ts) ? (one.eventId ?? []) : [])))
    expect(ids.size).toBe(11)
    expectOnce(stage, thread)
    expect(stage.pagerduty.events()).toHaveLength(1)
  })

  it(
    'page for each of 30 messages that come at once, each key once',
    async () => {
      stage = await createStage({ databaseUrl: await databaseUrl(), replicas: 3, yaml: EACH_PAGES })
      const threads = storm(30)
      await expectEachPagedOnce(threads)
      expect(stage.pagerduty.events()).toHaveLength(30)
    },
    BUSY_MACHINE_MS,
  )

  it(
    'page for each of 30 messages, each delivered three times and each socket cut in between',
    async () => {
      stage = await createStage({ databaseUrl: await databaseUrl(), replicas: 3, yaml: EACH_PAGES })
      const threads = storm(15, { deliveries: 3 })
      stage.slack.dropSockets()
      const more = storm(15, { deliveries: 3 })
      await eventually(() => expect(stage.slack.sockets()).toBeGreaterThanOrEqual(3))
      stage.clock.forward('1m')
      await expectEachPagedOnce([...threads, ...more])
    },
    BUSY_MACHINE_MS,
  )

  it(
    'lose nothing when one of them stops in good order while messages come',
    async () => {
      stage = await createStage({ databaseUrl: await databaseUrl(), replicas: 3, yaml: EACH_PAGES })
      const threads = [...storm(10)]
      const stopping = stage.bots[0]?.stop()
      threads.push(...storm(10))
      await stopping
      await expectEachPagedOnce(threads)
    },
    BUSY_MACHINE_MS,
  )

  it.each([
    ['has a message in its hands', { at: 1, side: 'after' }],
    ['is about to record it', { at: 2, side: 'before' }],
    ['has recorded it and not sent the page', { at: 2, side: 'after' }],
    ['is in the middle of ten', { at: 40, side: 'after' }],
  ] as const)(
    'lose nothing when one of them is killed that %s',
    async (_, cut) => {
      const url = await databaseUrl()
      stage = await createStage({ databaseUrl: url, replicas: 2, yaml: EACH_PAGES })
      const doomed = await startBots([{ stage, cut }])
      try {
        await doomed.count()
        const threads = [...storm(10)]
        await eventually(() => {
          // The others may be quicker: then it needs more to get that far.
          if (doomed.running() && threads.length < 50) threads.push(...storm(1))
          expect(doomed.running()).toBe(false)
        }, 30_000)
        threads.push(...storm(10))
        await outlive(url, doomed.pid)
        stage.clock.forward('5s')
        await expectEachPagedOnce(threads)
      } finally {
        await doomed.kill()
      }
    },
    BUSY_MACHINE_MS,
  )
})

function textOf(payload: unknown, ts: string): boolean {
  return JSON.stringify(payload).includes(`"ts":"${ts}"`)
}
