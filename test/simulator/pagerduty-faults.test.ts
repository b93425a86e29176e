import { describe, expect, test } from 'vitest'
import { emergency, startPagerDuty } from './pagerduty-rig.js'

/** Starts a call and lets it fail or answer later without an unhandled rejection. */
const outcome = <T>(call: Promise<T>) =>
  call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )

describe('faults', () => {
  test('status: so many times, and then as usual', async () => {
    const { sim, enqueue } = await startPagerDuty()
    sim.fault({ match: '/v2/enqueue', status: 503, times: 2 })
    const send = async () => (await enqueue({ payload: emergency() })).status
    expect([await send(), await send(), await send()]).toEqual([503, 503, 202])
    expect(sim.requests({ path: '/v2/enqueue' }).map((r) => r.status)).toEqual([503, 503, 202])
    expect(sim.events()).toHaveLength(1)
  })

  test('status alone speaks the language of the API it stands in for', async () => {
    const { sim, enqueue, rest } = await startPagerDuty()
    sim.fault({ match: /./, status: 429 })
    expect((await enqueue({ payload: emergency() })).json).toMatchObject({ status: 'throttle exceeded' })
    expect((await rest('GET', '/incidents')).json).toMatchObject({ error: { code: 2020 } })
  })

  test('body and headers go out as they are: HTML, cut off or empty', async () => {
    const { sim, enqueue } = await startPagerDuty()
    const send = () => enqueue({ payload: emergency() })
    sim.fault({ match: '/v2/enqueue', times: 1, status: 429, body: '<html>', headers: { 'retry-after': '7' } })
    const limited = await send()
    expect([limited.status, limited.text, limited.headers.get('retry-after')]).toEqual([429, '<html>', '7'])
    sim.fault({ match: '/v2/enqueue', times: 1, status: 202, body: '' })
    const empty = await send()
    expect([empty.status, empty.text]).toEqual([202, ''])
    sim.fault({ match: '/v2/enqueue', times: 1, status: 302, headers: { location: '/abilities' }, body: '' })
    const moved = await fetch(`${sim.origin}/v2/enqueue`, { method: 'POST', body: '{}', redirect: 'manual' })
    expect(moved.status).toBe(302)
    expect(sim.events()).toEqual([])
  })

  test('a fault meets only its method and path, until it is lifted', async () => {
    const { sim, rest } = await startPagerDuty()
    const lift = sim.fault({ match: (request) => request.query['query']?.[0] === 'alex', method: 'get', status: 500 })
    expect((await rest('GET', '/users?query=alex')).status).toBe(500)
    expect((await rest('GET', '/users?query=kim')).status).toBe(200)
    lift()
    expect((await rest('GET', '/users?query=alex')).status).toBe(200)
    sim.fault({ match: '/incidents', method: 'POST', status: 500 })
    expect((await rest('GET', '/incidents')).status).toBe(200)
  })

  test('delayMs alone answers as usual, when the clock has moved', async () => {
    const { sim, clock, rest } = await startPagerDuty()
    sim.fault({ match: '/abilities', delayMs: 8_000, times: 1 })
    const call = rest('GET', '/abilities')
    await expect.poll(() => sim.requests()).toMatchObject([{ path: '/abilities', status: 0 }])
    clock.forward(8_000)
    expect((await call).status).toBe(200)
  })

  test('hang: never an answer, and nothing is done', async () => {
    const { sim, clock } = await startPagerDuty()
    sim.fault({ match: '/v2/enqueue', hang: true })
    const abort = new AbortController()
    const body = JSON.stringify({ routing_key: sim.routingKey, event_action: 'trigger', payload: emergency() })
    const call = outcome(fetch(`${sim.origin}/v2/enqueue`, { method: 'POST', body, signal: abort.signal }))
    await expect.poll(() => sim.requests()).toMatchObject([{ path: '/v2/enqueue', status: 0 }])
    abort.abort()
    expect(await call).toMatchObject({ error: { name: 'AbortError' } })
    clock.forward(60_000)
    expect([sim.events(), sim.incidents()]).toEqual([[], []])
  })

  test('reset: the connection is cut, and nothing is done', async () => {
    const { sim, clock, enqueue } = await startPagerDuty()
    sim.fault({ match: '/v2/enqueue', reset: true })
    expect(await outcome(enqueue({ payload: emergency() }))).toMatchObject({ error: { message: 'fetch failed' } })
    clock.forward(60_000)
    expect(sim.incidents()).toEqual([])
  })

  test('applyThenReset: the page is made, the caller cannot know', async () => {
    const { sim, clock, enqueue } = await startPagerDuty()
    sim.fault({ match: '/v2/enqueue', applyThenReset: true, times: 1 })
    const event = { dedup_key: 'k', payload: emergency() }
    expect(await outcome(enqueue(event))).toMatchObject({ error: { message: 'fetch failed' } })
    clock.forward(40)
    expect(sim.incidents()).toHaveLength(1)
    expect((await enqueue(event)).status).toBe(202)
    clock.forward(40)
    expect(sim.incidents()).toHaveLength(1)
  })

  test('applyThenHang: the incident is made, and no answer ever comes', async () => {
    const { sim, create } = await startPagerDuty()
    sim.fault({ match: '/incidents', method: 'POST', applyThenHang: true, times: 1 })
    const call = outcome(create({ incident_key: 'k' }))
    await expect.poll(() => sim.incidents()).toMatchObject([{ incidentKey: 'k', createdVia: 'rest' }])
    expect((await create({ incident_key: 'k' })).json).toMatchObject({ error: { code: 2002 } })
    await sim.close()
    expect(await call).toMatchObject({ error: { message: 'fetch failed' } })
  })

  test('applyThen: done, and answered with an error all the same', async () => {
    const { sim, page, update, incident } = await startPagerDuty()
    await page('k')
    sim.fault({ match: /^\/incidents\/\w+$/, method: 'PUT', applyThen: 504, times: 1 })
    expect((await update(incident().id, { status: 'acknowledged' })).status).toBe(504)
    expect(incident().status).toBe('acknowledged')
  })
})

