/** Keeps the latency budget of one piece of work: waits before each slice as `pace.ts` says, and measures between them. */
import { MaydayError } from '../errors.js'
import type { Clock } from '../ports.js'
import { afterPing, afterSlice, firstPace, gapAfter, type Pace, whyStop } from './pace.js'

export interface PacerDeps {
  readonly clock: Clock
  /** Resolves after about this many ms, also for fractions of one. */
  readonly pause: (ms: number) => Promise<void>
  /** Round trip of the lightest command, ms. */
  readonly ping: () => Promise<number>
}

export interface Pacer {
  /**
   * One slice, in its turn: whoever asks while two are under way waits.
   * Throws `BUDGET_EXCEEDED` when the budget cannot be held any more.
   */
  turn<T extends { readonly serverMs: number }>(slice: (quantumMs: number) => Promise<T>): Promise<T>
  pace(): Pace
  /** Whether the server itself says how long a slice took. */
  trust(exact: boolean): void
}

/** Others are measured this often, ms: one round trip in a hundred or so. */
const PING_EVERY_MS = 50
/** In a row, of which the quickest counts: a busy processor here makes single ones slow, a busy server all of them. */
const PINGS = 3
/**
 * Slices under way at once: while one is at the server, this process deals with what the other brought. Each is so much of
 * one alone that whoever comes behind both still waits no longer than the budget.
 */
const AT_ONCE = 2
const SHARE = 0.75
/** Two that take turns meet again within this time. */
const SHARED_MS = 100

export function createPacer(deps: PacerDeps, budgetMs: number): Pacer {
  let pace = firstPace(budgetMs)
  let pingedAt = 0
  /** When the server's time that was taken so far is paid for with time for others. */
  let paidAt = 0
  const slots = createSlots(AT_ONCE)

  /** With nothing of ours under way, so that it is the others' waiting that is measured. */
  async function measure(): Promise<void> {
    // Whoever waited for this moment finds it done.
    if (performance.now() - pingedAt < PING_EVERY_MS) return
    let quickest = Number.POSITIVE_INFINITY
    for (let times = 0; times < PINGS; times += 1) quickest = Math.min(quickest, await deps.ping())
    pingedAt = performance.now()
    pace = afterPing(pace, quickest, deps.clock.now())
    const why = whyStop(pace, deps.clock.now())
    if (why === undefined) return
    throw new MaydayError('BUDGET_EXCEEDED', {
      what: `Stopped: ${why}.`,
      hint: 'Resume when it is calmer, or raise latency_budget of the target in mayday.yml.',
      retry: true,
    })
  }

  async function take<T extends { readonly serverMs: number }>(
    slice: (quantumMs: number) => Promise<T>,
    isAlone: boolean,
  ): Promise<T> {
    const quantumMs = pace.quantumMs * (isAlone ? 1 : SHARE)
    const wait = paidAt - quantumMs - performance.now()
    if (wait > 0.02) await deps.pause(wait)
    const began = performance.now()
    const result = await slice(quantumMs)
    paidAt = Math.max(paidAt, began) + result.serverMs + gapAfter(pace, result.serverMs)
    pace = afterSlice(pace, isAlone ? result.serverMs : result.serverMs / SHARE)
    return result
  }

  return {
    async turn(slice) {
      if (performance.now() - pingedAt >= PING_EVERY_MS) await slots.withAll(measure)
      return slots.withOne((isAlone) => take(slice, isAlone))
    },
    pace: () => pace,
    trust: (exact) => {
      pace = { ...pace, exact }
    },
  }
}

interface Slots {
  /** `isAlone`: nobody else has one or had one lately. */
  withOne<T>(work: (isAlone: boolean) => Promise<T>): Promise<T>
  withAll<T>(work: () => Promise<T>): Promise<T>
}

/** First come, first served. */
function createSlots(most: number): Slots {
  let taken = 0
  let sharedAt = Number.NEGATIVE_INFINITY
  const waiting: { readonly needs: number; readonly begin: () => void }[] = []
  function next(): void {
    for (let [first] = waiting; first !== undefined && taken + first.needs <= most; [first] = waiting) {
      waiting.shift()
      taken += first.needs
      first.begin()
    }
  }
  async function holding<T>(needs: number, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((begin) => {
      waiting.push({ needs, begin })
      next()
    })
    try {
      return await work()
    } finally {
      taken -= needs
      next()
    }
  }
  return {
    withOne: (work) =>
      holding(1, () => {
        if (taken > 1 || waiting.length > 0) sharedAt = performance.now()
        return work(performance.now() - sharedAt > SHARED_MS)
      }),
    withAll: (work) => holding(most, work),
  }
}
