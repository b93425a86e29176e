/**
 * Supervised Socket Mode: two sockets, each replaced before it is given up, so that Slack's recycling every few hours
 * opens no blind window. Says when delivery begins and how long it was interrupted, so that the history can be read.
 */
import type { WebClient } from '@slack/web-api'
import { describe, MaydayError } from '../../errors.js'
import type { Log } from '../../ports.js'
import { callSlack, textOf } from './api.js'
import { type Connection, type ConnectionHooks, openConnection, RefusedConnection } from './connection.js'
import { asMaydayError, failureOf, remedy } from './failure.js'
import type { SlackTiming } from './timing.js'
import { backoff, defer, pause } from './waiting.js'

export interface SocketDeps {
  /** Holds the app-level token. */
  readonly lane: WebClient
  readonly log: Log
  /** Acks when it is safe to; never rejects. */
  readonly deliver: ConnectionHooks['deliver']
  /** Slack delivers (again). `gapMs`: for how long it may not have, undefined at the first time. */
  readonly onReady: (gapMs: number | undefined) => void
  readonly timing: SlackTiming
}

export interface Sockets {
  /** Resolves after the first try, whether it worked or not; rejects with `SLACK_AUTH` when Slack refuses the token. */
  start(): Promise<void>
  /** For good: takes nothing new, waits for deliveries under way (bounded), leaves no socket behind. */
  stop(): Promise<void>
  /** Why Slack does not deliver; empty when at least one socket is open. */
  trouble(): readonly string[]
}

interface Slot {
  readonly index: number
  failures: number
}
interface Line {
  readonly connection: Connection
  /** Resolves with Slack's reason when it asks to leave. */
  readonly asked: Promise<string>
  readonly bornAt: number
}
interface Crew {
  readonly deps: SocketDeps
  readonly timing: SlackTiming
  readonly live: Set<Connection>
  readonly stopping: AbortController
  readonly closing: Set<Promise<void>>
  blindSince: number | undefined
  everReady: boolean
  /** Slack said that Socket Mode is off; what it says about the token after that only means the same. */
  switchedOff: boolean
  trouble: string
}

/** Two sockets of one app; Slack hands each payload to any one of them. */
export function createSockets(deps: SocketDeps): Sockets {
  const crew: Crew = {
    deps,
    timing: deps.timing,
    live: new Set(),
    stopping: new AbortController(),
    closing: new Set(),
    blindSince: undefined,
    everReady: false,
    switchedOff: false,
    trouble: 'Mayday has not connected to Slack yet.',
  }
  const slots: Promise<void>[] = []
  return {
    async start() {
      const tried = defer<void>()
      slots.push(keep(crew, { index: 0, failures: 0 }, tried))
      try {
        await tried.promise
      } catch (error) {
        crew.stopping.abort()
        throw error
      }
      // The second one after the first one's try: two refusals say no more than one.
      slots.push(keep(crew, { index: 1, failures: 0 }))
    },
    async stop() {
      crew.stopping.abort()
      await Promise.all([...crew.live].map((connection) => release(crew, connection)))
      await Promise.all([...slots, ...crew.closing])
    },
    trouble: () => (crew.live.size > 0 ? [] : [crew.trouble]),
  }
}

/** Keeps one socket open for as long as the crew works. */
async function keep(crew: Crew, slot: Slot, tried?: ReturnType<typeof defer<void>>): Promise<void> {
  const { signal } = crew.stopping
  let previous: Connection | undefined
  while (!signal.aborted) {
    const line = await dial(crew, slot, tried)
    tried?.resolve()
    if (typeof line === 'number') {
      await pause(line, signal)
      continue
    }
    // why: the successor has had its hello; only now may the recycled one go (make before break).
    if (previous !== undefined) letGo(crew, previous)
    previous = undefined
    const reason = await Promise.race([line.asked, line.connection.ended.then(() => undefined)])
    if (signal.aborted) break
    if (performance.now() - line.bornAt >= crew.timing.stableMs) slot.failures = 0
    if (reason === undefined) {
      await pause(nextWait(crew, slot), signal)
    } else if (reason === 'link_disabled') {
      await switchedOff(crew, line.connection)
    } else if (reason === 'too_many_websockets') {
      letGo(crew, line.connection)
      await pause(crowded(crew, slot), signal)
    } else {
      previous = line.connection
      // why: after a `warning` Slack goes on using the socket; nothing promises that after `refresh_requested`.
      if (reason !== 'warning') leave(crew, previous, 0)
      retireLater(crew, previous)
    }
  }
  tried?.resolve()
}

/** One try: a line that has had its hello, or how long to wait before the next try, ms. */
async function dial(crew: Crew, slot: Slot, tried?: ReturnType<typeof defer<void>>): Promise<Line | number> {
  const asked = defer<string>()
  try {
    const url = await addressOf(crew)
    const { signal } = crew.stopping
    const connection = await openConnection(
      url,
      { deliver: (delivery) => take(crew, delivery), asked: asked.resolve },
      { timing: crew.timing, log: crew.deps.log, signal },
    )
    if (signal.aborted) {
      await connection.close()
      return 0
    }
    join(crew, connection)
    return { connection, asked: asked.promise, bornAt: performance.now() }
  } catch (error) {
    return failed(crew, slot, error, tried)
  }
}

async function addressOf(crew: Crew): Promise<string> {
  const { lane } = crew.deps
  const stopped = defer<never>()
  const stop = () => stopped.reject(new RefusedConnection('stopped'))
  crew.stopping.signal.addEventListener('abort', stop)
  try {
    const answer = await Promise.race([callSlack(lane, 'apps.connections.open'), stopped.promise])
    const url = textOf(answer['url'])
    // The ticket in the address is as good as a token: it travels in the clear only where the Web API does (loopback).
    const secure = url?.startsWith('wss://') || lane.slackApiUrl.startsWith('http://')
    if (url === undefined || !secure) throw new RefusedConnection('no usable address')
    return url
  } finally {
    crew.stopping.signal.removeEventListener('abort', stop)
  }
}

