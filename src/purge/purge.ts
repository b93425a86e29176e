/** Purges as people ask for them: counted, planned, confirmed, steered, undone. The work itself is the worker's. */
import type { Actor, IncidentId } from '../incidents/incident.js'
import type { Estimate } from '../ports/keys.js'
import type { PurgeNews, PurgeWatch } from '../ports/purges.js'
import { type Confirmation, confirm } from './confirm.js'
import type { PurgeDeps } from './deps.js'
import { countExactly, type DescribeOptions, describeTarget, targetOf } from './describe.js'
import { type Held, hold, holds, type Released, release } from './holding.js'
import {
  beginUndo,
  canBeUndone,
  cancel,
  isActive,
  isUndoing,
  NO_PROGRESS,
  nextTurn,
  type PurgeJob,
  pause,
  resume,
} from './job.js'
import { type HoldKeeper, isKept, keepOnce } from './keeping.js'
import { purgeMessage } from './message.js'
import { canonical, type TargetSettings } from './plan.js'
import { refuseEarly } from './readable.js'
import { activePurges, alreadyRunning, changePurge, getPurge, type Purge, recentPurges, record } from './record.js'
import { removeOld } from './retention.js'
import { watchPurges } from './watch.js'

/** Who asks, and where their timeline and messages are. */
export interface Asking {
  readonly by: Actor
  readonly incident?: IncidentId
  readonly channel?: string
}

export interface Purging {
  readonly targets: readonly TargetSettings[]
  estimate(target: string): Promise<Estimate>
  count(target: string, options: DescribeOptions): Promise<number>
  plan(target: string, options: DescribeOptions, asking: Asking): Promise<Purge>
  /** One person more confirms what they were shown. `PLAN_EXPIRED`, `PLAN_STALE`, `PURGE_RUNNING`, `PURGE_REFUSED`. */
  confirm(confirmation: Confirmation): Promise<Purge>
  pause(id: number, by: Actor): Promise<Purge>
  resume(id: number, by: Actor): Promise<Purge>
  cancel(id: number, by: Actor): Promise<Purge>
  undo(id: number, by: Actor): Promise<Purge>
  hold(target: string, asking: Asking): Promise<number>
  release(target: string, asking: Asking): Promise<Released>
  /** Takes aside what arrived, once, and answers how many. Undefined: delivery is not on hold any more. */
  keep(target: string): Promise<number | undefined>
  /** Another running Mayday takes aside what arrives. */
  isKept(target: string): Promise<boolean>
  /** What is on hold now, as far as it was asked for here. */
  holds(): Promise<readonly Held[]>
  /** How all of it stands, for monitoring. */
  watch(): Promise<PurgeWatch>
  get(id: number): Promise<Purge>
  active(): Promise<readonly Purge[]>
  /** Newest first. */
  history(limit: number): Promise<readonly Purge[]>
  /** Puts the message about it into the outbox, where it has a place in Slack. */
  show(id: number): Promise<void>
  /** Removes plans that nobody confirmed and archives past their time. */
  removeOld(keepMs: number): Promise<void>
}

/** `keeper`: of this process, where it runs on: it takes aside at once what arrives at a hold that begins here. */
export function createPurging(deps: PurgeDeps, keeper?: Pick<HoldKeeper, 'begin'>): Purging {
  const steer = (id: number, by: Actor, change: (job: PurgeJob) => PurgeJob, kind: Steering): Promise<Purge> =>
    steered(deps, id, by, change, kind)
  return {
    targets: deps.settings,
    estimate: (target) => targetOf(deps, target).estimate(),
    count: (target, options) => countExactly(deps, target, options),
    plan: (target, options, asking) => plan(deps, target, options, asking),
    confirm: async (confirmation) => {
      const confirmed = await confirm(deps, confirmation)
      await show(deps, confirmed.id)
      return confirmed
    },
    pause: (id, by) => steer(id, by, pause, 'purge_paused'),
    resume: (id, by) => steer(id, by, resume, 'purge_resumed'),
    cancel: (id, by) => steer(id, by, (job) => cancel(job, by, deps.clock.now()), 'purge_cancelled'),
    undo: (id, by) => undo(deps, id, by),
    hold: async (target, asking) => {
      try {
        return await hold(deps, target, asking)
      } finally {
        // Also of one that broke off half-way: it is brought to its end, or found not to have begun.
        keeper?.begin(target)
      }
    },
    keep: (target) => keepOnce(deps, target),
    isKept: (target) => isKept(deps, target),
    release: (target, asking) => release(deps, target, asking),
    holds: () => holds(deps),
    watch: () => watchPurges(deps),
    get: (id) => getPurge(deps, id),
    active: () => activePurges(deps),
    history: (limit) => recentPurges(deps, limit),
    show: (id) => show(deps, id),
    removeOld: async (keepMs) => {
      for (const id of await removeOld(deps, keepMs)) await show(deps, id)
    },
  }
}

