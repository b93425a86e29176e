/** Removing notifications and putting them back: in runs of ids, by scripts, or by plain commands. */
import type { KeyTarget } from '../../../ports/keys.js'
import type { RedisServers } from '../connect.js'
import { createGauge } from '../gauge.js'
import { type Settling, settle } from '../settle.js'
import type { Settled } from '../slices.js'
import { REMOVE_RPUSH, RESTORE_RPUSH } from './change-scripts.js'
import type { RpushNames } from './names.js'
import { leadingRun, removeRun } from './range.js'
import type { RpushSteps } from './steps.js'

export function createSettling(
  servers: RedisServers,
  names: RpushNames,
  steps: RpushSteps,
): Pick<KeyTarget, 'remove' | 'restore'> {
  const common = { args: [], before: [names.prefix] }
  const removing: Settling = { ...common, gauge: createGauge(8), script: REMOVE_RPUSH, inSteps: steps.remove }
  const restoring: Settling = { ...common, gauge: createGauge(8), script: RESTORE_RPUSH, inSteps: steps.restore }
  const runs = createGauge(3)
  const prefix = Buffer.from(names.prefix)

  /** Undefined: these are not bare names that follow each other. */
  async function byRun(frames: Buffer, quantumMs: number): Promise<Settled | undefined> {
    const run = leadingRun(frames, prefix, runs.fit(quantumMs, 5_000))
    const [node] = await servers.masters()
    if (run.count < 2 || servers.cluster || node === undefined) return undefined
    const session = await node.session()
    if (!(await session.scripting())) return undefined
    const settled = await removeRun(session, names.prefix, run, quantumMs)
    runs.took(settled.serverMs, settled.done + settled.lost)
    return settled
  }

  return {
    async remove(frames, quantumMs) {
      const settled = (await byRun(frames, quantumMs)) ?? (await settle(servers, removing, frames, quantumMs))
      const { done, kept, lost, ...rest } = settled
      return { ...rest, removed: done, changed: kept, gone: lost }
    },
    async restore(frames, quantumMs) {
      const { done, kept, lost, consumed, serverMs } = await settle(servers, restoring, frames, quantumMs)
      return { consumed, serverMs, restored: done, occupied: kept, failed: lost }
    },
  }
}
