import { setTimeout as pause } from 'node:timers/promises'
import { hasten } from './haste.js'

/** So much of a wait passes quicker for the bots, real ms. */
const HASTE_MS = 300

/** Repeats an assertion until it holds; after 45 s its own failure is the test's. The bound is never part of a claim. */
export async function eventually<T>(assertion: () => T | Promise<T>, withinMs = 45_000): Promise<T> {
  const begin = performance.now()
  for (;;) {
    try {
      return await assertion()
    } catch (error) {
      const waited = performance.now() - begin
      if (waited > withinMs) throw error
      if (waited < HASTE_MS) hasten()
      await pause(15)
    }
  }
}
