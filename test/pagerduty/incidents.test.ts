import { describe, expect, test } from 'vitest'
import { answerOf, emergency, hasty, KEY, only, startNight, teams } from './support.js'

const json = { 'content-type': 'application/json' }

describe('looking a page up', () => {
  test('finds the incident of an event, with who is called', async () => {
    const { pager, processed } = await startNight()
    await pager().send(emergency)
    processed()
    const incident = only(answerOf(await pager().find(KEY)))
    expect(incident).toMatchObject({ status: 'triggered', assignees: ['Alex Rivera'], number: 1 })
    expect(incident.url).toMatch(/^https:\/\/.*\/incidents\//)
    expect(answerOf(await pager().get(incident.id))).toEqual(incident)
  })

  test('finds nothing before PagerDuty has worked the event off', async () => {
    const { pager } = await startNight()
    await pager().send(emergency)
    expect(answerOf(await pager().find(KEY))).toEqual([])
  })

  test('finds a resolved one and its successor, newest first, older than a month too', async () => {
    const { pager, clock, processed } = await startNight()
    for (const action of ['trigger', 'resolve', 'trigger'] as const) {
      await pager().send({ ...emergency, action })
      processed()
      clock.forward(40 * 86_400_000)
    }
    const found = answerOf(await pager().find(KEY))
    expect(found.map((incident) => incident.number)).toEqual([2, 1])
    expect(found[1]).toMatchObject({ status: 'resolved' })
  })

  test('never asks with an empty key, which would find every incident', async () => {
    const { pagerDuty, pager } = await startNight()
    expect(await pager().find('')).toMatchObject({ kind: 'rejected', status: 0 })
    expect(await pager().find(' ')).toMatchObject({ kind: 'rejected', status: 0 })
    expect(pagerDuty.requests()).toEqual([])
  })

  test('tells who acknowledged, who resolved, and where a merged one went', async () => {
    const { pagerDuty, pager, processed } = await startNight()
    for (const dedupKey of [KEY, `${KEY}b`]) await pager().send({ ...emergency, dedupKey })
    processed()
    const [first, second] = pagerDuty.incidents()
    if (first === undefined || second === undefined) expect.fail('two incidents were expected')
    pagerDuty.acknowledge(first.id, 'PKIM002')
    expect(answerOf(await pager().get(first.id))).toMatchObject({ status: 'acknowledged', acknowledgedBy: 'Kim Osei' })
    pagerDuty.merge(second.id, first.id, 'PALEX01')
    expect(answerOf(await pager().get(second.id))).toMatchObject({ status: 'resolved', mergedInto: first.id })
    pagerDuty.resolve(first.id, 'PALEX01')
    const resolved = answerOf(await pager().get(first.id))
    expect(resolved).toMatchObject({ status: 'resolved', resolvedBy: 'Alex Rivera' })
    expect(resolved).not.toHaveProperty('mergedInto')
  })

  test('an id that PagerDuty does not know is a refusal', async () => {
    const { pager } = await startNight()
    expect(await pager().get('PNONE')).toMatchObject({ kind: 'rejected', status: 404 })
  })

  test('the failures of reading are those of sending, with one request each', async () => {
    const { pagerDuty, pager } = await startNight()
    const faults = [
      [
        { status: 429, headers: { 'retry-after': '2' } },
        { kind: 'retry', retryAfterMs: 2_000 },
      ],
      [
        { status: 502, body: '<html>' },
        { kind: 'retry', status: 502 },
      ],
      [{ status: 401 }, { kind: 'auth', status: 401 }],
      [{ status: 302, headers: { location: '/abilities' } }, { kind: 'unknown' }],
      [{ status: 200, body: '<html>' }, { kind: 'unknown' }],
      [{ status: 200, headers: json, body: '{"incidents":[{"id":"P1"}]}' }, { kind: 'unknown' }],
      [{ reset: true }, { kind: 'unknown' }],
      [{ hang: true }, { kind: 'unknown' }],
    ] as const
    for (const [fault, expected] of faults) {
      pagerDuty.fault({ match: '/incidents', times: 1, ...fault })
      expect(await pager({ limits: hasty }).find(KEY)).toMatchObject(expected)
    }
    expect(pagerDuty.requests()).toHaveLength(faults.length)
  })

  test('without a REST key nothing is asked and the answer says why', async () => {
    const { pagerDuty, pager } = await startNight()
    const road = pager({ token: undefined })
    expect(road.reads).toBe(false)
    const outcomes = [
      await road.find(KEY),
      await road.get('P1'),
      await road.create(emergency),
      await road.update('P1', { status: 'resolved' }),
      await road.note('P1', 'text'),
      await road.merge('P1', 'P2'),
    ]
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'auth', because: expect.stringMatching(/PAGERDUTY_API_TOKEN/) })
    }
    expect(pagerDuty.requests()).toEqual([])
  })
})

