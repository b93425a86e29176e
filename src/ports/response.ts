/** What people do about an emergency besides taking and closing it: roles, impact, follow-ups, silence, handover. */
import type { Actor, Fact } from '../incidents/incident.js'

/** `commander` decides and asks; `scribe` writes down. One person each; one person may have both. */
export type Role = 'commander' | 'scribe'

/** Work that is left when the emergency is over. */
export interface Followup {
  /** Counts up from 1 within its emergency. */
  readonly number: number
  /** As people wrote it, in Slack's mrkdwn. Never logged. */
  readonly text: string
  readonly owner: Actor
  /** ISO date, e.g. "2026-12-01". */
  readonly due: string
}

/** What people did about an emergency, and what Mayday asked of them. */
export type ResponseFact =
  | { readonly kind: 'role_claimed'; readonly role: Role; readonly from?: Actor }
  | { readonly kind: 'role_given_up'; readonly role: Role }
  /** Users no longer feel it; the cause may still be there. */
  | { readonly kind: 'incident_mitigated' }
  /** It came back, or was said too early. */
  | { readonly kind: 'mitigation_withdrawn' }
  /** What users felt, in people's words; a later one adds to the earlier. */
  | { readonly kind: 'impact_noted'; readonly text: string }
  | { readonly kind: 'followup_added'; readonly followup: Followup }
  | { readonly kind: 'followup_done'; readonly number: number }
  /** The on-call changed while it was open. Names as PagerDuty tells them, first level first. */
  | { readonly kind: 'on_call_changed'; readonly from: readonly string[]; readonly to: readonly string[] }
  /** Whoever is on it has given no sign of life for `silentMs` and was asked in the thread. */
  | { readonly kind: 'silence_asked'; readonly owner: Actor; readonly silentMs: number }
  /** The owner said that they are still on it. */
  | { readonly kind: 'still_on_it' }
  /** Asked and still silent: Mayday wants PagerDuty to call again. What came of it is in the facts of the page. */
  | { readonly kind: 'silence_ended'; readonly owner: Actor; readonly silentMs: number }

/** The follow-ups of one emergency in order of their number. Pure; from its facts. */
export function followupsOf(facts: readonly Fact[]): readonly (Followup & { readonly done: boolean })[] {
  const done = new Set(facts.flatMap((fact) => (fact.kind === 'followup_done' ? [fact.number] : [])))
  return facts.flatMap((fact) =>
    fact.kind === 'followup_added' ? [{ ...fact.followup, done: done.has(fact.followup.number) }] : [],
  )
}
