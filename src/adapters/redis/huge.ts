/**
 * Notices a value that has grown beyond every measure since the plan looked at it. why only then: to weigh each key before it
 * is read would cost as much as a twentieth of the whole purge. So the first such value is read once, and others wait for
 * it; whoever called hears of it, and stops before there is a second one.
 */
import type { KeyTarget, Slice } from '../../ports/keys.js'
import type { RedisServers } from './connect.js'
import { decodeFrames } from './frames.js'
import { printable } from './sample.js'

/** A slice that took this long, or holds this much, has met something large. Slices take a millisecond and some kilobytes. */
const SUSPECT = { serverMs: 25, bytes: 8 << 20 } as const
/** As for the plan. */
const HUGE_BYTES = 64 << 20

export function guardHuge(servers: RedisServers, target: KeyTarget): KeyTarget {
  return {
    ...target,
    async slice(...asked) {
      const slice = await target.slice(...asked)
      if (slice.serverMs < SUSPECT.serverMs && slice.frames.length < SUSPECT.bytes) return slice
      const huge = await weigh(servers, slice)
      return huge.length === 0 ? slice : { ...slice, huge }
    },
  }
}

/** Names of values that are huge in memory, or, where the user may not ask for that, in the archive. */
async function weigh(servers: RedisServers, { frames }: Slice): Promise<readonly string[]> {
  const whole = decodeFrames(frames).filter(({ payload }) => payload.length > 0)
  const weights = await servers.batch(whole.map(({ name }) => ({ key: name, words: ['MEMORY', 'USAGE', name] })))
  return whole.flatMap(({ name, payload }, index) => {
    const weight = weights[index]
    const bytes = typeof weight === 'number' ? weight : payload.length
    return bytes > HUGE_BYTES ? [printable(name.toString('latin1'))] : []
  })
}
