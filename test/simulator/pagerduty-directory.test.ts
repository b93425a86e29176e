import { describe, expect, test } from 'vitest'
import { listAt, startPagerDuty, textAt } from './pagerduty-rig.js'

describe('GET /oncalls', () => {
  test('one row for each person and level; permanent on-call has no schedule, no start and no end', async () => {
    const { sim, rest } = await startPagerDuty()
    sim.setOnCall([['PALEX01', 'PKIM002'], ['PKIM002']])
    const answer = await rest('GET', `/oncalls?escalation_policy_ids[]=${sim.escalationPolicyId}`)
    const rows = listAt(answer.json, 'oncalls')
    expect(rows.map((row) => `${textAt(row, 'escalation_level')} ${textAt(row, 'user', 'summary')}`)).toEqual([
      '1 Alex Rivera',
      '1 Kim Osei',
      '2 Kim Osei',
    ])
    expect(rows[0]).toMatchObject({ start: null, end: null, schedule: null, user: { type: 'user_reference' } })
  })

  test('include[]=users shows whole users, their contact methods still as references', async () => {
    const { sim, rest } = await startPagerDuty()
    const answer = await rest(
      'GET',
      `/oncalls?escalation_policy_ids[]=${sim.escalationPolicyId}&include[]=users&include[]=escalation_policies`,
    )
    expect(listAt(answer.json, 'oncalls')[0]).toMatchObject({
      escalation_policy: { type: 'escalation_policy' },
      user: {
        type: 'user',
        email: 'alex@example.com',
        contact_methods: [{ type: 'email_contact_method_reference' }, { type: 'phone_contact_method_reference' }],
      },
    })
  })

  test('a rotation with an end names its schedule, and nobody is on call after it', async () => {
    const { sim, clock, rest } = await startPagerDuty()
    sim.setOnCall([['PALEX01']], { until: '2021-07-18T02:00:00Z' })
    const path = `/oncalls?escalation_policy_ids[]=${sim.escalationPolicyId}`
    expect((await rest('GET', path)).json).toMatchObject({
      oncalls: [{ end: '2021-07-18T02:00:00Z', schedule: { type: 'schedule_reference' } }],
    })
    expect((await rest('GET', `${path}&since=2021-07-18T03:00:00Z`)).json).toMatchObject({ oncalls: [] })
    clock.forward(24 * 3_600_000)
    expect((await rest('GET', path)).json).toMatchObject({ oncalls: [] })
  })

  test('pages by offset, filters by person, refuses a time that is none', async () => {
    const { sim, rest } = await startPagerDuty()
    sim.addTeamService('Payments')
    expect((await rest('GET', '/oncalls?limit=3')).json).toMatchObject({ more: true, limit: 3 })
    expect(listAt((await rest('GET', '/oncalls?limit=3&offset=3')).json, 'oncalls')).toHaveLength(1)
    expect(listAt((await rest('GET', '/oncalls?user_ids[]=PKIM002')).json, 'oncalls')).toHaveLength(2)
    expect((await rest('GET', '/oncalls?since=soon')).json).toMatchObject({ error: { code: 2004 } })
  })
})

describe('people', () => {
  test('GET /users finds by part of a name or an address', async () => {
    const { sim, rest } = await startPagerDuty()
    sim.addUser({ id: 'PRIVA03', name: 'Riva Stone', email: 'riva@example.com' })
    const found = async (query: string) =>
      listAt((await rest('GET', `/users?query=${query}`)).json, 'users').map((u) => textAt(u, 'id'))
    expect(await found('riva@example.com')).toEqual(['PRIVA03'])
    expect(await found('RIVA')).toEqual(['PRIVA03'])
    expect(await found('nobody')).toEqual([])
  })

  test('GET /users/{id} shows contact methods in full when they are included', async () => {
    const { rest } = await startPagerDuty()
    expect((await rest('GET', '/users/PALEX01?include[]=contact_methods')).json).toMatchObject({
      user: { contact_methods: [{ address: 'alex@example.com' }, { country_code: 1, address: '4155550101' }] },
    })
    expect((await rest('GET', '/users/PNOPE')).status).toBe(404)
  })

  test('GET /users/{id}/contact_methods splits the country code from the number', async () => {
    const { sim, rest } = await startPagerDuty()
    const { id } = sim.addUser({ name: 'Jo', email: 'jo@example.com', phone: '+49 151 2345678' })
    expect((await rest('GET', `/users/${id}/contact_methods`)).json).toMatchObject({
      contact_methods: [
        { type: 'email_contact_method', address: 'jo@example.com' },
        { type: 'phone_contact_method', country_code: 49, address: '1512345678', label: 'Mobile' },
      ],
    })
    expect((await rest('GET', '/users/PBOT000/contact_methods')).json).toMatchObject({
      contact_methods: [{ type: 'email_contact_method' }],
    })
    expect((await rest('GET', '/users/PNOPE/contact_methods')).status).toBe(404)
  })

  test('GET /users/me is refused: an account key is nobody', async () => {
    const { rest } = await startPagerDuty()
    expect((await rest('GET', '/users/me')).status).toBe(400)
  })
})

