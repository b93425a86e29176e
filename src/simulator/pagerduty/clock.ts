/** The simulator's only source of time: everything that waits, waits here. */
export interface SimClock {
  /** milliseconds since 1970 */
  now(): number
  /** Runs `fn` once, `ms` from now. Returns its cancellation. */
  after(ms: number, fn: () => void): () => void
}

/** Wall-clock time. Its timers never keep a process alive. */
export const realClock: SimClock = {
  now: () => Date.now(),
  after(ms, fn) {
    // A timer over 2^31-1 ms fires at once in Node; no incident lives that long.
    const timer = setTimeout(fn, Math.min(ms, 2_147_483_647))
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export interface ManualClock extends SimClock {
  /** Moves time and runs what falls due, in order of time, then of arrival. */
  forward(ms: number): void
}

/** Time that moves only when told to, for tests and scenarios. */
export function createManualClock(startMs = Date.UTC(2021, 6, 17, 2, 0, 0)): ManualClock {
  let now = startMs
  let sequence = 0
  const due = new Map<number, { readonly at: number; readonly fn: () => void }>()
  const next = (limit: number) => {
    let best: { readonly id: number; readonly at: number; readonly fn: () => void } | undefined
    for (const [id, { at, fn }] of due) if (at <= limit && (best === undefined || at < best.at)) best = { id, at, fn }
    return best
  }
  return {
    now: () => now,
    after(ms, fn) {
      const id = sequence++
      due.set(id, { at: now + Math.max(0, ms), fn })
      return () => void due.delete(id)
    },
    forward(ms) {
      const target = now + ms
      for (let entry = next(target); entry !== undefined; entry = next(target)) {
        due.delete(entry.id)
        now = entry.at
        entry.fn()
      }
      now = target
    },
  }
}
