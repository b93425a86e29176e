/** Removing notifications and putting them back: under a watch, in runs of ids, by scripts, or by plain commands. */
import type { KeyTarget } from '../../../ports/keys.js'
import type { RedisServers } from '../connect.js'
import { decodeFrames, withChecksums } from '../frames.js'
import { createGauge, FEWEST } from '../gauge.js'
import type { Words } from '../session.js'
import { type Settling, settle } from '../settle.js'
import type { Settled } from '../slices.js'
import { removeWatched } from '../watched.js'
import { packNames } from '../wire.js'
import { REMOVE_RPUSH, REMOVE_WATCHED, RESTORE_RPUSH } from './change-scripts.js'
import { decodePayload, placesLength } from './entry.js'
import type { RpushNames } from './names.js'
import { createRunRemover, leadingRun, readId } from './range.js'
import type { RpushSteps } from './steps.js'

const prepare = (frames: Buffer): Buffer => withChecksums(frames, placesLength)

export function createSettling(
  servers: RedisServers,
  names: RpushNames,
  steps: RpushSteps,
): Pick<KeyTarget, 'remove' | 'restore'> & {
  /** How many watched ones may go at once, so that their removal takes no longer than a slice may. */
  room(quantumMs: number): number
} {
  const common = { args: [], before: [names.prefix] }
  const remover = createRunRemover(names)
  let loaded = ''
  const removing: Settling = { ...common, gauge: createGauge(8), script: REMOVE_RPUSH, inSteps: steps.remove }
  const restoring: Settling = {
    ...common,
    gauge: createGauge(8),
    script: RESTORE_RPUSH,
    inSteps: steps.restore,
    prepare,
  }
  const runs = createGauge(3)
  const watched = createGauge(6)
  const prefix = Buffer.from(names.prefix)

  /** Undefined: these are not bare names that follow each other. */
  async function byRun(frames: Buffer, quantumMs: number): Promise<Settled | undefined> {
    const run = leadingRun(frames, prefix, runs.fit(quantumMs, 5_000, FEWEST))
    const [node] = await servers.masters()
    if (run.count < 2 || servers.cluster || node === undefined) return undefined
    const settled = await remover.remove(await node.session(), run)
    runs.took(settled.serverMs, run.count)
    return settled
  }

  async function underWatch(frames: Buffer, guard: number | undefined): Promise<Settled | undefined> {
    const [node] = await servers.masters()
    if (guard === undefined || node === undefined) return undefined
    const session = await node.session()
    // Within a transaction an unknown script is found out too late to send its text.
    if (loaded !== session.epoch) await session.run(REMOVE_WATCHED, [], [names.prefix, 0, 0, 0, 0])
    loaded = session.epoch
    const settled = await removeWatched(servers, frames, guard, (whole) => wordsFor(prefix, whole))
    if (settled === undefined) loaded = ''
    else watched.took(settled.serverMs, settled.done + settled.lost)
    return settled
  }

  return {
    room: (quantumMs) => watched.fit(quantumMs, 500, FEWEST),
    async remove(frames, quantumMs, guard) {
      const settled =
        (await underWatch(frames, guard)) ??
        (await byRun(frames, quantumMs)) ??
        (await settle(servers, removing, frames, quantumMs))
      const { done, kept, lost, ...rest } = settled
      return { ...rest, removed: done, changed: kept, gone: lost }
    },
    async restore(frames, quantumMs) {
      const { done, kept, lost, consumed, serverMs } = await settle(servers, restoring, frames, quantumMs)
      return { consumed, serverMs, restored: done, occupied: kept, failed: lost }
    },
  }
}

/** Undefined: what is archived of them is not what Rpush writes, so each is compared. */
function wordsFor(prefix: Buffer, frames: Buffer) {
  const ids: Buffer[] = []
  const retrying: (string | number)[] = []
  let [waiting, last] = [0, -1]
  for (const { name, payload } of decodeFrames(frames)) {
    const id = readId(name, prefix)
    if (!(id > last)) return undefined
    const { pending, retryable } = decodePayload(payload).places
    // why: Rpush scores `pending` by id, and a whole stretch of it is taken out at once.
    if (pending !== undefined && pending !== id) return undefined
    if (pending !== undefined) waiting += 1
    if (retryable !== undefined) retrying.push(id, retryable)
    ids.push(name.subarray(prefix.length))
    last = id
  }
  const bounds = [ids[0] ?? '0', ids.at(-1) ?? '0'] as const
  const counts = [waiting, retrying.length / 2] as const
  const words: Words = ['EVALSHA', REMOVE_WATCHED.sha, 0, prefix, ...bounds, ...counts, ...retrying, packNames(ids)]
  return { words, count: ids.length }
}
