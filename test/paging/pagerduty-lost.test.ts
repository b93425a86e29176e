import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage } from '../support/stage.js'
import { CALL_LIST, CONTACTS, expectReply, expectShout, expectTruth, knowsOnCall } from '../support/truth.js'
import { HTML, pageThrough, type Row } from './fault-matrix.js'

let stage: Stage

afterEach(() => stage.close())

const UNSURE = /did not say whether it took the page \(/u

const ROWS: readonly Row[] = [
  { name: 'resets three times', fault: { reset: true, times: 3 }, said: UNSURE, road: 'events', loud: false },
  { name: 'resets for long', fault: { reset: true }, said: UNSURE, road: 'rest', loud: true },
  { name: 'resets after applying', fault: { applyThenReset: true }, said: UNSURE, road: 'events', loud: false },
  { name: 'hangs once', fault: { hang: true, times: 1 }, said: UNSURE, road: 'events', loud: false },
  { name: 'hangs for long', fault: { hang: true }, said: UNSURE, road: 'rest', loud: true },
  { name: 'hangs after applying', fault: { applyThenHang: true }, said: UNSURE, road: 'events', loud: false },
  {
    name: 'answers 202 in HTML',
    fault: { applyThen: 202, body: HTML, times: 1 },
    said: UNSURE,
    road: 'events',
    loud: false,
  },
]

describe('the answer of the Events API is lost while REST is well', () => {
  it.each(ROWS)('it $name: the thread tells the truth and PagerDuty has the page once', async (row) => {
    stage = await createStage({ yaml: CONTACTS, limits: { answerMs: 250, deadlineMs: 600 } })
    await pageThrough(stage, row)
  })
})

describe('everything at PagerDuty is away', () => {
  it('tells whom to call while the very first call still hangs', async () => {
    stage = await createStage({ yaml: CONTACTS, limits: { answerMs: 2_000 } })
    await knowsOnCall(stage)
    const lift = stage.pagerduty.fault({ match: /./u, hang: true })
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expect(stage.pagerduty.requests({ path: '/v2/enqueue' })).toHaveLength(1))
    stage.clock.forward('21s')
    await eventually(() => expectShout(thread, CALL_LIST))
    lift()
    await passing(stage, '1s', () => expectReply(thread, /got through after all/u))
    expect(stage.pagerduty.incidents()).toHaveLength(1)
    expectTruth(stage)
  })

  it('keeps trying through an outage of an hour and pages once when it is over', async () => {
    stage = await createStage({ yaml: CONTACTS })
    await knowsOnCall(stage)
    stage.pagerduty.outage(true)
    const thread = stage.say('checkout fails for everybody')
    await passing(stage, '2s', () => expectShout(thread, CALL_LIST))
    await quietly(stage, '2m', 30)
    expectReply(thread, /nobody is known to have been paged/u)
    expect(thread.history().filter((text) => text.includes('Nobody is known to have been paged'))).toHaveLength(1)
    expect(stage.pagerduty.incidents()).toEqual([])

    stage.pagerduty.outage(false)
    await passing(stage, '2s', () => expectReply(thread, /is paging Alex Rivera/u))
    await passing(stage, '1s', () => expectReply(thread, /got through after all: PagerDuty is paging \*Alex Rivera\*/u))
    await quietly(stage, '20s', 5)
    expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'triggered', notified: [{ user: 'PALEX01' }] }])
    expectTruth(stage)
  })

  it('names the wrong service region, with numbers from mayday.yml where no list was ever read', async () => {
    stage = await createStage({ yaml: CONTACTS, started: false })
    stage.pagerduty.region(true)
    await stage.bot()
    const thread = stage.say('checkout fails for everybody')
    const shout = await passing(stage, '1s', () => expectShout(thread, CALL_LIST.slice(2)))
    expect(shout).toContain('region')
    expect(stage.pagerduty.incidents()).toEqual([])

    stage.pagerduty.region(false)
    await passing(stage, '5s', () => expectReply(thread, /got through after all/u))
    await quietly(stage, '20s', 5)
    expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'triggered', notified: [{ user: 'PALEX01' }] }])
    expectTruth(stage)
  })
})
