/** Finds purges to work on, one replica for each target, and carries each to its end. */
import { describe, MaydayError } from '../errors.js'
import type { PurgeDeps } from './deps.js'
import { targetOf } from './describe.js'
import { end, isDue, isUndoing, type PurgeJob, takeOver, type Verification } from './job.js'
import { createPacer } from './pacer.js'
import { activePurges, changePurge, type Purge } from './record.js'
import { createReins, LEASE_MS, leaseOf } from './reins.js'
import { runPurge, type Work } from './run.js'
import { runUndo } from './undo.js'

export interface PurgeWorkerDeps extends PurgeDeps {
  /** Renews the message about a purge. */
  readonly show: (id: number) => Promise<void>
}

export interface PurgeWorker {
  /** Takes up whatever waits here and nobody works on. Does not wait for it. */
  tick(): Promise<void>
  /** Resolves when nothing is under way here. */
  idle(): Promise<void>
  /** Halts what is under way where it is; it goes on at the next start. */
  stop(): Promise<void>
}

export function createPurgeWorker(deps: PurgeWorkerDeps): PurgeWorker {
  const under = new Map<number, Promise<void>>()
  let isStopping = false

  async function begin({ id, job }: Purge): Promise<void> {
    if (!(await deps.store.leases.take(leaseOf(job.plan.target), deps.owner, LEASE_MS))) return
    try {
      const taken = await changePurge(deps, id, (now) => (isDue(now) ? takeOver(now, deps.clock.now()) : now), started)
      if (isDue(taken)) await carryOut(deps, { id, job: taken }, () => isStopping)
    } finally {
      await deps.store.leases.release(leaseOf(job.plan.target), deps.owner)
    }
  }

  return {
    async tick() {
      const place = await deps.archives.place()
      for (const purge of await activePurges(deps)) {
        const { id, job } = purge
        if (isStopping || !isDue(job) || job.place !== place || under.has(id)) continue
        const work = begin(purge)
          .catch((error: unknown) =>
            deps.log.error('work on a purge broke off; it is taken up again', { purge: id, error }),
          )
          .finally(() => under.delete(id))
        under.set(id, work)
      }
    },
    async idle() {
      while (under.size > 0) await Promise.all(under.values())
    },
    async stop() {
      isStopping = true
      await Promise.all(under.values())
    },
  }
}

function started(before: PurgeJob, after: PurgeJob) {
  // Also when somebody paused and resumed it before anybody had taken it up.
  const isFirst = before.startedAt === undefined && after.startedAt !== undefined
  return isFirst ? { actor: 'mayday' as const, news: { kind: 'purge_started' } as const } : undefined
}

async function carryOut(deps: PurgeWorkerDeps, { id, job }: Purge, isStopping: () => boolean): Promise<void> {
  const target = targetOf(deps, job.plan.target)
  const pacer = createPacer({ clock: deps.clock, pause: deps.pause, ping: () => target.ping() }, job.plan.budgetMs)
  const show = () => deps.show(id)
  const reins = createReins({ ...deps, pacer, isStopping, show }, id, job)
  const work: Work = { deps, id, job, target, pacer, reins }
  deps.log.info('work on a purge begins', {
    purge: id,
    target: job.plan.target,
    undo: isUndoing(job),
    fence: job.fence,
  })
  try {
    if (isUndoing(job)) await undo(work)
    else await purge(work)
  } catch (error) {
    await broken(work, error)
  }
  await show().catch((error: unknown) => deps.log.warn('the message about a purge could not be renewed', { error }))
}

async function purge(work: Work): Promise<void> {
  if (work.reins.progress().unsure !== undefined) work.reins.note({ unsure: 0 })
  const seen = await runPurge(work)
  if (seen === undefined) {
    await work.reins.save()
    return
  }
  const { removed } = work.reins.progress()
  const news = { kind: 'purge_done', removed, remaining: seen.remaining, ...around(seen) } as const
  await work.reins.save((job) => ({ ...ended(work, job, 'done'), verification: seen }), news)
}

function around({ neighbours }: Verification) {
  if (neighbours === undefined) return {}
  const doubtful = neighbours.filter((one) => one.verdict === 'doubtful').map(({ prefix }) => prefix)
  return { neighbours: { counted: neighbours.length, doubtful } }
}

async function undo(work: Work): Promise<void> {
  const how = await runUndo(work)
  if (how === 'halted') {
    await work.reins.save()
    return
  }
  const { restored = 0, occupied = 0, failed = 0 } = work.reins.undo() ?? {}
  await work.reins.save((job) => ended(work, job, 'done'), { kind: 'purge_undone', restored, occupied, failed })
}

/** What a person has said meanwhile stays said. */
function ended({ deps }: Work, job: PurgeJob, state: 'done' | 'stopped' | 'failed', reason?: string): PurgeJob {
  return isDue(job) ? end(job, state, deps.clock.now(), reason) : job
}

/** What passes by itself or with a person's help stops it; anything else is a failure. Both can be resumed. */
const STOPPING: ReadonlySet<string> = new Set([
  ...['TARGET_UNAVAILABLE', 'TARGET_REFUSED', 'TARGET_CHANGED', 'ARCHIVE_FAILED', 'BUDGET_EXCEEDED'],
])

async function broken(work: Work, error: unknown): Promise<void> {
  const { deps, id, reins } = work
  // why: whoever lost the lease knows nothing any more; the one who has it goes on.
  if (error instanceof MaydayError && error.code === 'LEASE_LOST') {
    deps.log.warn('another replica has taken a purge over', { purge: id })
    return
  }
  if (error instanceof MaydayError && error.code === 'STORE_UNAVAILABLE') throw error
  const isKnown = error instanceof MaydayError && STOPPING.has(error.code)
  deps.meter.purgeStopped(work.job.plan.target, error instanceof MaydayError ? error.code : 'unexpected')
  deps.log.error('a purge stopped', { purge: id, error })
  const because = describe(error)
  const unsure = await unsureOf(work).catch(() => 0)
  if (!isUndoing(work.job)) reins.note({ unsure })
  const news = { kind: 'purge_stopped', undo: isUndoing(work.job), because } as const
  await reins.save((job) => ended(work, job, isKnown ? 'stopped' : 'failed', because), news)
}

/** Archived, and neither counted as removed nor as left: the answer to their removal was lost, or it was not asked for yet. */
async function unsureOf({ deps, job, reins }: Work): Promise<number> {
  if (!job.plan.archive) return 0
  const { batches } = await deps.archives.index(job.plan.folder)
  const { removed, changed, gone } = reins.progress()
  let [open, settled] = [0, 0]
  for (const { entries, settlement } of batches) {
    if (settlement === undefined) open += entries
    else settled += settlement.removed + settlement.changed + settlement.gone
  }
  return Math.max(0, open - Math.max(0, removed + changed + gone - settled))
}
