/**
 * Separate Web API clients, so that what is urgent never waits behind what is not. Pages have no lane here: they go to
 * PagerDuty and use Slack for nothing.
 */
import { type FetchFunction, type Logger, LogLevel, WebClient, type WebClientOptions } from '@slack/web-api'
import type { Log } from '../../ports.js'
import { SLACK_TIMING } from './timing.js'

export interface Lanes {
  /** "Nobody could be paged": posts that go before everything else. */
  readonly loud: WebClient
  /** Cards, checklists, progress. */
  readonly normal: WebClient
  /** What answers a click within its 3 s: modals, whispers. */
  readonly prompt: WebClient
  /** History, members, channels. */
  readonly reads: WebClient
}

export interface LaneOptions {
  /** Web API root, with or without the last slash. */
  readonly apiUrl: string
  readonly log: Log
  /** How long one request may take, ms; default `callMs`. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = SLACK_TIMING.callMs
// A read is tried twice within the 8 s that the port promises.
const READ_TIMEOUT_MS = 3_500

/** One client per lane, all with the same token. */
export function createLanes(options: LaneOptions & { readonly botToken: string }): Lanes {
  const lane = (timeoutMs: number) => new WebClient(options.botToken, clientOptions({ ...options, timeoutMs }))
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  return {
    loud: lane(timeoutMs),
    normal: lane(timeoutMs),
    prompt: lane(timeoutMs),
    reads: lane(Math.min(timeoutMs, READ_TIMEOUT_MS)),
  }
}

/** The client that asks for a Socket Mode address; the only one that holds the app-level token. */
export function createSocketLane(options: LaneOptions & { readonly appToken: string }): WebClient {
  return new WebClient(options.appToken, clientOptions(options))
}

/**
 * Options for every client of Mayday and for Bolt's own. Nothing is retried in here: who asked knows whether doing it
 * twice is safe (`chat.postMessage` is not), and waits on the clock that tests can move.
 */
export function clientOptions(options: LaneOptions): WebClientOptions {
  const timeout = options.timeoutMs ?? TIMEOUT_MS
  return {
    slackApiUrl: options.apiUrl,
    // why: the client's own default is no limit at all, and a call that hangs would hang for good.
    timeout,
    retryConfig: { retries: 0 },
    // why: on a 429 the client stops its whole queue; an error lets the caller hold back the one channel meant.
    rejectRateLimitedCalls: true,
    // why: Bolt's respond() sends without a limit of its own.
    fetch: boundedFetch(timeout),
    logger: bridgeLog(options.log),
    // why: no `headers` here. The client writes its token into that object, and the next client would send it too.
  }
}

function boundedFetch(timeoutMs: number): FetchFunction {
  return (url, init) => fetch(url, { ...init, signal: init?.signal ?? AbortSignal.timeout(timeoutMs) })
}

/**
 * Slack's libraries speak through this. Their debug and info lines quote request bodies and are dropped; a warning
 * passes as its first words, an error as its name and code, so that no message text reaches the log.
 */
export function bridgeLog(log: Log): Logger {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts: readonly unknown[]) => log.warn('Slack client warned', { said: words(parts[0]) }),
    error: (...parts: readonly unknown[]) => log.error('Slack client failed', { said: words(parts[0]) }),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  }
}

function words(part: unknown): string {
  if (part instanceof Error) return 'code' in part ? `${part.name} ${String(part.code)}` : part.name
  return typeof part === 'string' ? part.slice(0, 160) : typeof part
}
