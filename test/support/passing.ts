import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from './eventually.js'
import type { Stage } from './stage.js'

/** Real time that the wire gets after each step of the stage's clock, ms. Never part of a claim. */
const BREATH_MS = 50

/** Lets the stage's time run in steps until the assertion holds; bounded like `eventually`, whose failure is the test's. */
export async function passing<T>(
  stage: Pick<Stage, 'clock'>,
  step: string,
  assertion: () => T | Promise<T>,
): Promise<T> {
  let moved = performance.now()
  return eventually(async () => {
    try {
      return await assertion()
    } catch (error) {
      if (performance.now() - moved >= BREATH_MS) {
        stage.clock.forward(step)
        moved = performance.now()
      }
      throw error
    }
  }, 25_000)
}

/** Lets `times` steps pass, for what must not happen meanwhile. */
export async function quietly(stage: Pick<Stage, 'clock'>, step: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    stage.clock.forward(step)
    await pause(BREATH_MS)
  }
}
