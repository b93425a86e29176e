/** Reads what a review is made of: an incident, its facts, its checklists, and the names of the people in it. */
import { z } from 'zod'
import { MaydayError } from '../../errors.js'
import type { ReviewedRun } from '../../ports/review.js'
import type { Tables } from '../../ports.js'
import type { Actor, IncidentId } from '../incident.js'
import { mentionsIn, type Names } from './markdown.js'
import type { ReviewInput } from './review.js'

/** What a review reads of a stored run; the rest is the checklists' business. */
const runSchema = z.looseObject({
  title: z.string(),
  steps: z.array(
    z.looseObject({
      title: z.string(),
      required: z.boolean(),
      blocksReview: z.boolean().optional(),
      owner: z.string().optional(),
      assignee: z.custom<Actor>((value) => typeof value === 'string').optional(),
      state: z.looseObject({ status: z.enum(['open', 'done', 'skipped']) }),
    }),
  ),
})

/** `nameOf`: undefined where nobody can say; must not throw. `INCIDENT_UNKNOWN`, `STORE_*`. */
export async function gatherReview(
  store: Tables,
  id: IncidentId,
  now: number,
  nameOf: (user: string) => Promise<string | undefined>,
): Promise<ReviewInput> {
  const incident = await store.incidents.get(id)
  if (incident === undefined)
    throw new MaydayError('INCIDENT_UNKNOWN', { what: `There is no emergency #${id} in this store.` })
  const facts = await store.facts.ofIncident(id)
  const runs = await readRuns(store, id)
  return { incident, facts, runs, names: await namesIn(JSON.stringify([incident, facts, runs]), nameOf), now }
}

/** The runs of an incident's checklists. `STORE_DAMAGED`. */
export async function readRuns(store: Pick<Tables, 'runs'>, id: IncidentId): Promise<readonly ReviewedRun[]> {
  return (await store.runs.ofIncident(id)).map((run) => {
    const read = runSchema.safeParse(run)
    if (read.success) return read.data
    throw new MaydayError('STORE_DAMAGED', { what: `A stored checklist of emergency #${id} cannot be read.` })
  })
}

async function namesIn(json: string, nameOf: (user: string) => Promise<string | undefined>): Promise<Names> {
  const actors = [...json.matchAll(/slack:[UW][A-Z0-9]{1,30}/gu)].map(([actor]) => actor as Actor)
  const all = [...new Set([...actors, ...mentionsIn(json)])]
  const named = await Promise.all(
    all.map(async (actor) => [actor, await nameOf(actor.slice('slack:'.length))] as const),
  )
  return new Map(named.flatMap(([actor, name]) => (name === undefined ? [] : [[actor, name] as const])))
}
