/**
 * Whoever waits for a bot need not sit through its short waits: half a second before PagerDuty is asked about a page,
 * a quarter until a loop looks again. At the beginning of each wait the clocks of the open stages go ahead in small
 * steps, by little more than a second in all; every deadline is much further away than that.
 */
import type { StageClock } from './clock.js'

/** One step for each look, whoever looks. */
const STEP = '60ms'
const EVERY_MS = 12

const clocks = new Set<StageClock>()
let steppedAt = Number.NEGATIVE_INFINITY

/** From now on; the answer ends it. */
export function hastened(clock: StageClock): () => void {
  clocks.add(clock)
  return () => void clocks.delete(clock)
}

export function hasten(): void {
  const now = performance.now()
  if (now - steppedAt < EVERY_MS) return
  steppedAt = now
  for (const clock of clocks) clock.forward(STEP)
}
