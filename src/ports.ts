/**
 * The outside world on one page. Rooms know these interfaces and nothing behind them; `adapters/` implements each, and
 * one contract suite per port runs on the fake and on the real thing. What a port leaves out is said with it.
 */
import type { Fact, Incident, IncidentId, Page, PageId } from './incidents/incident.js'
import type { Leases } from './ports/leases.js'
import type { Outbox } from './ports/outbox.js'
import type { PurgeMeter, Purges } from './ports/purges.js'

// ---------------------------------------------------------------------------------------------------------- time, log

/** Wall clock in epoch milliseconds, and timers on the same time. Tests move it by hand. */
export interface Clock {
  now(): number
  /** Runs `run` once, `ms` from now, unless the returned function is called first. `run` must not throw. */
  after(ms: number, run: () => void): () => void
}

/**
 * One line for one event, in the past tense, with ids rather than contents. Never given: tokens, keys, the text of a
 * Slack message, a phone number. The adapter redacts known secrets as a second fence.
 */
export interface Log {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}
/** Ids and numbers beside the sentence of a log line; `error` is taken apart by the adapter. */
export type LogFields = Readonly<Record<string, unknown>>

/** Counters and durations for `/metrics`. Never throws. */
export interface Meter extends PurgeMeter {
  /** One more fact of this kind. */
  fact(kind: string): void
  /** From the person's message to PagerDuty's 202, ms. */
  accepted(ms: number): void
  /** One more call to PagerDuty that ended this way. */
  call(kind: Outcome<unknown>['kind']): void
}

/** Ids that sort by time within one process and never repeat across processes. */
export type NewId = () => string

// -------------------------------------------------------------------------------------------------------------- pager

/**
 * How a call to PagerDuty ended. `rejected` and `auth` will not change by trying again; `retry` was not applied;
 * `unknown` (time-out, reset, unreadable answer) may have been applied. Calls never throw for what the wire does.
 */
export type Outcome<T> =
  | { readonly kind: 'accepted'; readonly value: T }
  | { readonly kind: 'rejected'; readonly because: string; readonly status: number; readonly code?: number }
  | { readonly kind: 'auth'; readonly because: string; readonly status: number }
  | { readonly kind: 'retry'; readonly because: string; readonly status?: number; readonly retryAfterMs?: number }
  | { readonly kind: 'unknown'; readonly because: string }

/** What PagerDuty is told about one page, by either road. */
export interface PageEvent {
  readonly action: 'trigger' | 'acknowledge' | 'resolve'
  readonly team?: string
  /** At most 255 characters. The same key on the same service while the alert is open is the same page. */
  readonly dedupKey: string
  /** Already cut to 1,024 characters on a code point. */
  readonly summary: string
  /** Full text for `custom_details`. */
  readonly body: string
  readonly source: string
  readonly clientUrl?: string
}

/** A PagerDuty incident, read. Moments in ms. */
export interface PagerIncident {
  readonly id: string
  readonly url: string
  readonly number?: number
  readonly status: 'triggered' | 'acknowledged' | 'resolved'
  readonly createdAt: number
  readonly assignees: readonly string[]
  /** Name of the person or thing behind the last acknowledgement or resolution. */
  readonly acknowledgedBy?: string
  readonly acknowledgedAt?: number
  /** End of a snooze; only looked for by `update` to `triggered`. */
  readonly snoozedUntil?: number
  readonly resolvedBy?: string
  /** Set when it was merged away: the incident that took it in. */
  readonly mergedInto?: string
}

/**
 * The road to the on-call. `send` is idempotent by `dedupKey` while the alert is open and never retries by itself: the
 * caller's state machine does. All others need the REST key; without it (`reads` false) they answer `auth`. Every call
 * ends within 12 s. Left out on purpose: waiting, caching, deciding.
 */
