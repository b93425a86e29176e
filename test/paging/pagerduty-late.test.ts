import { afterEach, describe, expect, it } from 'vitest'
import type { PagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'
import { CALL_LIST, CONTACTS, expectReply, expectShout, expectTruth, knowsOnCall } from '../support/truth.js'

let stage: Stage

afterEach(() => stage.close())

describe('PagerDuty takes 90 s to make an incident of the event', () => {
  it('the second road pages meanwhile, and the two incidents become one', async () => {
    const thread = await pageLate()
    const [byRest, late] = stage.pagerduty.incidents()
    expect(byRest).toMatchObject({ createdVia: 'rest', status: 'triggered', alerts: [{ key: thread.key }] })
    expect(late).toMatchObject({ createdVia: 'events', status: 'resolved', mergedInto: byRest?.id })
    expectReply(thread, /Mayday made them one; somebody may have been called twice/u)

    await thread.press('incident.ack')
    await passing(stage, '1s', () => expect(stage.pagerduty.incidents()[0]).toMatchObject({ status: 'acknowledged' }))
    await thread.press('incident.resolve')
    await passing(stage, '1s', () => expect(open()).toEqual([]))
    await quietly(stage, '20s', 5)
    expect(stage.pagerduty.incidents()).toHaveLength(2)
    expectTruth(stage)
  })

  it('where it may not merge, Mayday resolves the double', async () => {
    const thread = await pageLate((pagerduty) => pagerduty.fault({ match: /\/merge$/u, status: 402 }))
    expectReply(thread, /Mayday made them one/u)
    expect(stage.pagerduty.incidents()).toMatchObject([{ status: 'triggered' }, { status: 'resolved' }])
    expectTruth(stage)
  })

  it('where it may neither merge nor resolve, Mayday names the double, once', async () => {
    const thread = await pageLate((pagerduty) =>
      pagerduty.fault({ match: /^\/incidents\/./u, method: 'PUT', status: 403 }),
    )
    const [, late] = stage.pagerduty.incidents()
    expectReply(thread, new RegExp(`Please resolve ${late?.id} there by hand`, 'u'))
    await quietly(stage, '20s', 5)
    expect(thread.history().filter((text) => text.includes('by hand'))).toHaveLength(1)
    expectTruth(stage)
  })
})

async function pageLate(befalls?: (pagerduty: PagerDutySimulator) => void): Promise<Thread> {
  stage = await createStage({ yaml: CONTACTS })
  await knowsOnCall(stage)
  stage.pagerduty.delayProcessing(90_000)
  befalls?.(stage.pagerduty)
  const thread = stage.say('checkout fails for everybody')
  expect(await passing(stage, '5s', () => expectShout(thread, CALL_LIST))).toMatch(
    /PagerDuty accepted the page, but made no incident of it/u,
  )
  await passing(stage, '1s', () => expectReply(thread, /got through after all: PagerDuty is paging \*Alex Rivera\*/u))
  expect(stage.pagerduty.incidents()).toMatchObject([{ createdVia: 'rest', notified: [{ user: 'PALEX01' }] }])
  await passing(stage, '2s', () => expectReply(thread, /PagerDuty ended up with two incidents/u))
  return thread
}

function open() {
  return stage.pagerduty.incidents().filter((incident) => incident.status !== 'resolved')
}
