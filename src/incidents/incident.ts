/**
 * The nouns of Mayday and what may become of them. Pure: no clock, no I/O; time is epoch milliseconds in arguments.
 * Every room may import this file and no other room's.
 */
import type { AlertFact } from '../ports/alerts.js'
import type { ChecklistFact } from '../ports/checklists.js'
import type { DocFact, FoundDoc } from '../ports/docs.js'
import type { PurgeFact } from '../ports/purges.js'
import type { ResponseFact, Role } from '../ports/response.js'
import type { ReviewFact } from '../ports/review.js'
import type { SilencePageFact, SilenceWish } from '../ports/silence.js'
import type { SwitchFact } from '../ports/switches.js'

/** Number of an incident as people say it: "#12". Counts up from 1 in one store. */
export type IncidentId = number & { readonly incident: true }
/** Id of one page. One incident can hold several (another team, "page again"). */
export type PageId = string & { readonly page: true }

/**
 * Who did a thing: `slack:U…` (a Slack-signed user id), `pagerduty:NAME` (as PagerDuty names its agent),
 * `terminal:NAME` (the operating-system user of `mayday`), `alert:NAME` (another machine), or `mayday` itself.
 */
export type Actor = `${'slack' | 'pagerduty' | 'terminal' | 'alert'}:${string}` | 'mayday'

/**
 * - `declared`: somebody said that something is wrong; nobody is known to work on it.
 * - `acknowledged`: somebody is known to work on it.
 * - `mitigated`: users no longer feel it; the cause may still be there.
 * - `resolved`: over.
 * - `reviewed`: the post-incident review is done.
 */
export type IncidentState = 'declared' | 'acknowledged' | 'mitigated' | 'resolved' | 'reviewed'

/** One emergency, from the first message to its review. */
export interface Incident {
  readonly id: IncidentId
  readonly state: IncidentState
  readonly channel: string
  /** Timestamp of the Slack message that opened it: the root of its thread. Undefined until a terminal-born one is posted. */
  readonly threadTs?: string
  /** Timestamp of the last top-level message that belongs to it; the join window counts from here, else from `declaredAt`. */
  readonly lastMessageTs?: string
  /** As Slack delivered it (mrkdwn, with `&amp; &lt; &gt;` escapes). Never logged. */
  readonly text: string
  readonly permalink?: string
  readonly declaredBy: Actor
  /** When the person wrote it, ms. */
  readonly declaredAt: number
  /** When Mayday recorded it, ms. `recordedAt - declaredAt` is the delay told in the thread. */
  readonly recordedAt: number
  readonly via: 'slack' | 'catch_up' | 'terminal' | 'alert' | 'shortcut'
  /** Set where somebody raised it about a message: who wrote that one, where known, and in which channel. */
  readonly about?: { readonly by?: Actor; readonly channel: string }
  readonly severity?: Severity
  readonly acknowledgedBy?: Actor
  readonly acknowledgedAt?: number
  readonly resolvedBy?: Actor
  readonly resolvedAt?: number
  readonly falseAlarm?: boolean
  readonly mitigated?: { readonly by: Actor; readonly at: number }
  readonly roles?: Readonly<Partial<Record<Role, Actor>>>
}

/** 1 is worst. */
export type Severity = 1 | 2 | 3 | 4 | 5

/**
 * Sent is not delivered, and no state claims more than PagerDuty has answered:
 * - `requested`: stored, no answer from PagerDuty yet (the card says "sending").
 * - `accepted`: PagerDuty took the event (202). Nobody is known to have been called.
 * - `confirmed`: an incident exists in PagerDuty and somebody is assigned.
 * - `acknowledged`: PagerDuty says that a person took it.
 * - `resolved`: PagerDuty says that it is over, or it was withdrawn before PagerDuty had it.
 * - `rejected`: PagerDuty refused the event for good; the second road (REST) is next.
 * - `unconfirmed`: accepted, but no incident with an assignee appeared in time; people were told; still trying.
 * - `not_delivered`: no road has worked so far; people were told to call; still trying.
 * - `shadowed`: shadow mode; nothing was sent and nobody will be called.
 */
export type PageState =
  | 'requested'
  | 'accepted'
  | 'confirmed'
  | 'acknowledged'
  | 'resolved'
  | 'rejected'
  | 'unconfirmed'
  | 'not_delivered'
  | 'shadowed'

/** Why the last call to PagerDuty did not do its work. `unknown` means it may have been applied all the same. */
export interface PageFailure {
  readonly kind: 'rejected' | 'auth' | 'retry' | 'unknown'
  /** A short phrase without secrets, e.g. "HTTP 503" or "no answer within 12 s". */
  readonly because: string
  readonly at: number
}

