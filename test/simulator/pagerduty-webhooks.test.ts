import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Delivery, dig, startPagerDuty, startReceiver, textAt } from './pagerduty-rig.js'

const secret = 'shared-secret'

async function startBoth(answers: number[] = []) {
  const receiver = await startReceiver(answers)
  const rig = await startPagerDuty({ webhook: { url: receiver.url, secret } })
  const delivered = (count: number) => expect.poll(() => receiver.deliveries.length, { timeout: 10_000 }).toBe(count)
  const outcomes = () => rig.seen.flatMap((e) => (e.kind === 'webhook' ? [e.delivery.outcome] : []))
  const settled = (count: number) => expect.poll(() => outcomes().length, { timeout: 10_000 }).toBe(count)
  return { ...rig, receiver, delivered, settled, outcomes, subscriptionId: rig.sim.webhookSubscriptionId ?? '' }
}

const signature = (delivery: Delivery, key = secret) =>
  `v1=${createHmac('sha256', key).update(delivery.body).digest('hex')}`

test("incident.triggered carries the page's own link, and its signature covers the raw body", async () => {
  const { page, receiver, settled, subscriptionId } = await startBoth()
  await page('k', { client: 'Slack', client_url: 'https://example.slack.com/archives/C1/p1' })
  await settled(1)
  const [delivery] = receiver.deliveries
  expect(delivery?.headers).toMatchObject({
    'user-agent': 'PagerDuty-Webhook/V3.0',
    'content-type': 'application/json',
    'x-webhook-subscription': subscriptionId,
    'x-webhook-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'x-pagerduty-signature': delivery && signature(delivery),
  })
  expect(delivery?.event).toMatchObject({
    event_type: 'incident.triggered',
    resource_type: 'incident',
    agent: { type: 'inbound_integration_reference' },
    client: { name: 'Slack', url: 'https://example.slack.com/archives/C1/p1' },
    data: { type: 'incident', status: 'triggered', incident_key: null, number: 1, assignees: [{ id: 'PALEX01' }] },
  })
})

test('incident.acknowledged, incident.annotated and incident.resolved name the person, in the order it happened', async () => {
  const { sim, page, receiver, settled, incident } = await startBoth()
  await page('k')
  sim.acknowledge(incident().id, 'PKIM002')
  sim.note(incident().id, 'PKIM002', 'stopping the workers')
  sim.resolve(incident().id, 'PKIM002')
  await settled(4)
  expect(receiver.types()).toEqual([
    'incident.triggered',
    'incident.acknowledged',
    'incident.annotated',
    'incident.resolved',
  ])
  const [, acknowledged, annotated, resolved] = receiver.deliveries
  expect(acknowledged?.event).toMatchObject({
    agent: { id: 'PKIM002', type: 'user_reference', summary: 'Kim Osei' },
    client: { name: 'PagerDuty' },
    data: { status: 'acknowledged', assignees: [{ id: 'PKIM002' }] },
  })
  expect(annotated?.event).toMatchObject({
    data: { type: 'incident_note', content: 'stopping the workers', incident: { id: incident().id } },
  })
  expect(resolved?.event).toMatchObject({ data: { status: 'resolved', assignees: [], resolve_reason: null } })
})

test('incident.unacknowledged and incident.escalated come from clocks: nobody is the agent', async () => {
  const { sim, clock, page, receiver, settled, incident } = await startBoth()
  await page('k')
  sim.acknowledge(incident().id, 'PALEX01')
  sim.unacknowledge(incident().id)
  clock.forward(5 * 60_000)
  await settled(4)
  expect(receiver.deliveries.slice(2).map(({ event }) => [textAt(event, 'event_type'), dig(event, 'agent')])).toEqual([
    ['incident.unacknowledged', null],
    ['incident.escalated', null],
  ])
})

