/**
 * A checklist (a file) and a run of it (its copy in one incident), and what people may do with a step. Pure: time is
 * epoch milliseconds in arguments. A change that no longer makes sense is not an error but a refusal with its reason,
 * because two people press the same button at the same moment and both must be told the one truth.
 */
import type { Actor, ChecklistFact, IncidentId } from '../incidents/incident.js'
import { escapedLine, utc, who } from '../mrkdwn.js'

/** A runbook: a document that a checklist or the configuration links. */
export interface Doc {
  readonly title: string
  /** http or https. */
  readonly url: string
  readonly about?: string
  /** Words and phrases by which people in trouble find it. */
  readonly keywords: readonly string[]
  /** ISO date (YYYY-MM-DD) of the last review; undefined: never reviewed. */
  readonly reviewed?: string
  /** Days between reviews; undefined: the default of `reviewAge`. */
  readonly reviewEveryDays?: number
  readonly owner?: string
}

/** One thing to do. */
export interface Step {
  /** Unique in its checklist: lower-case letters, digits, dashes. */
  readonly id: string
  readonly title: string
  readonly help?: string
  /** Title of one of the checklist's own docs. */
  readonly doc?: string
  /** What to type in Slack or in a terminal, on one line. */
  readonly command?: string
  /** Who does it by default, in words. */
  readonly owner?: string
  /** An incident that is resolved while this is open asks about it. */
  readonly required: boolean
}

/** A checklist as its file says it. */
export interface Checklist {
  /** Unique among all files: lower-case letters, digits, dashes. */
  readonly name: string
  readonly title: string
  readonly about: string
  readonly owner: string
  /** ISO date (YYYY-MM-DD) of the last review. */
  readonly reviewed: string
  readonly reviewEveryDays: number
  /** Posted for every incident. At most one checklist has it. */
  readonly always: boolean
  /** What people type when they need it. */
  readonly symptoms: readonly string[]
  readonly docs: readonly Doc[]
  readonly steps: readonly Step[]
}

/** `skipped` counts as dealt with, never as done. */
export type StepState =
  | { readonly status: 'open' }
  | { readonly status: 'done'; readonly by: Actor; readonly at: number }
  | { readonly status: 'skipped'; readonly by: Actor; readonly at: number; readonly reason: string }

/** A step in a run, with its document resolved, so that a run outlives a change of its file. */
export interface RunStep extends Omit<Step, 'doc'> {
  readonly doc?: Doc
  readonly state: StepState
  readonly assignee?: Actor
}

/** A checklist's copy in one incident. Plain JSON. */
export interface ChecklistRun {
  readonly id: string
  readonly incident: IncidentId
  /** Name of the checklist it was made from. */
  readonly checklist: string
  readonly title: string
  readonly about: string
  readonly startedBy: Actor
  /** ms */
  readonly startedAt: number
  readonly steps: readonly RunStep[]
}

/** The new run and what to write on the timeline, or why nothing changed (mrkdwn, safe to post). */
export type Change = { readonly run: ChecklistRun; readonly fact: ChecklistFact } | { readonly refused: string }

/** Who does what to which step, and when (ms). */
export interface StepAction {
  readonly step: string
  readonly by: Actor
  readonly at: number
}

/** How far a run is. `done + skipped + open = total`. */
export interface Progress {
  readonly done: number
  readonly skipped: number
  readonly open: number
  readonly total: number
  readonly openRequired: readonly RunStep[]
}

/** Longest reason for a skip, in UTF-16 units; the modal stops there, other ways in are refused. */
export const MAX_REASON = 500

/** Copies a checklist into an incident. `id` must be new; the caller owns uniqueness. */
export function startRun(
  template: Checklist,
  start: { readonly id: string; readonly incident: IncidentId; readonly at: number; readonly by: Actor },
): { readonly run: ChecklistRun; readonly fact: ChecklistFact } {
  const steps = template.steps.map(({ doc: title, ...step }): RunStep => {
    const doc = template.docs.find((one) => one.title === title)
    return { ...step, ...(doc === undefined ? {} : { doc }), state: { status: 'open' } }
  })
  const run: ChecklistRun = {
    id: start.id,
    incident: start.incident,
    checklist: template.name,
    title: template.title,
    about: template.about,
    startedBy: start.by,
    startedAt: start.at,
    steps,
  }
  return { run, fact: { kind: 'checklist_started', run: run.id, checklist: run.checklist } }
}

