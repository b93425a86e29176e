/** What an answer of PagerDuty means. Pure. */
import { z } from 'zod'
import type { Outcome } from '../../ports.js'

/** How one HTTP exchange ended. */
export type Exchange =
  | Answer
  /** The request could not be written, e.g. for a line break in a header. Trying again cannot help. */
  | { readonly kind: 'unwritable'; readonly because: string }
  /** No connection stood: PagerDuty has not seen the request. */
  | { readonly kind: 'not_sent'; readonly because: string }
  /** It may have been applied: time-out, reset, premature close. */
  | { readonly kind: 'lost'; readonly because: string }

/** The head of an answer came. `body` is its parsed JSON; undefined when there was none or it could not be read. */
export interface Answer {
  readonly kind: 'answered'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A call that did not do its work. */
export type Failure = Exclude<Outcome<never>, { kind: 'accepted' }>

/** `status` of a failure that was decided without asking PagerDuty. */
export const NOT_ASKED = 0

/** A refusal that was decided here, without a request. */
export function refused(because: string): Failure {
  return { kind: 'rejected', because, status: NOT_ASKED }
}

/** PagerDuty answered 2xx, but not with what it promises: whether it did its work is not known. */
export function unreadable(status: number, what: string): Failure {
  return { kind: 'unknown', because: `HTTP ${status} ${what}` }
}

/**
 * The failure that an exchange was, or the 2xx answer, whose body the caller has to judge.
 * Source: PagerDuty Events API v2 "response codes & retry logic" (400 never again; 429 and 5xx again) and REST "errors".
 * @param now epoch ms, for a `Retry-After` date when the answer carries no date of its own
 * @param hide takes secrets out of what PagerDuty says, before it is cut: a cut secret is not found any more
 */
export function judge(
  exchange: Exchange,
  now: number,
  hide: (text: string) => string = (text) => text,
): Failure | Answer {
  if (exchange.kind === 'unwritable') return refused(exchange.because)
  if (exchange.kind === 'not_sent') return { kind: 'retry', because: exchange.because }
  if (exchange.kind === 'lost') return { kind: 'unknown', because: exchange.because }
  const { status, headers, body } = exchange
  if (status >= 200 && status < 300) return exchange
  const { text, code } = errorIn(body, hide)
  const because = `HTTP ${status}${text === '' ? '' : `: ${text}`}`
  // why: a key of another service region (EU, US) is answered 401, not redirected.
  if (status === 401) return { kind: 'auth', because: `${because} (wrong key, or a key of another region?)`, status }
  if (status === 403) return { kind: 'auth', because: `${because} (the key may not do this, or wrong region?)`, status }
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = retryAfter(headers, now)
    return { kind: 'retry', because, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }
  if (status >= 400) return { kind: 'rejected', because, status, ...(code === undefined ? {} : { code }) }
  // A redirect: PagerDuty's API sends none, so a proxy or a captive portal has answered in its place.
  return unreadable(status, 'from something between Mayday and PagerDuty')
}

/** Whatever a header says, an emergency is tried again within 5 minutes. */
const LONGEST_WAIT_MS = 300_000

/** `Retry-After` in seconds or as an HTTP date, else PagerDuty's `ratelimit-reset` in seconds; as ms, 0 to 5 min. */
export function retryAfter(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const asked = waitOf(headers['retry-after'], headers, now) ?? waitOf(headers['ratelimit-reset'], headers, now)
  return asked === undefined ? undefined : Math.min(Math.max(Math.ceil(asked), 0), LONGEST_WAIT_MS)
}

function waitOf(value: string | undefined, headers: Readonly<Record<string, string>>, now: number): number | undefined {
  if (value === undefined || value.trim() === '') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds * 1000
  const until = Date.parse(value)
  if (Number.isNaN(until)) return undefined
  // Against the sender's own clock, so that a wrong clock on this machine does not matter.
  const theirs = Date.parse(headers['date'] ?? '')
  return until - (Number.isNaN(theirs) ? now : theirs)
}

const list = z.array(z.unknown()).catch([])
const errorBody = z.object({
  message: z.string().optional().catch(undefined),
  errors: list,
  error: z
    .union([
      z.string(),
      z.object({
        message: z.string().optional().catch(undefined),
        code: z.number().optional().catch(undefined),
        errors: list,
      }),
    ])
    .optional()
    .catch(undefined),
})

/** What PagerDuty itself says went wrong, on one line of at most 200 characters; Events and REST differ in form. */
function errorIn(body: unknown, hide: (text: string) => string): { readonly text: string; readonly code?: number } {
  const parsed = errorBody.safeParse(body)
  if (!parsed.success) return { text: '' }
  const { message, errors, error } = parsed.data
  const inner = typeof error === 'object' ? error : { message: error, code: undefined, errors: [] }
  const said = [message, inner.message, ...errors, ...inner.errors].filter((part) => typeof part === 'string')
  const text = hide(said.join('; ').replace(/\s+/g, ' ').trim()).slice(0, 200)
  const code = inner.code === undefined && isDuplicate(text) ? 2002 : inner.code
  return code === undefined ? { text } : { text, code }
}

/** why: PagerDuty gives a second incident with an open key as code 2002, seen also under the general code 2001. */
function isDuplicate(text: string): boolean {
  return /open incident with matching dedup key/i.test(text)
}
