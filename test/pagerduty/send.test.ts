import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createPager } from '../../src/adapters/pagerduty/pager.js'
import type { Outcome } from '../../src/ports.js'
import type { SimFault } from '../../src/simulator/pagerduty/faults.js'
import { emergency, hasty, KEY, only, startNight, teams } from './support.js'

const ENQUEUE = '/v2/enqueue'
const success = (dedup_key: string) => JSON.stringify({ status: 'success', message: 'Event processed', dedup_key })
const json = { 'content-type': 'application/json' }

test('a page is one request and calls the person on call', async () => {
  const { pagerDuty, pager, processed } = await startNight()
  expect(await pager().send(emergency)).toEqual({ kind: 'accepted', value: undefined })
  processed()
  expect(pagerDuty.requests()).toHaveLength(1)
  const incident = only(pagerDuty.incidents())
  expect(incident).toMatchObject({ dedupKey: KEY, title: emergency.summary, urgency: 'high' })
  expect(incident).toMatchObject({ clientName: 'Mayday', clientUrl: emergency.clientUrl })
  expect(incident.customDetails).toEqual({ message: emergency.body })
  expect(incident.notified.map((call) => call.level)).toEqual([1])
})

test('the request goes out through the official library and on a connection of its own', async () => {
  const { pagerDuty, pager } = await startNight()
  await pager().send(emergency)
  const { headers } = only(pagerDuty.requests({ path: ENQUEUE, method: 'POST' }))
  expect(headers['user-agent']).toMatch(/^pdjs\//)
  expect(headers['connection']).toBe('close')
})

test('the same page twice is one incident, and its acknowledgement and resolution find it', async () => {
  const { pagerDuty, pager, processed } = await startNight()
  const road = pager()
  for (const action of ['trigger', 'trigger', 'acknowledge'] as const) await road.send({ ...emergency, action })
  processed()
  expect(only(pagerDuty.incidents()).status).toBe('acknowledged')
  await road.send({ ...emergency, action: 'resolve' })
  processed()
  expect(only(pagerDuty.incidents()).status).toBe('resolved')
  expect(pagerDuty.events().map((event) => 'payload' in event)).toEqual([true, true, false, false])
})

test('a team is paged by its own key', async () => {
  const { pagerDuty, pager, processed } = await startNight()
  const data = pagerDuty.addTeamService('Data')
  const keys = teams([
    [undefined, pagerDuty.routingKey],
    ['data', data.routingKey],
  ])
  await pager(keys).send({ ...emergency, team: 'data' })
  processed()
  expect(only(pagerDuty.incidents()).serviceId).toBe(data.serviceId)
})

test('a team without a routing key, an unknown team and a page without a key are refused without a request', async () => {
  const { pagerDuty, pager } = await startNight()
  const road = pager(teams([[undefined, pagerDuty.routingKey]], [['data', pagerDuty.escalationPolicyId]]))
  const refusal = (because: RegExp) => ({ kind: 'rejected', status: 0, because: expect.stringMatching(because) })
  expect(await road.send({ ...emergency, team: 'data' })).toEqual(refusal(/this team has no routing key/))
  expect(await road.send({ ...emergency, team: 'nobody' })).toEqual(refusal(/no team of this name/))
  expect(await road.send({ ...emergency, dedupKey: ' ' })).toEqual(refusal(/empty/))
  expect(await road.send({ ...emergency, dedupKey: 'k'.repeat(256) })).toEqual(refusal(/255/))
  expect(pagerDuty.requests()).toHaveLength(0)
})

describe('what PagerDuty answers and what it means', () => {
  const html = '<html><body>it broke</body></html>'
  const table: readonly (readonly [string, Omit<SimFault, 'match'>, object])[] = [
    ['400', { status: 400 }, { kind: 'rejected', status: 400 }],
    ['401', { status: 401 }, { kind: 'auth', status: 401, because: /region/ }],
    ['402', { status: 402 }, { kind: 'rejected', status: 402 }],
    ['403', { status: 403 }, { kind: 'auth', status: 403, because: /region/ }],
    ['404', { status: 404 }, { kind: 'rejected', status: 404 }],
    ['408', { status: 408 }, { kind: 'retry', status: 408 }],
    ['413', { status: 413, body: html }, { kind: 'rejected', status: 413 }],
    ['429', { status: 429 }, { kind: 'retry', status: 429 }],
    ['429 in HTML', { status: 429, body: html }, { kind: 'retry', status: 429 }],
    ['429, Retry-After 7', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'retry', retryAfterMs: 7_000 }],
    ['429, reset 12', { status: 429, headers: { 'ratelimit-reset': '12' } }, { kind: 'retry', retryAfterMs: 12_000 }],
    [
      '429, Retry-After as a date',
      {
        status: 429,
        headers: { date: 'Sat, 17 Jul 2021 02:00:00 GMT', 'retry-after': 'Sat, 17 Jul 2021 02:00:30 GMT' },
      },
      { kind: 'retry', retryAfterMs: 30_000 },
    ],
    ['429, a day', { status: 429, headers: { 'retry-after': '86400' } }, { kind: 'retry', retryAfterMs: 300_000 }],
    ['500 in HTML', { status: 500, body: html }, { kind: 'retry', status: 500, because: /^HTTP 500$/ }],
    ['503 empty', { status: 503, body: '' }, { kind: 'retry', status: 503 }],
    ['302', { status: 302, headers: { location: '/v2/enqueue' }, body: '' }, { kind: 'unknown', because: /HTTP 302/ }],
    ['200', { status: 200, headers: json, body: success(KEY) }, { kind: 'unknown', because: /HTTP 200/ }],
    ['202 empty', { status: 202, body: '' }, { kind: 'unknown', because: /HTTP 202/ }],
    ['202 in HTML', { status: 202, body: html }, { kind: 'unknown', because: /HTTP 202/ }],
    ['202, another key', { status: 202, headers: json, body: success('other') }, { kind: 'unknown', because: /key/ }],
    ['202, no success', { status: 202, headers: json, body: '{"status":"no"}' }, { kind: 'unknown' }],
    ['a reset', { reset: true }, { kind: 'unknown', because: /ECONNRESET/ }],
    ['a reset after it was applied', { applyThenReset: true }, { kind: 'unknown', because: /ECONNRESET/ }],
    ['silence', { hang: true }, { kind: 'unknown', because: /no answer within/ }],
  ]
  test.for(table)('%s', async ([, fault, expected]) => {
    const { pagerDuty, pager } = await startNight()
    pagerDuty.fault({ match: ENQUEUE, times: 1, ...fault })
    const wanted = Object.entries(expected).map(([name, value]): [string, unknown] => [
      name,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ])
    expect(await pager({ limits: hasty }).send(emergency)).toMatchObject(Object.fromEntries(wanted))
    // A second page shows that nothing of the first one is still on its way.
    expect(await pager().send(emergency)).toMatchObject({ kind: 'accepted' })
    expect(pagerDuty.requests({ path: ENQUEUE })).toHaveLength(2)
  })

  test('PagerDuty itself: a wrong key, too many events, an outage, the wrong region', async () => {
    const { pagerDuty, pager } = await startNight({ rateLimitPerMinute: 1 })
    const wrong = teams([[undefined, 'f'.repeat(32)]])
    expect(await pager(wrong).send(emergency)).toMatchObject({ kind: 'rejected', status: 400 })
    expect(await pager().send(emergency)).toMatchObject({ kind: 'accepted' })
    expect(await pager().send(emergency)).toMatchObject({ kind: 'retry', status: 429 })
    pagerDuty.outage(true)
    expect(await pager().send(emergency)).toMatchObject({ kind: 'retry', status: 503 })
    pagerDuty.outage(false)
    pagerDuty.region(true)
    expect(await pager().send(emergency)).toMatchObject({ kind: 'auth', status: 401 })
    expect(pagerDuty.requests()).toHaveLength(5)
  })

  test('a page whose answer got lost can be sent again and stays one', async () => {
    const { pagerDuty, pager, processed } = await startNight()
    pagerDuty.fault({ match: ENQUEUE, applyThenReset: true, times: 1 })
    expect(await pager().send(emergency)).toMatchObject({ kind: 'unknown' })
    expect(await pager().send(emergency)).toMatchObject({ kind: 'accepted' })
    processed()
    expect(only(pagerDuty.incidents()).dedupKey).toBe(KEY)
  })
})

