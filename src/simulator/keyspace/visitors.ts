/** The site beside everything: reads the cache all the time, and knows how long it waited for each answer. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

export interface Visitors {
  /** Resolves with what they waited for each answer from `from` to `to`, moments of `performance.now()`. */
  waited(from: number, to: number): Waited
  stop(): Promise<void>
}

/** Milliseconds of waiting; half of the answers came within `p50`, 99 of 100 within `p99`. */
export interface Waited {
  readonly answers: number
  readonly p50: number
  readonly p99: number
}

const ROUND_MS = 5

/** Asks once a round, some 200 times a second, for one of so many cached profiles. */
export function startVisitors(url: string, profiles: number): Visitors {
  const redis = new Redis(url, { protocol: 2, disableClientInfo: true })
  const seen: { readonly at: number; readonly ms: number }[] = []
  let running = true
  const work = (async () => {
    for (let n = 1; running; n += 1) {
      const at = performance.now()
      await redis.get(`cache:user:${1 + ((n * 7_919) % Math.max(1, profiles))}:profile`)
      seen.push({ at, ms: performance.now() - at })
      await redis.incr('stat:requests')
      await sleep(ROUND_MS)
    }
  })()
  // Told to whoever stops it.
  work.catch(() => undefined)
  return {
    waited(from, to) {
      const times = seen.flatMap(({ at, ms }) => (at >= from && at <= to ? [ms] : [])).sort((a, b) => a - b)
      const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
      return { answers: times.length, p50: at(0.5), p99: at(0.99) }
    },
    async stop() {
      running = false
      try {
        await work
      } finally {
        redis.disconnect()
      }
    },
  }
}
