/** What the simulated PagerDuty account holds and what it tells its watchers. Times are milliseconds of the clock. */

type SimStatus = 'triggered' | 'acknowledged' | 'resolved'
export type SimUrgency = 'high' | 'low'
type SimServiceStatus = 'active' | 'disabled' | 'maintenance'

/** Who did it: a person, an integration (Events API), or nobody at all (a timeout). */
export type SimAgent = { readonly kind: 'user' | 'integration'; readonly id: string } | null

export interface SimUser {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly phone: string | null
}

/** `levels[0]` is level 1. `until` ends the whole rotation: after it nobody is on call; null is permanent on-call. */
export interface SimPolicy {
  readonly id: string
  readonly name: string
  levels: readonly (readonly string[])[]
  levelDelayMinutes: number
  loops: number
  until: number | null
}

export interface SimService {
  readonly id: string
  readonly name: string
  readonly routingKey: string
  readonly integrationId: string
  readonly createdAt: number
  readonly escalationPolicyId: string
  status: SimServiceStatus
  alertGrouping: boolean
  autoPause: boolean
  suppress: boolean
  urgency: SimUrgency
  acknowledgementTimeoutSeconds: number | null
  autoResolveTimeoutSeconds: number | null
}

export interface SimLogEntry {
  readonly id: string
  /** `trigger_log_entry`, `notify_log_entry`, `acknowledge_log_entry`, … */
  readonly type: string
  readonly at: number
  readonly agent: SimAgent
  readonly summary: string
  readonly users: readonly string[]
  readonly channel: Readonly<Record<string, unknown>>
  /** of a snooze: what it put off */
  readonly changedActions?: readonly SimPending[]
}

export interface SimNote {
  readonly id: string
  readonly userId: string
  readonly content: string
  readonly at: number
}

export interface SimAlert {
  readonly id: string
  readonly key: string
  readonly routingKey: string
  readonly integrationId: string
  readonly severity: string
  readonly summary: string
  readonly at: number
  readonly details: Readonly<Record<string, unknown>>
  status: 'triggered' | 'resolved'
}

/** One phone call, text or e-mail that PagerDuty would have made. */
interface SimNotified {
  readonly user: string
  readonly at: number
  readonly level: number
}

interface SimResponder {
  readonly user: string
  readonly requesterId: string
  readonly message: string
  readonly at: number
}

/** why: an acknowledgement that runs out and a snooze look the same here; only the log tells them apart. */
export interface SimPending {
  readonly type: 'unacknowledge' | 'resolve'
  readonly at: number
}

export interface SimIncidentState {
  readonly id: string
  readonly number: number
  readonly createdVia: 'events' | 'rest'
  readonly createdAt: number
  readonly serviceId: string
  readonly dedupKey?: string
  /** null for incidents born from events: why: incidents with child alerts have no incident key of their own. */
  readonly incidentKey: string | null
  readonly clientName: string | null
  readonly clientUrl: string | null
  readonly customDetails: Readonly<Record<string, unknown>>
  readonly body: string | null
  title: string
  status: SimStatus
  urgency: SimUrgency
  escalationPolicyId: string
  assignedVia: 'escalation_policy' | 'direct_assignment'
  assignees: readonly string[]
  assignedAt: number
  escalationLevel: number
  loopsDone: number
  acknowledgements: readonly { readonly user: SimAgent; readonly at: number }[]
  changedAt: number
  changedBy: SimAgent
  resolvedAt: number | null
  priorityId: string | null
  conferenceBridge: Readonly<Record<string, string>> | null
  mergedInto?: string
  /** What PagerDuty will do by itself, and when. */
  pending?: SimPending
  readonly alerts: SimAlert[]
  readonly log: SimLogEntry[]
  readonly notes: SimNote[]
  readonly notified: SimNotified[]
  readonly responders: SimResponder[]
}

type DeepReadonly<T> = T extends readonly (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

/** A copy: what it shows does not change after you took it. */
export type SimIncident = DeepReadonly<SimIncidentState>

export interface SimRequest {
  readonly method: string
  /** without the query */
  readonly path: string
  /** keys as written, with their `[]` */
  readonly query: Readonly<Record<string, readonly string[]>>
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>
  /** parsed when it is JSON, else the text */
  readonly body: unknown
  readonly at: number
  /** 0 = never answered (hung, reset, or still open) */
  readonly status: number
}

export interface SimEventRequest {
  readonly routing_key: string
  readonly event_action: 'trigger' | 'acknowledge' | 'resolve'
  readonly dedup_key: string
  readonly payload?: {
    readonly summary: string
    readonly source: string
    readonly severity: 'critical' | 'error' | 'warning' | 'info'
    readonly custom_details?: Readonly<Record<string, unknown>>
    readonly [field: string]: unknown
  }
  readonly client?: string
  readonly client_url?: string
  readonly at: number
}

/** Every change of an incident, in the words of the v3 webhooks. */
export type SimChange =
  | 'triggered'
  | 'acknowledged'
  | 'unacknowledged'
  | 'escalated'
  | 'reassigned'
  | 'delegated'
  | 'resolved'
  | 'reopened'
  | 'annotated'
  | 'priority_updated'
  | 'responder.added'
  | 'status_update_published'

interface SimWebhookDelivery {
  readonly subscriptionId: string
  /** the same on every attempt */
  readonly webhookId: string
  readonly eventType: string
  readonly attempt: number
  /** what the receiver answered; 0 = nothing (refused, reset, over 5 s) */
  readonly status: number
  readonly outcome: 'delivered' | 'retrying' | 'dropped'
}

/** Everything a watcher can see. `at` is the clock's time. */
export type PdEvent = { readonly at: number } & (
  | { readonly kind: 'request'; readonly request: SimRequest }
  | { readonly kind: 'accepted'; readonly event: SimEventRequest }
  | { readonly kind: 'dropped'; readonly event: SimEventRequest; readonly reason: string }
  | {
      readonly kind: 'incident'
      readonly change: SimChange
      readonly incident: SimIncident
      readonly agent: SimAgent
      /** the note, the added person or the status update that the change is about */
      readonly subject?: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'notified'
      readonly user: SimUser
      readonly incident: SimIncident
      readonly level: number
      readonly via: 'phone' | 'email'
    }
  | { readonly kind: 'webhook'; readonly delivery: SimWebhookDelivery }
  | { readonly kind: 'account'; readonly what: string }
)

/** A scenario asked the simulator for something that cannot be. */
export class PagerDutySimulatorError extends Error {
  override readonly name = 'PagerDutySimulatorError'
}