function take(crew: Crew, delivery: Parameters<ConnectionHooks['deliver']>[0]): Promise<void> {
  // Not acked: Slack gives it to another replica, or to this one after its restart.
  if (crew.stopping.signal.aborted) return Promise.resolve()
  return crew.deps.deliver(delivery)
}

function join(crew: Crew, connection: Connection): void {
  const { log, onReady } = crew.deps
  crew.live.add(connection)
  const watched = connection.ended.then((end) => {
    leave(crew, connection, end.silentMs)
    if (end.because !== 'silent') return
    log.warn('A socket to Slack went silent and was replaced', { silentMs: Math.round(end.silentMs) })
    // What Slack sent into it is delivered again within minutes; the history has it now.
    if (crew.live.size > 0) onReady(end.silentMs)
  })
  track(crew, watched)
  if (crew.live.size > 1) return
  const gapMs = crew.blindSince === undefined ? undefined : performance.now() - crew.blindSince
  crew.blindSince = undefined
  log.info('Slack delivers', gapMs === undefined ? {} : { gapMs: Math.round(gapMs) })
  onReady(crew.everReady ? (gapMs ?? 0) : undefined)
  crew.everReady = true
  crew.switchedOff = false
}

function leave(crew: Crew, connection: Connection, silentMs: number): void {
  if (!crew.live.delete(connection) || crew.live.size > 0 || crew.stopping.signal.aborted) return
  crew.blindSince = performance.now() - silentMs
  crew.trouble = 'The connection to Slack broke; Mayday is connecting again.'
  crew.deps.log.info('No socket to Slack is open')
}

/** The recycled socket goes when its successor is there, or after this long: Slack has stopped using it by then. */
function retireLater(crew: Crew, connection: Connection): void {
  const gone = new AbortController()
  track(
    crew,
    connection.ended.then(() => gone.abort()),
  )
  const waited = pause(crew.timing.retireMs, AbortSignal.any([crew.stopping.signal, gone.signal]))
  track(
    crew,
    waited.then(() => release(crew, connection)),
  )
}

function letGo(crew: Crew, connection: Connection): void {
  track(crew, release(crew, connection))
}

async function release(crew: Crew, connection: Connection): Promise<void> {
  leave(crew, connection, 0)
  await connection.close()
}

function track(crew: Crew, work: Promise<unknown>): void {
  const held: Promise<void> = work.then(
    () => void crew.closing.delete(held),
    () => void crew.closing.delete(held),
  )
  crew.closing.add(held)
}

async function switchedOff(crew: Crew, connection: Connection): Promise<void> {
  await release(crew, connection)
  disabled(crew)
  await pause(crew.timing.mendMs, crew.stopping.signal)
}

function disabled(crew: Crew): void {
  crew.trouble =
    'Socket Mode is switched off for this Slack app, so no message arrives. Switch it on: api.slack.com/apps > Socket Mode.'
  if (!crew.switchedOff) crew.deps.log.error('Somebody switched Socket Mode off; Mayday hears nothing from Slack')
  crew.switchedOff = true
}

/** Files a failed try; returns how long to wait, ms. */
function failed(crew: Crew, slot: Slot, error: unknown, tried?: ReturnType<typeof defer<void>>): number {
  const { log } = crew.deps
  if (crew.stopping.signal.aborted) return 0
  const reason = error instanceof RefusedConnection ? error.reason : undefined
  if (reason === 'link_disabled') {
    disabled(crew)
    return crew.timing.mendMs
  }
  if (reason === 'too_many_websockets') return crowded(crew, slot)
  const failure = error instanceof RefusedConnection ? undefined : failureOf(error)
  if (failure?.kind === 'auth' && crew.switchedOff) {
    disabled(crew)
    return crew.timing.mendMs
  }
  if (failure?.kind === 'auth') {
    const { hint } = remedy(failure)
    crew.trouble = `Slack refused SLACK_APP_TOKEN (${failure.code}). ${hint}`
    log.error('Slack refused the app-level token; Mayday hears nothing from Slack', { code: failure.code })
    tried?.reject(new MaydayError('SLACK_AUTH', { what: `Slack refused SLACK_APP_TOKEN (${failure.code}).`, hint }))
    return crew.timing.mendMs
  }
  const told = failure === undefined ? error : asMaydayError(failure, 'give an address for a socket')
  crew.trouble = `Mayday cannot connect to Slack and keeps trying. ${describe(told)}`
  const waitMs = failure?.kind === 'rate_limited' ? failure.retryAfterMs : nextWait(crew, slot)
  log.warn('A socket to Slack could not be opened', { slot: slot.index, because: describe(told), waitMs })
  return waitMs
}

/** Slack has as many sockets of this app as it takes: one is enough for this replica. */
function crowded(crew: Crew, slot: Slot): number {
  crew.trouble = 'Slack has too many sockets of this app open (10 at most). Stop replicas that are not needed.'
  crew.deps.log.warn('Slack says that this app has too many sockets', { slot: slot.index, live: crew.live.size })
  return crew.live.size > 0 ? crew.timing.crowdedMs : nextWait(crew, slot)
}

/** The first try after a good socket comes at once: every moment without one is a message heard late. */
function nextWait(crew: Crew, slot: Slot): number {
  const { backoffMs, backoffCapMs } = crew.timing
  slot.failures += 1
  return slot.failures === 1 ? Math.random() * 50 : backoff(slot.failures - 2, backoffMs, backoffCapMs, Math.random())
}
