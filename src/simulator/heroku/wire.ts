import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { HerokuSimulatorError } from './error.js'

/** One request as it came. `status`: what it was answered with; 0: with nothing. */
export interface SimRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly status: number
}

export interface Reply {
  readonly status: number
  readonly json: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A bad answer for requests that fit. */
export interface SimFault {
  readonly method?: string
  readonly path?: RegExp
  /** How often. Default 1. */
  readonly times?: number
  /** Answers this instead, and nothing is done. */
  readonly reply?: Reply
  /** Never answers, and nothing is done. */
  readonly hang?: boolean
  /** Closes the connection, and nothing is done. */
  readonly reset?: boolean
  /** Does it, and closes the connection before the answer. */
  readonly applyThenReset?: boolean
}

export interface Wire {
  readonly origin: string
  readonly requests: readonly SimRequest[]
  fail(fault: SimFault): void
  mend(): void
  close(): Promise<void>
}

/** Listens on 127.0.0.1 only. */
export async function openWire(handle: (request: SimRequest) => Reply): Promise<Wire> {
  const requests: SimRequest[] = []
  let faults: { readonly fault: SimFault; left: number }[] = []
  const take = (request: SimRequest): SimFault | undefined => {
    const hit = faults.find(({ fault, left }) => left > 0 && fits(fault, request))
    if (hit !== undefined) hit.left -= 1
    return hit?.fault
  }
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('error', () => response.destroy())
    incoming.on('end', () => {
      const request = read(incoming, Buffer.concat(chunks).toString('utf8'))
      const fault = take(request)
      const reply = act(handle, request, fault)
      requests.push({ ...request, status: reply?.status ?? 0 })
      finish(response, fault, reply)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new HerokuSimulatorError('The simulated Heroku has no port.')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    fail: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    mend: () => {
      faults = []
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function fits({ method, path }: SimFault, request: SimRequest): boolean {
  return (method === undefined || method === request.method) && (path === undefined || path.test(request.path))
}

function act(handle: (r: SimRequest) => Reply, request: SimRequest, fault: SimFault | undefined): Reply | undefined {
  if (fault?.reply !== undefined) return fault.reply
  if (fault?.hang === true || fault?.reset === true) return undefined
  const reply = handle(request)
  return fault?.applyThenReset === true ? undefined : reply
}

function finish(response: ServerResponse, fault: SimFault | undefined, reply: Reply | undefined): void {
  if (reply !== undefined) {
    // why: Heroku answers every call with what is left of the account's request tokens.
    response.writeHead(reply.status, {
      'content-type': 'application/json',
      'ratelimit-remaining': '4499',
      ...reply.headers,
    })
    response.end(JSON.stringify(reply.json))
  } else if (fault?.hang !== true) response.socket?.resetAndDestroy()
}

function read(incoming: IncomingMessage, text: string): SimRequest {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]))
  const { pathname } = new URL(`http://heroku.invalid${incoming.url ?? '/'}`)
  return { method: incoming.method ?? 'GET', path: pathname, headers, body: parsed(text), status: 0 }
}

function parsed(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
