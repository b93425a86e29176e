/** Runs of checklists in incidents: started, ticked, shown. The state is in the store; the card is only its picture. */
import { MaydayError } from '../errors.js'
import { type Actor, type Fact, type IncidentId, threadOf } from '../incidents/incident.js'
import type { ChecklistFact } from '../ports/checklists.js'
import { docIdOf, type FoundDoc } from '../ports/docs.js'
import type { Clock, NewId, Store, Tables } from '../ports.js'
import { askAround, nameOpenSteps } from './asking.js'
import { type CardView, checklistCard, readView, writeView } from './card.js'
import { assign, type Change, type Checklist, type ChecklistRun, type RunStep, startRun } from './checklist.js'
import { knownLinks } from './docs/known.js'
import { deadSince } from './docs/links.js'
import { catchUpRun, followFact } from './following.js'
import { type Library, reviewAge } from './library/library.js'
import { findStep, orphans } from './progress.js'
import { readRun, runsOf } from './stored.js'
import { failures } from './words.js'

export interface RunsDeps {
  readonly store: Store
  readonly library: Library
  readonly clock: Clock
  readonly newId: NewId
  readonly changed: () => void
  /** Told when something was put into the outbox without a fact. */
  readonly posted: () => void
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
  /** Gives every required open step that nobody has to `by`; how many those were. */
  takeAll(run: string, by: Actor): Promise<number>
  /** Ticks and opens the steps that wait for this fact. */
  follow(fact: Fact): Promise<void>
  turn(run: string, view: CardView): Promise<void>
  get(run: string): Promise<ChecklistRun | undefined>
  step(run: string, step: string): Promise<RunStep | undefined>
  ofIncident(incident: IncidentId): Promise<readonly ChecklistRun[]>
  show(run: string): Promise<void>
  /** A closed incident with open required steps names them in its thread. */
  nameOpenSteps(fact: Fact): Promise<void>
  /** Asks in the threads about required steps that nobody has, and about late ones; each once. */
  askAround(): Promise<void>
}

export function createChecklists(deps: RunsDeps): Checklists {
  const get = (id: string): Promise<ChecklistRun | undefined> =>
    deps.store.tx(async (t) => readRun(await t.runs.take(id)))
  return {
    library: deps.library,
    start: (incident, name, by) => start(deps, incident, name, by),
    startForEvery: async (incident) => {
      const checklist = deps.library.forEveryIncident
      if (checklist !== undefined) await start(deps, incident, checklist.name, 'mayday')
    },
    findDocs: (incident) => findDocs(deps, incident),
    change: (run, change, by) => apply(deps, run, change, by),
    takeAll: (run, by) => takeAll(deps, run, by),
    follow: (fact) => followFact(deps, fact),
    turn: async (run, view) => {
      await deps.store.notes.set(viewNote(run), writeView(view))
      await show(deps, run)
      deps.posted()
    },
    get,
    step: async (run, step) => {
      const found = await get(run)
      return found === undefined ? undefined : findStep(found, step)
    },
    ofIncident: (incident) => runsOf(deps.store, incident),
    show: (run) => show(deps, run),
    nameOpenSteps: (fact) => nameOpenSteps(deps, fact),
    askAround: () => askAround(deps),
  }
}

async function start(deps: RunsDeps, incident: IncidentId, name: string, by: Actor): Promise<ChecklistRun> {
  const checklist = deps.library.byName(name)
  if (checklist === undefined) throw unknown(deps, name)
  const id = `${incident}-${checklist.name}`
  const run = await deps.store.tx(async (t) => {
    const { run: fresh, fact } = startRun(checklist, { id, incident, at: deps.clock.now(), by })
    if (!(await t.runs.create(id, incident, fresh))) return readRun(await t.runs.take(id)) ?? fresh
    await t.facts.append({ id: `started:${id}`, incidentId: incident, at: deps.clock.now(), actor: by, ...fact })
    return catchUpRun(t, fresh, deps.clock.now())
  })
  deps.changed()
  return run
}

function unknown({ library }: RunsDeps, name: string): MaydayError {
  const names = library.all.map((one: Checklist) => one.name)
  return new MaydayError('CHECKLIST_UNKNOWN', failures.noChecklist(name, names, library.nearestName(name)))
}

async function findDocs(deps: RunsDeps, id: IncidentId): Promise<void> {
  const incident = await deps.store.incidents.get(id)
  if (incident === undefined) return
  const now = deps.clock.now()
  const { links } = await knownLinks(deps.store.notes)
  const docs = deps.library.matchDocs(incident.text).map(({ doc }): FoundDoc => {
    const { title, url, about, reviewed, reviewEveryDays, owner } = doc
    const dead = deadSince(links[docIdOf(url)])
    return {
      title,
      url,
      overdue: reviewAge(reviewed, now, reviewEveryDays).overdue,
      ...(about === undefined ? {} : { about }),
      ...(reviewed === undefined ? {} : { reviewed }),
      ...(owner === undefined ? {} : { owner }),
      ...(dead === undefined ? {} : { deadSince: dead }),
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
    const run = await taken(t, id)
    const result = change(run, deps.clock.now())
    if ('refused' in result) return result.refused
    await t.runs.save(id, result.run)
    await record(deps, t, run.incident, by, result.fact)
    return undefined
  })
  if (refused === undefined) deps.changed()
  return refused
}

async function takeAll(deps: RunsDeps, id: string, by: Actor): Promise<number> {
  const count = await deps.store.tx(async (t) => {
    let run = await taken(t, id)
    const free = orphans(run)
    for (const { id: step } of free) {
      const result = assign(run, { step, by, at: deps.clock.now(), assignee: by })
      if ('refused' in result) continue
      run = result.run
      await record(deps, t, run.incident, by, result.fact)
    }
    if (free.length > 0) await t.runs.save(id, run)
    return free.length
  })
  deps.changed()
  return count
}

async function taken(t: Tables, id: string): Promise<ChecklistRun> {
  const run = readRun(await t.runs.take(id))
  if (run !== undefined) return run
  throw new MaydayError('CHECKLIST_UNKNOWN', failures.noRun(id))
}

async function record(
  deps: RunsDeps,
  t: Tables,
  incidentId: IncidentId,
  actor: Actor,
  fact: ChecklistFact,
): Promise<void> {
  await t.facts.append({ id: deps.newId(), incidentId, at: deps.clock.now(), actor, ...fact })
}

async function show(deps: RunsDeps, id: string): Promise<void> {
  await deps.store.tx(async (t: Tables) => {
    const run = readRun(await t.runs.take(id))
    const incident = run === undefined ? undefined : await t.incidents.get(run.incident)
    if (run === undefined || incident === undefined) return
    const note = await t.notes.get(viewNote(id))
    const view = note === undefined ? undefined : readView(note)
    const card = checklistCard(run, { now: deps.clock.now(), view })
    await t.outbox.put({ key: `checklist:${id}`, channel: incident.channel, thread: threadOf(incident), ...card })
  })
}

function viewNote(run: string): string {
  return `checklist-page:${run}`
}