test('incident.reassigned, incident.delegated, incident.priority_updated and incident.reopened', async () => {
  const { sim, page, update, receiver, settled, incident } = await startBoth()
  await page('k')
  sim.reassign(incident().id, ['PKIM002'], 'PALEX01')
  await update(incident().id, { escalation_policy: { id: sim.addTeamService('Payments').escalationPolicyId } })
  await update(incident().id, { priority: { id: 'PRIOP1' } })
  await update(incident().id, { status: 'resolved' })
  await update(incident().id, { status: 'acknowledged' })
  await settled(6)
  expect(receiver.types()).toEqual([
    'incident.triggered',
    'incident.reassigned',
    'incident.delegated',
    'incident.priority_updated',
    'incident.resolved',
    'incident.reopened',
  ])
  expect(receiver.deliveries[3]?.event).toMatchObject({ data: { priority: { summary: 'P1' } } })
})

test('incident.responder.added and incident.status_update_published', async () => {
  const { sim, page, rest, receiver, settled, incident } = await startBoth()
  sim.setAbilities(['coordinated_responding', 'stakeholder_status_updates'])
  await page('k')
  await rest('POST', `/incidents/${incident().id}/responder_requests`, {
    requester_id: 'PALEX01',
    message: 'Please help',
    responder_request_targets: [{ responder_request_target: { id: 'PKIM002', type: 'user_reference' } }],
  })
  await rest('POST', `/incidents/${incident().id}/status_updates`, { message: 'We are on it' })
  await settled(3)
  expect(receiver.deliveries.slice(1).map((d) => d.event)).toMatchObject([
    { event_type: 'incident.responder.added', data: { type: 'incident_responder', user: { id: 'PKIM002' } } },
    { event_type: 'incident.status_update_published', data: { message: 'We are on it' } },
  ])
})

test('a merge looks like a resolve by a person, and its reason names the incident to follow', async () => {
  const { sim, page, receiver, settled, incident } = await startBoth()
  await page('a')
  await page('b')
  sim.merge(incident(0).id, incident(1).id, 'PKIM002')
  await settled(3)
  expect(receiver.deliveries[2]?.event).toMatchObject({
    event_type: 'incident.resolved',
    agent: { id: 'PKIM002' },
    data: { id: incident(0).id, resolve_reason: { type: 'merge_resolve_reason', incident: { id: incident(1).id } } },
  })
})

