import { type Account, copyOf } from './account.js'
import { type Assignment, createAssignment, firstStaffed, notify, record } from './assignment.js'
import { createDeadlines, type Deadlines } from './deadlines.js'
import type { SimAgent, SimAlert, SimChange, SimIncidentState, SimNote, SimUrgency } from './model.js'

interface OpenIncident {
  readonly createdVia: 'events' | 'rest'
  readonly serviceId: string
  readonly title: string
  readonly agent: SimAgent
  readonly urgency?: SimUrgency
  readonly escalationPolicyId?: string
  readonly assignees?: readonly string[]
  readonly dedupKey?: string
  readonly incidentKey: string | null
  readonly clientName?: string | undefined
  readonly clientUrl?: string | undefined
  readonly customDetails?: Readonly<Record<string, unknown>>
  readonly body?: string | undefined
  readonly priorityId?: string | undefined
  readonly conferenceBridge?: Readonly<Record<string, string>> | undefined
  readonly alert?: SimAlert
}

/** Everything that can happen to an incident. Refusals are the callers' business; here everything asked for is done. */
export interface Lifecycle {
  open(o: OpenIncident): SimIncidentState
  acknowledge(incident: SimIncidentState, agent: SimAgent): void
  unacknowledge(incident: SimIncidentState, agent: SimAgent): void
  /** It stays acknowledged for so long, and then calls again. */
  snooze(incident: SimIncidentState, seconds: number, agent: SimAgent): void
  resolve(incident: SimIncidentState, agent: SimAgent): void
  reopen(incident: SimIncidentState, agent: SimAgent): void
  escalate(incident: SimIncidentState, level: number, agent: SimAgent): boolean
  reassign(incident: SimIncidentState, userIds: readonly string[], agent: SimAgent): void
  delegate(incident: SimIncidentState, policyId: string, agent: SimAgent): void
  merge(source: SimIncidentState, target: SimIncidentState, agent: SimAgent): void
  annotate(incident: SimIncidentState, userId: string, content: string): SimNote
  /** Asks one more person to help, and calls them. */
  askFor(incident: SimIncidentState, userId: string, requesterId: string, message: string): void
  announce(incident: SimIncidentState, change: SimChange, agent: SimAgent, subject?: Record<string, string>): void
  stopAll(): void
}

interface Parts {
  readonly account: Account
  readonly assignment: Assignment
  readonly deadlines: Deadlines
}

export function createLifecycle(account: Account): Lifecycle {
  const assignment = createAssignment({
    account,
    announce: (incident, change, agent) => announce(account, incident, change, agent),
  })
  const deadlines = createDeadlines(account, {
    acknowledgementOver: (incident) => unacknowledge(parts, incident, null),
    autoResolve: (incident) => resolve(parts, incident, null),
  })
  const parts: Parts = { account, assignment, deadlines }
  return {
    open: (o) => open(parts, o),
    acknowledge: (incident, agent) => acknowledge(parts, incident, agent),
    unacknowledge: (incident, agent) => unacknowledge(parts, incident, agent),
    snooze: (incident, seconds, agent) => snooze(parts, incident, seconds, agent),
    resolve: (incident, agent) => resolve(parts, incident, agent),
    reopen: (incident, agent) => reopen(parts, incident, agent),
    escalate: (incident, level, agent) => escalate(parts, incident, level, agent),
    reassign: (incident, userIds, agent) => reassign(parts, incident, userIds, agent),
    delegate: (incident, policyId, agent) => delegate(parts, incident, policyId, agent),
    merge: (source, target, agent) => merge(parts, source, target, agent),
    annotate: (incident, userId, content) => annotate(account, incident, userId, content),
    askFor: (incident, userId, requesterId, message) => askFor(account, incident, userId, requesterId, message),
    announce: (incident, change, agent, subject) => announce(account, incident, change, agent, subject),
    stopAll() {
      assignment.stopAll()
      deadlines.stopAll()
    },
  }
}

function announce(
  account: Account,
  incident: SimIncidentState,
  change: SimChange,
  agent: SimAgent,
  subject?: Record<string, string>,
): void {
  const about = subject === undefined ? {} : { subject }
  account.emit({ kind: 'incident', change, incident: copyOf(incident), agent, ...about })
}

