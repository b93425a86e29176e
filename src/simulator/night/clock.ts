import type { SimClock } from '../pagerduty/clock.js'

/** The time that both fakes and the bot share: the machine's, put forward by the jumps of the story. */
export interface NightClock extends SimClock {
  /** Milliseconds that have been skipped so far. */
  skipped(): number
  /**
   * Puts the time forward. Timers that are running keep their real length, so nothing may be pending that the story
   * would let run out meanwhile. A bot that is running does not notice; one that is started afterwards does.
   */
  skip(ms: number): void
}

export function createNightClock(): NightClock {
  let skipped = 0
  return {
    now: () => Date.now() + skipped,
    skipped: () => skipped,
    skip(ms) {
      skipped += ms
    },
    after(ms, fn) {
      // A timer over 2^31-1 ms fires at once in Node.
      const timer = setTimeout(fn, Math.min(ms, 2_147_483_647))
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}

/**
 * A module for `node --import` that puts the clock of a process forward. The files of that process stay as they are:
 * a bot that was down for twenty minutes can be shown without waiting for twenty minutes.
 */
export function clockModule(aheadMs: number): string {
  const code = [
    'const Real = Date',
    `const now = () => Real.now() + ${Math.round(aheadMs)}`,
    'globalThis.Date = class Date extends Real {',
    '  constructor(...a) { if (a.length === 0) super(now()); else super(...a) }',
    '  static now() { return now() }',
    '}',
  ]
  return `data:text/javascript,${encodeURIComponent(code.join('\n')).replaceAll("'", '%27')}`
}
