/** The numbers of the page's state machine. Pure. */

/** Deadlines in ms, counted from the request of the page unless said otherwise. From `paging` in mayday.yml. */
export interface PagePolicy {
  /** How long an accepted page may stay without an incident that has an assignee before people are told. */
  readonly confirmWithinMs: number
  /** How long a page may stay unaccepted before the channel is told to call by phone. */
  readonly shoutAfterMs: number
  readonly remindAfterMs: number
  readonly escalateAfterMs: number
  readonly backstopAfterMs: number
}

/** What the pager can do here. `reads`: a REST key is set. `random`: 0..1, drawn by the caller, for jitter. */
export interface Means {
  readonly reads: boolean
  readonly random: number
}

/** Look-ups after an acceptance: 0.5, 1, 2, 4, then every 8 s, ms. PagerDuty creates incidents within seconds. */
const LOOKUP_DELAYS: readonly number[] = [500, 1_000, 2_000, 4_000, 8_000]
/** Between two attempts after a refusal that only a person can mend, ms. */
export const REFUSED_RETRY_MS = 30_000
/** Between two attempts to create by REST, and between two re-sends of an unconfirmed page, ms. */
export const SECOND_ROAD_EVERY_MS = 30_000
/** A look-up this fresh stands for what PagerDuty has now, ms. */
export const JUST_SEEN_MS = 2_000
/** PagerDuty is asked this often about a page that nobody has taken, ms. */
export const POLL_MS = 10_000
/** The same about one that somebody has, ms. */
export const POLL_ACKNOWLEDGED_MS = 30_000
/** A wish that PagerDuty took and that has had no effect for this long is sent again, ms. */
export const WISH_AGAIN_MS = 30_000
const BACKOFF_FIRST_MS = 500
const BACKOFF_CAP_MS = 30_000

/** Delay before look-up number `done + 1`, ms. */
export function lookupDelay(done: number): number {
  return LOOKUP_DELAYS[Math.min(done, LOOKUP_DELAYS.length - 1)] ?? POLL_MS
}

/**
 * Delay before the next attempt, ms: 0.5 s doubled per attempt up to 30 s, half of it jitter, never less than what
 * PagerDuty's `Retry-After` asked for.
 */
export function backoff(attempts: number, random: number, retryAfterMs = 0): number {
  const full = Math.min(BACKOFF_CAP_MS, BACKOFF_FIRST_MS * 2 ** Math.max(0, Math.min(attempts - 1, 10)))
  return Math.max(retryAfterMs, Math.round(full / 2 + (full / 2) * random))
}
