/** What can be read from a run: how far it is, what is missing, what is late. Pure. */
import type { ChecklistRun, RunStep, StepState } from './checklist.js'

/** How far a run is. `done + skipped + open = total`. */
export interface Progress {
  readonly done: number
  readonly skipped: number
  readonly open: number
  readonly total: number
  readonly openRequired: readonly RunStep[]
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

/** Finds a step by its id or by its number in the list, counted from 1, as people say it. */
export function findStep(run: ChecklistRun, said: string): RunStep | undefined {
  const wanted = said.trim().toLowerCase()
  return (
    run.steps.find((step) => step.id === wanted) ?? (/^\d+$/.test(wanted) ? run.steps[Number(wanted) - 1] : undefined)
  )
}

/** The required steps that are open and that no person has, nor anybody by the file. */
export function orphans(run: ChecklistRun): readonly RunStep[] {
  return progress(run).openRequired.filter((step) => step.assignee === undefined && step.owner === undefined)
}

/** The open steps without which the incident is not reviewed. */
export function reviewBlockers(run: ChecklistRun): readonly RunStep[] {
  return run.steps.filter((step) => step.blocksReview === true && step.state.status === 'open')
}

/** The open steps whose day is over at `now` (ms) everywhere on earth. */
export function overdue(run: ChecklistRun, now: number): readonly RunStep[] {
  // why: a date without a place ends 12 h after it ended in UTC, in the last time zone.
  const today = new Date(now - 12 * 3_600_000).toISOString().slice(0, 10)
  return run.steps.filter((step) => step.due !== undefined && step.state.status === 'open' && step.due < today)
}

/** Is it a day (YYYY-MM-DD) that exists? */
export function isDay(said: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(said)) return false
  const ms = Date.parse(`${said}T00:00:00Z`)
  // Date.parse takes 2021-02-30 for 2 March; the round trip does not.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(said)
}