describe('the second road', () => {
  test('creates an incident on the service of the routing key and calls its people', async () => {
    const { pagerDuty, pager } = await startNight()
    const created = answerOf(await pager().create(emergency))
    expect(created).toMatchObject({ status: 'triggered', assignees: ['Alex Rivera'] })
    const incident = only(pagerDuty.incidents())
    expect(incident).toMatchObject({ createdVia: 'rest', serviceId: pagerDuty.serviceId, incidentKey: KEY })
    expect(incident.body).toContain(emergency.body)
    expect(only(pagerDuty.requests({ method: 'POST' })).headers['from']).toBe(pagerDuty.fromEmail)
  })

  test('a second one under an open key is code 2002, and the first is found by the key', async () => {
    const { pager } = await startNight()
    const road = pager()
    const first = answerOf(await road.create(emergency))
    expect(await road.create(emergency)).toMatchObject({ kind: 'rejected', code: 2002 })
    expect(only(answerOf(await road.find(KEY))).id).toBe(first.id)
  })

  test('the same refusal under the general code is 2002 too', async () => {
    const { pagerDuty, pager } = await startNight()
    const errors = ['Open incident with matching dedup key already exists on this service']
    const body = JSON.stringify({ error: { message: 'Invalid Input Provided', errors } })
    pagerDuty.fault({ match: '/incidents', method: 'POST', status: 400, headers: json, body })
    expect(await pager().create(emergency)).toMatchObject({ kind: 'rejected', code: 2002 })
  })

  test('the service is looked up once, behind any number of other services', async () => {
    const { pagerDuty, pager } = await startNight()
    const many = Array.from({ length: 230 }, (_, n) => pagerDuty.addTeamService(`Team ${n}`))
    const last = many.at(-1)
    if (last === undefined) expect.fail('no service')
    const road = pager(teams([[undefined, last.routingKey]]))
    answerOf(await road.create(emergency))
    answerOf(await road.create({ ...emergency, dedupKey: `${KEY}b` }))
    expect(pagerDuty.incidents().map((incident) => incident.serviceId)).toEqual([last.serviceId, last.serviceId])
    expect(pagerDuty.requests({ path: '/services' })).toHaveLength(3)
  })

  test('a list of services that breaks in the middle is a failure, not a short list', async () => {
    const { pagerDuty, pager } = await startNight()
    for (let n = 0; n < 150; n += 1) pagerDuty.addTeamService(`Team ${n}`)
    pagerDuty.fault({ match: (r) => r.query['offset']?.[0] === '100', status: 500 })
    const unknownKey = teams([[undefined, 'f'.repeat(32)]])
    expect(await pager(unknownKey).create(emergency)).toMatchObject({ kind: 'retry', status: 500 })
  })

  test('a team that is only an escalation policy goes through the default service to that policy', async () => {
    const { pagerDuty, pager } = await startNight()
    const { id } = pagerDuty.addUser({ name: 'Dana Wu', email: 'dana@example.com' })
    const { escalationPolicyId: policyId } = pagerDuty.addTeamService('Data')
    pagerDuty.setOnCall([[id]], { policyId })
    const road = pager(teams([[undefined, pagerDuty.routingKey]], [['data', policyId]]))
    expect(answerOf(await road.create({ ...emergency, team: 'data' })).assignees).toEqual(['Dana Wu'])
    expect(only(pagerDuty.incidents())).toMatchObject({ serviceId: pagerDuty.serviceId })
  })

  test('nobody on call, a foreign key, an unknown team, no sender: refusals that say so', async () => {
    const { pagerDuty, pager } = await startNight()
    const foreign = teams([[undefined, 'f'.repeat(32)]])
    expect(await pager(foreign).create(emergency)).toMatchObject({
      kind: 'rejected',
      because: expect.stringMatching(/no service/),
    })
    expect(await pager().create({ ...emergency, team: 'x' })).toMatchObject({
      kind: 'rejected',
      because: expect.stringMatching(/no team/),
    })
    const nobody = pager({ fromEmail: undefined })
    expect(await nobody.create(emergency)).toMatchObject({
      kind: 'rejected',
      because: expect.stringMatching(/PAGERDUTY_FROM_EMAIL/),
    })
    expect(await nobody.merge('P1', 'P2')).toMatchObject({
      kind: 'rejected',
      because: expect.stringMatching(/PAGERDUTY_FROM_EMAIL/),
    })
    pagerDuty.setOnCall([])
    expect(await pager().create(emergency)).toMatchObject({ kind: 'rejected', status: 400, code: 1015 })
    const stranger = pager({ fromEmail: 'nobody@example.com' })
    expect(await stranger.create(emergency)).toMatchObject({ kind: 'rejected', code: 1008 })
  })
})

