import { Agent } from 'node:https'
import { connect } from 'node:net'
import { api, event } from '@pagerduty/pdjs'
import { expect, test } from 'vitest'
import { emergency, startPagerDuty, textAt } from './pagerduty-rig.js'

/** PagerDuty's own client insists on https; this agent brings its calls to the simulator over plain TCP. */
function agentTo(origin: string): Agent {
  const agent = new Agent({ keepAlive: false })
  const port = Number(new URL(origin).port)
  return Object.assign(agent, { createConnection: () => connect(port, '127.0.0.1') })
}

const patience = { requestTimeout: 0, retryTimeout: 1 }

test('pdjs sends an event to its real address and reads the answer', async () => {
  const { sim, clock, incident } = await startPagerDuty()
  const trigger = {
    data: { routing_key: sim.routingKey, event_action: 'trigger' as const, dedup_key: 'k', payload: emergency() },
    agent: agentTo(sim.origin),
    ...patience,
  }
  const answer = await event(trigger as Parameters<typeof event>[0])
  expect([answer.status, textAt(answer.data, 'dedup_key')]).toEqual([202, 'k'])
  expect(sim.requests()).toMatchObject([{ path: '/v2/enqueue', headers: { host: 'events.pagerduty.com' } }])
  clock.forward(40)
  expect(incident().dedupKey).toBe('k')
})

test('pdjs reads and changes incidents with its own headers', async () => {
  const { sim, page, incident } = await startPagerDuty()
  await page('k')
  const call = { token: sim.restToken, headers: { From: sim.fromEmail }, ...patience }
  const list = await api({
    ...call,
    url: `${sim.origin}/incidents`,
    data: { incident_key: 'k', 'statuses[]': ['triggered', 'acknowledged'], date_range: 'all' },
  })
  expect(list.data).toMatchObject({ incidents: [{ id: incident().id, status: 'triggered' }] })
  const changed = await api({
    ...call,
    url: `${sim.origin}/incidents/${incident().id}`,
    method: 'PUT',
    data: { incident: { type: 'incident_reference', status: 'acknowledged' } },
  })
  expect([changed.status, changed.data]).toMatchObject([200, { incident: { status: 'acknowledged' } }])
  expect(sim.requests({ path: '/incidents' })[0]?.headers).toMatchObject({
    accept: 'application/vnd.pagerduty+json;version=2',
    authorization: `Token token=${sim.restToken}`,
  })
})

test('pdjs asks four times when it is told 429', async () => {
  const { sim } = await startPagerDuty()
  sim.fault({ match: '/abilities', status: 429 })
  const answer = await api({ token: sim.restToken, url: `${sim.origin}/abilities`, ...patience })
  expect([answer.status, sim.requests().length]).toEqual([429, 4])
})
