import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { SimClock } from './clock.js'
import type { Faults, SimFault } from './faults.js'
import { PagerDutySimulatorError, type SimRequest } from './model.js'
import { bareStatus, type Reply } from './reply.js'

export interface WireDeps {
  readonly port: number
  readonly clock: SimClock
  readonly faults: Faults
  /** Does what was asked. Must not throw: an answer of 500 would hide a fault of the simulator. */
  readonly handle: (request: SimRequest) => Reply
  readonly onRequest: (request: SimRequest) => void
}

export interface Wire {
  readonly origin: string
  readonly requests: readonly SimRequest[]
  close(): Promise<void>
}

type Recorded = { -readonly [K in keyof SimRequest]: SimRequest[K] }

/** Listens on 127.0.0.1 only. */
export async function openWire(deps: WireDeps): Promise<Wire> {
  const requests: Recorded[] = []
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const request = read(incoming, Buffer.concat(chunks).toString('utf8'), deps.clock.now())
      requests.push(request)
      answer(deps, request, response)
    })
    // A caller that gives up is the caller's business.
    incoming.on('error', () => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(deps.port, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') {
    throw new PagerDutySimulatorError('The simulated PagerDuty has no TCP port; it listens on TCP only.')
  }
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        // The only error here is "not running": closing twice is closing.
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function read(incoming: IncomingMessage, text: string, at: number): Recorded {
  const url = new URL(`http://pagerduty.invalid${incoming.url ?? '/'}`)
  const query: Record<string, string[]> = {}
  for (const [key, value] of url.searchParams) query[key] = [...(query[key] ?? []), value]
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value)
  return { method: incoming.method ?? 'GET', path: url.pathname, query, headers, body: parsed(text), at, status: 0 }
}

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text // not JSON: whoever handles it refuses it, and the text stays visible
  }
}

function answer(deps: WireDeps, request: Recorded, response: ServerResponse): void {
  const fault = deps.faults.take(request)
  const act = () => {
    const effect = fault === undefined ? 'usual' : effectOf(fault)
    const reply = effect === 'usual' || effect === 'applied' ? deps.handle(request) : undefined
    finish(request, response, fault, reply)
    deps.onRequest({ ...request })
  }
  if (fault?.delayMs === undefined) act()
  else deps.clock.after(fault.delayMs, act)
}

function effectOf(fault: SimFault): 'usual' | 'applied' | 'instead' {
  if (fault.applyThen !== undefined || fault.applyThenReset || fault.applyThenHang) return 'applied'
  const names = [fault.status, fault.body, fault.headers, fault.hang, fault.reset]
  return fault.delayMs !== undefined && names.every((effect) => effect === undefined) ? 'usual' : 'instead'
}

function finish(request: Recorded, response: ServerResponse, fault: SimFault | undefined, reply?: Reply): void {
  if (fault?.hang || fault?.applyThenHang) return
  if (fault?.reset || fault?.applyThenReset) {
    response.socket?.resetAndDestroy()
    return
  }
  if (fault === undefined || effectOf(fault) === 'usual') {
    send(request, response, reply)
    return
  }
  const instead = bareStatus(fault.applyThen ?? fault.status ?? 500, request.path)
  send(request, response, {
    ...(fault.body === undefined ? instead : { status: instead.status, text: fault.body }),
    headers: fault.headers ?? {},
  })
}

function send(request: Recorded, response: ServerResponse, reply: Reply | undefined): void {
  const { status, json, text, headers } = reply ?? { status: 500, text: 'nothing handled this request' }
  request.status = status
  const type = text === undefined ? 'application/json' : 'text/html; charset=utf-8'
  response.writeHead(status, { 'content-type': type, ...headers })
  response.end(text ?? (json === undefined ? '' : JSON.stringify(json)))
}
