/** `mayday checklist start|tick|skip|undo|assign|show`: the checklists of an emergency, also while Slack is the outage. */
import { openLibrary } from '../adapters/world/library.js'
import { assign, type Change, type ChecklistRun, type RunStep, skip, tick, undo } from '../checklists/checklist.js'
import { findOne } from '../checklists/commands.js'
import { createLibrary } from '../checklists/library/library.js'
import { isDay, progress } from '../checklists/progress.js'
import { type Checklists, createChecklists } from '../checklists/runs.js'
import { progressText } from '../checklists/words.js'
import { MaydayError } from '../errors.js'
import { type Actor, type Incident, type IncidentId, isOpen } from '../incidents/incident.js'
import { line, readable, utc } from '../mrkdwn.js'
import type { Store } from '../ports.js'
import { type Call, type Exit, loadConfig, operator, quietWorld, withGround } from './io.js'
import { personOf } from './person.js'

/** What a person does to a step of a running checklist. */
type StepAct = (run: ChecklistRun, at: number, by: Actor, step: string) => Change

interface Desk {
  readonly checklists: Checklists
  readonly store: Store
  readonly incident: Incident
}

export async function showRuns(call: Call, name: string | undefined): Promise<Exit> {
  return atDesk(call, 'steps', async ({ checklists, incident }) => {
    const runs = (await checklists.ofIncident(incident.id)).filter(
      (one) => name === undefined || one.checklist === name,
    )
    if (runs.length === 0) {
      const which = name === undefined ? 'No checklist runs' : `"${line(name, 60)}" does not run`
      throw new MaydayError('CHECKLIST_UNKNOWN', { what: `${which} in emergency #${incident.id}.`, hint: START })
    }
    tell(call, incident, runs)
    return 0
  })
}

export async function startRun(call: Call, name: string): Promise<Exit> {
  return atDesk(call, 'library', async ({ checklists, incident }) => {
    tell(call, incident, [await checklists.start(incident.id, name, operator())])
    return 0
  })
}

/** `where`: [step] or [checklist, step]. */
export async function changeStep(
  call: Call,
  where: readonly string[],
  what: 'tick' | 'skip' | 'undo' | 'assign',
): Promise<Exit> {
  const act = actOf(call, what)
  return atDesk(call, 'steps', async ({ checklists, incident }) => {
    const found = findOne(await checklists.ofIncident(incident.id), where)
    if (typeof found === 'string') throw new MaydayError('CHECKLIST_UNKNOWN', { what: readable(found), hint: SHOW })
    const by = operator()
    const refused = await checklists.change(found.run.id, (run, at) => act(run, at, by, found.step.id), by)
    const run = await checklists.get(found.run.id)
    if (refused !== undefined) return refuse(call, readable(refused))
    tell(call, incident, run === undefined ? [] : [run])
    return 0
  })
}

const START = 'mayday checklist start NAME starts one; mayday checklist list shows their names.'
const SHOW = 'mayday checklist show --incident NUMBER shows the steps.'

function actOf({ flags }: Call, what: 'tick' | 'skip' | 'undo' | 'assign'): StepAct {
  const { reason, to, due } = flags
  switch (what) {
    case 'tick':
      return (run, at, by, step) => tick(run, { step, by, at })
    case 'undo':
      return (run, at, by, step) => undo(run, { step, by, at })
    case 'skip':
      if (typeof reason !== 'string') throw usage('Say why with --reason "…"')
      return (run, at, by, step) => skip(run, { step, by, at, reason })
    case 'assign': {
      if (typeof to !== 'string') throw usage('Say who does it with --to NAME, a Slack user id, or --to me')
      if (due !== undefined && !isDay(String(due)))
        throw usage(`--due ${line(String(due), 40)} is not a day such as 2027-01-31`)
      const date = due === undefined ? {} : { due: String(due) }
      return (run, at, by, step) => assign(run, { step, by, at, assignee: personOf(to), ...date })
    }
  }
}

async function atDesk(call: Call, needs: 'library' | 'steps', work: (desk: Desk) => Promise<Exit>): Promise<Exit> {
  const config = loadConfig(call.io, { slackless: true })
  const { clock } = quietWorld(config)
  // why: a fault in one file must not keep anybody from ticking what runs already.
  const library = needs === 'library' ? await openLibrary(config, clock.now()) : createLibrary([], [])
  return withGround(config, async ({ store, newId }) => {
    const nothing = (): void => undefined
    const checklists = createChecklists({ store, library, clock, newId, changed: nothing, posted: nothing })
    return work({ checklists, store, incident: await incidentOf(call, store) })
  })
}

/** The one of `--incident`, or the only open one. `INCIDENT_UNKNOWN`, `USAGE`. */
async function incidentOf({ flags }: Call, store: Store): Promise<Incident> {
  const said = flags['incident']
  if (said !== undefined) {
    const number = /^#?(\d{1,9})$/u.exec(String(said))?.[1]
    const found = number === undefined ? undefined : await store.incidents.get(Number(number) as IncidentId)
    if (found !== undefined) return found
    throw new MaydayError('INCIDENT_UNKNOWN', {
      what: `There is no emergency "${line(String(said), 40)}" in this store; nothing was done.`,
      hint: 'mayday incidents lists them.',
    })
  }
  const [only, ...others] = await store.incidents.open()
  if (only !== undefined && others.length === 0) return only
  const count = only === undefined ? 'No emergency is open' : `${others.length + 1} emergencies are open`
  throw usage(`${count}; say which one with --incident NUMBER`)
}

function usage(what: string): MaydayError {
  return new MaydayError('USAGE', { what: `${what}; nothing was done.`, hint: 'See mayday checklist --help.' })
}

function refuse({ io, json }: Call, refused: string): Exit {
  if (json) io.out(JSON.stringify({ refused }))
  else io.err(`Nothing was done: ${refused}.`)
  return 1
}

function tell({ io, json }: Call, incident: Incident, runs: readonly ChecklistRun[]): void {
  if (json) io.out(JSON.stringify({ incident: incident.id, runs }))
  else for (const words of runs.flatMap((run) => linesOf(run, incident))) io.out(words)
}

function linesOf(run: ChecklistRun, incident: Incident): readonly string[] {
  const closed = isOpen(incident) ? '' : ', which is closed'
  const head = `${line(run.title, 100)} in emergency #${run.incident}${closed}: ${progressText(progress(run))}`
  return [head, ...run.steps.flatMap((step, index) => stepLines(step, index + 1))]
}

function stepLines(step: RunStep, number: number): readonly string[] {
  const { state } = step
  const head = `${String(number).padStart(3)}. [${MARKS[state.status]}] ${line(step.title, 150)} (${step.id}${step.required ? ', required' : ''})`
  const has = step.assignee === undefined ? step.owner : nameOf(step.assignee)
  const below = [
    ...(has === undefined ? [] : [`With ${line(has, 80)}`]),
    ...(step.due === undefined ? [] : [`By ${step.due}`]),
    ...(step.command === undefined ? [] : [`Type: ${step.command}`]),
  ]
  if (state.status === 'open') return [head, ...below.map((words) => `        ${words}`)]
  const why = state.status === 'skipped' ? state.reason : state.because
  return [
    head,
    `        By ${nameOf(state.by)} at ${utc(state.at)}${why === undefined ? '' : ` because: ${line(why, 500)}`}`,
  ]
}

const MARKS = { open: ' ', done: 'x', skipped: '-' } as const

function nameOf(actor: Actor): string {
  return actor === 'mayday' ? 'Mayday' : line(actor.replace(/^(slack|pagerduty|terminal):/u, ''), 80)
}
