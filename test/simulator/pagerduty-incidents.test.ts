import { describe, expect, test } from 'vitest'
import { listAt, type Rig, startPagerDuty, textAt } from './pagerduty-rig.js'

const titles = async ({ rest }: Rig, query: string) =>
  listAt((await rest('GET', `/incidents?${query}`)).json, 'incidents').map((i) => textAt(i, 'title'))

describe('GET /incidents', () => {
  test('incident_key finds an event-born incident by its alert, though its own key is null', async () => {
    const { page, rest, incident } = await startPagerDuty()
    await page('other')
    await page('slack:T1:C1:1')
    const found = await rest('GET', '/incidents?incident_key=slack:T1:C1:1&date_range=all')
    expect(found.status).toBe(200)
    expect(found.json).toMatchObject({
      incidents: [
        {
          id: incident(1).id,
          incident_key: null,
          status: 'triggered',
          html_url: `https://simulated.pagerduty.com/incidents/${incident(1).id}`,
          assignments: [{ assignee: { id: 'PALEX01', type: 'user_reference', summary: 'Alex Rivera' } }],
          alert_counts: { all: 1, triggered: 1, resolved: 0 },
        },
      ],
      more: false,
      total: null,
    })
  })

  test('an empty incident_key is no filter: it lists every incident', async () => {
    const { page, rest } = await startPagerDuty()
    await page('a')
    await page('b')
    expect(listAt((await rest('GET', '/incidents?incident_key=')).json, 'incidents')).toHaveLength(2)
  })

  test('filters by status, service, urgency and person', async () => {
    const rig = await startPagerDuty()
    const { sim, page, follow, create } = rig
    await page('acked')
    await follow('acknowledge', 'acked')
    await page('done')
    await follow('resolve', 'done')
    await create({ title: 'quiet', urgency: 'low', assignments: [{ assignee: { id: 'PKIM002' } }] })
    const everything = 'Push notifications are going to everybody'
    expect(await titles(rig, 'statuses[]=acknowledged&statuses[]=triggered')).toEqual([everything, 'quiet'])
    expect(await titles(rig, 'statuses[]=resolved')).toEqual([everything])
    expect(await titles(rig, 'urgencies[]=low')).toEqual(['quiet'])
    expect(await titles(rig, 'user_ids[]=PKIM002')).toEqual(['quiet'])
    expect(await titles(rig, `service_ids[]=${sim.addTeamService('Payments').serviceId}`)).toEqual([])
    expect((await rig.rest('GET', '/incidents?statuses[]=open')).json).toMatchObject({ error: { code: 1003 } })
  })

  test('only the last month is searched, unless date_range=all', async () => {
    const rig = await startPagerDuty()
    const { clock, create, rest } = rig
    await create({ title: 'old' })
    const then = new Date(clock.now()).toISOString()
    clock.forward(31 * 86_400_000)
    await create({ title: 'new' })
    expect(await titles(rig, 'sort_by=created_at:desc')).toEqual(['new'])
    expect(await titles(rig, 'date_range=all&sort_by=created_at:desc')).toEqual(['new', 'old'])
    expect(await titles(rig, `since=${then}`)).toEqual(['old', 'new'])
    expect((await rest('GET', '/incidents?since=yesterday')).json).toMatchObject({ error: { code: 2004 } })
    expect((await rest('GET', '/incidents?since=2020-01-01')).json).toMatchObject({ error: { code: 2005 } })
  })

  test('pages by offset and limit, and counts only when asked', async () => {
    const rig = await startPagerDuty()
    for (const title of ['a', 'b', 'c']) await rig.create({ title })
    const first = await rig.rest('GET', '/incidents?limit=2&total=true')
    expect(first.json).toMatchObject({ limit: 2, offset: 0, more: true, total: 3 })
    expect((await rig.rest('GET', '/incidents?limit=2&offset=2')).json).toMatchObject({ more: false, total: null })
    expect(await titles(rig, 'limit=2&offset=2')).toEqual(['c'])
    expect(await titles(rig, 'sort_by=incident_number:desc')).toEqual(['c', 'b', 'a'])
    for (const wrong of ['limit=101', 'limit=100&offset=9901', 'limit=all', 'sort_by=colour']) {
      expect((await rig.rest('GET', `/incidents?${wrong}`)).status, wrong).toBe(400)
    }
  })

  test('include[] turns references into whole objects', async () => {
    const { page, rest } = await startPagerDuty()
    await page('k')
    const include = ['users', 'services', 'escalation_policies', 'first_trigger_log_entries']
    const answer = await rest('GET', `/incidents?${include.map((name) => `include[]=${name}`).join('&')}`)
    expect(answer.json).toMatchObject({
      incidents: [
        {
          assignments: [{ assignee: { type: 'user', email: 'alex@example.com' } }],
          service: { type: 'service', status: 'critical' },
          escalation_policy: { type: 'escalation_policy', num_loops: 2 },
          first_trigger_log_entry: { type: 'trigger_log_entry', channel: { type: 'api' } },
        },
      ],
    })
  })
})

