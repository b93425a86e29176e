import { afterEach, describe, expect, it } from 'vitest'
import { passing } from '../support/passing.js'
import { createStage, type Stage } from '../support/stage.js'
import { CONTACTS, expectReply, expectTruth } from '../support/truth.js'
import { EVENTS, HTML, pageThrough, type Row } from './fault-matrix.js'

let stage: Stage

afterEach(() => stage.close())

const REFUSED = /refused the page \(HTTP/u
const FAILING = /has not taken the page yet \(HTTP/u

const ROWS: readonly Row[] = [
  { name: '400', fault: { status: 400 }, said: REFUSED, road: 'rest', loud: false },
  { name: '401', fault: { status: 401 }, said: REFUSED, road: 'rest', loud: false },
  { name: '402', fault: { status: 402 }, said: REFUSED, road: 'rest', loud: false },
  { name: '403 in HTML', fault: { status: 403, body: HTML }, said: REFUSED, road: 'rest', loud: false },
  { name: '429 twice', fault: { status: 429, times: 2 }, said: FAILING, road: 'events', loud: false },
  { name: '429 for long', fault: { status: 429 }, said: FAILING, road: 'rest', loud: true },
  { name: '500 once', fault: { status: 500, body: HTML, times: 1 }, said: FAILING, road: 'events', loud: false },
  { name: '500 for long', fault: { status: 500, body: HTML }, said: FAILING, road: 'rest', loud: true },
  { name: '503 for long', fault: { status: 503, body: HTML }, said: FAILING, road: 'rest', loud: true },
  { name: '500 though applied', fault: { applyThen: 500, times: 1 }, said: FAILING, road: 'events', loud: false },
]

describe('the Events API refuses or fails while REST is well', () => {
  it.each(ROWS)('$name: the thread tells the truth and PagerDuty has the page once', async (row) => {
    stage = await createStage({ yaml: CONTACTS })
    await pageThrough(stage, row)
  })
})

describe('the Events API asks for patience', () => {
  it('gets it: the next attempt comes when Retry-After is over', async () => {
    stage = await createStage()
    stage.pagerduty.fault({ match: EVENTS, status: 429, headers: { 'retry-after': '9' }, times: 1 })
    const thread = stage.say('checkout fails for everybody')
    await passing(stage, '500ms', () => expectReply(thread, /is paging Alex Rivera/u))
    const [first = 0, second = 0, ...more] = attempts()
    expect(more).toEqual([])
    expect(second - first).toBeGreaterThanOrEqual(9_000)
    expectTruth(stage)
  })

  it('gets five minutes, and the page goes by REST meanwhile', async () => {
    stage = await createStage({ yaml: CONTACTS })
    const row = { name: '', said: FAILING, road: 'rest', loud: true } as const
    await pageThrough(stage, { ...row, fault: { status: 429, headers: { 'retry-after': '300' } } })
    const [first = 0, ...more] = attempts()
    expect(more).toEqual([])
    expect(stage.pagerduty.incidents()[0]?.createdAt).toBeLessThan(first + 300_000)
  })
})

function attempts(): readonly number[] {
  return stage.pagerduty.requests({ path: EVENTS }).map((request) => request.at)
}
