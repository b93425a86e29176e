/** What a checklist writes on an incident's timeline. */
import type { Actor } from '../incidents/incident.js'

/** What was done with a checklist: `run` is the copy in this incident, `checklist` the name of its file. */
export type ChecklistFact = { readonly run: string; readonly checklist: string } & (
  | { readonly kind: 'checklist_started' }
  | ({ readonly kind: 'step_done'; readonly because?: string } & NamedStep)
  | ({ readonly kind: 'step_skipped'; readonly reason: string } & NamedStep)
  | ({ readonly kind: 'step_undone'; readonly because?: string } & NamedStep)
  | ({ readonly kind: 'step_assigned'; readonly assignee: Actor; readonly due?: string } & NamedStep)
)

/**
 * The step of a fact. With it, `because`: nobody pressed, this made it so, in plain text ("purge 3 was verified");
 * `reason`: why a person left it out; `due`: ISO date by which it is to be done.
 */
export interface NamedStep {
  readonly step: string
  readonly title: string
}
