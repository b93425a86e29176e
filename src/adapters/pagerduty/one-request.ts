import { type ClientRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { connect } from 'node:net'
import { MaydayError } from '../../errors.js'
import type { BaseUrl } from './base-url.js'

/** What was seen on the wire, which pdjs itself does not tell when it rejects. */
export interface Seen {
  /** A request was built and handed to a socket. */
  readonly begun: boolean
  /** The connection (and TLS) stood, so bytes of the request may have left. */
  readonly connected: boolean
  readonly status?: number
  readonly headers: Readonly<Record<string, string>>
}

/** An agent for exactly one request, and the witness of what came of it. */
export interface OneRequest {
  /** For node-fetch's `agent` option, which it calls before each request that it is about to make. */
  agent(): HttpAgent
  seen(): Seen
}

/** What Node's `ClientRequest` calls on its agent. Not in Node's types; every agent on npm rests on it. */
interface Adds {
  addRequest(request: ClientRequest, options: object): void
}

/**
 * why: pdjs repeats a 429 three times after fixed waits and cannot be told not to, and it loses the status of an answer
 * that is not JSON. So the second request is refused here, before it has a socket, and the head of the first answer is
 * written down as it passes.
 * @param tls whether the caller builds an `https:` request. pdjs builds no other for events; towards a fake on this
 * machine the "TLS" agent then opens a plain connection, so that the shipped call is what tests run.
 */
export function oneRequest(base: BaseUrl, tls: boolean): OneRequest {
  let seen: Seen = { begun: false, connected: false, headers: {} }
  const watch = (request: ClientRequest): void => {
    request.once('socket', (socket) => {
      socket.once(base.plain ? 'connect' : 'secureConnect', () => {
        seen = { ...seen, connected: true }
      })
    })
    request.once('response', (answer: IncomingMessage) => {
      seen = { ...seen, status: answer.statusCode ?? 0, headers: flat(answer.headers) }
    })
  }
  return {
    agent() {
      if (seen.begun) throw new MaydayError('PAGER_UNAVAILABLE', { what: 'One request was made, and only one may be.' })
      seen = { ...seen, begun: true }
      return watched(agentFor(base, tls), watch)
    },
    seen: () => seen,
  }
}

/** Never keep-alive: a server that closes an idle connection would turn every second page into a reset. */
function agentFor(base: BaseUrl, tls: boolean): HttpAgent {
  const agent = tls ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false })
  if (!base.plain || !tls) return agent
  return Object.assign(agent, { createConnection: () => connect(base.port, base.hostname) })
}

function watched(agent: HttpAgent, watch: (request: ClientRequest) => void): HttpAgent {
  const adds = agent as unknown as Adds
  const add = adds.addRequest.bind(agent)
  adds.addRequest = (request, options) => {
    watch(request)
    add(request, options)
  }
  return agent
}

function flat(headers: IncomingMessage['headers']): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  )
  return Object.fromEntries(entries)
}
