/**
 * Slack's way in: sockets or HTTP in front, the inbox behind, Bolt's listeners at the end; and the one that knows who
 * Mayday is there, where the emergency channel is, and whether Slack delivers at all.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '@slack/bolt'
import { describe, MaydayError } from '../../errors.js'
import type { Clock, Inbox, Log, Notes } from '../../ports.js'
import { createBolt } from './bolt.js'
import { createPostOffice, type PostOffice } from './deliver.js'
import type { Identity } from './event.js'
import { createLanes, createSocketLane } from './lanes.js'
import { createPlace, type Place } from './place.js'
import { createRequestHandler } from './request.js'
import { createSockets, type Sockets } from './socket.js'
import { SLACK_TIMING, type SlackTiming } from './timing.js'
import { backoff, settled } from './waiting.js'

type SlackMode =
  | { readonly kind: 'socket'; readonly appToken: string }
  | { readonly kind: 'http'; readonly signingSecret: string }

export interface SlackGateOptions {
  readonly mode: SlackMode
  readonly botToken: string
  readonly apiUrl: string
  /** Channel id, or name with or without `#`. */
  readonly channel: string
  readonly inbox: Inbox
  readonly notes: Notes
  readonly clock: Clock
  readonly log: Log
  readonly timing?: Partial<SlackTiming>
}

export interface SlackGate {
  /** For listeners; register them before `start`. */
  readonly app: App
  /**
   * Resolves although Slack is out of reach: it keeps trying and `health` says why. Throws `SLACK_AUTH` when Slack refuses
   * a token now; later that shows in `health` and in the log.
   */
  start(): Promise<void>
  /** For good: takes nothing new, waits for listeners under way (bounded), leaves no socket behind. */
  stop(): Promise<void>
  /** Undefined until Slack has told it once, now or before a restart. */
  identity(): Identity | undefined
  /** The emergency channel; undefined until it was found once, now or before a restart. */
  channelId(): string | undefined
  /**
   * Takes an event (`type`, `channel` and `ts` set) down the same path as a live one. `handled`: it is in the inbox by this
   * call and its listeners ran; when they failed, `reclaim` runs them again. `known`: claimed before, or Mayday's own.
   * Throws `STORE_UNAVAILABLE`.
   */
  replay(event: Readonly<Record<string, unknown>>, because: 'catch_up' | 'reclaimed'): Promise<'handled' | 'known'>
  /** Runs what a dead process left in the inbox; to be called every few seconds. Returns how many were run. */
  reclaim(): Promise<number>
  /** Called whenever Slack begins to deliver, the first time included. Must not throw. */
  onReady(listener: () => void): void
  /** Called when Slack may have kept events back for this long, ms: read the history. Must not throw. */
  onGap(listener: (ms: number) => void): void
  /** Why Slack does not deliver what people write; empty: it does. */
  health(): readonly string[]
  /** HTTP mode: handles `POST /slack/events`. */
  readonly http?: (req: IncomingMessage, res: ServerResponse) => Promise<void>
}

interface Parts {
  readonly options: SlackGateOptions
  readonly timing: SlackTiming
  readonly place: Place
  readonly stopping: AbortController
  readonly ready: (() => void)[]
  readonly gap: ((ms: number) => void)[]
  cancelTend: () => void
  /** Slack may have said who Mayday is and where. */
  known: () => void
  tendFailures: number
}

