/**
 * What ties a worker to its purge in the store: it saves how far it is, sees there what people want, and notices when
 * another replica has taken over. One call to the store every half second, however fast the work is.
 */
import { MaydayError } from '../errors.js'
import type { PurgeNews } from '../ports/purges.js'
import type { Tables } from '../ports.js'
import type { PurgeDeps } from './deps.js'
import { isUndoing, type Progress, type PurgeJob, type Undo } from './job.js'
import { felt, isHeldBack } from './pace.js'
import type { Pacer } from './pacer.js'
import { changePurge } from './record.js'
import type { Reins } from './walk.js'

export interface WorkReins extends Reins {
  progress(): Progress
  undo(): Undo | undefined
  note(change: Partial<Progress>): void
  noteUndo(change: Partial<Undo>): void
  /** Saves at once, with the fact that tells of the change. False: halt. */
  save(change?: (job: PurgeJob) => PurgeJob, news?: PurgeNews): Promise<boolean>
}

export interface ReinsDeps extends PurgeDeps {
  readonly pacer: Pacer
  /** The process is about to end. */
  readonly isStopping: () => boolean
  /** The message about it should be renewed. */
  readonly show: () => Promise<void>
}

const SAVE_EVERY_MS = 500
const SHOW_EVERY_MS = 2_000
export const LEASE_MS = 30_000

export function leaseOf(target: string): string {
  return `purge:${target}`
}

/** `job` as it was taken over; its fence is the worker's. */
export function createReins(deps: ReinsDeps, id: number, job: PurgeJob): WorkReins {
  let progress = job.progress
  let undo = job.undo
  let isOn = true
  let savedAt = performance.now()
  let shownAt = 0
  let countAt = { at: performance.now(), n: amount() }
  let metered = { removed: job.progress.removed, restored: job.undo?.restored ?? 0 }

  function amount(): number {
    return isUndoing(job) && undo !== undefined ? undo.restored + undo.occupied + undo.failed : progress.removed
  }

  function measure(): void {
    const now = performance.now()
    const spentMs = now - countAt.at
    if (spentMs < 50) return
    const perSecond = ((amount() - countAt.n) * 1000) / spentMs
    const { addedMs, queueMs } = felt(deps.pacer.pace())
    const before = isUndoing(job) && undo !== undefined ? undo.rate : progress.rate
    const rate = Math.round(before === 0 ? perSecond : before * 0.6 + perSecond * 0.4)
    const times = { rate, addedMs: rounded(addedMs) }
    if (isUndoing(job)) undo = undo && { ...undo, ...times, activeMs: Math.round(undo.activeMs + spentMs) }
    else {
      const activeMs = Math.round(progress.activeMs + spentMs)
      progress = { ...progress, ...times, activeMs, queueMs: rounded(queueMs), heldBack: isHeldBack(deps.pacer.pace()) }
    }
    countAt = { at: now, n: amount() }
  }

  function meter(): void {
    const now = { removed: progress.removed, restored: undo?.restored ?? 0 }
    for (const did of ['removed', 'restored'] as const)
      if (now[did] > metered[did]) deps.meter.purged(job.plan.target, did, now[did] - metered[did])
    metered = now
  }

  async function save(change: (job: PurgeJob) => PurgeJob = (one) => one, news?: PurgeNews): Promise<boolean> {
    measure()
    meter()
    const told = news === undefined ? undefined : () => ({ actor: 'mayday' as const, news })
    const after = await changePurge(deps, id, write(change), told)
    savedAt = performance.now()
    isOn = !deps.isStopping() && wanted(after)
    return isOn
  }

  function write(change: (job: PurgeJob) => PurgeJob) {
    return async (now: PurgeJob, t: Tables): Promise<PurgeJob> => {
      if (now.fence !== job.fence || !(await t.leases.take(leaseOf(now.plan.target), deps.owner, LEASE_MS))) {
        throw new MaydayError('LEASE_LOST', { what: `Another replica has taken purge ${id} over; this one stopped.` })
      }
      const live = undo === undefined || now.undo === undefined ? {} : { undo: { ...undo, state: now.undo.state } }
      return change({ ...now, progress, ...live })
    }
  }

  const wanted = (now: PurgeJob): boolean =>
    isUndoing(job) ? now.undo?.state === 'running' : now.state === 'running' || now.state === 'verifying'

  return {
    progress: () => progress,
    undo: () => undo,
    note: (change) => {
      progress = { ...progress, ...change }
    },
    noteUndo: (change) => {
      if (undo !== undefined) undo = { ...undo, ...change }
    },
    save,
    async goesOn(waiting) {
      if (deps.isStopping()) isOn = false
      const isNews = waiting !== progress.waiting
      if (isNews) {
        const { waiting: _waiting, ...rest } = progress
        progress = waiting === undefined ? rest : { ...rest, waiting }
      }
      if (isNews || performance.now() - savedAt > (deps.saveEveryMs ?? SAVE_EVERY_MS)) await save()
      if (performance.now() - shownAt > SHOW_EVERY_MS) {
        shownAt = performance.now()
        await deps.show()
      }
      return isOn
    },
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