async function plan(deps: PurgeDeps, target: string, options: DescribeOptions, asking: Asking): Promise<Purge> {
  const { plan, objections } = await describeTarget(deps, target, options)
  const job: PurgeJob = {
    plan,
    digest: deps.digest(canonical(plan)),
    state: 'planned',
    place: await deps.archives.place(),
    plannedBy: asking.by,
    objections,
    approvals: [],
    needs: 1 + deps.approvals,
    fence: 0,
    progress: NO_PROGRESS,
    ...(asking.incident === undefined ? {} : { incident: asking.incident }),
    ...(asking.channel === undefined ? {} : { channel: asking.channel }),
  }
  const id = await deps.store.tx(async (t) => {
    const number = await t.purges.create(target, job)
    const news: PurgeNews = { kind: 'purge_planned', count: plan.count, digest: job.digest, archive: plan.archive }
    await record(deps, t, { id: number, job }, { actor: asking.by, news })
    return number
  })
  deps.changed()
  return { id, job }
}

type Steering = 'purge_paused' | 'purge_resumed' | 'purge_cancelled'

async function steered(
  deps: PurgeDeps,
  id: number,
  by: Actor,
  change: (job: PurgeJob) => PurgeJob,
  kind: Steering,
): Promise<Purge> {
  const job = await changePurge(
    deps,
    id,
    async (now, t) => {
      const after = nextTurn(change(now))
      // why: a purge that stopped let others of its target begin; two at once would spend the budget twice.
      await t.lock(`purge of ${now.plan.target}`)
      const rival = isActive(now)
        ? undefined
        : (await activePurges({ store: { purges: t.purges } })).find(isRival(id, now))
      if (isActive(after) && rival !== undefined) throw alreadyRunning(rival)
      return after
    },
    (before) => ({ actor: by, news: { kind, undo: isUndoing(before) || before.undo !== undefined } }),
  )
  await show(deps, id)
  return { id, job }
}

function isRival(id: number, job: PurgeJob): (purge: Purge) => boolean {
  return (other) => other.id !== id && other.job.plan.target === job.plan.target
}

async function undo(deps: PurgeDeps, id: number, by: Actor): Promise<Purge> {
  const { job: before } = await getPurge(deps, id)
  const total = await archived(deps, before)
  if (canBeUndone(before)) await refuseEarly(deps, targetOf(deps, before.plan.target), before)
  const job = await changePurge(
    deps,
    id,
    async (now, t) => {
      await t.lock(`purge of ${now.plan.target}`)
      const rival = (await activePurges({ store: { purges: t.purges } })).find(isRival(id, now))
      if (rival !== undefined) throw alreadyRunning(rival)
      return nextTurn(beginUndo(now, by, deps.clock.now(), total))
    },
    () => ({ actor: by, news: { kind: 'purge_undo_started', total } }),
  )
  await show(deps, id)
  return { id, job }
}

/** How many entries the archive would put back. */
async function archived(deps: PurgeDeps, job: PurgeJob): Promise<number> {
  // Another machine has the archive; the numbers in the store are all that is known here.
  if ((await deps.archives.place()) !== job.place) return job.progress.removed
  const { batches } = await deps.archives.index(job.plan.folder)
  return batches.reduce((sum, one) => sum + one.entries - (one.settlement?.left.length ?? 0), 0)
}

async function show(deps: PurgeDeps, id: number): Promise<void> {
  await deps.store.tx(async (t) => {
    // Held while it is drawn, so that an older drawing does not follow a newer one.
    const row = await t.purges.take(id)
    if (row === undefined) return
    const message = await purgeMessage(deps, t, row)
    if (message !== undefined) await t.outbox.put(message)
  })
}
