import { createServer } from 'node:http'
import { onTestFinished } from 'vitest'
import { createManualClock } from '../../src/simulator/pagerduty/clock.js'
import type { PdEvent, SimIncident } from '../../src/simulator/pagerduty/model.js'
import {
  createPagerDutySimulator,
  type PagerDutySimulator,
  type PagerDutySimulatorOptions,
} from '../../src/simulator/pagerduty/simulator.js'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

export type Rig = Awaited<ReturnType<typeof startPagerDuty>>

/** A simulated PagerDuty on a clock that only the test moves. It is gone when the test is over. */
export async function startPagerDuty(options: PagerDutySimulatorOptions = {}) {
  const clock = createManualClock()
  const sim = await createPagerDutySimulator({ clock, ...options })
  onTestFinished(() => sim.close())
  const seen: PdEvent[] = []
  sim.on((event) => seen.push(event))
  const rest = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    ask(sim, method, path, body, {
      authorization: `Token token=${sim.restToken}`,
      accept: 'application/vnd.pagerduty+json;version=2',
      from: sim.fromEmail,
      ...headers,
    })
  const enqueue = (event: Record<string, unknown>) =>
    ask(sim, 'POST', '/v2/enqueue', { routing_key: sim.routingKey, event_action: 'trigger', ...event })
  return {
    sim,
    clock,
    seen,
    rest,
    enqueue,
    /** Sends a trigger and lets PagerDuty work on it. */
    async page(key: string, more: Record<string, unknown> = {}) {
      const answer = await enqueue({ dedup_key: key, payload: emergency(), ...more })
      clock.forward(40)
      return answer
    },
    async follow(action: 'acknowledge' | 'resolve', key: string) {
      const answer = await enqueue({ event_action: action, dedup_key: key })
      clock.forward(40)
      return answer
    },
    update: (id: string, incident: Record<string, unknown>, headers: Record<string, string> = {}) =>
      rest('PUT', `/incidents/${id}`, { incident: { type: 'incident_reference', ...incident } }, headers),
    create: (incident: Record<string, unknown>) =>
      rest('POST', '/incidents', {
        incident: { type: 'incident', title: 'Push is down', service: serviceReference(sim), ...incident },
      }),
    incident: (index = 0) => at(sim.incidents(), index),
    /** who was called, in order */
    called: () => seen.flatMap((event) => (event.kind === 'notified' ? [event.user.name] : [])),
    drops: () => seen.flatMap((event) => (event.kind === 'dropped' ? [event.reason] : [])),
  }
}

export const emergency = (summary = 'Push notifications are going to everybody') => ({
  summary,
  source: 'slack',
  severity: 'critical',
})

export const serviceReference = (sim: PagerDutySimulator) => ({ id: sim.serviceId, type: 'service_reference' })

export const logTypes = (incident: SimIncident) => incident.log.map((line) => line.type)

function at<T>(list: readonly T[], index: number): T {
  const found = list.at(index)
  if (found === undefined) throw new RangeError(`there is no number ${index} among ${list.length}`)
  return found
}

/** What lies at a path of names and numbers inside JSON; undefined when there is nothing. */
export function dig(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = new Map<string, unknown>(Object.entries(here)).get(String(step))
  }
  return here
}

export const textAt = (value: unknown, ...path: readonly (string | number)[]): string => String(dig(value, ...path))

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = dig(value, ...path)
  if (!Array.isArray(found)) throw new TypeError(`there is no list at ${path.join('.')}`)
  return found
}

async function ask(
  sim: PagerDutySimulator,
  method: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(sim.origin + path, {
    method,
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== ''
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
}

export interface Delivery {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly event: unknown
}

/** Somebody who receives webhooks. `answers` are used up one by one; afterwards it is 202; 0 cuts the connection. */
export async function startReceiver(answers: number[] = []) {
  const deliveries: Delivery[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      deliveries.push({ headers: request.headers, body, event: dig(JSON.parse(body), 'event') })
      const status = answers.shift() ?? 202
      if (status === 0) response.destroy()
      else response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/webhooks/pagerduty`,
    deliveries,
    types: () => deliveries.map((delivery) => textAt(delivery.event, 'event_type')),
  }
}