describe('acting on an incident', () => {
  async function paged() {
    const night = await startNight()
    await night.pager().send(emergency)
    night.processed()
    return { ...night, id: only(night.pagerDuty.incidents()).id }
  }
  const writes = (night: Awaited<ReturnType<typeof paged>>) => night.pagerDuty.requests({ method: 'PUT' })

  test('an acknowledgement is credited to the person, and the answer is the incident as it is then', async () => {
    const { pager, id } = await paged()
    const after = answerOf(await pager().update(id, { status: 'acknowledged' }, 'kim@example.com'))
    expect(after).toMatchObject({ id, status: 'acknowledged', acknowledgedBy: 'Kim Osei' })
  })

  test('a late acknowledgement does not reopen what is resolved', async () => {
    const night = await paged()
    const { pagerDuty, pager, id } = night
    pagerDuty.resolve(id, 'PALEX01')
    const after = answerOf(await pager().update(id, { status: 'acknowledged' }))
    expect(after).toMatchObject({ status: 'resolved', resolvedBy: 'Alex Rivera' })
    expect(writes(night)).toEqual([])
    expect(only(pagerDuty.incidents()).status).toBe('resolved')
  })

  test('what is acknowledged already is not taken over', async () => {
    const night = await paged()
    night.pagerDuty.acknowledge(night.id, 'PALEX01')
    const after = answerOf(await night.pager().update(night.id, { status: 'acknowledged' }, 'kim@example.com'))
    expect(after.acknowledgedBy).toBe('Alex Rivera')
    expect(writes(night)).toEqual([])
  })

  test('resolving works once and is true twice', async () => {
    const night = await paged()
    const road = night.pager()
    expect(answerOf(await road.update(night.id, { status: 'resolved' })).status).toBe('resolved')
    expect(answerOf(await road.update(night.id, { status: 'resolved' })).resolvedBy).toBe('Mayday Bot')
    expect(writes(night)).toHaveLength(1)
  })

  test.each([1001, 1002])('somebody was faster (code %i): the wish is fulfilled', async (code) => {
    const { pagerDuty, pager, id } = await paged()
    const body = JSON.stringify({ error: { message: 'Incident Already Resolved', code } })
    const incident = `/incidents/${id}`
    pagerDuty.fault({ match: incident, method: 'PUT', status: 400, headers: json, body })
    pagerDuty.on((event) => {
      if (event.kind === 'request' && event.request.method === 'PUT') pagerDuty.resolve(id, 'PKIM002')
    })
    const after = answerOf(await pager().update(id, { status: 'resolved' }))
    expect(after).toMatchObject({ status: 'resolved', resolvedBy: 'Kim Osei' })
  })

  test('a person whom PagerDuty does not know still gets it done, in the name of Mayday', async () => {
    const { pagerDuty, pager, id } = await paged()
    for (const email of ['nobody@example.com', 'kéim@пример.рф', 'two\nlines@example.com']) {
      const after = answerOf(await pager().update(id, { status: 'acknowledged' }, email))
      expect(after.acknowledgedBy).toBe('Mayday Bot')
      pagerDuty.unacknowledge(id)
    }
  })

  test('escalates to the next level, and says when there is none', async () => {
    const { pager, id } = await paged()
    expect(answerOf(await pager().update(id, { escalationLevel: 2 })).assignees).toEqual(['Kim Osei'])
    expect(await pager().update(id, { escalationLevel: 9 })).toMatchObject({ kind: 'rejected', code: 1006 })
  })

  test('takes an acknowledgement back, and PagerDuty calls again; not what is resolved, triggered or snoozed', async () => {
    const { pagerDuty, pager, processed } = await startNight()
    await pager().send(emergency)
    processed()
    const { id } = only(answerOf(await pager().find(KEY)))
    const puts = () => pagerDuty.requests({ method: 'PUT' }).length
    expect(answerOf(await pager().update(id, { status: 'triggered' }))).toMatchObject({ status: 'triggered' })
    expect(puts()).toBe(0)
    pagerDuty.acknowledge(id, 'PALEX01')
    const calls = pagerDuty.incidents()[0]?.notified.length ?? 0
    const back = answerOf(await pager().update(id, { status: 'triggered' }))
    expect(back).toMatchObject({ status: 'triggered', assignees: ['Alex Rivera'] })
    expect(pagerDuty.incidents()[0]?.notified).toHaveLength(calls + 1)

    pagerDuty.snooze(id, 'PALEX01', 60)
    const snoozed = answerOf(await pager().update(id, { status: 'triggered' }))
    expect(snoozed).toMatchObject({ status: 'acknowledged', snoozedUntil: expect.any(Number) })
    pagerDuty.resolve(id, 'PALEX01')
    expect(answerOf(await pager().update(id, { status: 'triggered' }))).toMatchObject({ status: 'resolved' })
    expect(puts()).toBe(1)
  })

  test('an answer that got lost is unknown, and the second try finds it done', async () => {
    const { pagerDuty, pager, id } = await paged()
    pagerDuty.fault({ match: `/incidents/${id}`, method: 'PUT', applyThenReset: true, times: 1 })
    expect(await pager().update(id, { status: 'acknowledged' })).toMatchObject({ kind: 'unknown' })
    expect(answerOf(await pager().update(id, { status: 'acknowledged' })).status).toBe('acknowledged')
  })

  test('several requests keep one deadline together', async () => {
    const { pagerDuty, pager, id } = await paged()
    pagerDuty.fault({ match: `/incidents/${id}`, method: 'PUT', hang: true })
    const road = pager({ limits: { answerMs: 60_000, deadlineMs: 400 } })
    expect(await road.update(id, { status: 'resolved' })).toMatchObject({
      kind: 'unknown',
      because: expect.stringMatching(/0\.4 s/),
    })
  })

  test('a note is written as the person', async () => {
    const { pagerDuty, pager, id } = await paged()
    answerOf(await pager().note(id, 'restarted the relay', 'kim@example.com'))
    answerOf(await pager().note(id, 'x'.repeat(100_000)))
    const notes = only(pagerDuty.incidents()).notes
    expect(notes.map((note) => note.userId)).toEqual(['PKIM002', 'PBOT000'])
    expect(notes[0]?.content).toBe('restarted the relay')
    expect(notes[1]?.content).toMatch(/cut by Mayday/)
  })

  test('merging ends the one and keeps the other', async () => {
    const { pagerDuty, pager, id } = await paged()
    const double = answerOf(await pager().create(emergency))
    answerOf(await pager().merge(id, double.id))
    expect(answerOf(await pager().get(double.id))).toMatchObject({ status: 'resolved', mergedInto: id })
    expect(pagerDuty.incidents().map((incident) => incident.status)).toEqual(['triggered', 'resolved'])
  })
})