/** Marks a step done. Refused when it is done or skipped already, whoever did it. */
export function tick(run: ChecklistRun, action: StepAction): Change {
  return change(run, action.step, (step) => {
    if (step.state.status !== 'open') return already(step)
    return {
      step: { ...step, state: { status: 'done', by: action.by, at: action.at } },
      fact: { kind: 'step_done', ...named(run, step) },
    }
  })
}

/** Leaves a step out on purpose. The reason is for whoever reads the timeline later; without one it is refused. */
export function skip(run: ChecklistRun, action: StepAction & { readonly reason: string }): Change {
  const reason = action.reason.trim()
  return change(run, action.step, (step) => {
    if (step.state.status !== 'open') return already(step)
    if (reason === '') return `say why ${quoted(step)} is skipped; it stays open until then`
    if (reason.length > MAX_REASON) return `the reason is too long; say it in ${MAX_REASON} characters or fewer`
    return {
      step: { ...step, state: { status: 'skipped', by: action.by, at: action.at, reason } },
      fact: { kind: 'step_skipped', ...named(run, step), reason },
    }
  })
}

/** Opens a done or skipped step again; who is assigned stays. Refused when it is open. */
export function undo(run: ChecklistRun, action: StepAction): Change {
  return change(run, action.step, (step) => {
    if (step.state.status === 'open') return `${quoted(step)} is open already; there is nothing to undo`
    return {
      step: { ...step, state: { status: 'open' } },
      fact: { kind: 'step_undone', ...named(run, step) },
    }
  })
}

/** Gives an open step to somebody, in place of whoever had it. Refused when it is dealt with or already theirs. */
export function assign(run: ChecklistRun, action: StepAction & { readonly assignee: Actor }): Change {
  return change(run, action.step, (step) => {
    if (step.state.status !== 'open') return already(step)
    if (step.assignee === action.assignee) return `${quoted(step)} is already with ${who(action.assignee)}`
    return {
      step: { ...step, assignee: action.assignee },
      fact: { kind: 'step_assigned', ...named(run, step), assignee: action.assignee },
    }
  })
}

/** Counts a run. */
export function progress(run: ChecklistRun): Progress {
  const count = (status: StepState['status']): number => run.steps.filter((step) => step.state.status === status).length
  return {
    done: count('done'),
    skipped: count('skipped'),
    open: count('open'),
    total: run.steps.length,
    openRequired: run.steps.filter((step) => step.required && step.state.status === 'open'),
  }
}

/** "3 of 9 done, 1 skipped": the same words wherever progress is told. */
export function progressText(run: ChecklistRun): string {
  const { done, skipped, total } = progress(run)
  return `${done} of ${total} done${skipped === 0 ? '' : `, ${skipped} skipped`}`
}

/** Finds a step by its id or by its number in the list, counted from 1, as people say it. */
export function findStep(run: ChecklistRun, said: string): RunStep | undefined {
  const wanted = said.trim().toLowerCase()
  return (
    run.steps.find((step) => step.id === wanted) ?? (/^\d+$/.test(wanted) ? run.steps[Number(wanted) - 1] : undefined)
  )
}

type Decision = { readonly step: RunStep; readonly fact: ChecklistFact } | string

function change(run: ChecklistRun, id: string, decide: (step: RunStep) => Decision): Change {
  const step = run.steps.find((one) => one.id === id)
  if (step === undefined) {
    const ids = run.steps.map((one) => one.id).join(', ')
    return { refused: escapedLine(`there is no step "${id}" in this checklist; its steps are ${ids}`, 1500) }
  }
  const decision = decide(step)
  if (typeof decision === 'string') return { refused: decision }
  return { run: { ...run, steps: run.steps.map((one) => (one === step ? decision.step : one)) }, fact: decision.fact }
}

function already(step: RunStep): string {
  const { state } = step
  if (state.status === 'open') return `${quoted(step)} is open`
  const verb = state.status === 'done' ? 'done' : 'skipped'
  const why = state.status === 'skipped' ? ` because: ${escapedLine(state.reason, MAX_REASON)}` : ''
  return `${quoted(step)} was already ${verb} by ${who(state.by)} at ${utc(state.at)}${why}`
}

function named(run: ChecklistRun, step: RunStep) {
  return { run: run.id, checklist: run.checklist, step: step.id, title: step.title }
}

function quoted(step: RunStep): string {
  return `"${escapedLine(step.title, 150)}"`
}
