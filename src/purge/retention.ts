/** Takes plans that nobody confirmed, and archives past their time, off the disk. Their records stay. */
import type { PurgeDeps } from './deps.js'
import { isActive, type PurgeJob } from './job.js'
import { changePurge, recentPurges, type Told } from './record.js'

/** More records than this are not looked through; older ones have long been swept. */
const RECORDS = 1_000
/** A plan that has expired is of no use to anybody; a little longer, for whoever is just looking at it. */
const PLAN_MS = 3_600_000

/**
 * Answers the purges whose archive went. Only folders whose purge this store knows: another store may keep its archives in the same directory.
 */
export async function removeOld(deps: PurgeDeps, keepMs: number): Promise<readonly number[]> {
  const gone: number[] = []
  const now = deps.clock.now()
  const there = new Set(await deps.archives.folders())
  const place = await deps.archives.place()
  for (const { id, job } of await recentPurges(deps, RECORDS)) {
    const { folder } = job.plan
    if (job.place !== place || !there.has(folder) || !isOver(job, now, keepMs)) continue
    if (job.startedAt !== undefined && job.plan.archive) {
      // Before it goes, so that nobody is promised what is not there.
      await changePurge(deps, id, (one) => ({ ...one, archiveRemovedAt: one.archiveRemovedAt ?? now }), told)
      gone.push(id)
    }
    await deps.archives.drop(folder)
    deps.log.info('the archive of a purge was removed: its time is over', { purge: id })
  }
  return gone
}

function told(before: PurgeJob): Told | undefined {
  return before.archiveRemovedAt === undefined
    ? { actor: 'mayday', news: { kind: 'purge_archive_removed' } }
    : undefined
}

function isOver(job: PurgeJob, now: number, keepMs: number): boolean {
  if (isActive(job)) return false
  if (job.startedAt === undefined) return now > job.plan.expiresAt + PLAN_MS
  // What was stopped may still be resumed; it is kept as long as an archive that may be undone.
  const endedAt = Math.max(job.endedAt ?? job.startedAt, job.undo?.endedAt ?? 0)
  return now > endedAt + keepMs
}
