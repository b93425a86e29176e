/** Purges in the store: read, and changed under a lock together with the fact that tells of it. */
import { z } from 'zod'
import { MaydayError } from '../errors.js'
import type { Actor } from '../incidents/incident.js'
import type { PurgeNews, PurgeRow } from '../ports/purges.js'
import type { Tables } from '../ports.js'
import type { PurgeDeps } from './deps.js'
import { isActive, type PurgeJob } from './job.js'

export interface Purge {
  readonly id: number
  readonly job: PurgeJob
}

/** Enough of a stored purge to trust the rest: it was written by this file. */
const shape = z.looseObject({
  plan: z.looseObject({ target: z.string(), count: z.number(), folder: z.string(), expiresAt: z.number() }),
  digest: z.string(),
  state: z.string(),
  place: z.string(),
  approvals: z.array(z.looseObject({ by: z.string() })),
  fence: z.number(),
  progress: z.looseObject({ removed: z.number() }),
})

export function readPurge(row: PurgeRow): Purge {
  if (!shape.safeParse(row.value).success) {
    throw new MaydayError('STORE_DAMAGED', { what: `The stored purge ${row.id} cannot be read.` })
  }
  return { id: row.id, job: row.value as unknown as PurgeJob }
}

/** `PURGE_UNKNOWN`. */
export async function getPurge(deps: Pick<PurgeDeps, 'store'>, id: number): Promise<Purge> {
  return known(id, await deps.store.purges.get(id))
}

export async function activePurges(deps: { readonly store: Pick<Tables, 'purges'> }): Promise<readonly Purge[]> {
  return (await deps.store.purges.active()).map(readPurge)
}

/** Newest first. */
export async function recentPurges(deps: Pick<PurgeDeps, 'store'>, limit: number): Promise<readonly Purge[]> {
  return (await deps.store.purges.recent(limit)).map(readPurge)
}

export interface Told {
  readonly actor: Actor
  readonly news: PurgeNews
}

/**
 * Changes a purge while nobody else can, and records the fact. `change` throws to refuse; what it leaves as it was is not
 * written and not told.
 */
export async function changePurge(
  deps: Pick<PurgeDeps, 'store' | 'clock' | 'newId' | 'changed'>,
  id: number,
  change: (job: PurgeJob, t: Tables) => PurgeJob | Promise<PurgeJob>,
  told?: (before: PurgeJob, after: PurgeJob) => Told | undefined,
): Promise<PurgeJob> {
  const { after, isTold } = await deps.store.tx(async (t) => {
    const { job } = known(id, await t.purges.take(id))
    const after = await change(job, t)
    if (after === job) return { after, isTold: false }
    await t.purges.save(id, isActive(after), after)
    const fact = told?.(job, after)
    if (fact !== undefined) await record(deps, t, { id, job: after }, fact)
    return { after, isTold: fact !== undefined }
  })
  if (isTold) deps.changed()
  return after
}

/** Onto the timeline of the purge's incident, when it has one. */
export async function record(
  deps: Pick<PurgeDeps, 'clock' | 'newId'>,
  t: Pick<Tables, 'facts'>,
  { id, job }: Purge,
  { actor, news }: Told,
): Promise<void> {
  if (job.incident === undefined) return
  const head = { id: deps.newId(), incidentId: job.incident, at: deps.clock.now(), actor }
  await t.facts.append({ ...head, purge: id, target: job.plan.target, ...news })
}

/** Two purges of one target at once would spend its budget twice. */
export function alreadyRunning({ id, job }: Purge): MaydayError {
  return new MaydayError('PURGE_RUNNING', {
    what: `Purge ${id} of ${job.plan.target} is not over; nothing was started.`,
    hint: 'Wait for it, or cancel it.',
  })
}

function known(id: number, row: PurgeRow | undefined): Purge {
  if (row !== undefined) return readPurge(row)
  throw new MaydayError('PURGE_UNKNOWN', {
    what: `There is no purge ${id}; nothing was done.`,
    hint: 'The history shows their numbers.',
  })
}
