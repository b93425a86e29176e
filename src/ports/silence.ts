/** The silent owner: what Mayday wants of PagerDuty when whoever has an emergency gives no sign of life. */
import type { Actor } from '../incidents/incident.js'

/** The wish that PagerDuty takes the acknowledgement back; dropped at the first sign of life. */
export interface SilenceWish {
  readonly owner: Actor
  /** The owner's last sign of life, ms. Who acknowledged after it in PagerDuty is not silent. */
  readonly since: number
  readonly at: number
  /** Calls for it that failed; the back-off grows with them. */
  readonly failures?: number
}

/** What became of such a wish. That it came about is `page_unacknowledged`. */
export type SilencePageFact =
  /** `final`: PagerDuty refused, and Mayday does not ask again. */
  | { readonly kind: 'page_unacknowledge_failed'; readonly because: string; readonly final: boolean }
  /** It was left alone: somebody (`by`) acknowledged it anew in PagerDuty, or it is snoozed there (`until`, ms). */
  | { readonly kind: 'page_left_acknowledged'; readonly by?: string; readonly until?: number }
