import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '../support/eventually.js'
import { passing, quietly } from '../support/passing.js'
import type { Stage, Thread } from '../support/stage.js'
import { CONTACTS, expectReply, expectTruth } from '../support/truth.js'
import { alexIsCalled } from './alex-is-called.js'

let stage: Stage

afterEach(() => stage.close())

async function begin(...how: Parameters<typeof alexIsCalled>): Promise<Thread> {
  const begun = await alexIsCalled(...how)
  stage = begun.stage
  return begun.thread
}

const incidents = () => stage.pagerduty.incidents()

describe('what people do in PagerDuty', () => {
  it('resolved there is closed here, with the name', async () => {
    const thread = await begin()
    stage.pagerduty.resolve(incidents()[0]?.id ?? '', stage.onCall.alex)
    await passing(stage, '2s', () => expectReply(thread, /Emergency #1: resolved by Alex Rivera \(in PagerDuty\)/u))
    await eventually(() => expectReply(thread, /The page was resolved by Alex Rivera \(in PagerDuty\)/u))
    expectTruth(stage)
  })

  it.each(['looked into', 'believed where PagerDuty does not answer'])(
    'opened again there is open again here when a webhook tells: %s',
    async (how) => {
      const thread = await begin()
      const { id = '' } = incidents()[0] ?? {}
      stage.pagerduty.resolve(id, stage.onCall.alex)
      await passing(stage, '2s', () => expectReply(thread, /Emergency #1: resolved by Alex Rivera/u))
      const told = { id, url: 'https://example.com/1', createdAt: stage.clock.now(), assignees: ['Alex Rivera'] }
      const news = { type: 'incident.reopened', incident: { ...told, status: 'triggered' } } as const
      if (how === 'looked into') {
        // Delivered late or twice: it is resolved all the same.
        await stage.bots[0]?.app.pagerNews(news)
        await quietly(stage, '10s', 2)
        expectReply(thread, /Emergency #1: resolved by Alex Rivera/u)
        await reopenByHand(id)
        await stage.bots[0]?.app.pagerNews(news)
      } else {
        await reopenByHand(id)
        stage.pagerduty.outage(true)
        await stage.bots[0]?.app.pagerNews(news)
        stage.pagerduty.outage(false)
      }
      await passing(stage, '250ms', () => expectReply(thread, /Emergency #1: PagerDuty opened .* is paging Alex/u))
      expect(thread.replies().at(-1)?.text).toMatch(/no longer acknowledged in PagerDuty/u)
    },
  )

  it('handed to somebody else there is shown here', async () => {
    const thread = await begin()
    stage.pagerduty.reassign(incidents()[0]?.id ?? '', [stage.onCall.kim], stage.onCall.alex)
    await passing(stage, '2s', () => expectReply(thread, /is paging Kim Osei. Not acknowledged yet/u))
    expectTruth(stage)
  })

  it('merged there is followed here: the emergency goes on and ends with the incident that took it in', async () => {
    const thread = await begin()
    const foreign = await openByHand('Known database trouble')
    stage.pagerduty.merge(incidents()[0]?.id ?? '', foreign, stage.onCall.kim)
    await quietly(stage, '10s', 4)
    expect(thread.history().join('\n')).not.toMatch(/resolved by/u)

    await thread.press('incident.ack')
    await passing(stage, '1s', () => expect(incidents()[1]).toMatchObject({ status: 'acknowledged' }))
    stage.pagerduty.resolve(foreign, stage.onCall.kim)
    await passing(stage, '2s', () => expectReply(thread, /Emergency #1: resolved by Kim Osei \(in PagerDuty\)/u))
    expect(incidents()).toHaveLength(2)
    expectTruth(stage)
  })
})

describe('a person pages more people from Slack', () => {
  it('the on-call again: a second incident, followed like the first', async () => {
    const thread = await begin()
    await thread.press('incident.page_again')
    await passing(stage, '250ms', () => expectReply(thread, /Paged again: PagerDuty opened .* is paging Alex Rivera/u))
    expect(incidents().map((one) => one.title)).toEqual([
      'checkout fails for everybody',
      'checkout fails for everybody',
    ])
    stage.pagerduty.resolve(incidents()[1]?.id ?? '', stage.onCall.alex)
    await quietly(stage, '10s', 4)
    expectReply(thread, /Emergency #1: PagerDuty opened .* is paging Alex Rivera/u)
    stage.pagerduty.resolve(incidents()[0]?.id ?? '', stage.onCall.alex)
    await passing(stage, '2s', () => expectReply(thread, /Emergency #1: resolved by Alex Rivera/u))
    expectTruth(stage)
  })

  it('a team with its own service', async () => {
    const thread = await begin({
      yaml: `${CONTACTS}\nteams: { dba: { routing_key_env: DBA_KEY, about: Databases } }`,
      env: (pagerduty) => {
        const { id } = pagerduty.addUser({ name: 'Dana Base', email: 'dana@example.com' })
        const team = pagerduty.addTeamService('Databases')
        pagerduty.setOnCall([[id]], { policyId: team.escalationPolicyId })
        return { DBA_KEY: team.routingKey }
      },
    })
    await thread.press('incident.page_team', stage.people.sam, { selected: '1:dba' })
    await passing(stage, '250ms', () => expectReply(thread, /Team dba: PagerDuty opened .* is paging Dana Base/u))
    await thread.press('incident.resolve')
    await passing(stage, '250ms', () => expectReply(thread, /The page for team dba was resolved by/u))
    await eventually(() => expect(incidents()).toMatchObject([{ status: 'resolved' }, { status: 'resolved' }]))
    expectTruth(stage)
  })

  it('a team with an escalation policy only: straight by REST, and nobody is told of a refusal', async () => {
    const thread = await begin({
      yaml: (_people, pagerduty) => {
        const { id } = pagerduty.addUser({ name: 'Dana Base', email: 'dana@example.com' })
        const { escalationPolicyId } = pagerduty.addTeamService('Databases')
        pagerduty.setOnCall([[id]], { policyId: escalationPolicyId })
        return `teams: { dba: { escalation_policy: ${escalationPolicyId} } }`
      },
    })
    await stage.slack.slash({
      user: stage.people.sam,
      channel: stage.channel,
      command: '/mayday',
      text: 'page dba replica lag',
    })
    await passing(stage, '250ms', () => expectReply(thread, /Team dba: PagerDuty opened .* is paging Dana Base/u))
    expect(incidents()[1]).toMatchObject({
      createdVia: 'rest',
      title: 'replica lag',
      serviceId: stage.pagerduty.serviceId,
    })
    expect(thread.history().join('\n')).not.toContain('refused')

    await thread.press('incident.ack')
    await passing(stage, '250ms', () =>
      expect(incidents()).toMatchObject([{ status: 'acknowledged' }, { status: 'acknowledged' }]),
    )
    await thread.press('incident.resolve')
    await passing(stage, '250ms', () =>
      expect(incidents()).toMatchObject([{ status: 'resolved' }, { status: 'resolved' }]),
    )
    expectTruth(stage)
  })
})

/** Somebody acknowledges in PagerDuty what is resolved: since 2025-09-18 that opens it again. */
async function reopenByHand(id: string): Promise<void> {
  const { apiUrl, restToken, fromEmail } = stage.pagerduty
  const answer = await fetch(`${apiUrl}/incidents/${id}`, {
    method: 'PUT',
    headers: { authorization: `Token token=${restToken}`, 'content-type': 'application/json', from: fromEmail },
    body: JSON.stringify({ incident: { type: 'incident_reference', status: 'acknowledged' } }),
  })
  expect(answer.status).toBe(200)
}

/** An incident that somebody made on PagerDuty's web page. */
async function openByHand(title: string): Promise<string> {
  const { apiUrl, restToken, fromEmail, serviceId } = stage.pagerduty
  const answer = await fetch(`${apiUrl}/incidents`, {
    method: 'POST',
    headers: { authorization: `Token token=${restToken}`, 'content-type': 'application/json', from: fromEmail },
    body: JSON.stringify({
      incident: { type: 'incident', title, service: { id: serviceId, type: 'service_reference' } },
    }),
  })
  expect(answer.status).toBe(201)
  return incidents().find((one) => one.title === title)?.id ?? ''
}
