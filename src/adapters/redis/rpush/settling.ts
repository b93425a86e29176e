/** Removing notifications and putting them back: under a watch, in runs of ids, by scripts, or by plain commands. */
import type { Frame, KeyTarget } from '../../../ports/keys.js'
import type { RedisServers } from '../connect.js'
import { withChecksums } from '../frames.js'
import { createGauge, FEWEST } from '../gauge.js'
import type { Words } from '../session.js'
import { type Settling, settle } from '../settle.js'
import type { Settled } from '../slices.js'
import { removeWatched } from '../watched.js'
import { REMOVE_RPUSH, REMOVE_WATCHED, RESTORE_RPUSH } from './change-scripts.js'
import { decodePayload, placesLength } from './entry.js'
import type { RpushNames } from './names.js'
import { createRunRemover, leadingRun } from './range.js'
import type { RpushSteps } from './steps.js'

const prepare = (frames: Buffer): Buffer => withChecksums(frames, placesLength)

export function createSettling(
  servers: RedisServers,
  names: RpushNames,
  steps: RpushSteps,
): Pick<KeyTarget, 'remove' | 'restore'> {
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
    const settled = await removeWatched(servers, frames, guard, (all) => wordsFor(names.prefix, all))
    if (settled === undefined) loaded = ''
    return settled
  }

  return {
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
function wordsFor(prefix: string, frames: readonly Frame[]): Words | undefined {
  const start = Buffer.from(prefix).toString('latin1')
  const ids: string[] = []
  const retrying: string[] = []
  let waiting = 0
  for (const { name, payload } of frames) {
    const text = name.toString('latin1')
    const id = text.slice(start.length)
    if (!text.startsWith(start) || !/^\d{1,15}$/u.test(id) || Number(id) <= Number(ids.at(-1) ?? -1)) return undefined
    const { pending, retryable } = decodePayload(payload).places
    // why: Rpush scores `pending` by id, and a whole stretch of it is taken out at once.
    if (pending !== undefined && pending !== Number(id)) return undefined
    if (pending !== undefined) waiting += 1
    if (retryable !== undefined) retrying.push(id, String(retryable))
    ids.push(id)
  }
  const bounds = [ids[0] ?? '0', ids.at(-1) ?? '0'] as const
  return ['EVALSHA', REMOVE_WATCHED.sha, 0, prefix, ...bounds, waiting, retrying.length / 2, ...retrying, ...ids]
}
