import { expect, test } from 'vitest'
import { listAt, logTypes, startPagerDuty, textAt } from './pagerduty-rig.js'

test('PUT /incidents changes several; an unknown one is 404', async () => {
  const { sim, page, rest } = await startPagerDuty()
  await page('a')
  await page('b')
  const all = sim.incidents().map(({ id }) => ({ id, type: 'incident_reference', status: 'acknowledged' }))
  expect((await rest('PUT', '/incidents', { incidents: all })).status).toBe(200)
  expect(sim.incidents().map((i) => i.status)).toEqual(['acknowledged', 'acknowledged'])
  const unknown = { id: 'QNOPE', type: 'incident_reference', status: 'resolved' }
  expect((await rest('PUT', '/incidents', { incidents: [unknown] })).status).toBe(404)
})

test('PUT /incidents/{id}/merge moves the alerts and resolves the source; its key then finds the target', async () => {
  const { sim, page, create, rest, incident } = await startPagerDuty()
  await page('late')
  await create({ title: 'the fallback' })
  const [source, target] = [incident(0).id, incident(1).id]
  const merge = () => rest('PUT', `/incidents/${target}/merge`, { source_incidents: [{ id: source }] })
  expect((await merge()).json).toMatchObject({ incident: { id: target, alert_counts: { all: 1 } } })
  expect(sim.incidents()[0]).toMatchObject({ status: 'resolved', mergedInto: target })
  expect((await rest('GET', `/incidents/${source}`)).json).toMatchObject({
    incident: { resolve_reason: { type: 'merge_resolve_reason', incident: { id: target } } },
  })
  const found = await rest('GET', '/incidents?incident_key=late&date_range=all')
  expect(found.json).toMatchObject({ incidents: [{ id: target }] })
  expect((await merge()).json).toMatchObject({ error: { code: 1019 } })
})

test('POST /incidents/{id}/notes and GET /incidents/{id}/notes', async () => {
  const { page, rest, incident } = await startPagerDuty()
  await page('k')
  const path = `/incidents/${incident().id}/notes`
  expect((await rest('POST', path, { note: { content: 'acknowledged by @riva from Slack' } })).status).toBe(200)
  expect((await rest('POST', path, { note: {} })).status).toBe(400)
  expect((await rest('GET', path)).json).toMatchObject({
    notes: [{ content: 'acknowledged by @riva from Slack', user: { summary: 'Mayday Bot' } }],
  })
})

test('GET /incidents/{id}/log_entries proves who was called, newest first', async () => {
  const { page, rest, incident } = await startPagerDuty()
  await page('k')
  const answer = await rest('GET', `/incidents/${incident().id}/log_entries`)
  expect(listAt(answer.json, 'log_entries').map((line) => textAt(line, 'type'))).toEqual(logTypes(incident()).reverse())
  expect(listAt(answer.json, 'log_entries')[0]).toMatchObject({
    type: 'notify_log_entry',
    user: { id: 'PALEX01', type: 'user_reference' },
    channel: { notification: { type: 'phone', address: '+1 415 555 0101' } },
  })
  const overview = await rest('GET', `/incidents/${incident().id}/log_entries?is_overview=true`)
  expect(listAt(overview.json, 'log_entries').map((line) => textAt(line, 'type'))).not.toContain('notify_log_entry')
})

test('GET /incidents/{id}/alerts carries the dedup key as alert_key', async () => {
  const { page, rest, incident } = await startPagerDuty()
  await page('k')
  const path = `/incidents/${incident().id}/alerts`
  expect((await rest('GET', path)).json).toMatchObject({ alerts: [{ alert_key: 'k', status: 'triggered' }] })
  expect((await rest('GET', `${path}?alert_key=other`)).json).toMatchObject({ alerts: [] })
  expect((await rest('GET', `${path}?statuses[]=resolved`)).json).toMatchObject({ alerts: [] })
})

test('POST /incidents/{id}/responder_requests is 402 without the ability, and calls people with it', async () => {
  const { sim, page, rest, incident, called } = await startPagerDuty()
  await page('k')
  const ask = (id: string, type: string) =>
    rest('POST', `/incidents/${incident().id}/responder_requests`, {
      requester_id: 'PBOT000',
      message: 'Please help',
      responder_request_targets: [{ responder_request_target: { id, type } }],
    })
  const refused = await ask('PKIM002', 'user_reference')
  expect([refused.status, refused.json]).toMatchObject([402, { error: { code: 2014 } }])
  sim.setAbilities(['coordinated_responding'])
  expect((await ask('PKIM002', 'user_reference')).json).toMatchObject({
    responder_request: {
      requester: { summary: 'Mayday Bot' },
      responder_request_targets: [
        { responder_request_target: { incidents_responders: [{ state: 'pending', user: { id: 'PKIM002' } }] } },
      ],
    },
  })
  expect((await ask(sim.escalationPolicyId, 'escalation_policy_reference')).status).toBe(200)
  expect(called()).toEqual(['Alex Rivera', 'Kim Osei', 'Alex Rivera'])
  expect((await ask('PNOPE', 'user_reference')).status).toBe(400)
})

test('POST /incidents/{id}/status_updates needs its ability', async () => {
  const { sim, page, rest, incident } = await startPagerDuty()
  await page('k')
  const send = () => rest('POST', `/incidents/${incident().id}/status_updates`, { message: 'We are on it' })
  expect((await send()).status).toBe(402)
  sim.setAbilities(['stakeholder_status_updates'])
  expect((await send()).json).toMatchObject({ status_update: { message: 'We are on it' } })
})
