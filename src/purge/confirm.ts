/** The way from a plan to its approval, with everything that may have changed in between. */
import { MaydayError } from '../errors.js'
import type { Actor } from '../incidents/incident.js'
import type { PurgeDeps } from './deps.js'
import { settingsOf, targetOf } from './describe.js'
import { objections } from './guards.js'
import { approve, isUnderWay } from './job.js'
import { canonical, confirmationOf, differences, isConfirmation, isExpired, type PurgePlan } from './plan.js'
import { activePurges, alreadyRunning, changePurge, getPurge, type Purge } from './record.js'

export interface Confirmation {
  readonly id: number
  /** Of the plan that the person was shown. */
  readonly digest: string
  /** What they typed. */
  readonly typed: string
  readonly by: Actor
}

/** Nothing is approved unless all of it holds, here and now, on the store's own word. */
export async function confirm(deps: PurgeDeps, { id, digest, typed, by }: Confirmation): Promise<Purge> {
  const { job } = await getPurge(deps, id)
  const { plan } = job
  if (digest !== job.digest || deps.digest(canonical(plan)) !== job.digest) {
    throw new MaydayError('PURGE_REFUSED', {
      what: 'What was confirmed is not the plan that is stored; nothing was removed.',
      hint: 'Make a new plan and confirm that one.',
    })
  }
  if (!isConfirmation(typed, plan)) {
    throw new MaydayError('PURGE_REFUSED', {
      what: 'What was typed does not confirm this plan; nothing was removed.',
      hint: `Type: ${confirmationOf(plan)}`,
    })
  }
  // A dry run on a copy: who may not confirm any more should not wait for Redis to hear it.
  approve(job, by, deps.clock.now())
  if (isExpired(plan, deps.clock.now())) throw expired(plan)
  await refuseIfChanged(deps, plan)
  const after = await changePurge(
    deps,
    id,
    async (now, t) => {
      await t.lock(`purge of ${plan.target}`)
      const rival = (await activePurges({ store: { purges: t.purges } })).find(
        (one) => one.job.plan.target === plan.target,
      )
      if (rival !== undefined && rival.id !== id) throw alreadyRunning(rival)
      if (isExpired(plan, deps.clock.now())) throw expired(plan)
      return approve(now, by, deps.clock.now())
    },
    (_before, now) => ({
      actor: by,
      news: { kind: 'purge_confirmed', confirmations: now.approvals.length, needed: now.needs },
    }),
  )
  return { id, job: after }
}

/** `PLAN_STALE` with the difference, `PURGE_RUNNING`, or `PURGE_REFUSED` with what speaks against it now. */
async function refuseIfChanged(deps: PurgeDeps, plan: PurgePlan): Promise<void> {
  const settings = deps.settings.find((one) => one.name === plan.target)
  const target = targetOf(deps, settingsOf(deps, plan.target).name)
  const [server, estimate] = [await target.inspect(), await target.estimate()]
  const changed = differences(plan, { settings, server, estimate })
  if (changed.length > 0) {
    throw new MaydayError('PLAN_STALE', {
      what: `The plan no longer holds, so nothing was removed: ${changed.join('; ')}.`,
      hint: 'Make a new plan.',
    })
  }
  const rival = (await activePurges(deps)).find(({ job }) => job.plan.target === plan.target && isUnderWay(job))
  if (rival !== undefined) throw alreadyRunning(rival)
  if (settings === undefined) return
  const seen = {
    settings,
    server,
    survey: plan.survey,
    archive: plan.archive,
    kinds: plan.kinds,
    running: undefined,
    onHold: undefined,
  }
  const against = objections(seen).filter((one) => one.level === 'refuse')
  if (against.length > 0) {
    throw new MaydayError('PURGE_REFUSED', {
      what: `Nothing was removed: ${against.map((one) => one.because).join('; ')}.`,
    })
  }
}

function expired(plan: PurgePlan): MaydayError {
  const minutes = Math.round((plan.expiresAt - plan.plannedAt) / 60_000)
  return new MaydayError('PLAN_EXPIRED', {
    what: `The plan is older than ${minutes} minutes; nothing was removed.`,
    hint: 'Make a new plan.',
  })
}
