/** Whether the server behind a target can take an archive back at all, asked before anything is put back. */
import { MaydayError } from '../errors.js'
import type { KeyTarget } from '../ports/keys.js'
import type { Archives } from '../ports/purges.js'
import type { PurgeDeps } from './deps.js'
import type { PurgeJob } from './job.js'
import type { PurgePlan } from './plan.js'
import { serverName } from './telling.js'

/** `TARGET_REFUSED` where the archive holds values that only a newer server can read. */
export async function refuseUnreadable(archives: Archives, target: KeyTarget, plan: PurgePlan): Promise<void> {
  const { batches } = await archives.index(plan.folder)
  // The first and the last: between them the server may have been upgraded.
  for (const batch of new Set([batches[0], batches.at(-1)])) {
    if (batch === undefined) continue
    // A damaged one is counted and told when it is its turn.
    const frames = await archives.load(plan.folder, batch).catch(() => undefined)
    if (frames === undefined || (await target.understands(frames))) continue
    const { version } = await target.inspect()
    throw new MaydayError('TARGET_REFUSED', {
      what: `Nothing was put back: the archive was made on ${serverName(plan.version)}, in a form that ${version}, which is there now, cannot read.`,
      hint: `Point NOTIFICATIONS_REDIS_URL at a server as new as the one that it was made on, or upgrade this one, then ask for the undo again. The archive stays.`,
    })
  }
}

/** The same when the undo is asked for. A server or an archive that is not at hand is met by whoever does the work. */
export async function refuseEarly(
  { archives }: Pick<PurgeDeps, 'archives'>,
  target: KeyTarget,
  { plan, place }: PurgeJob,
): Promise<void> {
  if ((await archives.place()) !== place) return
  await refuseUnreadable(archives, target, plan).catch((error: unknown) => {
    if (!(error instanceof MaydayError) || error.code !== 'TARGET_UNAVAILABLE') throw error
  })
}
