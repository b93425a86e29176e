/**
 * What a call to Slack came to when it did not work, as one closed list: what to try again, what to leave, and whether
 * Slack may have done the work all the same.
 */
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api'
import { MaydayError } from '../../errors.js'

/**
 * - `rate_limited`: not done; Slack says when to come back.
 * - `auth`: the token will not do; a person has to change something.
 * - `channel`: the channel will not do; a person has to change something.
 * - `refused`: Slack understood and said no.
 * - `unreachable`: no readable answer. `maybeDone`: Slack may have done the work.
 */
export type SlackFailure =
  | { readonly kind: 'rate_limited'; readonly retryAfterMs: number }
  | { readonly kind: 'auth'; readonly code: string; readonly needed?: string }
  | { readonly kind: 'channel'; readonly code: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'unreachable'; readonly because: string; readonly maybeDone: boolean }

const AUTH = new Set(
  `invalid_auth not_authed account_inactive token_revoked token_expired user_removed_from_team team_disabled
   not_allowed_token_type org_login_required ekm_access_denied enterprise_is_restricted missing_scope access_denied
   invalid_app_id team_access_not_granted two_factor_setup_required`.split(/\s+/),
)
const CHANNEL = new Set(
  `channel_not_found not_in_channel is_archived restricted_action restricted_action_read_only_channel
   restricted_action_non_threadable_channel restricted_action_thread_only_channel posting_to_channel_denied
   no_permission messages_tab_disabled`.split(/\s+/),
)
// why: Slack says of internal_error and fatal_error that some of the work may have succeeded before the error.
const MAYBE_DONE = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout'])
// No connection was made, so nothing can have been done.
const NEVER_SENT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT/

// Slack sends whole seconds; an answer without a readable number is treated as its usual minute-window's half.
const UNREADABLE_RETRY_AFTER_MS = 30_000

/** Sorts any thrown value of a Web API call. */
export function failureOf(error: unknown): SlackFailure {
  if (error instanceof WebAPIRateLimitedError) {
    return { kind: 'rate_limited', retryAfterMs: Math.max(1, error.retryAfter) * 1000 }
  }
  if (error instanceof WebAPIPlatformError) return platformFailure(error)
  if (error instanceof WebAPIHTTPError) {
    return { kind: 'unreachable', because: `HTTP ${error.statusCode}`, maybeDone: error.statusCode >= 500 }
  }
  if (error instanceof WebAPIRequestError) return networkFailure(error.original)
  if (error instanceof Error && error.message.startsWith('Retry header')) {
    return { kind: 'rate_limited', retryAfterMs: UNREADABLE_RETRY_AFTER_MS }
  }
  return networkFailure(error)
}

function platformFailure(error: WebAPIPlatformError): SlackFailure {
  const code: unknown = error.data.error
  // why: a proxy's error page arrives here with its whole text as the code.
  if (typeof code !== 'string' || !/^[\w.-]{1,80}$/.test(code)) {
    return { kind: 'unreachable', because: 'unreadable answer', maybeDone: true }
  }
  if (code === 'ratelimited' || code === 'rate_limited') {
    return { kind: 'rate_limited', retryAfterMs: UNREADABLE_RETRY_AFTER_MS }
  }
  if (MAYBE_DONE.has(code)) return { kind: 'unreachable', because: code, maybeDone: true }
  if (AUTH.has(code)) {
    const { needed } = error.data as { readonly needed?: unknown }
    return typeof needed === 'string' ? { kind: 'auth', code, needed } : { kind: 'auth', code }
  }
  if (CHANNEL.has(code)) return { kind: 'channel', code }
  return { kind: 'refused', code }
}

function networkFailure(error: unknown): SlackFailure {
  const codes = [...causes(error)].join(' ')
  const timedOut = /TimeoutError|AbortError/.test(codes)
  const because = timedOut ? 'no answer in time' : codes.match(/\b(E[A-Z]{3,}|UND_ERR_[A-Z_]+)\b/)?.[0]
  return { kind: 'unreachable', because: because ?? 'unreadable answer', maybeDone: !NEVER_SENT.test(codes) }
}

/** Names and codes down the chain of causes; messages are left out, they may quote what was sent. */
function* causes(error: unknown): Generator<string> {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    yield at.name
    if ('code' in at && typeof at.code === 'string') yield at.code
    if (at instanceof AggregateError) for (const one of at.errors) yield* causes(one)
  }
}

/** A few words for logs and status lines, without contents. */
export function inWords(failure: SlackFailure): string {
  switch (failure.kind) {
    case 'rate_limited':
      return `rate limited for ${Math.ceil(failure.retryAfterMs / 1000)} s`
    case 'unreachable':
      return failure.because
    case 'auth':
    case 'channel':
    case 'refused':
      return failure.code
  }
}

/**
 * The same for a person. `doing` completes "Slack did not …", e.g. "show the channel's history".
 * why: without the client's own error as the cause. Its message quotes an answer that cannot be read, which may be half a
 * history, and the log tells the messages of causes.
 */
export function asMaydayError(failure: SlackFailure, doing: string): MaydayError {
  switch (failure.kind) {
    case 'rate_limited':
      return new MaydayError('SLACK_UNAVAILABLE', {
        what: `Slack did not ${doing}: too many requests at once.`,
        hint: `Try again in ${Math.ceil(failure.retryAfterMs / 1000)} s.`,
        retry: true,
      })
    case 'unreachable':
      return new MaydayError('SLACK_UNAVAILABLE', {
        what: `Slack did not ${doing} (${failure.because}).`,
        hint: 'Try again in a moment; https://slack-status.com tells whether it is down.',
        retry: true,
      })
    case 'auth':
      return new MaydayError('SLACK_AUTH', {
        what: `Slack did not ${doing} (${failure.code}).`,
        ...remedy(failure),
      })
    case 'channel':
      return new MaydayError('CHANNEL_NOT_FOUND', {
        what: `Slack did not ${doing} (${failure.code}).`,
        hint: 'Check that the channel exists, is not archived, and that Mayday was invited to it with /invite.',
      })
    case 'refused':
      return new MaydayError('SLACK_REFUSED', { what: `Slack did not ${doing} (${failure.code}).` })
  }
}

/** What to do about a token that Slack does not take. */
export function remedy(failure: { readonly code: string; readonly needed?: string }): { readonly hint: string } {
  if (failure.code === 'missing_scope') {
    return { hint: `Add the scope ${failure.needed ?? ''} to the Slack app and install it to the workspace again.` }
  }
  if (failure.code === 'not_allowed_token_type') {
    return {
      hint: 'SLACK_BOT_TOKEN must begin with xoxb-, SLACK_APP_TOKEN with xapp-, and Socket Mode must be on for the app.',
    }
  }
  return {
    hint: 'Install the Slack app to the workspace again and set SLACK_BOT_TOKEN (xoxb-) and SLACK_APP_TOKEN (xapp-) anew.',
  }
}