export interface Pager {
  /** True when a REST key is set, so that a page can be confirmed at all. */
  readonly reads: boolean
  send(event: PageEvent): Promise<Outcome<void>>
  /** Incidents of any status born from this key, newest first. Not idempotent-sensitive; safe to repeat. */
  find(dedupKey: string): Promise<Outcome<readonly PagerIncident[]>>
  get(id: string): Promise<Outcome<PagerIncident>>
  /** Creates an incident by REST (the second road). `rejected` with code 2002: one is already open under this key. */
  create(event: PageEvent): Promise<Outcome<PagerIncident>>
  /**
   * Acknowledges, resolves or raises the escalation level. `acknowledge` on a resolved incident would REOPEN it
   * (PagerDuty, 2025-09-18): the adapter reads first and answers with the incident unchanged. `triggered` takes back an
   * acknowledgement, so that PagerDuty calls; what is snoozed stays.
   */
  update(id: string, change: PagerChange, asEmail?: string): Promise<Outcome<PagerIncident>>
  note(id: string, text: string, asEmail?: string): Promise<Outcome<void>>
  /** Merges `from` into `into`; `from` ends resolved. */
  merge(into: string, from: string): Promise<Outcome<void>>
}
/** What `update` can do to an incident. */
export type PagerChange = { readonly status: PagerIncident['status'] } | { readonly escalationLevel: number }

/** Who is on call. Answers come from a copy at most 60 s old; when PagerDuty is silent, from the last good copy. */
export interface Directory {
  /** Ordered by escalation level. Undefined: never read successfully, not even before a restart. */
  onCall(team?: string): Promise<OnCall | undefined>
  /** The last good copy at once, without asking PagerDuty; what a loud message shows while PagerDuty is down. */
  known(team?: string): Promise<OnCall | undefined>
  /** The PagerDuty login e-mail that equals this address exactly, or undefined. */
  loginOf(email: string): Promise<Outcome<string | undefined>>
}
/** Who was on call when PagerDuty was last read. */
export interface OnCall {
  readonly readAt: number
  readonly people: readonly OnCallPerson[]
}
/** Somebody on call at one escalation level, with whatever PagerDuty knows to reach them by. */
export interface OnCallPerson {
  readonly name: string
  readonly level: number
  readonly email?: string
  readonly phone?: string
  readonly schedule?: string
  /** End of the shift, ms; undefined: permanent. */
  readonly until?: number
}

// --------------------------------------------------------------------------------------------------------------- chat

/** A message that Mayday owns in Slack. `text` alone must say everything (screen readers, notifications). */
export interface ChatMessage {
  readonly text: string
  /** Block Kit. Undefined or refused by Slack: `text` is posted alone. */
  readonly blocks?: readonly object[]
}

/** The wish that a message exists with this content. Putting the same key again changes the content in place. */
export interface Posting extends ChatMessage {
  /** For ever the name of this one message, e.g. `card:12`. */
  readonly key: string
  readonly channel: string
  /** In the thread of a message with a known timestamp, or of another posting. Undefined: top level. */
  readonly thread?: { readonly ts: string } | { readonly under: string }
  /** A thread reply that also shows in the channel. */
  readonly broadcast?: boolean
  /** Loud messages (nobody could be paged) go before cards of the same channel. Default false. */
  readonly urgent?: boolean
}

/** What Slack says about a user. `stranger`: another workspace (Slack Connect). */
export interface Person {
  readonly id: string
  readonly name: string
  readonly email?: string
  readonly kind: 'member' | 'admin' | 'guest' | 'stranger' | 'bot'
}

/**
 * What Mayday asks of Slack besides the outbox. Reads may be repeated; each call ends within 8 s and throws
 * `MaydayError` `SLACK_*`. Posting is not here: messages go through `Outbox`, which survives a restart.
 */
export interface Chat {
  /** From a copy at most 5 min old. Undefined: Slack does not know the user. */
  person(id: string): Promise<Person | undefined>
  /** One page of top-level messages with `oldest < ts`, oldest page first is not promised: sort by ts. */
  history(channel: string, oldestTs: string, cursor?: string): Promise<HistoryPage>
  replies(channel: string, threadTs: string, oldestTs: string, cursor?: string): Promise<HistoryPage>
  /** Seen by one person only. Lost when it fails; never the only place where a truth is told. */
  whisper(
    to: { readonly channel: string; readonly user: string; readonly threadTs?: string },
    message: ChatMessage,
  ): Promise<void>
  openView(triggerId: string, view: object): Promise<void>
  /** What this person's App Home shows from now on. */
  publishHome(user: string, view: object): Promise<void>
  /** Ids of a user group's members, as they are now. */
  groupMembers(group: string): Promise<readonly string[]>
}
/** Messages as Slack wrote them, and the cursor of the next page where there is one. */
export interface HistoryPage {
  readonly messages: readonly Readonly<Record<string, unknown>>[]
  readonly next?: string
}

// -------------------------------------------------------------------------------------------------------------- store

