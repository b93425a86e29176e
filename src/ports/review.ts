/** The review of an emergency: what it takes from elsewhere, and what the timeline says about it. */
import type { Actor } from '../incidents/incident.js'

/** What became of the review. */
export type ReviewFact =
  /** It was put into the thread. */
  | { readonly kind: 'review_written' }
  /** People have talked it over. */
  | { readonly kind: 'incident_reviewed' }

/** A run of a checklist, as far as the review tells of it. */
export interface ReviewedRun {
  readonly title: string
  readonly steps: readonly ReviewedStep[]
}

/** A step of it. */
export interface ReviewedStep {
  readonly title: string
  readonly required: boolean
  /** The emergency is not reviewed while this is open. */
  readonly blocksReview?: boolean | undefined
  /** Who has it: by the checklist's file, in words; and by what people said. */
  readonly owner?: string | undefined
  readonly assignee?: Actor | undefined
  readonly state: { readonly status: 'open' | 'done' | 'skipped' }
}
