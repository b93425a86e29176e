import { performance } from 'node:perf_hooks'
import { api, event } from '@pagerduty/pdjs'
import { z } from 'zod'
import type { Clock, Log, Outcome } from '../../ports.js'
import { type BaseUrl, baseUrl } from './base-url.js'
import { type OneRequest, oneRequest, type Seen } from './one-request.js'
import { type Answer, type Exchange, type Failure, judge, NOT_ASKED, unreadable } from './verdict.js'

/** Time limits in real milliseconds. */
export interface Limits {
  /** For the head of an answer, and again for its body. */
  readonly answerMs: number
  /** For a whole call, however many requests it takes. */
  readonly deadlineMs: number
}
const LIMITS: Limits = { answerMs: 5_000, deadlineMs: 12_000 }

export interface WireOptions {
  /** Base of the Events API, default `https://events.pagerduty.com`. */
  readonly eventsUrl?: string | undefined
  /** Base of the REST API, default `https://api.pagerduty.com`. */
  readonly apiUrl?: string | undefined
  /** REST key. Without it every REST call answers `auth` and asks nothing. */
  readonly token?: string | undefined
  /** Never to be seen in a `because`: routing keys. */
  readonly secrets: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<Limits> | undefined
}

/** One REST request. `schema` is the part of the answer that Mayday reads; more may be there. */
export interface RestRequest<T> {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** From `/`, ids already encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  readonly data?: object
  /** E-mail that a write is done as. */
  readonly from?: string
  readonly schema: z.ZodType<T>
}

/** How much of a call's deadline is left, so that several requests together keep it. */
export interface Budget {
  leftMs(): number
}

/** PagerDuty as two calls. Each makes at most one request, ends within its deadline and never throws. */
export interface Wire {
  /** True when a REST key is set. */
  readonly reads: boolean
  budget(): Budget
  /** Accepted only on 202, `success` and the same key: anything else is no page. */
  enqueue(body: { readonly dedup_key: string; readonly event_action: string }): Promise<Outcome<void>>
  rest<T>(request: RestRequest<T>, budget?: Budget): Promise<Outcome<T>>
}

const enqueued = z.object({ status: z.literal('success'), dedup_key: z.string() })

/** @throws MaydayError `CONFIG_INVALID` for a base URL that pages may not be sent to. */
export function createWire(options: WireOptions): Wire {
  const events = baseUrl('PAGERDUTY_EVENTS_URL', options.eventsUrl ?? 'https://events.pagerduty.com')
  const rest = baseUrl('PAGERDUTY_API_URL', options.apiUrl ?? 'https://api.pagerduty.com')
  const limits = { ...LIMITS, ...options.limits }
  const { token, log, clock } = options
  const hide = hider([...options.secrets, ...(token === undefined ? [] : [token])])
  const budget = () => budgetOf(limits.deadlineMs)
  const ended = <T>(call: string, outcome: Outcome<T>): Outcome<T> => {
    if (outcome.kind === 'accepted') return outcome
    log.debug('PagerDuty call failed', { call, kind: outcome.kind, because: outcome.because })
    return outcome
  }
  return {
    reads: token !== undefined,
    budget,
    async enqueue(body) {
      const exchange = await ask(events, true, limits, budget(), (transport) =>
        // The types of pdjs know neither `client` nor an acknowledgement without payload.
        event({ ...transport, server: events.server, data: body } as unknown as Parameters<typeof event>[0]),
      )
      return ended(`events ${body.event_action}`, accepted(judge(exchange, clock.now(), hide), body.dedup_key))
    },
    async rest(request, left = budget()) {
      if (token === undefined) return noToken
      const { method, path, query = {}, data, from, schema } = request
      const exchange = await ask(rest, !rest.plain, limits, left, (transport) =>
        api({
          ...transport,
          url: `${rest.url}${path}`,
          method,
          token,
          queryParameters: query,
          headers: from === undefined ? {} : { From: from },
          ...(data === undefined ? {} : { data }),
        } as unknown as Parameters<typeof api>[0] & { url: string }),
      )
      return ended(`${method} ${path}`, read(judge(exchange, clock.now(), hide), schema))
    },
  }
}