/**
 * Everything that must outlive the process. `tx` is all or nothing and durable (fsync) when it resolves; inside it only
 * the handle it gives may be used, and nothing but the store may be awaited. Throws `STORE_UNAVAILABLE` within 4 s.
 * `urgent`, for what a new page waits for, goes before everything else that waits.
 */
export interface Store extends Tables {
  tx<T>(work: (tables: Tables) => Promise<T>, urgency?: 'urgent'): Promise<T>
  /** Throws `STORE_UNAVAILABLE` when a trivial query fails. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** What the store holds, as it is seen inside and outside a transaction. */
export interface Tables {
  readonly inbox: Inbox
  readonly incidents: Incidents
  readonly pages: Pages
  readonly facts: Facts
  readonly runs: Runs
  readonly purges: Purges
  readonly outbox: Outbox
  readonly leases: Leases
  readonly notes: Notes
  /** Holds a named lock until the transaction ends: two replicas do not decide about one channel at once. */
  lock(name: string): Promise<void>
}

/** What Slack delivered and Mayday must not lose. The key is the message's, never the delivery's. */
export interface Inbox {
  /** `new` only for the first caller of this key, ever. `open`: claimed before, not finished. */
  claim(key: string, event: object): Promise<'new' | 'open' | 'finished'>
  finish(key: string): Promise<void>
  /** Claimed at least `olderThanMs` ago and not finished: its process died. Marks them as taken again from now. */
  reclaim(
    olderThanMs: number,
    limit: number,
  ): Promise<readonly { readonly key: string; readonly event: Readonly<Record<string, unknown>> }[]>
  /** Forgets finished entries older than this, ms of age. Never below 25 h: Slack redelivers for 24 h. */
  sweep(olderThanMs: number): Promise<number>
}

/** Emergencies, by number. */
export interface Incidents {
  /** Gives it the next number. */
  create(incident: Omit<Incident, 'id'>): Promise<Incident>
  get(id: IncidentId): Promise<Incident | undefined>
  /** As `get`, and nobody else changes it until the transaction ends. */
  take(id: IncidentId): Promise<Incident | undefined>
  save(incident: Incident): Promise<void>
  /** Open ones, newest first. */
  open(): Promise<readonly Incident[]>
  recent(limit: number): Promise<readonly Incident[]>
}

/** Pages, by id and by the keys that PagerDuty knows them by, and the queue of what is due. */
export interface Pages {
  /** False when a page with this dedup key exists. */
  create(page: Page, nextAt: number): Promise<boolean>
  get(id: PageId): Promise<Page | undefined>
  byDedupKey(dedupKey: string): Promise<Page | undefined>
  take(id: PageId): Promise<Page | undefined>
  /** `nextAt`: when the worker must look again, ms; null: never. */
  save(page: Page, nextAt: number | null): Promise<void>
  ofIncident(incident: IncidentId): Promise<readonly Page[]>
  /** Ids due at `now` that no living worker holds, held for `leaseMs` by `owner` from now on. */
  claimDue(now: number, owner: string, leaseMs: number, limit: number): Promise<readonly PageId[]>
  /** Lets go. False: the lease had run out and another worker has it. */
  release(id: PageId, owner: string): Promise<boolean>
  /** Followed pages, for status and metrics. */
  followed(): Promise<readonly Page[]>
  requestedSince(at: number): Promise<number>
  /** The page that PagerDuty knows by this incident id. */
  byPagerId(id: string): Promise<Page | undefined>
}

/** The timeline, and the queue of facts whose consequences have not been drawn yet. */
export interface Facts {
  /** False when this id is stored already. */
  append(fact: Fact): Promise<boolean>
  ofIncident(incident: IncidentId): Promise<readonly Fact[]>
  /** Oldest facts whose reactions are due; held for `leaseMs`. */
  claimUnreacted(owner: string, leaseMs: number, limit: number): Promise<readonly Fact[]>
  reacted(id: string): Promise<void>
}

/** Runs of checklists, as JSON values that `checklists/` owns. */
export interface Runs {
  create(id: string, incident: IncidentId, run: object): Promise<boolean>
  take(id: string): Promise<object | undefined>
  save(id: string, run: object): Promise<void>
  ofIncident(incident: IncidentId): Promise<readonly object[]>
}

/** Small values by name: read cursors, the last good on-call list, the resolved channel id. */
export interface Notes {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
}
