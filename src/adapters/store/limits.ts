/** Waiting that ends: every wait of the store has a deadline in `performance.now()` milliseconds. */
import { setTimeout as sleep } from 'node:timers/promises'
import { unavailable } from './failures.js'

/** Rejects with `STORE_UNAVAILABLE` at the deadline. What the work does afterwards is ignored, so cut it off elsewhere. */
export async function within<T>(deadline: number, work: Promise<T>, late = tooLong): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.max(0, deadline - performance.now()))
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

/** Repeats a synchronous call while `again` accepts its failure and time is left. */
export async function retrying<T>(deadline: number, call: () => T, again: (error: unknown) => boolean): Promise<T> {
  for (;;) {
    try {
      return call()
    } catch (error) {
      if (!again(error) || performance.now() >= deadline) throw error
    }
    await sleep(5 + Math.random() * 20)
  }
}

/** One at a time, in order of arrival. A caller whose deadline passes in the queue gets `STORE_UNAVAILABLE` and no turn. */
export interface Turns {
  /** Resolves to the function that ends the turn. */
  take(deadline: number): Promise<() => void>
}

export function createTurns(): Turns {
  let tail: Promise<void> = Promise.resolve()
  return {
    async take(deadline) {
      const before = tail
      let end = (): void => undefined
      tail = new Promise<void>((resolve) => {
        end = resolve
      })
      try {
        await within(deadline, before)
      } catch (error) {
        // The next in line still waits for the one before this caller.
        void before.then(end)
        throw error
      }
      return end
    },
  }
}

function tooLong() {
  return unavailable(
    'The store took too long; the step was undone.',
    'Look for a slow disk, a busy database server or another process that holds the store.',
  )
}
