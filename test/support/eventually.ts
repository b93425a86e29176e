import { setTimeout as pause } from 'node:timers/promises'

/** Repeats an assertion until it holds; after 45 s its own failure is the test's. The bound is never part of a claim. */
export async function eventually<T>(assertion: () => T | Promise<T>, withinMs = 45_000): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    try {
      return await assertion()
    } catch (error) {
      if (performance.now() > end) throw error
      await pause(15)
    }
  }
}
