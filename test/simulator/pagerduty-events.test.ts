import { describe, expect, test } from 'vitest'
import { emergency, listAt, logTypes, startPagerDuty, textAt } from './pagerduty-rig.js'

describe('POST /v2/enqueue', () => {
  test('a trigger is accepted at once and becomes an incident later, and the first level is called', async () => {
    const { sim, clock, enqueue, incident, called } = await startPagerDuty()
    const answer = await enqueue({
      dedup_key: 'slack:T1:C1:1626487200.000100',
      client: 'Slack',
      client_url: 'https://example.slack.com/archives/C1/p1626487200000100',
      payload: { ...emergency(), custom_details: { reporter: 'Riva' } },
    })
    expect(answer.status).toBe(202)
    expect(answer.json).toEqual({
      status: 'success',
      message: 'Event processed',
      dedup_key: 'slack:T1:C1:1626487200.000100',
    })
    expect(sim.incidents()).toEqual([])
    clock.forward(39)
    expect(sim.incidents()).toEqual([])
    clock.forward(1)
    expect(incident()).toMatchObject({
      number: 1,
      title: 'Push notifications are going to everybody',
      status: 'triggered',
      urgency: 'high',
      createdVia: 'events',
      dedupKey: 'slack:T1:C1:1626487200.000100',
      incidentKey: null,
      clientUrl: 'https://example.slack.com/archives/C1/p1626487200000100',
      customDetails: { reporter: 'Riva' },
      escalationLevel: 1,
      notified: [{ user: 'PALEX01', level: 1 }],
    })
    expect(called()).toEqual(['Alex Rivera'])
    expect(logTypes(incident())).toEqual(['trigger_log_entry', 'assign_log_entry', 'notify_log_entry'])
  })

  test('a trigger without a dedup_key gets one', async () => {
    const { enqueue } = await startPagerDuty()
    const first = await enqueue({ payload: emergency() })
    const second = await enqueue({ payload: emergency() })
    expect(textAt(first.json, 'dedup_key')).toMatch(/^[0-9a-f]{32}$/)
    expect(textAt(second.json, 'dedup_key')).not.toBe(textAt(first.json, 'dedup_key'))
  })

  test('the same key while the alert is open is a log entry and calls nobody again', async () => {
    const { page, sim, incident, called } = await startPagerDuty()
    await page('k')
    await page('k')
    expect(sim.incidents()).toHaveLength(1)
    expect(called()).toEqual(['Alex Rivera'])
    expect(logTypes(incident()).filter((type) => type === 'trigger_log_entry')).toHaveLength(2)
  })

  test('two triggers of one key that are both still being worked on make one incident', async () => {
    const { enqueue, clock, sim } = await startPagerDuty()
    await enqueue({ dedup_key: 'k', payload: emergency() })
    await enqueue({ dedup_key: 'k', payload: emergency() })
    clock.forward(40)
    expect(sim.incidents()).toHaveLength(1)
  })

  test('the same key with another routing key is another incident', async () => {
    const { page, sim } = await startPagerDuty()
    const team = sim.addTeamService('Payments')
    await page('k')
    await page('k', { routing_key: team.routingKey })
    expect(sim.incidents().map((i) => i.serviceId)).toEqual([sim.serviceId, team.serviceId])
  })

  test('after the resolve, the same key opens a new incident', async () => {
    const { page, follow, sim } = await startPagerDuty()
    await page('k')
    await follow('resolve', 'k')
    await page('k')
    expect(sim.incidents().map((i) => i.status)).toEqual(['resolved', 'triggered'])
  })

  test('acknowledge and resolve follow the alert', async () => {
    const { page, follow, incident } = await startPagerDuty()
    await page('k')
    await follow('acknowledge', 'k')
    expect(incident()).toMatchObject({ status: 'acknowledged', assignees: ['PALEX01'] })
    await follow('resolve', 'k')
    expect(incident()).toMatchObject({ status: 'resolved', alerts: [{ status: 'resolved' }] })
  })

  test('with no open alert, acknowledge and resolve are accepted and dropped', async () => {
    const { page, follow, incident, drops } = await startPagerDuty()
    expect((await follow('acknowledge', 'k')).status).toBe(202)
    await page('k')
    await follow('resolve', 'k')
    await follow('acknowledge', 'k')
    expect(incident().status).toBe('resolved')
    expect(drops()).toEqual(['there is no open alert to acknowledge', 'there is no open alert to acknowledge'])
  })

  test.each([
    ['no routing key', { routing_key: undefined }, "'routing_key' is missing or blank"],
    ['a short routing key', { routing_key: 'abc' }, "Length of 'routing_key' is incorrect (should be 32 characters)"],
    ['an unknown routing key', { routing_key: 'f'.repeat(32) }, 'Invalid routing key'],
    ['an unknown action', { event_action: 'escalate' }, /'event_action' is invalid/],
    ['no payload', { payload: undefined }, "'payload.summary' is missing or blank"],
    ['an empty summary', { payload: { ...emergency(), summary: '' } }, "'payload.summary' is missing or blank"],
    ['a summary of 1025 characters', { payload: emergency('x'.repeat(1025)) }, /'payload.summary' is too long/],
    ['no source', { payload: { ...emergency(), source: undefined } }, "'payload.source' is missing or blank"],
    ['a made-up severity', { payload: { ...emergency(), severity: 'sev1' } }, /'payload.severity' is invalid/],
    ['a dedup_key of 256 characters', { dedup_key: 'k'.repeat(256) }, /'dedup_key' is too long/],
    ['details that are text', { payload: { ...emergency(), custom_details: 'x' } }, /custom_details/],
    ['an image over http', { images: [{ src: 'http://example.com/a.png' }] }, /https/],
    ['a date without time', { payload: { ...emergency(), timestamp: '2021-07-17' } }, /timestamp/],
    ['acknowledge without a key', { event_action: 'acknowledge', dedup_key: undefined }, /'dedup_key' is missing/],
  ])('%s is a 400 in the shape of the Events API', async (_, change, message) => {
    const { sim, clock, enqueue } = await startPagerDuty()
    const answer = await enqueue({ dedup_key: 'k', payload: emergency(), ...change })
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({ status: 'invalid event', message: 'Event object is invalid' })
    expect(listAt(answer.json, 'errors')).toEqual(
      expect.arrayContaining([typeof message === 'string' ? message : expect.stringMatching(message)]),
    )
    clock.forward(1000)
    expect(sim.incidents()).toEqual([])
    expect(sim.events()).toEqual([])
  })

  test('a body that is no JSON is an unrecognized object', async () => {
    const { sim } = await startPagerDuty()
    const response = await fetch(`${sim.origin}/v2/enqueue`, { method: 'POST', body: '{"routing_key":' })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ status: 'Unrecognized object', errors: ['JSON parse error'] })
  })

  test('more than 512 KB is refused', async () => {
    const { enqueue } = await startPagerDuty()
    const details = { text: 'x'.repeat(513 * 1024) }
    expect((await enqueue({ payload: { ...emergency(), custom_details: details } })).status).toBe(413)
  })

  test('the 121st call of one key within 60 s is a 429; other keys and the next minute are free', async () => {
    const { sim, clock, enqueue } = await startPagerDuty({ rateLimitPerMinute: 3 })
    const team = sim.addTeamService('Payments')
    const statuses = []
    for (let n = 0; n < 4; n++) statuses.push((await enqueue({ payload: emergency() })).status)
    expect(statuses).toEqual([202, 202, 202, 429])
    expect((await enqueue({ payload: emergency(), routing_key: team.routingKey })).status).toBe(202)
    clock.forward(60_001)
    expect((await enqueue({ payload: emergency() })).status).toBe(202)
  })

  test('other methods and paths are refused', async () => {
    const { sim } = await startPagerDuty()
    expect((await fetch(`${sim.origin}/v2/enqueue`)).status).toBe(405)
    expect((await fetch(`${sim.origin}/v2/nothing`, { method: 'POST' })).status).toBe(404)
  })
})

