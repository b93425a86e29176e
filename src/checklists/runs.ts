/** Runs of checklists in incidents: started, ticked, shown. The state is in the store; the card is only its picture. */
import { z } from 'zod'
import { MaydayError } from '../errors.js'
import { type Actor, type Fact, type IncidentId, threadOf } from '../incidents/incident.js'
import { escapedText } from '../mrkdwn.js'
import type { FoundDoc } from '../ports/docs.js'
import type { Clock, NewId, Store, Tables } from '../ports.js'
import { checklistCard } from './card.js'
import {
  type Change,
  type Checklist,
  type ChecklistRun,
  findStep,
  progress,
  type RunStep,
  startRun,
} from './checklist.js'
import { type Library, reviewAge } from './library/library.js'

export interface RunsDeps {
  readonly store: Store
  readonly library: Library
  readonly clock: Clock
  readonly newId: NewId
  readonly changed: () => void
}

export interface Checklists {
  readonly library: Library
  /** Starts it in the incident; started before, it is left as it is. `CHECKLIST_UNKNOWN`. */
  start(incident: IncidentId, name: string, by: Actor): Promise<ChecklistRun>
  startForEvery(incident: IncidentId): Promise<void>
  /** Matches documents and checklists to the incident's words and records what fits, once. */
  findDocs(incident: IncidentId): Promise<void>
  /** One change of a step; what was refused, in words, or undefined. */
  change(run: string, change: (run: ChecklistRun, at: number) => Change, by: Actor): Promise<string | undefined>
  turn(run: string, page: number): Promise<void>
  get(run: string): Promise<ChecklistRun | undefined>
  step(run: string, step: string): Promise<RunStep | undefined>
  ofIncident(incident: IncidentId): Promise<readonly ChecklistRun[]>
  show(run: string): Promise<void>
  /** A closed incident with open required steps names them in its thread. */
  nameOpenSteps(fact: Fact): Promise<void>
}

/** Enough of a stored run to trust the rest: it was written by this file. */
const runSchema = z.looseObject({
  id: z.string(),
  incident: z.number(),
  checklist: z.string(),
  steps: z.array(z.looseObject({ id: z.string() })),
})

export function createChecklists(deps: RunsDeps): Checklists {
  const get = (id: string): Promise<ChecklistRun | undefined> => deps.store.tx(async (t) => read(await t.runs.take(id)))
  return {
    library: deps.library,
    start: (incident, name, by) => start(deps, incident, name, by),
    startForEvery: async (incident) => {
      const checklist = deps.library.forEveryIncident
      if (checklist !== undefined) await start(deps, incident, checklist.name, 'mayday')
    },
    findDocs: (incident) => findDocs(deps, incident),
    change: (run, change, by) => apply(deps, run, change, by),
    turn: async (run, page) => {
      await deps.store.notes.set(pageNote(run), String(page))
      await show(deps, run)
    },
    get,
    step: async (run, step) => {
      const found = await get(run)
      return found === undefined ? undefined : findStep(found, step)
    },
    ofIncident: (incident) => ofIncident(deps, incident),
    show: (run) => show(deps, run),
    nameOpenSteps: (fact) => nameOpenSteps(deps, fact),
  }
}

async function start(deps: RunsDeps, incident: IncidentId, name: string, by: Actor): Promise<ChecklistRun> {
  const checklist = deps.library.byName(name)
  if (checklist === undefined) throw unknown(deps, name)
  const id = `${incident}-${checklist.name}`
  const run = await deps.store.tx(async (t) => {
    const { run: fresh, fact } = startRun(checklist, { id, incident, at: deps.clock.now(), by })
    if (!(await t.runs.create(id, incident, fresh))) return read(await t.runs.take(id)) ?? fresh
    await t.facts.append({ id: `started:${id}`, incidentId: incident, at: deps.clock.now(), actor: by, ...fact })
    return fresh
  })
  deps.changed()
  return run
}

