import type { Clock } from '../../src/ports.js'

export interface StageClock extends Clock {
  /** Moves time ahead at once; whatever falls due on the way runs in order. `"2m"`, `"90s"`, `"500ms"`. */
  forward(duration: string): void
  /** Sets the clock back, as a time server does to a machine that was ahead; timers go on as they were. */
  back(duration: string): void
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

function msOf(duration: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(duration)
  if (match === null) throw new TypeError(`"${duration}" is no duration`)
  return Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0)
}

/** Real time that can be pushed ahead: sockets and timers go on as usual, and no test ever waits for a deadline. */
export function createStageClock(): StageClock {
  let ahead = 0
  let sequence = 0
  const due = new Map<number, { readonly at: number; readonly run: () => void; readonly timer: NodeJS.Timeout }>()
  const now = (): number => Date.now() + ahead
  const fire = (id: number): void => {
    const entry = due.get(id)
    if (entry === undefined) return
    due.delete(id)
    clearTimeout(entry.timer)
    entry.run()
  }
  return {
    now,
    after: (ms, run) => {
      const id = sequence++
      const wait = Math.max(0, ms)
      const timer = setTimeout(() => fire(id), Math.min(wait, 2_000_000_000))
      timer.unref()
      due.set(id, { at: now() + wait, run, timer })
      return () => {
        clearTimeout(timer)
        due.delete(id)
      }
    },
    back: (duration) => {
      ahead -= msOf(duration)
    },
    forward: (duration) => {
      ahead += msOf(duration)
      const passed = [...due].filter(([, entry]) => entry.at <= now()).sort(([, a], [, b]) => a.at - b.at)
      for (const [id] of passed) fire(id)
    },
  }
}
