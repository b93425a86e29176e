/** Short pauses that are as long as they say. */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** Timers come up to a millisecond late, which would be half of what a paced slice may take. */
const COARSE_MS = 1.5

/** Resolves after about this many ms, also for fractions of one; answers from the network come in between. */
export async function pauseFor(ms: number): Promise<void> {
  const until = performance.now() + ms
  if (ms > COARSE_MS) await sleep(ms - COARSE_MS)
  while (performance.now() < until) await nextTurn()
}

/** SHA-256 of a text, hexadecimal. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
