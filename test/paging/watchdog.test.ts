import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import type { Stage, Thread } from '../support/stage.js'
import { CALL_LIST, CONTACTS, expectReply, expectTruth } from '../support/truth.js'
import { ANY_DEADLINE, alexIsCalled, BACKSTOP, RAISED, REMINDED, times } from './alex-is-called.js'

let stage: Stage

afterEach(() => stage.close())

async function begin(...how: Parameters<typeof alexIsCalled>): Promise<Thread> {
  const begun = await alexIsCalled(...how)
  stage = begun.stage
  return begun.thread
}

const incident = () => stage.pagerduty.incidents()[0]

describe('nobody acknowledges', () => {
  it('reminds after 2 min with a mention of whoever is called, raises the level after 5', async () => {
    const contact = (alex: string) => `paging: { contacts: [{ name: Alex Rivera, slack: ${alex} }] }`
    const thread = await begin({ yaml: ({ alex }) => contact(alex) })
    stage.clock.forward('110s')
    await quietly(stage, '1s', 2)
    expect(times(thread, ANY_DEADLINE)).toBe(0)
    const reminder = await passing(stage, '2s', () => expectReply(thread, REMINDED))
    expect(reminder.text).toContain(`<@${stage.people.alex}>`)
    expect(incident()).toMatchObject({ escalationLevel: 1, assignees: ['PALEX01'] })

    await passing(stage, '10s', () => expectReply(thread, RAISED))
    expect(incident()).toMatchObject({ escalationLevel: 2, assignees: ['PKIM002'] })
    await passing(stage, '1s', () => expectReply(thread, /is paging Kim Osei. Not acknowledged yet/u))
    expect(times(thread, /<!channel>/u)).toBe(0)
    expectTruth(stage)
  })

  it('leaves the level alone where PagerDuty has escalated by itself', async () => {
    const thread = await begin({}, 3)
    await passing(stage, '10s', () => expectReply(thread, /is paging Kim Osei/u))
    await passing(stage, '10s', () => expect(stage.clock.now()).toBeGreaterThan((incident()?.createdAt ?? 0) + 340_000))
    expect(incident()?.notified).toMatchObject([{ user: 'PALEX01' }, { user: 'PKIM002' }])
    expect(times(thread, /raised/u)).toBe(0)
    expectTruth(stage)
  })

  it('tells the whole channel after 10 min whom to call, and pages the team called backstop, once', async () => {
    let team = { routingKey: '', escalationPolicyId: '' }
    const thread = await begin({
      yaml: `${CONTACTS}\nteams: { backstop: { routing_key_env: BACKSTOP_KEY } }`,
      env: (pagerduty) => {
        team = pagerduty.addTeamService('Backstop')
        const { id } = pagerduty.addUser({ name: 'Robin Boss', email: 'robin@example.com', phone: '+1 415 555 0199' })
        pagerduty.setOnCall([[id]], { policyId: team.escalationPolicyId, levelDelayMinutes: 60 })
        return { BACKSTOP_KEY: team.routingKey }
      },
    })
    const loud = await passing(stage, '10s', () => expectReply(thread, BACKSTOP))
    expect(loud.subtype).toBe('thread_broadcast')
    for (const person of CALL_LIST) expect(loud.text).toMatch(person)
    await passing(stage, '1s', () =>
      expectReply(thread, /Team backstop: PagerDuty opened .* and is paging Robin Boss/u),
    )
    await quietly(stage, '1m', 25)
    expect(stage.pagerduty.incidents().map(({ title, assignees }) => ({ title, people: assignees.length }))).toEqual([
      { title: 'checkout fails for everybody', people: 1 },
      { title: 'checkout fails for everybody', people: 1 },
    ])
    expect(
      [REMINDED, RAISED, /<!channel> \*Nobody has acknowledged the page after/u].map((p) => times(thread, p)),
    ).toEqual([1, 1, 1])
    const second = /<!channel> \*Nobody has acknowledged the page for team backstop after 1\d min/u
    expect(times(thread, second)).toBe(1)
    expect(expectReply(thread, second).text).toMatch(/Robin Boss.*\+1 ?415 ?555 ?0199/u)
    expectTruth(stage)
  })

  it('stops when somebody acknowledges in Slack', async () => {
    const thread = await begin()
    await passing(stage, '10s', () => expectReply(thread, REMINDED))
    await thread.press('incident.ack')
    await eventually(() => expectReply(thread, new RegExp(`<@${stage.people.alex}> acknowledged the page`, 'u')))
    await quietly(stage, '1m', 20)
    expect(times(thread, ANY_DEADLINE)).toBe(1)
    expectTruth(stage)
  })

  it('stops when somebody acknowledges in PagerDuty', async () => {
    const thread = await begin()
    stage.pagerduty.acknowledge(incident()?.id ?? '', stage.onCall.kim)
    await passing(stage, '2s', () => expectReply(thread, /Kim Osei \(in PagerDuty\) acknowledged the page/u))
    await quietly(stage, '1m', 20)
    expect(times(thread, ANY_DEADLINE)).toBe(0)
    expectTruth(stage)
  })

  it('starts again when the acknowledgement runs out', async () => {
    const thread = await begin()
    await thread.press('incident.ack')
    await passing(stage, '1s', () => expectReply(thread, /acknowledged the page/u))
    await quietly(stage, '1m', 12)
    stage.pagerduty.unacknowledge(incident()?.id ?? '')
    await passing(stage, '2s', () =>
      expectReply(thread, /is no longer acknowledged in PagerDuty, so nobody is known to be on it/u),
    )
    await passing(stage, '2s', () => expectReply(thread, REMINDED))
    await passing(stage, '10s', () => expectReply(thread, RAISED))
    await passing(stage, '10s', () => expectReply(thread, BACKSTOP))
    await thread.press('incident.ack', stage.people.kim)
    await passing(stage, '1s', () =>
      expectReply(thread, new RegExp(`Emergency #1: <@${stage.people.kim}> is on it`, 'u')),
    )
    expectTruth(stage)
  })
})