function turn(parts: Parts, incident: SimIncidentState, status: SimIncidentState['status'], agent: SimAgent): void {
  const at = parts.account.clock.now()
  incident.status = status
  incident.changedAt = at
  incident.changedBy = agent
  if (status !== 'acknowledged') incident.acknowledgements = []
  if (status !== 'triggered') parts.assignment.stop(incident.id)
  incident.resolvedAt = status === 'resolved' ? at : null
  parts.deadlines.follow(incident)
}

function note(parts: Parts, incident: SimIncidentState, type: string, agent: SimAgent, summary: string): void {
  record(parts.account, incident, { type, agent, summary, channel: channelOf(agent) })
}

function open(parts: Parts, o: OpenIncident): SimIncidentState {
  const { account, assignment, deadlines } = parts
  const incident = newIncident(account, o)
  account.incidents.set(incident.id, incident)
  const summary = o.createdVia === 'events' ? 'Triggered through the API' : 'Triggered through the website'
  record(account, incident, { type: 'trigger_log_entry', agent: o.agent, summary, channel: triggerChannel(o) })
  const requester = o.agent?.kind === 'user' ? o.agent.id : ''
  const first = o.assignees ?? firstStaffed(account.onCall(incident.escalationPolicyId), 1)?.users ?? []
  if (first.includes(requester)) {
    // why: who creates an incident assigned to themselves gets it acknowledged, and nobody is notified.
    if (o.assignees !== undefined) incident.assignedVia = 'direct_assignment'
    incident.assignees = first
    announce(account, incident, 'triggered', o.agent)
    acknowledge(parts, incident, o.agent)
    return incident
  }
  deadlines.follow(incident)
  if (o.assignees === undefined) assignment.toLevel(incident, 1, 'triggered', o.agent)
  else assignment.toUsers(incident, o.assignees, 'triggered', o.agent)
  return incident
}

function acknowledge(parts: Parts, incident: SimIncidentState, agent: SimAgent): void {
  const before = incident.status === 'acknowledged' ? incident.acknowledgements : []
  turn(parts, incident, 'acknowledged', agent)
  incident.acknowledgements = [...before, { user: agent, at: parts.account.clock.now() }]
  // why: a person who acknowledges takes the incident over from the others it was assigned to.
  if (agent?.kind === 'user') incident.assignees = [agent.id]
  note(parts, incident, 'acknowledge_log_entry', agent, 'Acknowledged')
  announce(parts.account, incident, 'acknowledged', agent)
}

function unacknowledge(parts: Parts, incident: SimIncidentState, agent: SimAgent): void {
  turn(parts, incident, 'triggered', agent)
  const summary = agent === null ? 'The acknowledgement timed out' : 'The acknowledgement was taken back'
  note(parts, incident, 'unacknowledge_log_entry', agent, summary)
  announce(parts.account, incident, 'unacknowledged', agent)
  // why: a re-triggered incident begins its notifications anew and its escalation goes on (support.pagerduty.com, Incidents);
  // the OpenAPI of `PUT /incidents/{id}` has `status: triggered` for it.
  parts.assignment.callAgain(incident)
}

function snooze(parts: Parts, incident: SimIncidentState, seconds: number, agent: SimAgent): void {
  if (incident.status !== 'acknowledged') acknowledge(parts, incident, agent)
  const at = parts.deadlines.snooze(incident, seconds)
  const line = { type: 'snooze_log_entry', agent, summary: 'Snoozed', channel: channelOf(agent) }
  record(parts.account, incident, { ...line, changedActions: [{ type: 'unacknowledge', at }] })
}

function resolve(parts: Parts, incident: SimIncidentState, agent: SimAgent): void {
  turn(parts, incident, 'resolved', agent)
  // why: when an incident is resolved, all its alerts are resolved with it.
  for (const alert of incident.alerts) alert.status = 'resolved'
  note(parts, incident, 'resolve_log_entry', agent, 'Resolved')
  announce(parts.account, incident, 'resolved', agent)
}

function reopen(parts: Parts, incident: SimIncidentState, agent: SimAgent): void {
  turn(parts, incident, 'triggered', agent)
  incident.loopsDone = 0
  note(parts, incident, 'trigger_log_entry', agent, 'Reopened')
  if (parts.assignment.toLevel(incident, 1, 'reopened', agent)) return
  // Nobody is on call any more: those who had it get it again.
  announce(parts.account, incident, 'reopened', agent)
  parts.assignment.callAgain(incident)
}