test('POST /v2/change/enqueue is accepted and pages nobody', async () => {
  const { sim, clock } = await startPagerDuty()
  const send = (body: unknown) =>
    fetch(`${sim.origin}/v2/change/enqueue`, { method: 'POST', body: JSON.stringify(body) })
  const answer = await send({ routing_key: sim.routingKey, payload: { summary: 'Deployed 1.2.3' } })
  expect(answer.status).toBe(202)
  expect(await answer.json()).toMatchObject({ status: 'success' })
  expect((await send({ routing_key: sim.routingKey })).status).toBe(400)
  clock.forward(1000)
  expect(sim.incidents()).toEqual([])
})

describe('a 202 that is not a page', () => {
  test.each([
    ['disabled', { status: 'disabled' }, 'the service is disabled'],
    ['maintenance', { status: 'maintenance' }, 'the service is in maintenance'],
    ['suppress', { suppress: true }, 'an orchestration rule suppressed the alert'],
  ] as const)('service %s: dropped without a trace', async (_, settings, reason) => {
    const { sim, page, rest, drops, called } = await startPagerDuty()
    sim.service(settings)
    expect((await page('k')).status).toBe(202)
    expect(drops()).toEqual([reason])
    expect(called()).toEqual([])
    expect((await rest('GET', '/incidents?date_range=all')).json).toMatchObject({ incidents: [] })
  })

  test('nobody on call: dropped without a trace', async () => {
    const { sim, page, drops } = await startPagerDuty()
    sim.setOnCall([])
    expect((await page('k')).status).toBe(202)
    expect(drops()).toEqual(['nobody is on call'])
    sim.setOnCall([[], ['PKIM002']])
    await page('k')
    expect(sim.incidents()).toMatchObject([{ escalationLevel: 2, assignees: ['PKIM002'] }])
  })

  test('a rotation that has run out leaves nobody on call', async () => {
    const { sim, clock, page, drops } = await startPagerDuty()
    sim.setOnCall([['PALEX01']], { until: new Date(clock.now() + 60_000).toISOString() })
    await page('before')
    clock.forward(60_000)
    await page('after')
    expect(sim.incidents().map((i) => i.dedupKey)).toEqual(['before'])
    expect(drops()).toEqual(['nobody is on call'])
  })

  test('dropSilently: accepted, and then nothing, until it ends', async () => {
    const { sim, page } = await startPagerDuty()
    sim.dropSilently(true)
    expect((await page('k')).status).toBe(202)
    expect(sim.incidents()).toEqual([])
    expect(sim.events()).toMatchObject([{ dedup_key: 'k', event_action: 'trigger' }])
    sim.dropSilently(false)
    await page('k')
    expect(sim.incidents()).toHaveLength(1)
  })

  test('delayProcessing: the incident comes an hour later', async () => {
    const { sim, clock, page } = await startPagerDuty()
    sim.delayProcessing(3_600_000)
    await page('k')
    clock.forward(3_500_000)
    expect(sim.incidents()).toEqual([])
    clock.forward(100_000)
    expect(sim.incidents()).toHaveLength(1)
  })

  test('alert grouping swallows the second emergency into the first, even when that one is acknowledged', async () => {
    const { sim, page, follow, rest, incident, called } = await startPagerDuty()
    sim.service({ alertGrouping: true })
    await page('first')
    await follow('acknowledge', 'first')
    await page('second')
    expect(sim.incidents()).toHaveLength(1)
    expect(called()).toEqual(['Alex Rivera'])
    expect(incident()).toMatchObject({ status: 'acknowledged', alerts: [{ key: 'first' }, { key: 'second' }] })
    const found = await rest('GET', '/incidents?incident_key=second&date_range=all')
    expect(found.json).toMatchObject({ incidents: [{ id: incident().id, alert_counts: { all: 2 } }] })
    await follow('resolve', 'first')
    expect(incident().status).toBe('acknowledged')
    await follow('resolve', 'second')
    expect(incident().status).toBe('resolved')
  })

  test('auto-pause keeps the page back for five minutes, and a resolve in between cancels it', async () => {
    const { sim, clock, page, follow } = await startPagerDuty()
    sim.service({ autoPause: true })
    await page('stays')
    await page('goes')
    await follow('resolve', 'goes')
    clock.forward(299_000)
    expect(sim.incidents()).toEqual([])
    clock.forward(2_000)
    expect(sim.incidents().map((i) => i.dedupKey)).toEqual(['stays'])
  })

  test('low urgency: no phone rings and nothing escalates', async () => {
    const { sim, clock, page, seen, incident } = await startPagerDuty()
    sim.service({ urgency: 'low' })
    await page('k')
    clock.forward(3_600_000)
    expect(incident()).toMatchObject({ urgency: 'low', escalationLevel: 1 })
    expect(seen.flatMap((e) => (e.kind === 'notified' ? [e.via] : []))).toEqual(['email'])
  })
})
