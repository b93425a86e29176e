import { afterEach, describe, expect, it } from 'vitest'
import type { PagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'
import {
  CALL_LIST,
  CONTACTS,
  expectEver,
  expectReply,
  expectShout,
  expectTruth,
  knowsOnCall,
} from '../support/truth.js'

let stage: Stage

afterEach(() => stage.close())

const SILENCE = /PagerDuty accepted the page, but made no incident of it/u
const OFFICE = CALL_LIST.slice(2)

interface Row {
  readonly name: string
  readonly befalls: (pagerduty: PagerDutySimulator) => void
  readonly mends?: (pagerduty: PagerDutySimulator) => void
  /** Whom the loud message has to name. Who is on call is said only while somebody is. */
  readonly people: readonly RegExp[]
}

/** Each is answered 202, and then no phone rings. */
const ROWS: readonly Row[] = [
  {
    name: 'nobody is on call',
    befalls: (pagerduty) => pagerduty.setOnCall([]),
    mends: (pagerduty) => pagerduty.setOnCall([['PALEX01']]),
    people: OFFICE,
  },
  {
    name: 'the service is disabled',
    befalls: (pagerduty) => pagerduty.service({ status: 'disabled' }),
    mends: (pagerduty) => pagerduty.service({ status: 'active' }),
    people: CALL_LIST,
  },
  {
    name: 'the service is in maintenance',
    befalls: (pagerduty) => pagerduty.service({ status: 'maintenance' }),
    mends: (pagerduty) => pagerduty.service({ status: 'active' }),
    people: CALL_LIST,
  },
  {
    name: 'a rule suppresses the alert',
    befalls: (pagerduty) => pagerduty.service({ suppress: true }),
    people: CALL_LIST,
  },
  { name: 'PagerDuty drops the event', befalls: (pagerduty) => pagerduty.dropSilently(true), people: CALL_LIST },
]

describe('PagerDuty accepts the page and calls nobody', () => {
  it.each(ROWS)('because $name: the channel is told whom to call, until somebody is called', async (row) => {
    stage = await createStage({ yaml: CONTACTS })
    await knowsOnCall(stage)
    row.befalls(stage.pagerduty)
    const thread = stage.say('checkout fails for everybody')
    await passing(stage, '250ms', () =>
      expectReply(thread, /PagerDuty accepted the page. Whom it calls is not confirmed/u),
    )
    expect(thread.history().join('\n')).not.toContain('<!channel>')
    expect(await passing(stage, '5s', () => expectShout(thread, row.people))).toMatch(SILENCE)
    if (row.mends !== undefined) {
      await quietly(stage, '20s', 4)
      expectReply(thread, /nobody is known to have been called/u)
      expect(stage.pagerduty.incidents()).toEqual([])
      row.mends(stage.pagerduty)
    }
    await expectOneInTheEnd(thread)
  })
})

async function expectOneInTheEnd(thread: Thread): Promise<void> {
  await passing(stage, '1s', () => expectReply(thread, /got through after all: PagerDuty is paging \*Alex Rivera\*/u))
  await passing(stage, '1s', () => expectReply(thread, /is paging Alex Rivera. Not acknowledged yet/u))
  await quietly(stage, '20s', 5)
  const [incident, ...others] = open()
  expect(others).toEqual([])
  expect(incident?.notified[0]).toMatchObject({ user: 'PALEX01' })
  expectEver(thread, SILENCE)
  expectTruth(stage)
}

function open() {
  return stage.pagerduty.incidents().filter((incident) => incident.status !== 'resolved')
}
