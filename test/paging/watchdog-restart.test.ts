import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import { createStage, type Stage, type Thread } from '../support/stage.js'
import { CONTACTS, expectReply, expectTruth } from '../support/truth.js'
import { ANY_DEADLINE, alexIsCalled, BACKSTOP, RAISED, REMINDED, times } from './alex-is-called.js'

let stage: Stage

afterEach(() => stage.close())

async function begin(...how: Parameters<typeof alexIsCalled>): Promise<Thread> {
  const begun = await alexIsCalled(...how)
  stage = begun.stage
  return begun.thread
}

const incident = () => stage.pagerduty.incidents()[0]

describe('the bot restarts while nobody acknowledges', () => {
  const restart = async (asleep: string): Promise<void> => {
    await Promise.all(stage.bots.map((bot) => bot.stop()))
    stage.clock.forward(asleep)
    await stage.bot()
  }

  it('repeats no deadline and forgets none', async () => {
    const thread = await begin()
    await passing(stage, '10s', () => expectReply(thread, REMINDED))
    await restart('10s')
    await passing(stage, '10s', () => expectReply(thread, RAISED))
    await restart('10s')
    await passing(stage, '10s', () => expectReply(thread, BACKSTOP))
    await restart('10s')
    await quietly(stage, '1m', 10)
    expect([REMINDED, RAISED, BACKSTOP].map((pattern) => times(thread, pattern))).toEqual([1, 1, 1])
    expect(incident()?.notified.filter(({ user }) => user === 'PKIM002')).toHaveLength(1)
  })

  it('acts on the last of the deadlines that it slept through, not on all at once', async () => {
    const thread = await begin()
    await restart('30m')
    await passing(stage, '1s', () => expectReply(thread, BACKSTOP))
    await quietly(stage, '1m', 10)
    expect(times(thread, ANY_DEADLINE)).toBe(1)
    expectTruth(stage)
  })

  it('wakes nobody for a page that was acknowledged in PagerDuty meanwhile', async () => {
    const thread = await begin()
    await Promise.all(stage.bots.map((bot) => bot.stop()))
    stage.pagerduty.acknowledge(incident()?.id ?? '', stage.onCall.kim)
    await restart('30m')
    await passing(stage, '1s', () => expectReply(thread, /Kim Osei \(in PagerDuty\) acknowledged the page/u))
    await quietly(stage, '1m', 5)
    expect(times(thread, /<!channel>|Nobody/u)).toBe(0)
  })

  it('alarms nobody about a page that PagerDuty made an incident of meanwhile', async () => {
    stage = await createStage({ yaml: CONTACTS })
    stage.pagerduty.delayProcessing(30_000)
    const thread = stage.say('checkout fails for everybody')
    await eventually(() => expectReply(thread, /PagerDuty accepted the page/u))
    await restart('2m')
    await passing(stage, '250ms', () => expectReply(thread, /is paging Alex Rivera/u))
    expect(thread.history().join('\n')).not.toContain('<!channel>')
    expectTruth(stage)
  })
})