test('GET /incidents/{id} shows one incident, and 404 with code 2100 when there is none', async () => {
  const { page, rest, incident } = await startPagerDuty()
  await page('k')
  expect((await rest('GET', `/incidents/${incident().id}`)).json).toMatchObject({
    incident: { id: incident().id, incident_number: 1, resolved_at: null },
  })
  const missing = await rest('GET', '/incidents/QNOTHING')
  expect(missing.status).toBe(404)
  expect(missing.json).toEqual({ error: { message: 'Not Found', code: 2100 } })
})

describe('POST /incidents', () => {
  test('creates at once, with a key of its own, and calls level 1', async () => {
    const { create, called, incident, sim } = await startPagerDuty()
    const made = await create({
      incident_key: 'slack:T1:C1:1',
      body: { type: 'incident_body', details: 'the whole message' },
      priority: { id: 'PRIOP1', type: 'priority_reference' },
      conference_bridge: { conference_url: 'https://meet.example.com/1' },
    })
    expect(made.status).toBe(201)
    expect(made.json).toMatchObject({
      incident: {
        id: incident().id,
        incident_key: 'slack:T1:C1:1',
        status: 'triggered',
        assigned_via: 'escalation_policy',
        alert_counts: { all: 0 },
        priority: { id: 'PRIOP1', summary: 'P1' },
        body: { details: 'the whole message' },
        last_status_change_by: { type: 'user_reference', summary: 'Mayday Bot' },
      },
    })
    expect(incident()).toMatchObject({ createdVia: 'rest', serviceId: sim.serviceId, body: 'the whole message' })
    expect(called()).toEqual(['Alex Rivera'])
  })

  test('without a key PagerDuty makes one up', async () => {
    const { create } = await startPagerDuty()
    expect(textAt((await create({})).json, 'incident', 'incident_key')).toMatch(/^[0-9a-f]{32}$/)
  })

  test('an open incident with the same key on the service: 400 with code 2002; after the resolve it may', async () => {
    const { create, update, incident, sim } = await startPagerDuty()
    await create({ incident_key: 'k' })
    const second = await create({ incident_key: 'k' })
    expect(second.status).toBe(400)
    expect(second.json).toMatchObject({
      error: { code: 2002, errors: ['Open incident with matching dedup key already exists on this service'] },
    })
    await update(incident().id, { status: 'resolved' })
    expect((await create({ incident_key: 'k' })).status).toBe(201)
    expect(sim.incidents()).toHaveLength(2)
  })

  test('assigned to the one who asks for it: acknowledged, and nobody is called', async () => {
    const { create, called, incident } = await startPagerDuty({ fromEmail: 'me@example.com' })
    await create({ assignments: [{ assignee: { id: 'PBOT000', type: 'user_reference' } }] })
    expect(incident()).toMatchObject({ status: 'acknowledged', assignees: ['PBOT000'] })
    expect(called()).toEqual([])
  })

  test('the one who asks is on call: acknowledged as well, and nobody is called', async () => {
    const { sim, create, called, incident } = await startPagerDuty()
    sim.setOnCall([['PBOT000'], ['PKIM002']])
    await create({})
    expect(incident().status).toBe('acknowledged')
    expect(called()).toEqual([])
  })

  test('assigned to people directly: they are called, and it never escalates', async () => {
    const { create, called, clock, incident } = await startPagerDuty()
    await create({ assignments: [{ assignee: { id: 'PKIM002', type: 'user_reference' } }] })
    clock.forward(3_600_000)
    expect(called()).toEqual(['Kim Osei'])
    expect(incident()).toMatchObject({ assignedVia: 'direct_assignment', status: 'triggered' })
  })

  test.each([
    ['no title', { title: undefined }, 2001],
    ['a body that is an object', { body: { type: 'incident_body', details: {} } }, 2001],
    ['a service that does not exist', { service: { id: 'PNOPE' } }, 2001],
    ['an unknown priority', { priority: { id: 'PNOPE' } }, 1020],
    ['an unknown person', { assignments: [{ assignee: { id: 'PNOPE' } }] }, 1007],
    ['an unknown policy', { escalation_policy: { id: 'PNOPE' } }, 1014],
    [
      'people and a policy at once',
      { assignments: [{ assignee: { id: 'PKIM002' } }], escalation_policy: { id: 'PX' } },
      2001,
    ],
  ])('%s is refused', async (_, incident, code) => {
    const { create, sim } = await startPagerDuty()
    const answer = await create(incident)
    expect([answer.status, answer.json]).toMatchObject([400, { error: { code } }])
    expect(sim.incidents()).toEqual([])
  })

  test('nobody on call, or a disabled service: refused', async () => {
    const { create, sim } = await startPagerDuty()
    sim.setOnCall([])
    expect((await create({})).json).toMatchObject({ error: { code: 1015 } })
    sim.setOnCall([['PALEX01']])
    sim.service({ status: 'disabled' })
    expect((await create({})).json).toMatchObject({ error: { code: 2001, errors: ['Emergency is disabled'] } })
  })
})