describe('when the connection itself is wrong', () => {
  const pagerFor = (url: string, log = (_: string) => {}) =>
    createPager({
      ...teams([[undefined, 'a'.repeat(32)]]),
      eventsUrl: url,
      apiUrl: url,
      clock: { now: () => 0, after: () => () => {} },
      log: { debug: log, info: log, warn: log, error: log },
      limits: hasty,
    })

  async function listen(handler: RequestListener): Promise<string> {
    const server = createServer(handler)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    })
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  test('nobody listens: not sent, try again', async () => {
    expect(await pagerFor('http://127.0.0.1:1').send(emergency)).toMatchObject({
      kind: 'retry',
      because: expect.stringMatching(/refused/),
    })
  })

  test('no call leaves a timer behind that outlasts its deadline and keeps the process alive', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    onTestFinished(() => timers.mockRestore())
    const { pagerDuty, pager } = await startNight()
    pagerDuty.fault({ match: ENQUEUE, times: 1, status: 429 })
    pagerDuty.fault({ match: ENQUEUE, times: 1, reset: true })
    for (let n = 0; n < 3; n += 1) await pager().send(emergency)
    const waits = timers.mock.calls.map(([, ms]) => ms ?? 0)
    expect(Math.max(...waits)).toBeGreaterThan(0)
    expect(Math.max(...waits)).toBeLessThanOrEqual(12_000)
  })

  test('the other side does not speak TLS: not sent, so nobody has read the key', async () => {
    const requests: string[] = []
    const host = await listen((request, response) => {
      requests.push(request.url ?? '')
      response.end()
    })
    expect(await pagerFor(`https://${host}`).send(emergency)).toMatchObject({ kind: 'retry' })
    expect(requests).toEqual([])
  })

  test('an answer that begins and never ends is unknown, one that is cut off too', async () => {
    const head = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const endless = await listen((_, response) => {
      response.writeHead(202, head)
      response.write('{"status":')
    })
    expect(await pagerFor(`http://${endless}`).send(emergency)).toMatchObject({ kind: 'unknown' })
    const cutOff = await listen((_, response) => {
      response.writeHead(202, head)
      response.write('{"status":', () => response.socket?.destroy())
    })
    expect(await pagerFor(`http://${cutOff}`).send(emergency)).toMatchObject({ kind: 'unknown' })
  })

  test('a 429 with an endless body is answered at once and its connection closed', async () => {
    let closed: () => void = () => {}
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    let requests = 0
    const host = await listen((_, response) => {
      requests += 1
      response.writeHead(429, { 'retry-after': '3' })
      response.write('x'.repeat(100_000))
      response.on('close', closed)
    })
    expect(await pagerFor(`http://${host}`).send(emergency)).toMatchObject({ kind: 'retry', retryAfterMs: 3_000 })
    await gone
    expect(requests).toBe(1)
  })

  test('the deadline ends a call, whatever the other side does', async () => {
    const { pagerDuty, pager } = await startNight()
    pagerDuty.fault({ match: ENQUEUE, hang: true })
    const outcome = await pager({ limits: { deadlineMs: 300 } }).send(emergency)
    expect(outcome).toEqual({ kind: 'unknown', because: 'no answer within 0.3 s' })
  })

  test('a slow trickle does not outlast the deadline', async () => {
    const host = await listen((_, response) => {
      response.writeHead(202, { 'content-type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 50)
      response.on('close', () => clearInterval(drip))
    })
    expect(await pagerFor(`http://${host}`).send(emergency)).toMatchObject({ kind: 'unknown' })
  })

  test('http is refused for every host but this machine', () => {
    for (const url of ['http://events.pagerduty.com', 'http://127.0.0.1.example.com', 'ftp://localhost', 'events']) {
      expect(() => pagerFor(url)).toThrow(/PAGERDUTY_EVENTS_URL/)
    }
    for (const url of [
      'http://localhost:1',
      'http://127.9.9.9:1',
      'http://[::1]:1',
      'https://events.eu.pagerduty.com/',
    ]) {
      expect(() => pagerFor(url)).not.toThrow()
    }
  })
})

test('no outcome and no log line holds a key, even when PagerDuty repeats it', async () => {
  const { pagerDuty, pager, log } = await startNight()
  const road = pager()
  const secrets = [pagerDuty.routingKey, pagerDuty.restToken]
  // Wherever a long answer is cut, it must not leave half a key.
  const echo = `${secrets.join(' ')} `.repeat(20)
  const body = JSON.stringify({ message: `no ${echo}`, error: { message: echo, code: 1 } })
  pagerDuty.fault({ match: () => true, status: 400, headers: json, body })
  const outcomes: readonly Outcome<unknown>[] = [
    await road.send(emergency),
    await road.find(KEY),
    await road.get('P1'),
    await road.create(emergency),
    await road.update('P1', { status: 'resolved' }),
    await road.note('P1', 'text'),
    await road.merge('P1', 'P2'),
  ]
  const said = JSON.stringify([outcomes, log.lines])
  expect(outcomes.map((outcome) => outcome.kind)).toEqual(Array(7).fill('rejected'))
  expect(said).toContain('***')
  for (const secret of secrets) expect(said).not.toContain(secret.slice(0, 8))
  expect(said).not.toContain(emergency.body)
})