describe('delivery', () => {
  test('5xx, 429 and a cut connection are retried with the same id, and what comes after waits', async () => {
    const { sim, clock, page, receiver, settled, outcomes, incident } = await startBoth([500, 429, 0])
    await page('k')
    sim.acknowledge(incident().id, 'PALEX01')
    await settled(1)
    clock.forward(1_000)
    await settled(2)
    clock.forward(2_000)
    await settled(3)
    clock.forward(4_000)
    await settled(5)
    expect(outcomes()).toEqual(['retrying', 'retrying', 'retrying', 'delivered', 'delivered'])
    expect(receiver.types()).toEqual([...Array(4).fill('incident.triggered'), 'incident.acknowledged'])
    const ids = receiver.deliveries.map((d) => d.headers['x-webhook-id'])
    expect(new Set(ids.slice(0, 4)).size).toBe(1)
    expect(ids[4]).not.toBe(ids[0])
  })

  test('any other 4xx drops it; three in a row switch the subscription off for a day and lose the rest', async () => {
    const { clock, page, rest, receiver, settled, outcomes, subscriptionId } = await startBoth([400, 401, 404])
    for (const key of ['a', 'b', 'c']) await page(key)
    await settled(3)
    expect(outcomes()).toEqual(['dropped', 'dropped', 'dropped'])
    const isOff = async () =>
      dig(
        (await rest('GET', '/webhook_subscriptions')).json,
        'webhook_subscriptions',
        0,
        'delivery_method',
        'temporarily_disabled',
      )
    expect(await isOff()).toBe(true)
    await page('lost')
    clock.forward(24 * 3_600_000)
    expect(await isOff()).toBe(false)
    const before = receiver.deliveries.length
    await rest('POST', `/webhook_subscriptions/${subscriptionId}/ping`)
    await expect.poll(() => receiver.types().slice(before)).toContain('pagey.ping')
    expect(receiver.deliveries.filter(({ event }) => textAt(event, 'data', 'number') === '4')).toHaveLength(0)
  })

  test('POST /webhook_subscriptions/{id}/enable switches it on again at once', async () => {
    const { page, rest, settled, subscriptionId } = await startBoth([400, 400, 400])
    for (const key of ['a', 'b', 'c']) await page(key)
    await settled(3)
    const answer = await rest('POST', `/webhook_subscriptions/${subscriptionId}/enable`)
    expect(answer.json).toMatchObject({ webhook_subscription: { delivery_method: { temporarily_disabled: false } } })
    await page('d')
    await settled(4)
    expect((await rest('POST', '/webhook_subscriptions/PNOPE/enable')).status).toBe(404)
  })

  test('after 48 hours without success it is dropped', async () => {
    const { sim, clock, page, settled, outcomes } = await startBoth(Array(100).fill(503))
    sim.setOnCall([['PALEX01']], { loops: 0 })
    await page('k')
    await settled(1)
    for (let attempt = 2; !outcomes().includes('dropped'); attempt++) {
      clock.forward(4 * 3_600_000)
      await settled(attempt)
    }
    expect(outcomes().filter((outcome) => outcome === 'retrying')).toHaveLength(12)
  })

  test('duplicate: everything comes twice, with the same id', async () => {
    const { sim, page, receiver, settled } = await startBoth()
    sim.webhooks.duplicate(true)
    await page('k')
    await settled(2)
    const [first, second] = receiver.deliveries
    expect(second?.headers['x-webhook-id']).toBe(first?.headers['x-webhook-id'])
    expect(second?.body).toBe(first?.body)
  })

  test('alsoSignWith: several signatures, ours among them', async () => {
    const { sim, page, receiver, settled } = await startBoth()
    sim.webhooks.alsoSignWith(['the-next-secret'])
    await page('k')
    await settled(1)
    const [delivery] = receiver.deliveries
    const expected = delivery && `${signature(delivery, 'the-next-secret')},${signature(delivery)}`
    expect(delivery?.headers['x-pagerduty-signature']).toBe(expected)
  })
})

test('GET /webhook_subscriptions never shows a secret', async () => {
  const { rest, receiver } = await startBoth()
  const answer = await rest('GET', '/webhook_subscriptions')
  expect(answer.json).toMatchObject({
    webhook_subscriptions: [{ delivery_method: { url: receiver.url, secret: null, temporarily_disabled: false } }],
  })
  expect(answer.text).not.toContain(secret)
})

test('POST /webhook_subscriptions shows the secret once, and delivers only what was asked for', async () => {
  const { page, follow, rest, sim, delivered, receiver } = await startBoth()
  const other = await startReceiver()
  const made = await rest('POST', '/webhook_subscriptions', {
    webhook_subscription: {
      type: 'webhook_subscription',
      events: ['incident.resolved'],
      filter: { type: 'service_reference', id: sim.addTeamService('Payments').serviceId },
      delivery_method: { type: 'http_delivery_method', url: other.url },
    },
  })
  expect(textAt(made.json, 'webhook_subscription', 'delivery_method', 'secret')).toMatch(/.{20}/)
  await page('k')
  await follow('resolve', 'k')
  await delivered(2)
  const key = sim.addTeamService('Third').routingKey
  await page('k', { routing_key: key })
  await delivered(3)
  expect(receiver.types()).toHaveLength(3)
  expect(other.types()).toEqual([])
  expect((await rest('POST', '/webhook_subscriptions', { webhook_subscription: {} })).status).toBe(400)
})

test('POST /webhook_subscriptions/{id}/ping sends pagey.ping', async () => {
  const { rest, receiver, settled, subscriptionId } = await startBoth()
  expect((await rest('POST', `/webhook_subscriptions/${subscriptionId}/ping`)).status).toBe(202)
  await settled(1)
  expect(receiver.deliveries[0]?.event).toMatchObject({ event_type: 'pagey.ping', agent: null })
  expect((await rest('POST', '/webhook_subscriptions/PNOPE/ping')).status).toBe(404)
})
