import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Bus } from './bus.js'
import type { Envelope, Outcome, Transport } from './courier.js'

// why: Slack allows ten sockets for one app; the eleventh is told too_many_websockets.
const MAX_SOCKETS = 10
// why: a warning comes about ten seconds before Slack drops the connection.
const WARNING_MS = 10_000
// why: with debug_reconnects=true Slack recycles a session after 360 seconds.
const DEBUG_SESSION_MS = 360_000
const PING_EVERY_MS = 5_000
const PING = 'Ping from applink-sim'

interface Session {
  readonly number: number
  readonly ws: WebSocket
  readonly tcp: Duplex
  ready: boolean
}

interface Pending {
  readonly session: Session
  readonly settle: (outcome: Outcome) => void
}

export interface Sockets {
  readonly transport: Transport
  /** A single-use address for one connection. */
  ticket(): string
  count(): number
  refresh(o: { readonly leaveTcpOpen: boolean; readonly reason: string }): void
  drop(): void
  mute(on: boolean): void
  tooMany(on: boolean): void
  linkDisabled(): void
  close(): void
}

interface Deps {
  readonly bus: Bus
  readonly appId: string
  readonly now: () => number
  readonly ackTimeoutMs: number
  readonly url: () => string
  readonly id: (prefix: string) => string
}

function createAcks(ackTimeoutMs: number): {
  wait(envelope: Envelope, session: Session, late: (response: unknown) => void): Promise<Outcome>
  acked(id: string, session: Session, response: unknown): void
  lost(session: Session): void
  close(): void
} {
  const pending = new Map<string, Pending>()
  const late = new Map<string, (response: unknown) => void>()
  return {
    wait: (envelope, session, whenLate) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          late.set(envelope.id, whenLate)
          settle({ kind: 'timeout' })
        }, ackTimeoutMs)
        const settle = (outcome: Outcome): void => {
          clearTimeout(timer)
          pending.delete(envelope.id)
          resolve(outcome)
        }
        pending.set(envelope.id, { session, settle })
      }),
    acked(id, session, response) {
      const waiting = pending.get(id)
      if (waiting?.session === session)
        waiting.settle({ kind: 'acked', ...(response === undefined ? {} : { response }) })
      else late.get(id)?.(response)
    },
    lost(session) {
      for (const p of [...pending.values()]) if (p.session === session) p.settle({ kind: 'connection_failed' })
    },
    close() {
      for (const p of [...pending.values()]) p.settle({ kind: 'connection_failed' })
    },
  }
}

function readAck(data: string): { id: string; payload: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(data)
    if (typeof parsed !== 'object' || parsed === null || !('envelope_id' in parsed)) return undefined
    const payload = 'payload' in parsed ? parsed.payload : undefined
    const empty = typeof payload === 'object' && payload !== null && Object.keys(payload).length === 0
    return { id: String(parsed.envelope_id), payload: empty ? undefined : payload }
  } catch {
    // Slack ignores what it cannot read.
    return undefined
  }
}

const frame = (e: Envelope, retry: { readonly num: number; readonly reason: string }): string =>
  JSON.stringify({
    envelope_id: e.id,
    type: e.type,
    payload: e.payload,
    accepts_response_payload: e.acceptsResponse,
    ...(e.type === 'events_api' ? { retry_attempt: retry.num, retry_reason: retry.reason } : {}),
    ...e.raw,
  })

interface Hub {
  readonly sessions: Set<Session>
  readonly timers: Set<NodeJS.Timeout>
  readonly acks: ReturnType<typeof createAcks>
  muted: boolean
  tooMany: boolean
}

const readySessions = (hub: Hub): Session[] => [...hub.sessions].filter((s) => s.ready && s.ws.readyState === s.ws.OPEN)

function sendHello(deps: Deps, hub: Hub, session: Session, debug: boolean): void {
  session.ready = true
  session.ws.send(
    JSON.stringify({
      type: 'hello',
      num_connections: readySessions(hub).length,
      debug_info: {
        host: 'applink-sim',
        build_number: 1,
        approximate_connection_time: debug ? DEBUG_SESSION_MS / 1000 : 18_060,
      },
      connection_info: { app_id: deps.appId },
    }),
  )
}

function sendDisconnect(session: Session, reason: string): void {
  session.ws.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-sim' } }))
}

function later(hub: Hub, ms: number, act: () => void): void {
  const timer = setTimeout(() => {
    hub.timers.delete(timer)
    act()
  }, ms)
  hub.timers.add(timer)
}

