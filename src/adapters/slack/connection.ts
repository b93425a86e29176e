/**
 * One WebSocket to Slack, from its hello to its end. It is built on `ws` and not on the Socket Mode client of Slack's
 * own kit because that one closes a recycled socket before it opens the next, dies of a frame without an inner event,
 * and leaves live sockets behind when it is stopped; and on `ws` rather than the built-in WebSocket because only `ws`
 * can cut a peer that no longer answers.
 */
import { WebSocket } from 'ws'
import { z } from 'zod'
import { MaydayError } from '../../errors.js'
import type { Log } from '../../ports.js'
import { isRec, type Rec } from './api.js'
import type { SlackTiming } from './timing.js'
import { defer, settled } from './waiting.js'

/** Tells Slack that a delivery is in safe hands, with what the person is to see where Slack takes that. */
export type Ack = (response?: unknown) => Promise<void>

/** One payload from Slack, over a socket or over HTTP. */
export interface Delivery {
  readonly body: Rec
  readonly ack: Ack
  readonly retryNum?: number
  readonly retryReason?: string
}

export interface ConnectionHooks {
  /** Never rejects. */
  readonly deliver: (delivery: Delivery) => Promise<void>
  /** Slack asks to leave: it recycles this socket, or Socket Mode was switched off. */
  readonly asked: (reason: string) => void
}

export interface Connection {
  /** Resolves when it is over, with the time since the last sign of life, ms. */
  readonly ended: Promise<{ readonly because: 'closed' | 'silent' | 'released'; readonly silentMs: number }>
  /** Orderly end: waits for deliveries under way, says goodbye, and cuts the line when nobody answers. */
  close(): Promise<void>
}

/** Why Slack did not take a new socket; `reason` is Slack's word where it gave one. */
export class RefusedConnection extends MaydayError {
  readonly reason: string

  constructor(reason: string) {
    super('SLACK_UNAVAILABLE', { what: `Slack did not take the socket (${reason}).`, retry: true })
    this.reason = reason
  }
}

const frameSchema = z.looseObject({
  type: z.string(),
  reason: z.string().optional().catch(undefined),
  envelope_id: z.string().optional().catch(undefined),
  payload: z.unknown().optional(),
  retry_attempt: z.number().optional().catch(undefined),
  retry_reason: z.string().optional().catch(undefined),
})
type Frame = z.infer<typeof frameSchema>

type Ending = Awaited<Connection['ended']>

/** Dials. Resolves after Slack's hello; rejects with `RefusedConnection` when there is none in time. */
export async function openConnection(
  url: string,
  hooks: ConnectionHooks,
  options: { readonly timing: SlackTiming; readonly log: Log; readonly signal: AbortSignal },
): Promise<Connection> {
  const { timing, log, signal } = options
  const socket = new WebSocket(url, { handshakeTimeout: timing.helloMs, perMessageDeflate: false })
  const underWay = new Set<Promise<void>>()
  const hello = defer<void>()
  const takeFrame = (frame: Frame) => {
    if (frame.type === 'hello') return hello.resolve()
    if (frame.type === 'disconnect') {
      hello.reject(new RefusedConnection(frame.reason ?? 'disconnect'))
      return hooks.asked(frame.reason ?? 'disconnect')
    }
    const work = deliverFrame(frame, socket, hooks, log).finally(() => underWay.delete(work))
    underWay.add(work)
  }
  const watch = watchSocket(socket, timing, log, takeFrame)
  // Before the hello every end is a refusal; after it these do nothing.
  socket.on('error', (error) => hello.reject(new RefusedConnection(reasonOf(error))))
  socket.on('close', () => hello.reject(new RefusedConnection('closed before hello')))
  await helloWithin(hello.promise, timing.helloMs, signal, (reason) => {
    hello.reject(new RefusedConnection(reason))
    socket.terminate()
  })
  return {
    ended: watch.ended,
    async close() {
      if (socket.readyState === WebSocket.CLOSED) return
      watch.released()
      await settled([...underWay], timing.drainMs)
      socket.close(1000)
      await settled([watch.ended], timing.closeMs)
      // why: Slack often leaves the TCP connection open after a close frame; a half-closed socket is cut.
      socket.terminate()
    },
  }
}

/** Listens to a socket for as long as it lives, and remembers when it last gave a sign of life and why it ended. */
function watchSocket(socket: WebSocket, timing: SlackTiming, log: Log, takeFrame: (frame: Frame) => void) {
  const ended = defer<Ending>()
  let heardAt = performance.now()
  let because: Ending['because'] = 'closed'
  const stopPings = keepAlive(socket, timing, () => {
    because = 'silent'
    socket.terminate()
  })
  const alive = () => {
    heardAt = performance.now()
  }
  socket.on('ping', alive).on('pong', alive)
  socket.on('message', (data, isBinary) => {
    alive()
    const frame = isBinary ? undefined : parseFrame(String(data))
    if (frame === undefined) log.warn('Slack sent a frame that is none')
    else takeFrame(frame)
  })
  socket.on('close', () => {
    stopPings()
    ended.resolve({ because, silentMs: performance.now() - heardAt })
  })
  return {
    ended: ended.promise,
    released: () => {
      because = 'released'
    },
  }
}

async function helloWithin(hello: Promise<void>, ms: number, signal: AbortSignal, refuse: (reason: string) => void) {
  const stop = () => refuse('stopped')
  const timer = setTimeout(() => refuse('no hello in time'), ms)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    await hello
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

/** Pings, and says when several in a row brought no sign of life. Real time: the network does not wait for a test. */
function keepAlive(socket: WebSocket, timing: SlackTiming, gone: () => void): () => void {
  let missed = 0
  const heard = () => {
    missed = 0
  }
  socket.on('message', heard).on('pong', heard).on('ping', heard)
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return
    if (missed >= timing.missedPings) return gone()
    missed += 1
    socket.ping()
  }, timing.pingMs)
  return () => clearInterval(timer)
}

function parseFrame(text: string): Frame | undefined {
  try {
    return frameSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

async function deliverFrame(frame: Frame, socket: WebSocket, hooks: ConnectionHooks, log: Log): Promise<void> {
  const { envelope_id: id, payload } = frame
  if (id === undefined) return log.debug('Slack sent a frame that asks for nothing', { type: frame.type })
  const ack: Ack = (response) => sendAck(socket, id, response)
  if (!isRec(payload)) {
    // Nothing can be made of it, and Slack would send it again three times.
    log.warn('Slack sent an envelope without a payload', { type: frame.type })
    return ack().catch(() => undefined)
  }
  await hooks.deliver({
    body: payload,
    ack,
    ...(frame.retry_attempt === undefined ? {} : { retryNum: frame.retry_attempt }),
    ...(frame.retry_reason === undefined ? {} : { retryReason: frame.retry_reason }),
  })
}

/** Rejects when the socket is gone: Slack will deliver again, and the inbox knows the message by then. */
function sendAck(socket: WebSocket, id: string, response: unknown): Promise<void> {
  const payload = typeof response === 'string' ? { text: response } : response
  const frame = isRec(payload) ? { envelope_id: id, payload } : { envelope_id: id }
  return new Promise((resolve, reject) => {
    if (socket.readyState !== WebSocket.OPEN) return reject(new RefusedConnection('closed before the ack'))
    socket.send(JSON.stringify(frame), (error) => (error ? reject(new RefusedConnection(reasonOf(error))) : resolve()))
  })
}

function reasonOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code
  // `ws` says "Unexpected server response: 408"; nothing else of it is quoted, it may hold the address with its ticket.
  return error.message.match(/server response: \d+/)?.[0] ?? error.name
}
