/** How purges and holds stand, for whoever watches from outside. */
import type { PurgeWatch } from '../ports/purges.js'
import { type HoldingDeps, holds } from './holding.js'
import { isUndoing, type PurgeJob } from './job.js'
import { activePurges } from './record.js'

/** Reads the store alone: a Redis in trouble must not keep anybody from seeing it. */
export async function watchPurges(deps: HoldingDeps): Promise<PurgeWatch> {
  const active = await activePurges(deps)
  const held = await holds(deps)
  return {
    work: active.map(({ job }) => ({ target: job.plan.target, state: stateOf(job), ...feltIn(job) })),
    holds: held.map(({ target, at }) => ({ target, since: at })),
  }
}

function stateOf(job: PurgeJob): string {
  if (!isUndoing(job)) return job.state
  return job.undo?.state === 'paused' ? 'undo_paused' : 'undoing'
}

/** What was measured last says nothing about a purge that stands still. */
function feltIn(job: PurgeJob): { readonly addedMs: number; readonly queueMs: number } {
  if (isUndoing(job)) return { addedMs: job.undo?.state === 'running' ? job.undo.addedMs : 0, queueMs: 0 }
  const isAtWork = job.state === 'running' || job.state === 'verifying'
  return isAtWork ? { addedMs: job.progress.addedMs, queueMs: job.progress.queueMs } : { addedMs: 0, queueMs: 0 }
}