/** `refresh_requested`: no new payload for this socket, acks still count, and it goes away when the client is done. */
function retire(hub: Hub, session: Session, reason: string, leaveTcpOpen: boolean): void {
  sendDisconnect(session, reason)
  if (reason === 'warning') {
    later(hub, WARNING_MS, () => session.ws.terminate())
    return
  }
  session.ready = false
  if (leaveTcpOpen) {
    // why: real Slack does not answer the client's close frame; `ws` would, through this method.
    session.ws.close = () => undefined
    return
  }
  later(hub, WARNING_MS, () => session.ws.terminate())
}

function onConnection(deps: Deps, hub: Hub, session: Session, debug: boolean): void {
  const { ws } = session
  hub.sessions.add(session)
  ws.on('ping', (data: Buffer) => {
    if (hub.muted) deps.bus.emit('socket', { state: 'ping_unanswered', socket: session.number })
    else if (ws.readyState === ws.OPEN) ws.pong(data)
  })
  ws.on('message', (data) => {
    const ack = hub.muted ? undefined : readAck(String(data))
    if (ack !== undefined) hub.acks.acked(ack.id, session, ack.payload)
  })
  ws.on('error', () => ws.terminate())
  ws.on('close', () => {
    hub.sessions.delete(session)
    hub.acks.lost(session)
    deps.bus.emit('socket', { state: 'closed', socket: session.number, open: readySessions(hub).length })
  })
  if (hub.tooMany || readySessions(hub).length >= MAX_SOCKETS) {
    sendDisconnect(session, 'too_many_websockets')
    ws.close(1000)
    return
  }
  sendHello(deps, hub, session, debug)
  ws.ping(PING)
  if (debug) later(hub, DEBUG_SESSION_MS, () => retire(hub, session, 'refresh_requested', false))
  deps.bus.emit('socket', { state: 'open', socket: session.number, open: readySessions(hub).length })
}

function createTransport(hub: Hub): Transport {
  let turn = 0
  return {
    deliver: async (envelope, retry, hooks) => {
      const ready = readySessions(hub)
      // why: with several sockets each payload goes to any one of them.
      turn += 1
      const session = ready[turn % Math.max(1, ready.length)]
      if (session === undefined) return { kind: 'connection_failed' }
      hooks.sent(session.number)
      session.ws.send(frame(envelope, retry))
      return await hub.acks.wait(envelope, session, (response) => hooks.late(response))
    },
  }
}

/** Takes the upgrade requests of `server` on `/link`, each with an unused ticket. */
function acceptUpgrades(deps: Deps, hub: Hub, server: Server, tickets: Set<string>): WebSocketServer {
  const wss = new WebSocketServer({ noServer: true, autoPong: false })
  let number = 0
  server.on('upgrade', (req: IncomingMessage, tcp: Duplex, head: Buffer) => {
    const url = new URL(req.url ?? '/', 'http://sim')
    tcp.on('error', () => tcp.destroy())
    if (url.pathname !== '/link/' || !tickets.delete(url.searchParams.get('ticket') ?? '')) {
      tcp.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    wss.handleUpgrade(req, tcp, head, (ws) => {
      number += 1
      const debug = url.searchParams.get('debug_reconnects') === 'true'
      onConnection(deps, hub, { number, ws, tcp, ready: false }, debug)
    })
  })
  return wss
}

export function createSockets(deps: Deps, server: Server): Sockets {
  const tickets = new Set<string>()
  const hub: Hub = {
    sessions: new Set(),
    timers: new Set(),
    acks: createAcks(deps.ackTimeoutMs),
    muted: false,
    tooMany: false,
  }
  const wss = acceptUpgrades(deps, hub, server, tickets)
  const pinging = setInterval(() => {
    if (!hub.muted) for (const s of readySessions(hub)) s.ws.ping(PING)
  }, PING_EVERY_MS)
  pinging.unref()
  return {
    transport: createTransport(hub),
    ticket() {
      const ticket = deps.id('ticket-')
      tickets.add(ticket)
      return `${deps.url()}/link/?ticket=${ticket}&app_id=${deps.appId}`
    },
    count: () => readySessions(hub).length,
    refresh(o) {
      for (const s of readySessions(hub)) retire(hub, s, o.reason, o.leaveTcpOpen)
    },
    drop() {
      for (const s of hub.sessions) s.tcp.destroy()
    },
    mute(on) {
      hub.muted = on
    },
    tooMany(on) {
      hub.tooMany = on
    },
    linkDisabled() {
      for (const s of readySessions(hub)) retire(hub, s, 'link_disabled', false)
    },
    close() {
      clearInterval(pinging)
      for (const timer of hub.timers) clearTimeout(timer)
      hub.acks.close()
      for (const s of hub.sessions) s.ws.terminate()
      wss.close()
    },
  }
}
