/**
 * The latency budget: how long one slice may keep the server, and how much of its time all slices together may take. What a
 * slice costs the server is what everybody else's p99 grows by, so the slice's server time (the quantum) is steered, not
 * a number of keys. Pure: fed with measurements, times in ms.
 */

export interface Pace {
  /** What the p99 of everybody else may grow by. */
  readonly budgetMs: number
  /** Server time that the next slice may take. */
  readonly quantumMs: number
  /** Share of the server's time that slices may take. */
  readonly duty: number
  /** Round trip of PING while nothing is in its way; learned. Undefined: not measured yet. */
  readonly baseMs: number | undefined
  /** The last round trips of PING between slices. */
  readonly pings: readonly number[]
  /** The server itself says how long a slice took; else it is told from the client's side, with the client's own delays. */
  readonly exact: boolean
  /** Server time of the last slices. */
  readonly spent: readonly number[]
  /** Since when others have been waiting although slices take no more than the floor; undefined: they do not. */
  readonly strainedSince: number | undefined
}

/** A slice of the whole budget would leave no room for one that takes longer than asked. */
const CEILING = 0.65
/** Below this share of the budget a slice is all overhead. */
const FLOOR = 0.15
const DUTY = { first: 0.6, up: 0.05, down: 0.94, hard: 0.8, max: 0.9, floor: 0.05 } as const
const PINGS = 8
const SPENT = 200
/** At the floor for this long while others wait: it cannot hold. */
export const STRAIN_MS = 30_000
/** Longest pause between two slices. */
const MAX_GAP_MS = 200
/** PING on a busy machine varies by this much for no reason of the server's. */
const NOISE_MS = 0.15

/** The pace before anything was measured: careful. */
export function firstPace(budgetMs: number): Pace {
  return {
    budgetMs,
    quantumMs: ceilingOf(budgetMs),
    duty: DUTY.first,
    baseMs: undefined,
    pings: [],
    exact: true,
    spent: [],
    strainedSince: undefined,
  }
}

/** After one slice: slices that take too long shrink at once, and grow back slowly. */
export function afterSlice(pace: Pace, serverMs: number): Pace {
  const ceiling = ceilingOf(pace.budgetMs)
  const spent = [...pace.spent.slice(1 - SPENT), serverMs]
  // A busy client makes single slices look long, a slow server all of them.
  const took = pace.exact ? serverMs : Math.min(...spent.slice(-4))
  const over = took > pace.budgetMs * 0.85
  const quantumMs = over
    ? Math.max(pace.budgetMs * FLOOR, pace.quantumMs * (took > pace.budgetMs * 2 ? 0.8 : 0.93))
    : Math.min(ceiling, pace.quantumMs * 1.02)
  return { ...pace, quantumMs, spent }
}

/**
 * After one PING between slices, at the moment `at`. The least of the last few counts: a slow client makes single ones slow,
 * a busy server all of them. Additive up, multiplicative down.
 */
export function afterPing(pace: Pace, roundTripMs: number, at: number): Pace {
  const pings = [...pace.pings.slice(1 - PINGS), roundTripMs]
  // The base is the fastest ever seen, forgotten slowly: a network path can become longer.
  const baseMs = Math.min((pace.baseMs ?? roundTripMs) * 1.0005, roundTripMs)
  const queue = Math.min(...pings.slice(-3)) - baseMs
  const limit = limitOf(pace.budgetMs)
  if (queue <= limit) {
    const duty = Math.min(DUTY.max, pace.duty + DUTY.up)
    return { ...pace, pings, baseMs, duty, strainedSince: undefined }
  }
  const duty = Math.max(DUTY.floor, pace.duty * (queue > limit * 3 ? DUTY.hard : DUTY.down))
  const strained = duty <= DUTY.floor && queue > pace.budgetMs
  return { ...pace, pings, baseMs, duty, strainedSince: strained ? (pace.strainedSince ?? at) : undefined }
}

/** How long to leave the server to others after a slice that took `serverMs`. */
export function gapAfter(pace: Pace, serverMs: number): number {
  return Math.min(MAX_GAP_MS, (serverMs * (1 - pace.duty)) / pace.duty)
}

/** Why it must stop, or undefined: the budget cannot be held, however little is done. */
export function whyStop(pace: Pace, at: number): string | undefined {
  if (pace.strainedSince === undefined || at - pace.strainedSince < STRAIN_MS) return undefined
  const waits = (Math.min(...pace.pings) - (pace.baseMs ?? 0)).toFixed(1)
  return (
    `Redis has kept everybody waiting ${waits} ms longer than its quickest answer for ${Math.round((at - pace.strainedSince) / 1000)} s, ` +
    `although Mayday took only ${Math.round(DUTY.floor * 100)} % of its time: the budget of ${pace.budgetMs} ms cannot be held`
  )
}

/** What others felt lately: the longest that they waited for a slice (99 of 100), and for each other. */
export function felt(pace: Pace): { readonly addedMs: number; readonly queueMs: number } {
  const sorted = pace.spent.toSorted((a, b) => a - b)
  const addedMs = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0
  const queueMs = pace.pings.length === 0 ? 0 : Math.max(0, Math.min(...pace.pings.slice(-3)) - (pace.baseMs ?? 0))
  return { addedMs, queueMs }
}

/** True while the budget and not the work decides how fast it goes; to be said, with why. */
export function isHeldBack(pace: Pace): boolean {
  return pace.duty < 0.25
}

function ceilingOf(budgetMs: number): number {
  return budgetMs * CEILING
}

function limitOf(budgetMs: number): number {
  return Math.max(NOISE_MS, budgetMs * 0.3)
}