test('outage: everything answers 503; what was accepted before comes out in order afterwards', async () => {
  const { sim, clock, enqueue, page, rest } = await startPagerDuty()
  await enqueue({ dedup_key: 'first', payload: emergency() })
  await enqueue({ dedup_key: 'second', payload: emergency() })
  sim.outage(true)
  clock.forward(74 * 60_000)
  expect((await page('third')).status).toBe(503)
  expect((await rest('GET', '/incidents')).text).toContain('503 Service Unavailable')
  expect(sim.incidents()).toEqual([])
  sim.outage(false)
  expect(sim.incidents().map((i) => i.dedupKey)).toEqual(['first', 'second'])
  expect((await page('third')).status).toBe(202)
})

test('region: the keys of the other region are unknown everywhere', async () => {
  const { sim, page, rest } = await startPagerDuty()
  sim.region(true)
  expect([(await page('k')).status, (await rest('GET', '/oncalls')).status]).toEqual([401, 401])
  sim.region(false)
  expect([(await page('k')).status, (await rest('GET', '/oncalls')).status]).toEqual([202, 200])
})

test('what was asked is on record: method, path, query, headers and body', async () => {
  const { sim, rest, seen } = await startPagerDuty()
  await rest('GET', '/incidents?statuses[]=triggered&statuses[]=acknowledged&limit=100')
  await rest('POST', '/incidents', 'no JSON')
  expect(sim.requests({ method: 'GET' })).toMatchObject([
    {
      method: 'GET',
      path: '/incidents',
      query: { 'statuses[]': ['triggered', 'acknowledged'], limit: ['100'] },
      headers: { from: sim.fromEmail },
      status: 200,
    },
  ])
  expect(sim.requests({ path: '/incidents', method: 'POST' })).toMatchObject([{ body: 'no JSON', status: 400 }])
  expect(seen.filter((event) => event.kind === 'request')).toHaveLength(2)
})