function escalate(parts: Parts, incident: SimIncidentState, level: number, agent: SimAgent): boolean {
  const levels = parts.account.onCall(incident.escalationPolicyId)
  if (level < 1 || level > levels.length || incident.status === 'resolved') return false
  turn(parts, incident, 'triggered', agent)
  note(parts, incident, 'escalate_log_entry', agent, `Escalated to level ${level}`)
  return parts.assignment.toLevel(incident, level, 'escalated', agent)
}

function reassign(parts: Parts, incident: SimIncidentState, userIds: readonly string[], agent: SimAgent): void {
  turn(parts, incident, 'triggered', agent)
  parts.assignment.toUsers(incident, userIds, 'reassigned', agent)
}

function delegate(parts: Parts, incident: SimIncidentState, policyId: string, agent: SimAgent): void {
  turn(parts, incident, 'triggered', agent)
  incident.escalationPolicyId = policyId
  incident.loopsDone = 0
  note(parts, incident, 'delegate_log_entry', agent, `Delegated to ${parts.account.policy(policyId).name}`)
  parts.assignment.toLevel(incident, 1, 'delegated', agent)
}

function merge(parts: Parts, source: SimIncidentState, target: SimIncidentState, agent: SimAgent): void {
  // why: merging moves the source's alerts to the target and resolves the source.
  target.alerts.push(...source.alerts.splice(0))
  source.mergedInto = target.id
  turn(parts, source, 'resolved', agent)
  note(parts, source, 'resolve_log_entry', agent, `Merged into #${target.number}`)
  note(parts, target, 'annotate_log_entry', agent, `#${source.number} was merged into this incident`)
  announce(parts.account, source, 'resolved', agent)
}

function annotate(account: Account, incident: SimIncidentState, userId: string, content: string): SimNote {
  const agent = { kind: 'user', id: userId } as const
  const added = { id: account.id('P'), userId, content, at: account.clock.now() }
  incident.notes.push(added)
  record(account, incident, { type: 'annotate_log_entry', agent, summary: 'Note added', channel: { type: 'note' } })
  announce(account, incident, 'annotated', agent, { id: added.id, content })
  return added
}

function askFor(
  account: Account,
  incident: SimIncidentState,
  userId: string,
  requesterId: string,
  message: string,
): void {
  const agent = { kind: 'user', id: requesterId } as const
  incident.responders.push({ user: userId, requesterId, message, at: account.clock.now() })
  announce(account, incident, 'responder.added', agent, { user: userId, message })
  notify(account, incident, userId)
}

function newIncident(account: Account, o: OpenIncident): SimIncidentState {
  const service = account.service(o.serviceId)
  const at = account.clock.now()
  return {
    id: account.id('Q'),
    number: account.nextNumber(),
    createdVia: o.createdVia,
    createdAt: at,
    serviceId: service.id,
    ...(o.dedupKey === undefined ? {} : { dedupKey: o.dedupKey }),
    incidentKey: o.incidentKey,
    clientName: o.clientName ?? null,
    clientUrl: o.clientUrl ?? null,
    customDetails: o.customDetails ?? {},
    body: o.body ?? null,
    title: o.title,
    status: 'triggered',
    urgency: o.urgency ?? service.urgency,
    escalationPolicyId: o.escalationPolicyId ?? service.escalationPolicyId,
    assignedVia: 'escalation_policy',
    assignees: [],
    assignedAt: at,
    escalationLevel: 1,
    loopsDone: 0,
    acknowledgements: [],
    changedAt: at,
    changedBy: o.agent,
    resolvedAt: null,
    priorityId: o.priorityId ?? null,
    conferenceBridge: o.conferenceBridge ?? null,
    alerts: o.alert === undefined ? [] : [o.alert],
    log: [],
    notes: [],
    notified: [],
    responders: [],
  }
}

const channelOf = (agent: SimAgent) => ({
  type: agent === null ? 'timeout' : agent.kind === 'user' ? 'website' : 'api',
})

function triggerChannel(o: OpenIncident): Readonly<Record<string, unknown>> {
  if (o.createdVia === 'rest') return { type: 'web_trigger', subject: o.title, details: o.body ?? '' }
  return {
    type: 'api',
    summary: o.title,
    client: o.clientName ?? null,
    client_url: o.clientUrl ?? null,
    details: o.customDetails ?? {},
  }
}