const noToken: Failure = {
  kind: 'auth',
  because: 'PAGERDUTY_API_TOKEN is not set, so PagerDuty was not asked',
  status: NOT_ASKED,
}

function accepted(answer: Answer | Failure, dedupKey: string): Outcome<void> {
  if (answer.kind !== 'answered') return answer
  if (answer.status !== 202) return unreadable(answer.status, 'where 202 is the only answer that means accepted')
  const body = enqueued.safeParse(answer.body)
  if (!body.success) return unreadable(202, 'with an answer that does not say success')
  if (body.data.dedup_key !== dedupKey) return unreadable(202, 'with the key of another event')
  return { kind: 'accepted', value: undefined }
}

function read<T>(answer: Answer | Failure, schema: z.ZodType<T>): Outcome<T> {
  if (answer.kind !== 'answered') return answer
  const body = schema.safeParse(answer.body)
  if (!body.success) return unreadable(answer.status, 'with an answer that Mayday cannot read')
  return { kind: 'accepted', value: body.data }
}

/** The options that make pdjs (and node-fetch below it) keep to one request and to its time. */
function transportOf(one: OneRequest, limits: Limits, signal: AbortSignal) {
  return {
    // pdjs's own time-out arms an empty timer that only keeps the process alive; node-fetch's `timeout` works.
    requestTimeout: 0,
    timeout: limits.answerMs,
    // After a 429 pdjs asks again at once, and `one` refuses: nothing is sent and nothing sleeps for 20 s.
    retryTimeout: 0,
    redirect: 'error',
    size: 8 * 1024 * 1024,
    signal,
    agent: () => one.agent(),
  }
}

async function ask(
  base: BaseUrl,
  tls: boolean,
  limits: Limits,
  budget: Budget,
  call: (transport: ReturnType<typeof transportOf>) => Promise<{ data: unknown }>,
): Promise<Exchange> {
  const ms = budget.leftMs()
  if (ms <= 0) return { kind: 'not_sent', because: `no time left of ${limits.deadlineMs} ms` }
  const one = oneRequest(base, tls)
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<Ended>((resolve) => {
    timer = setTimeout(() => resolve({ error: undefined }), ms)
  })
  try {
    const ended = await Promise.race([settled(() => call(transportOf(one, limits, abort.signal))), deadline])
    return exchangeOf(ended, one.seen(), limits)
  } finally {
    clearTimeout(timer)
    // Closes what is still open: a hung request, or the unread body of a 429.
    abort.abort()
  }
}

type Ended = { readonly body: unknown } | { readonly error: unknown }

/** pdjs also throws synchronously, e.g. for a header that cannot be written. */
async function settled(call: () => Promise<{ data: unknown }>): Promise<Ended> {
  try {
    return { body: (await call()).data }
  } catch (error) {
    return { error }
  }
}

function exchangeOf(ended: Ended, seen: Seen, limits: Limits): Exchange {
  if (seen.status !== undefined) {
    return {
      kind: 'answered',
      status: seen.status,
      headers: seen.headers,
      body: 'body' in ended ? ended.body : undefined,
    }
  }
  if (!seen.begun)
    return { kind: 'unwritable', because: 'the request could not be written: a setting in it is invalid' }
  const because = 'error' in ended ? reasonOf(ended.error, limits) : 'an answer without a head'
  return seen.connected ? { kind: 'lost', because } : { kind: 'not_sent', because }
}

const failed = z.object({ code: z.string().optional(), type: z.string().optional() })

/** node-fetch's own messages carry the URL; its codes say all that is needed. */
function reasonOf(error: unknown, limits: Limits): string {
  if (error === undefined) return `no answer within ${limits.deadlineMs / 1000} s`
  const { code, type } = failed.safeParse(error).data ?? {}
  if (type === 'request-timeout' || type === 'body-timeout') return `no answer within ${limits.answerMs / 1000} s`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host name does not resolve (${code})`
  if (code === 'ECONNREFUSED') return 'the connection was refused (ECONNREFUSED)'
  return `the connection broke (${code ?? type ?? 'no code'})`
}

function budgetOf(ms: number): Budget {
  const end = performance.now() + ms
  return { leftMs: () => end - performance.now() }
}

function hider(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length > 0)
  return (text) => known.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}
