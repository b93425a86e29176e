import type { Clock } from '../../../src/ports.js'

export interface VirtualClock extends Clock {
  /** Goes to `to`, ms, stopping at everything that falls due on the way, and lets each consequence play out. */
  advance(to: number): Promise<void>
  /** The earliest timer, ms. */
  next(): number | undefined
}

/** Time that stands still until it is moved. Every pending promise is drained after each timer. */
export function createVirtualClock(start: number): VirtualClock {
  let now = start
  let ids = 0
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>()
  const earliest = () => [...timers].sort(([a, x], [b, y]) => x.at - y.at || a - b)[0]
  return {
    now: () => now,
    after: (ms, run) => {
      const id = ids++
      timers.set(id, { at: now + Math.max(0, ms), run })
      return () => void timers.delete(id)
    },
    next: () => earliest()?.[1].at,
    advance: async (to) => {
      await drained()
      for (let due = earliest(); due !== undefined && due[1].at <= to; due = earliest()) {
        timers.delete(due[0])
        now = Math.max(now, due[1].at)
        due[1].run()
        await drained()
      }
      now = Math.max(now, to)
    },
  }
}

function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