describe('PUT /incidents/{id}', () => {
  test('acknowledge takes it over: whoever From names has it, and escalation stops', async () => {
    const { page, update, clock, incident, called } = await startPagerDuty()
    await page('k')
    const answer = await update(incident().id, { status: 'acknowledged' }, { from: 'kim@example.com' })
    expect(answer.json).toMatchObject({
      incident: {
        status: 'acknowledged',
        assignments: [{ assignee: { summary: 'Kim Osei' } }],
        acknowledgements: [{ acknowledger: { summary: 'Kim Osei' } }],
        last_status_change_by: { summary: 'Kim Osei' },
      },
    })
    clock.forward(20 * 60_000)
    expect(called()).toEqual(['Alex Rivera'])
  })

  test('acknowledged twice by one person is 1002; a second person may join', async () => {
    const { page, update, incident } = await startPagerDuty()
    await page('k')
    const acknowledge = (from: string) => update(incident().id, { status: 'acknowledged' }, { from })
    await acknowledge('kim@example.com')
    expect((await acknowledge('kim@example.com')).json).toMatchObject({ error: { code: 1002 } })
    expect((await acknowledge('alex@example.com')).status).toBe(200)
    expect(incident().acknowledgements).toHaveLength(2)
  })

  test('resolved with a resolution leaves it as a note; resolved twice is 1001', async () => {
    const { page, update, incident } = await startPagerDuty()
    await page('k')
    const resolved = await update(incident().id, { status: 'resolved', resolution: 'purged the queue' })
    expect(resolved.json).toMatchObject({ incident: { status: 'resolved', assignments: [], acknowledgements: [] } })
    expect(incident().notes).toMatchObject([{ content: 'Resolution Note: purged the queue' }])
    expect((await update(incident().id, { status: 'resolved' })).json).toMatchObject({ error: { code: 1001 } })
  })

  test('acknowledging a resolved incident reopens it, and somebody is called again', async () => {
    const { page, update, incident, called } = await startPagerDuty()
    await page('k')
    await update(incident().id, { status: 'resolved' })
    const late = await update(incident().id, { status: 'acknowledged' })
    expect(late.json).toMatchObject({ incident: { status: 'triggered', resolved_at: null } })
    expect(called()).toEqual(['Alex Rivera', 'Alex Rivera'])
  })

  test('escalation_level calls that level now; a level that is not there is 1006', async () => {
    const { page, update, incident, called } = await startPagerDuty()
    await page('k')
    expect((await update(incident().id, { escalation_level: 2 })).status).toBe(200)
    expect(incident()).toMatchObject({ escalationLevel: 2, assignees: ['PKIM002'] })
    expect(called()).toEqual(['Alex Rivera', 'Kim Osei'])
    expect((await update(incident().id, { escalation_level: 3 })).json).toMatchObject({ error: { code: 1006 } })
    await update(incident().id, { status: 'resolved' })
    expect((await update(incident().id, { escalation_level: 1 })).json).toMatchObject({ error: { code: 1006 } })
  })

  test('escalation_policy hands it to another team', async () => {
    const { sim, page, update, incident, called } = await startPagerDuty()
    const { id } = sim.addUser({ name: 'Dana Petrov', email: 'dana@example.com' })
    const team = sim.addTeamService('Payments')
    sim.setOnCall([[id]], { policyId: team.escalationPolicyId })
    await page('k')
    await update(incident().id, { escalation_policy: { id: team.escalationPolicyId } })
    expect(called()).toEqual(['Alex Rivera', 'Dana Petrov'])
    expect(incident()).toMatchObject({ escalationPolicyId: team.escalationPolicyId, assignees: [id] })
    expect((await update(incident().id, { escalation_policy: { id: 'PNOPE' } })).json).toMatchObject({
      error: { code: 1014 },
    })
  })

  test('title, priority, urgency, bridge and people can be changed', async () => {
    const { page, update, incident } = await startPagerDuty()
    await page('k')
    const answer = await update(incident().id, {
      title: 'Two million phones',
      priority: { id: 'PRIOP1', type: 'priority_reference' },
      conference_bridge: { conference_url: 'https://meet.example.com/1' },
      assignments: [{ assignee: { id: 'PKIM002', type: 'user_reference' } }],
    })
    expect(answer.json).toMatchObject({
      incident: {
        title: 'Two million phones',
        priority: { summary: 'P1' },
        conference_bridge: { conference_url: 'https://meet.example.com/1' },
        assigned_via: 'direct_assignment',
        assignments: [{ assignee: { id: 'PKIM002' } }],
      },
    })
    expect((await update(incident().id, { priority: { id: 'P9' } })).json).toMatchObject({ error: { code: 1020 } })
    expect((await update(incident().id, { type: 'page' })).status).toBe(400)
  })
})
