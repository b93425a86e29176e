import { expect } from 'vitest'
import type { SimIncident } from '../../src/simulator/pagerduty/model.js'
import type { PagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import type { Stage } from '../support/stage.js'
import { CALL_LIST, expectEver, expectReply, expectShout, expectTruth, knowsOnCall } from '../support/truth.js'

export const EVENTS = '/v2/enqueue'
export const HTML = '<html><body><h1>Oops</h1></body></html>'

/** One fault of the Events API while REST is well, and what becomes of a page that meets it. */
export interface Row {
  readonly name: string
  readonly fault: Partial<Parameters<PagerDutySimulator['fault']>[0]>
  /** What the thread says of it. */
  readonly said: RegExp
  /** By which road PagerDuty has the page in the end. */
  readonly road: SimIncident['createdVia']
  /** Nobody had it within `shout_after`, so that the channel was told to call. */
  readonly loud: boolean
}

/** Pages through the fault, on a stage with CONTACTS. */
export async function pageThrough(stage: Stage, { fault, said, road, loud }: Row): Promise<void> {
  await knowsOnCall(stage)
  const lift = stage.pagerduty.fault({ match: EVENTS, ...fault })
  const thread = stage.say('checkout fails for everybody')
  // Small steps where no deadline may pass on a busy machine.
  await passing(stage, loud ? '2s' : '250ms', () => expectReply(thread, /is paging Alex Rivera/u))

  const [incident, ...others] = stage.pagerduty.incidents()
  expect(others).toEqual([])
  expect(incident).toMatchObject({ createdVia: road, status: 'triggered', assignees: ['PALEX01'] })
  expect(incident?.notified).toMatchObject([{ user: 'PALEX01' }])
  // The reply may come after the card.
  await eventually(() => expectEver(thread, said))
  if (loud) {
    expectShout(thread, CALL_LIST)
    await passing(stage, '1s', () => expectReply(thread, /got through after all: PagerDuty is paging \*Alex Rivera\*/u))
  } else expect(thread.history().join('\n')).not.toContain('<!channel>')
  lift()
  await quietly(stage, '20s', 4)
  expect(stage.pagerduty.incidents()).toHaveLength(1)
  expectTruth(stage)
}