/** A PagerDuty incident as far as a page needs it. */
export interface PagerRef {
  readonly id: string
  readonly url: string
  readonly number?: number
  readonly assignees: readonly string[]
}

/** What a person asked to be done in PagerDuty and that PagerDuty has not yet been seen to have done. */
export interface PageWish {
  readonly by: Actor
  /** The person's e-mail as Slack has it; PagerDuty credits them when it knows the address. */
  readonly email?: string
  readonly name: string
  readonly at: number
  /** True once PagerDuty took the request (its effect may still be unseen); false again when it did not come about. */
  readonly sent?: boolean
  /** When PagerDuty last took the request, ms. */
  readonly sentAt?: number
  /** Calls for it that failed; the back-off grows with them. */
  readonly failures?: number
}

/** One call for help to PagerDuty, and all that is known of its fate. */
export interface Page {
  readonly id: PageId
  readonly incidentId: IncidentId
  /** Key of `teams` in mayday.yml; undefined is the default service. */
  readonly team?: string
  /** PagerDuty's idempotency key, at most 255 characters: `slack:<team>:<channel>:<ts>` for a message's own page. */
  readonly dedupKey: string
  readonly summary: string
  /** The whole text, for `custom_details`. */
  readonly body: string
  readonly clientUrl?: string
  readonly requestedBy: Actor
  readonly requestedAt: number
  readonly state: PageState
  /** Calls of any road that have been started. Grows before the call, so that a crash in between is seen. */
  readonly attempts: number
  /** True while a call may have been applied without our knowing: look it up before sending again. */
  readonly uncertain: boolean
  readonly failure?: PageFailure
  readonly acceptedAt?: number
  readonly confirmedAt?: number
  readonly road?: 'events' | 'rest'
  readonly pager?: PagerRef
  /** Why PagerDuty's last read failed; undefined: it was answered. What is not seen is not said to be missing. */
  readonly unseen?: string
  /** When a look-up by key was last answered with nothing, ms. */
  readonly seenAt?: number
  /** Look-ups by key since the last acceptance. */
  readonly lookups: number
  readonly createTriedAt?: number
  readonly acknowledgedBy?: Actor
  readonly acknowledgedAt?: number
  readonly resolvedBy?: Actor
  readonly resolvedAt?: number
  readonly wantsAcknowledge?: PageWish
  readonly wantsResolve?: PageWish & { readonly falseAlarm: boolean }
  readonly wantsUnacknowledge?: SilenceWish
  /** Watchdog: when each deadline was acted on, ms. Stored, so that a restart forgets none and repeats none. */
  readonly watch: {
    /** Where the count starts: the request, or the latest un-acknowledgement. */
    readonly since: number
    readonly shoutedAt?: number
    readonly remindedAt?: number
    readonly escalatedAt?: number
    readonly backstopAt?: number
  }
  /** Ids of doubles (the same emergency by the other road) already merged into `pager`. */
  readonly merged: readonly string[]
  /** Earliest next attempt of the current work, ms. */
  readonly notBefore: number
}

/** One thing that happened. The timeline is made of these, and `reactions.ts` says what follows from each. */
export type Fact = FactHead & FactBody

/** What every fact says besides what happened. */
export interface FactHead {
  /** Sorts by time within a process; a repeated id is the same fact and is stored once. */
  readonly id: string
  readonly incidentId: IncidentId
  readonly at: number
  readonly actor: Actor
}

/** What happened. */
export type FactBody =
  | (IncidentFact | ResponseFact | PageFact | ChecklistFact)
  | (DocFact | PurgeFact | SwitchFact | AlertFact | ReviewFact)

/** What people did about an emergency, and what was found for it. */
export type IncidentFact =
  | { readonly kind: 'declared'; readonly via: Incident['via']; readonly delayMs: number }
  | {
      readonly kind: 'message_joined'
      readonly ts: string
      readonly text: string
      readonly because: 'window' | 'storm'
    }
  | { readonly kind: 'noted'; readonly ts?: string; readonly text: string }
  | { readonly kind: 'message_edited'; readonly ts: string; readonly text: string }
  | { readonly kind: 'message_deleted'; readonly ts: string; readonly root: boolean }
  | { readonly kind: 'docs_found'; readonly docs: readonly FoundDoc[]; readonly checklists: readonly string[] }
  | { readonly kind: 'severity_set'; readonly severity: Severity }
  | { readonly kind: 'incident_acknowledged' }
  | { readonly kind: 'incident_resolved'; readonly falseAlarm: boolean }
  | { readonly kind: 'refused'; readonly capability: string; readonly because: string }

