/** What is known of the links of documents, and when to ask again. Pure: time is epoch milliseconds in arguments. */
import type { LinkAnswer } from '../../ports/docs.js'

/** What was learnt about one address. */
export interface LinkState {
  readonly checkedAt: number
  readonly kind: LinkAnswer['kind']
  /** With `unsure`, `broken` and `silent`: why. */
  readonly because?: string
  /** When it first failed, with no success since. */
  readonly brokenSince?: number
  /** It failed on two different days. */
  readonly dead?: boolean
}

/** Everything that is known, by the id of the document. */
export interface KnownLinks {
  /** When links were looked at first. */
  readonly since: number
  readonly links: Readonly<Record<string, LinkState>>
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A link that answered is asked once in this time. */
const WEEK = 7 * DAY
/** why: a start may be a try or a drill; it sends nothing to anybody's wiki. */
const FIRST_AFTER = HOUR

/** Is it time to ask about this address? A link that failed, or told nothing, is asked again after a day. */
export function isDue(known: KnownLinks, id: string, now: number): boolean {
  if (now - known.since < FIRST_AFTER) return false
  const state = known.links[id]
  if (state === undefined) return true
  const settled = state.brokenSince === undefined && state.kind !== 'unsure'
  // why: a clock that was set back must not keep a link unasked for ever.
  return now < state.checkedAt || now - state.checkedAt >= (settled ? WEEK : DAY)
}

/** What one more answer makes of what was known. One failure proves nothing: only a second on another day is `dead`. */
export function learn(before: LinkState | undefined, answer: LinkAnswer, now: number): LinkState {
  const state = { checkedAt: now, ...answer }
  if (answer.kind === 'answers' || answer.kind === 'login') return state
  const failed = answer.kind !== 'unsure'
  const since = before?.brokenSince ?? (failed ? now : undefined)
  if (since === undefined) return state
  // An answer that told nothing leaves standing what was known before.
  const dead = before?.dead === true || (failed && dayOf(now) > dayOf(since))
  return { ...state, brokenSince: since, ...(dead ? { dead } : {}) }
}

/** One address of a round, and what came of asking it. */
export interface Asked {
  readonly url: string
  readonly answer: LinkAnswer
}

/**
 * What a round has shown. Where several hosts were asked and none of them said a word, it is Mayday that is cut off, and
 * nothing was learnt of any link. `cutOff`: why, in words.
 */
export function shownBy(round: readonly Asked[], cutOff: string): readonly Asked[] {
  const hosts = new Set(round.map(({ url }) => new URL(url).host))
  if (hosts.size < 2 || round.some(({ answer }) => answer.kind !== 'silent')) return round
  return round.map(({ url }) => ({ url, answer: { kind: 'unsure', because: cutOff } }))
}

/** When a link died, ms; undefined: it is not known to be dead. */
export function deadSince(state: LinkState | undefined): number | undefined {
  return state?.dead === true ? state.brokenSince : undefined
}

function dayOf(at: number): number {
  return Math.floor(at / DAY)
}