describe('services and policies', () => {
  test('GET /services/{id} shows what decides whether an emergency pages', async () => {
    const { sim, rest } = await startPagerDuty()
    const show = async () =>
      (await rest('GET', `/services/${sim.serviceId}?include[]=integrations&include[]=escalation_policies`)).json
    expect(await show()).toMatchObject({
      service: {
        status: 'active',
        alert_grouping_parameters: { type: null },
        auto_pause_notifications_parameters: { enabled: false },
        incident_urgency_rule: { type: 'constant', urgency: 'high' },
        acknowledgement_timeout: 1800,
        auto_resolve_timeout: null,
        integrations: [{ type: 'events_api_v2_inbound_integration', integration_key: sim.routingKey }],
        escalation_policy: { num_loops: 2, escalation_rules: [{ targets: [{ id: 'PALEX01' }] }, {}] },
      },
    })
    sim.service({
      status: 'maintenance',
      alertGrouping: true,
      autoPause: true,
      urgency: 'low',
      autoResolveTimeoutSeconds: 14_400,
    })
    expect(await show()).toMatchObject({
      service: {
        status: 'maintenance',
        alert_grouping_parameters: { type: 'time' },
        auto_pause_notifications_parameters: { enabled: true },
        incident_urgency_rule: { urgency: 'low' },
        auto_resolve_timeout: 14_400,
      },
    })
    expect((await rest('GET', '/services/PNOPE')).status).toBe(404)
  })

  test('without include[] the routing key stays hidden', async () => {
    const { sim, rest } = await startPagerDuty()
    expect((await rest('GET', `/services/${sim.serviceId}`)).text).not.toContain(sim.routingKey)
  })

  test('GET /services: an active service is critical, then warning, then active again', async () => {
    const { page, follow, rest } = await startPagerDuty()
    const status = async () => textAt((await rest('GET', '/services?query=emerg')).json, 'services', 0, 'status')
    await page('k')
    expect(await status()).toBe('critical')
    await follow('acknowledge', 'k')
    expect(await status()).toBe('warning')
    await follow('resolve', 'k')
    expect(await status()).toBe('active')
  })

  test('GET /escalation_policies/{id} shows the levels; an empty policy points to its schedule', async () => {
    const { sim, rest } = await startPagerDuty()
    sim.setOnCall([], { loops: 0, levelDelayMinutes: 30 })
    expect((await rest('GET', `/escalation_policies/${sim.escalationPolicyId}`)).json).toMatchObject({
      escalation_policy: {
        num_loops: 0,
        escalation_rules: [{ escalation_delay_in_minutes: 30, targets: [{ type: 'schedule_reference' }] }],
        services: [{ id: sim.serviceId }],
      },
    })
    expect((await rest('GET', '/escalation_policies/PNOPE')).status).toBe(404)
  })

  test('GET /escalation_policies finds by name', async () => {
    const { sim, rest } = await startPagerDuty()
    const team = sim.addTeamService('Payments')
    expect((await rest('GET', '/escalation_policies?query=pay')).json).toMatchObject({
      escalation_policies: [{ id: team.escalationPolicyId, name: 'Payments policy' }],
    })
  })

  test('GET /abilities lists what the account has', async () => {
    const { sim, rest } = await startPagerDuty()
    sim.setAbilities(['coordinated_responding'])
    expect((await rest('GET', '/abilities')).json).toEqual({ abilities: ['coordinated_responding'] })
  })

  test('GET /priorities lists five', async () => {
    const { rest } = await startPagerDuty()
    const names = listAt((await rest('GET', '/priorities')).json, 'priorities').map((p) => textAt(p, 'name'))
    expect(names).toEqual(['P1', 'P2', 'P3', 'P4', 'P5'])
  })
})

test('the snapshot is JSON for a page, and holds no key, token or secret', async () => {
  const { sim, page } = await startPagerDuty({ webhook: { url: 'http://127.0.0.1:9/', secret: 'hush-hush' } })
  await page('k')
  const text = JSON.stringify(sim.snapshot())
  expect(text).toContain('Push notifications are going to everybody')
  expect(text).toContain('Alex Rivera')
  for (const secret of [sim.routingKey, sim.restToken, 'hush-hush']) expect(text).not.toContain(secret)
})

test('a scenario that names somebody who is not there is told so', async () => {
  const { sim, page, incident } = await startPagerDuty()
  expect(() => sim.setOnCall([['PNOPE']])).toThrow('The simulated PagerDuty has no user PNOPE.')
  await page('k')
  sim.resolve(incident().id, 'PALEX01')
  expect(() => sim.acknowledge(incident().id, 'PALEX01')).toThrow(/is resolved; it cannot be acknowledged/)
})