/** What became of a page. No fact claims more than PagerDuty has answered. */
export type PageFact = { readonly page: PageId; readonly team?: string } & (
  | { readonly kind: 'page_requested' }
  | { readonly kind: 'page_shadowed' }
  | { readonly kind: 'page_accepted'; readonly road: 'events' | 'rest'; readonly attempts: number }
  | { readonly kind: 'page_rejected'; readonly failure: PageFailure }
  | { readonly kind: 'page_failing'; readonly failure: PageFailure }
  | { readonly kind: 'page_not_delivered'; readonly failure: PageFailure }
  | { readonly kind: 'page_unconfirmed'; readonly exists: boolean; readonly unseen?: string }
  | { readonly kind: 'page_confirmed'; readonly pager: PagerRef; readonly late: boolean }
  | { readonly kind: 'page_assignees_changed'; readonly assignees: readonly string[] }
  | { readonly kind: 'page_acknowledge_asked'; readonly verifiable: boolean }
  | { readonly kind: 'page_resolve_asked'; readonly falseAlarm: boolean; readonly verifiable: boolean }
  | { readonly kind: 'page_acknowledged' }
  /** `silent`: whose silence Mayday had asked PagerDuty to end. */
  | { readonly kind: 'page_unacknowledged'; readonly silent?: Actor }
  | { readonly kind: 'page_resolved'; readonly falseAlarm: boolean }
  | { readonly kind: 'page_wish_failed'; readonly wish: 'acknowledge' | 'resolve'; readonly because: string }
  | { readonly kind: 'page_reminded'; readonly assignees: readonly string[] }
  | { readonly kind: 'page_escalated'; readonly level?: number; readonly because?: string }
  | { readonly kind: 'page_backstop' }
  | { readonly kind: 'page_doubled'; readonly double: string; readonly merged: boolean }
  | SilencePageFact
)

/** Is work on it still going on? A joined message and the watchdog look at open incidents only. */
export function isOpen(incident: Incident): boolean {
  return incident.state !== 'resolved' && incident.state !== 'reviewed'
}

/** Where the incident's messages go: under its root message, or under the posting that stands for a terminal-born one. */
export function threadOf(incident: Incident): { readonly ts: string } | { readonly under: string } {
  return incident.threadTs === undefined ? { under: rootKey(incident.id) } : { ts: incident.threadTs }
}

/** Outbox key of the message that opens a terminal-born incident's thread. */
export function rootKey(id: IncidentId): string {
  return `root:${id}`
}

/** Pages whose fate is still to be followed. */
export function isFollowed(page: Page): boolean {
  return page.state !== 'resolved' && page.state !== 'shadowed'
}

/** Somebody works on it. Returns the incident unchanged when that was known already or it is over. */
export function acknowledge(incident: Incident, by: Actor, at: number): Incident {
  if (!isOpen(incident) || incident.acknowledgedBy !== undefined) return incident
  const state = incident.state === 'mitigated' ? 'mitigated' : 'acknowledged'
  return { ...incident, state, acknowledgedBy: by, acknowledgedAt: at }
}

/** The one who took it is no longer on it (PagerDuty's acknowledgement timeout): nobody is. */
export function unacknowledge(incident: Incident): Incident {
  if (!isOpen(incident) || incident.acknowledgedBy === undefined) return incident
  const { acknowledgedBy: _by, acknowledgedAt: _at, ...rest } = incident
  return { ...rest, state: incident.state === 'mitigated' ? 'mitigated' : 'declared' }
}

/** Over. Returns the incident unchanged when it was over before. */
export function resolve(incident: Incident, by: Actor, at: number, falseAlarm: boolean): Incident {
  if (!isOpen(incident)) return incident
  return { ...incident, state: 'resolved', resolvedBy: by, resolvedAt: at, falseAlarm }
}

/** How bad it is: 1 is worst. Returns the incident unchanged when it is rated so already, or over. */
export function rate(incident: Incident, severity: Severity): Incident {
  if (!isOpen(incident) || incident.severity === severity) return incident
  return { ...incident, severity }
}

/** PagerDuty opened it again (an acknowledgement of a resolved incident does that since 2025-09-18). */
export function reopen(incident: Incident): Incident {
  if (incident.state !== 'resolved') return incident
  const { resolvedBy: _by, resolvedAt: _at, falseAlarm: _false, mitigated: _back, ...rest } = incident
  return { ...rest, state: incident.acknowledgedBy === undefined ? 'declared' : 'acknowledged' }
}

/** Key of the page that one Slack message makes; fixed, other programs rely on it. At most 255 characters. */
export function dedupKeyOf(message: { readonly team: string; readonly channel: string; readonly ts: string }): string {
  return `slack:${message.team}:${message.channel}:${message.ts}`
}

/** A Slack timestamp ("1628000000.000100": epoch seconds, microseconds) as epoch milliseconds. */
export function tsToMs(ts: string): number {
  return Math.floor(Number(ts) * 1000)
}
