import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MaydayError } from '../../src/errors.js'
import type { Store } from '../../src/ports.js'
import { eventually } from '../support/eventually.js'
import { timeline, whisper } from '../support/heard.js'
import { startPostgres, type TestPostgres } from '../support/postgres.js'
import { createPower, type PowerMode } from '../support/power.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'

let stage: Stage
let power = createPower()

afterEach(() => {
  power.turn('on')
  return stage.close()
})

async function health(): Promise<string> {
  const [bot] = stage.bots
  return (await bot?.app.health())?.join(' ') ?? ''
}

/** The page went out without the store, and is now on record, once. */
async function onRecord(thread: Thread): Promise<void> {
  await thread.expect(/is paging Alex/)
  await thread.expect(/^Checklist On-call/)
  expect(stage.pagerduty.incidents()).toHaveLength(1)
  expect(stage.pagerduty.incidents()[0]).toMatchObject({ dedupKey: thread.key, status: 'triggered' })
  expect(thread.replies().filter((reply) => /Emergency #\d/.test(reply.text))).toHaveLength(1)
  const facts = await timeline(stage)
  expect(facts.filter((fact) => fact.kind === 'declared')).toHaveLength(1)
  expect(facts.filter((fact) => fact.kind === 'page_requested')).toHaveLength(1)
  await eventually(async () => expect(await health()).toBe(''))
}

describe('the store goes away in the middle of the night', () => {
  it.each<PowerMode>(['off', 'hangs', 'late'])(
    '%s: the page goes all the same, and its record follows',
    async (how) => {
      power = createPower()
      stage = await createStage({ wrapStore: power.wrap, timing: { claimMs: 50 } })
      power.turn(how)
      const thread = stage.say('the database is gone')
      // A store that hangs is given two and a half seconds.
      await eventually(() => {
        stage.clock.forward('1s')
        expect(stage.pagerduty.events()).toEqual([expect.objectContaining({ dedup_key: thread.key })])
      })
      expect(thread.replies()).toEqual([])
      power.turn('on')
      await onRecord(thread)
    },
  )

  it('says so where somebody looks', async () => {
    power = createPower()
    stage = await createStage({ wrapStore: power.wrap })
    power.turn('off')
    stage.say('the database is gone')
    await eventually(async () => expect(await health()).toMatch(/store does not answer.*1 page.* without a record/))
    power.turn('on')
    await eventually(async () => expect(await health()).toBe(''))
  })

  it('while PagerDuty is away too: the page goes when PagerDuty is back, and is one page', async () => {
    power = createPower()
    stage = await createStage({ wrapStore: power.wrap })
    power.turn('off')
    stage.pagerduty.outage(true)
    const thread = stage.say('the data centre is gone')
    await eventually(() => expect(stage.pagerduty.requests({ path: '/v2/enqueue' })).not.toEqual([]))
    stage.pagerduty.outage(false)
    stage.clock.forward('10s')
    await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(1))
    power.turn('on')
    await onRecord(thread)
  })

  it('while PagerDuty is away too and the process ends: the next one pages', async () => {
    let takesPages = false
    const wrapStore = (store: Store): Store => ({
      ...store,
      tx: (work) =>
        takesPages ? store.tx(work) : Promise.reject(new MaydayError('STORE_UNAVAILABLE', { retry: true })),
    })
    stage = await createStage({ wrapStore })
    stage.pagerduty.outage(true)
    const thread = stage.say('the data centre is gone')
    await eventually(() => expect(stage.pagerduty.requests({ path: '/v2/enqueue' })).not.toEqual([]))
    await stage.bots[0]?.stop()
    takesPages = true
    stage.pagerduty.outage(false)
    await stage.bot()
    await thread.expect(/is paging Alex/)
    expect(stage.pagerduty.incidents()).toHaveLength(1)
  })

  it('between the answer of PagerDuty and its record: it is still one page', async () => {
    power = createPower()
    stage = await createStage({ wrapStore: power.wrap })
    const unplug = stage.pagerduty.on((event) => {
      if (event.kind === 'request' && event.request.path === '/v2/enqueue') power.turn('off')
    })
    const thread = stage.say('the database is gone')
    await eventually(() => expect(stage.pagerduty.incidents()).toHaveLength(1))
    unplug()
    power.turn('on')
    stage.clock.forward('20s')
    // What a process had claimed when the power went is free after 15 s of the database's own time.
    await eventually(() => expect(thread.replies()).not.toEqual([]), 40_000)
    await onRecord(thread)
  })

  it('what was said in the thread meanwhile is on the timeline afterwards', async () => {
    power = createPower()
    stage = await createStage({ wrapStore: power.wrap })
    const thread = stage.say('the database is slow')
    await thread.expect(/is paging Alex/)
    power.turn('off')
    stage.say('failing over to the replica', { threadTs: thread.ts })
    // Not acked, so that Slack delivers it again.
    await eventually(() => expect(stage.slack.deliveries.at(-2)).toMatchObject({ attempt: 0, outcome: 'timeout' }))
    power.turn('on')
    await eventually(async () =>
      expect(await timeline(stage)).toContainEqual(
        expect.objectContaining({ kind: 'noted', text: 'failing over to the replica' }),
      ),
    )
    expect(stage.pagerduty.incidents()).toHaveLength(1)
  })

  it('a press is answered with what did not happen, and works when the store is back', async () => {
    power = createPower()
    stage = await createStage({ wrapStore: power.wrap })
    const thread = stage.say('the database is slow')
    await thread.expect(/is paging Alex/)
    power.turn('off')
    await thread.press('incident.ack')
    await whisper(stage, stage.people.alex, /failed and nothing is known to have been done.*store/i)
    power.turn('on')
    await thread.press('incident.ack')
    await thread.expect(new RegExp(`<@${stage.people.alex}> is on it`))
  })

  it('two messages meanwhile: both page, and both are on record afterwards', async () => {
    power = createPower()
    stage = await createStage({ wrapStore: power.wrap })
    power.turn('off')
    const first = stage.say('the database is gone')
    const second = stage.say('mail is gone too')
    await eventually(() =>
      expect(
        stage.pagerduty
          .events()
          .map((event) => event.dedup_key)
          .sort(),
      ).toEqual([first.key, second.key].sort()),
    )
    power.turn('on')
    await first.expect(/is paging Alex/)
    await second.expect(/is paging Alex/)
    expect(stage.pagerduty.incidents()).toHaveLength(2)
  })
})

describe('a real Postgres', () => {
  let postgres: TestPostgres

  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres.stop())

  it('that dies: the page goes, and its record follows when Postgres is back', async () => {
    stage = await createStage({ databaseUrl: await postgres.database() })
    await postgres.kill()
    const thread = stage.say('the database is gone')
    await eventually(() => {
      stage.clock.forward('1s')
      expect(stage.pagerduty.events()).toEqual([expect.objectContaining({ dedup_key: thread.key })])
    })
    await postgres.restart()
    await onRecord(thread)
  })

  it('that is not there at the start: says so, and what to do', async () => {
    const address = await postgres.database()
    await postgres.kill()
    stage = await createStage({ databaseUrl: address, started: false })
    await expect(stage.bot()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/Postgres|store/i),
      hint: expect.stringMatching(/DATABASE_URL|Postgres/),
    })
    await postgres.restart()
  })
})