function unknown(deps: RunsDeps, name: string): MaydayError {
  const near = deps.library.nearestName(name)
  const all = deps.library.all.map((one: Checklist) => one.name).join(', ')
  return new MaydayError('CHECKLIST_UNKNOWN', {
    what: `There is no checklist "${name}"; nothing was started.`,
    hint: `${near === undefined ? '' : `Did you mean "${near}"? `}There are: ${all}.`,
  })
}

async function findDocs(deps: RunsDeps, id: IncidentId): Promise<void> {
  const incident = await deps.store.incidents.get(id)
  if (incident === undefined) return
  const now = deps.clock.now()
  const docs = deps.library.matchDocs(incident.text).map(({ doc }): FoundDoc => {
    const { title, url, about, reviewed, reviewEveryDays } = doc
    return {
      title,
      url,
      overdue: reviewAge(reviewed, now, reviewEveryDays).overdue,
      ...(about === undefined ? {} : { about }),
      ...(reviewed === undefined ? {} : { reviewed }),
    }
  })
  const checklists = deps.library.matchChecklists(incident.text).map(({ checklist }) => checklist.name)
  if (docs.length === 0 && checklists.length === 0) return
  await deps.store.facts.append({
    id: `docs:${id}`,
    incidentId: id,
    at: now,
    actor: 'mayday',
    kind: 'docs_found',
    docs,
    checklists,
  })
  deps.changed()
}

async function apply(
  deps: RunsDeps,
  id: string,
  change: (run: ChecklistRun, at: number) => Change,
  by: Actor,
): Promise<string | undefined> {
  const refused = await deps.store.tx(async (t) => {
    const run = read(await t.runs.take(id))
    if (run === undefined)
      throw new MaydayError('CHECKLIST_UNKNOWN', { what: `There is no checklist run ${id} in this store.` })
    const result = change(run, deps.clock.now())
    if ('refused' in result) return result.refused
    await t.runs.save(id, result.run)
    await t.facts.append({
      id: deps.newId(),
      incidentId: run.incident,
      at: deps.clock.now(),
      actor: by,
      ...result.fact,
    })
    return undefined
  })
  if (refused === undefined) deps.changed()
  return refused
}

async function show(deps: RunsDeps, id: string): Promise<void> {
  await deps.store.tx(async (t: Tables) => {
    const run = read(await t.runs.take(id))
    const incident = run === undefined ? undefined : await t.incidents.get(run.incident)
    if (run === undefined || incident === undefined) return
    const page = await t.notes.get(pageNote(id))
    const card = checklistCard(run, { now: deps.clock.now(), ...(page === undefined ? {} : { page: Number(page) }) })
    await t.outbox.put({ key: `checklist:${id}`, channel: incident.channel, thread: threadOf(incident), ...card })
  })
}

async function ofIncident(deps: RunsDeps, incident: IncidentId): Promise<readonly ChecklistRun[]> {
  return (await deps.store.runs.ofIncident(incident)).flatMap((run) => read(run) ?? [])
}

async function nameOpenSteps(deps: RunsDeps, fact: Fact): Promise<void> {
  const incident = await deps.store.incidents.get(fact.incidentId)
  if (incident === undefined || incident.falseAlarm === true) return
  const runs = await ofIncident(deps, fact.incidentId)
  const open = runs.flatMap((run) => progress(run).openRequired.map((step) => `• ${run.title}: ${step.title}`))
  if (open.length === 0) return
  const steps = open.length === 1 ? 'one required step is' : `${open.length} required steps are`
  const text = `This emergency was closed, but ${steps} still open:\n${open.slice(0, 20).join('\n')}\nPlease tick or skip them, saying why.`
  await deps.store.outbox.put({
    key: `open-steps:${fact.id}`,
    channel: incident.channel,
    thread: threadOf(incident),
    text: escapedText(text, 3_500),
  })
}

function pageNote(run: string): string {
  return `checklist-page:${run}`
}

function read(stored: object | undefined): ChecklistRun | undefined {
  if (stored === undefined) return undefined
  const parsed = runSchema.safeParse(stored)
  if (!parsed.success) throw new MaydayError('STORE_DAMAGED', { what: 'A stored checklist run cannot be read.' })
  return stored as ChecklistRun
}