/** Builds the gate; nothing is sent before `start`. */
export function createSlackGate(options: SlackGateOptions): SlackGate {
  const { botToken, apiUrl, channel, inbox, notes, clock, log, mode } = options
  const stopping = new AbortController()
  const timing = { ...SLACK_TIMING, ...options.timing }
  const lane = createLanes({ botToken, apiUrl, log, timeoutMs: timing.callMs }).reads
  const place = createPlace({ lane, notes, log, channel, signal: stopping.signal })
  const parts: Parts = {
    options,
    timing,
    place,
    stopping,
    ready: [],
    gap: [],
    cancelTend: () => undefined,
    known: () => undefined,
    tendFailures: 0,
  }
  const app = createBolt({ botToken, apiUrl, log, identity: place.identity })
  const office = createPostOffice({
    app,
    inbox,
    place,
    clock,
    log,
    claimMs: timing.claimMs,
    onGap: (ms) => announceGap(parts, ms),
    onPlaceChanged: () => void tend(parts),
  })
  parts.known = office.resume
  const sockets = mode.kind === 'socket' ? socketsFor(parts, mode.appToken, office) : undefined
  const health = () => [...(sockets?.trouble() ?? []), ...place.trouble()]
  const gate: SlackGate = {
    app,
    start: () => start(parts, app, sockets),
    stop: () => stop(parts, sockets, office),
    identity: place.identity,
    channelId: place.channelId,
    replay: office.replay,
    reclaim: office.reclaim,
    onReady: (listener) => void parts.ready.push(listener),
    onGap: (listener) => void parts.gap.push(listener),
    health: () => [...new Set(health())],
  }
  if (mode.kind === 'socket') return gate
  const open = () => !stopping.signal.aborted
  const http = createRequestHandler({ signingSecret: mode.signingSecret, clock, log, deliver: office.deliver, open })
  return { ...gate, http }
}

function socketsFor(parts: Parts, appToken: string, office: PostOffice): Sockets {
  const { apiUrl, log } = parts.options
  return createSockets({
    lane: createSocketLane({ appToken, apiUrl, log, timeoutMs: parts.timing.callMs }),
    log,
    deliver: office.deliver,
    onReady: (gapMs) => {
      announceReady(parts)
      if (gapMs !== undefined) announceGap(parts, gapMs)
      // What could not be asked during an outage can be asked now.
      if (parts.place.trouble().length > 0) void tend(parts)
    },
    timing: parts.timing,
  })
}

async function start(parts: Parts, app: App, sockets: Sockets | undefined): Promise<void> {
  const { place, stopping, timing } = parts
  await app.init()
  await place.remember()
  const asked = tend(parts)
  const dialled = sockets?.start() ?? Promise.resolve()
  const failure = dialled.then(
    () => undefined,
    (error: unknown) => error,
  )
  await settled([asked, failure], timing.startMs)
  const refused = place.refused() ?? (await Promise.race([failure, Promise.resolve(undefined)]))
  if (refused !== undefined) {
    stopping.abort()
    parts.cancelTend()
    await sockets?.stop()
    throw refused instanceof MaydayError ? refused : new MaydayError('BUG', { cause: refused })
  }
  if (sockets === undefined) announceReady(parts)
}

async function stop(parts: Parts, sockets: Sockets | undefined, office: PostOffice): Promise<void> {
  parts.stopping.abort()
  parts.cancelTend()
  // Together: the sockets stay open for the acks of what is under way, and take nothing new.
  const [drained] = await Promise.all([office.drain(parts.timing.drainMs), sockets?.stop()])
  if (!drained) parts.options.log.warn('Listeners were still at work at the stop; the inbox has what they left')
}

/** Looks after identity and channel: soon again while something is wrong, now and then while all is well. */
async function tend(parts: Parts): Promise<void> {
  const { place, options, timing, stopping } = parts
  parts.cancelTend()
  await place.refresh()
  if (stopping.signal.aborted) return
  parts.known()
  const wrong = place.trouble().length > 0
  // Outside until now: what was written in the channel meanwhile is only in its history.
  if (!wrong && parts.tendFailures > 0) announceGap(parts, 0)
  parts.tendFailures = wrong ? parts.tendFailures + 1 : 0
  const waitMs = wrong
    ? backoff(parts.tendFailures - 1, timing.tendMs, timing.tendCapMs, Math.random())
    : timing.checkMs
  parts.cancelTend()
  parts.cancelTend = options.clock.after(waitMs, () => void tend(parts))
}

function announceReady(parts: Parts): void {
  for (const listener of parts.ready) heard(parts, listener)
}

function announceGap(parts: Parts, ms: number): void {
  for (const listener of parts.gap) heard(parts, () => listener(ms))
}

function heard(parts: Parts, listener: () => void): void {
  try {
    listener()
  } catch (error) {
    parts.options.log.error('A listener of the Slack connection failed', { because: describe(error) })
  }
}
