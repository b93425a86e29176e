/** Runs as the store has them. */
import { z } from 'zod'
import { MaydayError } from '../errors.js'
import type { IncidentId } from '../incidents/incident.js'
import type { Tables } from '../ports.js'
import type { ChecklistRun } from './checklist.js'
import { failures } from './words.js'

/** Enough of a stored run to trust the rest: it was written by this room. */
const runSchema = z.looseObject({
  id: z.string(),
  incident: z.number(),
  checklist: z.string(),
  startedAt: z.number(),
  steps: z.array(z.looseObject({ id: z.string(), state: z.looseObject({ status: z.string() }) })),
})

/** Throws `STORE_DAMAGED`. */
export function readRun(stored: object | undefined): ChecklistRun | undefined {
  if (stored === undefined) return undefined
  if (!runSchema.safeParse(stored).success) throw new MaydayError('STORE_DAMAGED', failures.unreadable)
  return stored as ChecklistRun
}

export async function runsOf(t: Pick<Tables, 'runs'>, incident: IncidentId): Promise<readonly ChecklistRun[]> {
  return (await t.runs.ofIncident(incident)).flatMap((run) => readRun(run) ?? [])
}
