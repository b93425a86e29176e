/**
 * A checklist (a file) and a run of it (its copy in one incident), and what people may do with a step. Pure: time is
 * epoch milliseconds in arguments. A change that no longer makes sense is not an error but a refusal with its reason,
 * because two people press the same button at the same moment and both must be told the one truth.
 */
import type { Actor, IncidentId } from '../incidents/incident.js'
import type { ChecklistFact } from '../ports/checklists.js'
import type { Condition } from './conditions.js'
import { refusals } from './words.js'

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
  /** To be done this many days after the start. */
  readonly dueDays?: number
  /** The incident is not reviewed while this is open. */
  readonly blocksReview?: boolean
  /** What ticks it without anybody pressing. */
  readonly doneWhen?: Condition
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
  /** `because`: what made it true when nobody pressed; plain text. */
  | { readonly status: 'done'; readonly by: Actor; readonly at: number; readonly because?: string }
  | { readonly status: 'skipped'; readonly by: Actor; readonly at: number; readonly reason: string }

/** A step in a run, with its document resolved, so that a run outlives a change of its file. */
export interface RunStep extends Omit<Step, 'doc' | 'dueDays'> {
  readonly doc?: Doc
  readonly state: StepState
  readonly assignee?: Actor
  /** ISO date by which it is to be done. */
  readonly due?: string
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
  /** When people were told of required steps that nobody has, ms. Once is enough. */
  readonly nudgedAt?: number
  /** Steps that people were told are past their date. */
  readonly dueTold?: readonly string[]
}

/** The new run and what to write on the timeline, or why nothing changed (mrkdwn, safe to post). */
export type Change = { readonly run: ChecklistRun; readonly fact: ChecklistFact } | { readonly refused: string }

/** Who does what to which step, and when (ms). `because`: nobody pressed. */
export interface StepAction {
  readonly step: string
  readonly by: Actor
  readonly at: number
  readonly because?: string
}

/** Longest reason for a skip, in UTF-16 units; the modal stops there, other ways in are refused. */
export const MAX_REASON = 500

/** Copies a checklist into an incident. `id` must be new; the caller owns uniqueness. */
export function startRun(
  template: Checklist,
  start: { readonly id: string; readonly incident: IncidentId; readonly at: number; readonly by: Actor },
): { readonly run: ChecklistRun; readonly fact: ChecklistFact } {
  const steps = template.steps.map(({ doc: title, dueDays, ...step }): RunStep => {
    const doc = template.docs.find((one) => one.title === title)
    const due = dueDays === undefined ? {} : { due: dateAfter(start.at, dueDays) }
    return { ...step, ...(doc === undefined ? {} : { doc }), ...due, state: { status: 'open' } }
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
export function tick(run: ChecklistRun, { step: id, by, at, because }: StepAction): Change {
  const why = because === undefined ? {} : { because }
  return change(run, id, (step) => {
    if (step.state.status !== 'open') return refusals.already(step.title, step.state)
    return {
      step: { ...step, state: { status: 'done', by, at, ...why } },
      fact: { kind: 'step_done', ...named(run, step), ...why },
    }
  })
}

/** Leaves a step out on purpose. The reason is for whoever reads the timeline later; without one it is refused. */
export function skip(run: ChecklistRun, action: StepAction & { readonly reason: string }): Change {
  const reason = action.reason.trim()
  return change(run, action.step, (step) => {
    if (step.state.status !== 'open') return refusals.already(step.title, step.state)
    if (reason === '') return refusals.noReason(step.title)
    if (reason.length > MAX_REASON) return refusals.longReason(MAX_REASON)
    return {
      step: { ...step, state: { status: 'skipped', by: action.by, at: action.at, reason } },
      fact: { kind: 'step_skipped', ...named(run, step), reason },
    }
  })
}

/** Opens a done or skipped step again; who is assigned stays. Refused when it is open. */
export function undo(run: ChecklistRun, { step: id, because }: StepAction): Change {
  return change(run, id, (step) => {
    if (step.state.status === 'open') return refusals.open(step.title)
    return {
      step: { ...step, state: { status: 'open' } },
      fact: { kind: 'step_undone', ...named(run, step), ...(because === undefined ? {} : { because }) },
    }
  })
}

/**
 * Gives an open step to somebody, in place of whoever had it, and (`due`, ISO date) says by when. Refused when it is dealt
 * with, or theirs already and no other date is said.
 */
export function assign(
  run: ChecklistRun,
  { step: id, assignee, due }: StepAction & { readonly assignee: Actor; readonly due?: string },
): Change {
  const date = due === undefined ? {} : { due }
  return change(run, id, (step) => {
    if (step.state.status !== 'open') return refusals.already(step.title, step.state)
    if (step.assignee === assignee && (due === undefined || due === step.due))
      return refusals.theirs(step.title, assignee)
    return {
      step: { ...step, assignee, ...date },
      fact: { kind: 'step_assigned', ...named(run, step), assignee, ...date },
    }
  })
}

function dateAfter(ms: number, days: number): string {
  return new Date(ms + days * 86_400_000).toISOString().slice(0, 10)
}

type Decision = { readonly step: RunStep; readonly fact: ChecklistFact } | string

function change(run: ChecklistRun, id: string, decide: (step: RunStep) => Decision): Change {
  const step = run.steps.find((one) => one.id === id)
  if (step === undefined) {
    return {
      refused: refusals.noStep(
        id,
        run.steps.map((one) => one.id),
      ),
    }
  }
  const decision = decide(step)
  if (typeof decision === 'string') return { refused: decision }
  return { run: { ...run, steps: run.steps.map((one) => (one === step ? decision.step : one)) }, fact: decision.fact }
}

function named(run: ChecklistRun, step: RunStep) {
  return { run: run.id, checklist: run.checklist, step: step.id, title: step.title }
}
