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
   * One slice, in its turn: whoever asks meanwhile waits until it is over, so that the server is never given two at once.
   * Throws `BUDGET_EXCEEDED` when the budget cannot be held any more.
   */
  turn<T extends { readonly serverMs: number }>(slice: (quantumMs: number) => Promise<T>): Promise<T>
  pace(): Pace
  /** Whether the server itself says how long a slice took. */
  trust(exact: boolean): void
}

/** Others are measured this often, ms: one round trip in a hundred or so. */
const PING_EVERY_MS = 25

export function createPacer(deps: PacerDeps, budgetMs: number): Pacer {
  let pace = firstPace(budgetMs)
  let endedAt = 0
  let pingedAt = 0
  let lastMs = 0
  let turns: Promise<unknown> = Promise.resolve()

  async function measure(): Promise<void> {
    if (performance.now() - pingedAt < PING_EVERY_MS) return
    pace = afterPing(pace, await deps.ping(), deps.clock.now())
    pingedAt = performance.now()
    const why = whyStop(pace, deps.clock.now())
    if (why === undefined) return
    throw new MaydayError('BUDGET_EXCEEDED', {
      what: `Stopped: ${why}.`,
      hint: 'Resume when it is calmer, or raise latency_budget of the target in mayday.yml.',
      retry: true,
    })
  }

  async function take<T extends { readonly serverMs: number }>(slice: (quantumMs: number) => Promise<T>): Promise<T> {
    await measure()
    // What the work itself took since the last slice was the server's time for others already.
    const gap = gapAfter(pace, lastMs) - (performance.now() - endedAt)
    if (gap > 0.02) await deps.pause(gap)
    try {
      const result = await slice(pace.quantumMs)
      lastMs = result.serverMs
      pace = afterSlice(pace, result.serverMs)
      return result
    } finally {
      endedAt = performance.now()
    }
  }

  return {
    turn(slice) {
      const mine = turns.then(() => take(slice))
      turns = mine.catch(() => undefined)
      return mine
    },
    pace: () => pace,
    trust: (exact) => {
      pace = { ...pace, exact }
    },
  }
}
