import { priorities } from '../account.js'
import type { SimAgent, SimAlert, SimIncidentState, SimLogEntry, SimNote, SimUser } from '../model.js'
import { iso, reference, type Site } from './reference.js'
import { escalationPolicy, service, user } from './render-directory.js'

const maybeIso = (ms: number | null) => (ms === null ? null : iso(ms))

export function incidentReference(site: Site, id: string) {
  const { number, title } = site.account.incident(id)
  return reference(site, 'incident', id, `[#${number}] ${title}`)
}

/** Who did it. why: REST names the service for whatever an integration or a timeout did. */
function doer(site: Site, agent: SimAgent, serviceId: string) {
  if (agent?.kind === 'user') return userReference(site, agent.id)
  return reference(site, 'service', serviceId, site.account.service(serviceId).name)
}

export function priorityReference(site: Site, id: string | null) {
  const found = priorities.find((priority) => priority.id === id)
  return found === undefined ? null : { ...reference(site, 'priority', found.id, found.name), html_url: null }
}

export const userReference = (site: Site, id: string) => reference(site, 'user', id, site.account.user(id).name)

/** An incident as REST v2 shows it. `includes` are the values of `include[]`. */
export function incident(site: Site, i: SimIncidentState, includes: readonly string[] = []) {
  const { account } = site
  const owner = account.service(i.serviceId)
  const policy = account.policy(i.escalationPolicyId)
  const first = i.log[0]
  return {
    ...reference(site, 'incident', i.id, `[#${i.number}] ${i.title}`),
    type: 'incident',
    incident_number: i.number,
    title: i.title,
    created_at: iso(i.createdAt),
    updated_at: iso(i.changedAt),
    status: i.status,
    incident_key: i.incidentKey,
    service: includes.includes('services') ? service(site, owner) : reference(site, 'service', owner.id, owner.name),
    ...holders(site, i, includes),
    assigned_via: i.assignedVia,
    last_status_change_at: iso(i.changedAt),
    resolved_at: maybeIso(i.resolvedAt),
    first_trigger_log_entry: firstEntry(site, i, first, includes.includes('first_trigger_log_entries')),
    alert_counts: alertCounts(i.alerts),
    is_mergeable: i.status !== 'resolved',
    incident_type: { name: 'incident_default' },
    escalation_policy: includes.includes('escalation_policies')
      ? escalationPolicy(site, policy)
      : reference(site, 'escalation_policy', policy.id, policy.name),
    teams: [],
    pending_actions: i.pending === undefined ? [] : [{ type: i.pending.type, at: iso(i.pending.at) }],
    alert_grouping: null,
    last_status_change_by: doer(site, i.changedBy, i.serviceId),
    priority: priorityReference(site, i.priorityId),
    resolve_reason: resolveReason(site, i.mergedInto),
    conference_bridge: i.conferenceBridge,
    incidents_responders: responders(site, i),
    responder_requests: [],
    urgency: i.urgency,
    ...(i.body === null ? {} : { body: { type: 'incident_body', details: i.body } }),
  }
}

/** Who has it and who took it. why: both lists are empty once an incident is resolved. */
function holders(site: Site, i: SimIncidentState, includes: readonly string[]) {
  const person = (id: string, field: string): Record<string, unknown> =>
    includes.includes('users') || includes.includes(field) ? user(site, site.account.user(id)) : userReference(site, id)
  const assignees = i.status === 'resolved' ? [] : i.assignees
  return {
    assignments: assignees.map((id) => ({ at: iso(i.assignedAt), assignee: person(id, 'assignees') })),
    acknowledgements: i.acknowledgements.map(({ user: by, at }) => ({
      at: iso(at),
      acknowledger: by?.kind === 'user' ? person(by.id, 'acknowledgers') : doer(site, by, i.serviceId),
    })),
  }
}

const responders = (site: Site, i: SimIncidentState) =>
  i.responders.map(({ user: id, requesterId, message, at }) => ({
    state: 'pending',
    user: userReference(site, id),
    incident: incidentReference(site, i.id),
    updated_at: iso(at),
    message,
    requester: userReference(site, requesterId),
    requested_at: iso(at),
  }))

export function resolveReason(site: Site, mergedInto: string | undefined) {
  if (mergedInto === undefined) return null
  return { type: 'merge_resolve_reason', incident: incidentReference(site, mergedInto) }
}

function firstEntry(site: Site, i: SimIncidentState, first: SimLogEntry | undefined, full: boolean) {
  if (first === undefined) return null
  if (full) return logEntry(site, i, first)
  return { ...reference(site, first.type, first.id, first.summary), ...logLinks(site, i, first) }
}

function alertCounts(alerts: readonly SimAlert[]) {
  const resolved = alerts.filter((alert) => alert.status === 'resolved').length
  return { all: alerts.length, triggered: alerts.length - resolved, resolved }
}

const logLinks = (site: Site, i: SimIncidentState, entry: SimLogEntry) => ({
  self: `https://api.pagerduty.com/log_entries/${entry.id}?incident_id=${i.id}`,
  html_url: `${site.htmlOrigin}/incidents/${i.id}/log_entries/${entry.id}`,
})

export function logEntry(site: Site, i: SimIncidentState, entry: SimLogEntry) {
  const owner = site.account.service(i.serviceId)
  const people = entry.users.map((id) => userReference(site, id))
  const special =
    entry.type === 'notify_log_entry' ? { user: people[0] } : people.length > 0 ? { assignees: people } : {}
  return {
    id: entry.id,
    type: entry.type,
    summary: entry.summary,
    ...logLinks(site, i, entry),
    created_at: iso(entry.at),
    agent: doer(site, entry.agent, i.serviceId),
    channel: entry.channel,
    service: reference(site, 'service', owner.id, owner.name),
    incident: incidentReference(site, i.id),
    teams: [],
    contexts: [],
    ...special,
    ...(entry.changedActions === undefined
      ? {}
      : { changed_actions: entry.changedActions.map(({ type, at }) => ({ type, at: iso(at) })) }),
  }
}

export function alert(site: Site, i: SimIncidentState, a: SimAlert) {
  const owner = site.account.service(i.serviceId)
  return {
    ...reference(site, 'alert', a.id, a.summary),
    type: 'alert',
    created_at: iso(a.at),
    status: a.status,
    alert_key: a.key,
    service: reference(site, 'service', owner.id, owner.name),
    body: { type: 'alert_body', contexts: [], details: a.details },
    incident: incidentReference(site, i.id),
    suppressed: false,
    severity: a.severity,
    integration: reference(site, 'events_api_v2_inbound_integration', a.integrationId, 'Events API V2'),
  }
}

export function note(site: Site, n: SimNote) {
  return {
    id: n.id,
    user: userReference(site, n.userId),
    channel: { summary: 'The PagerDuty website or APIs' },
    content: n.content,
    created_at: iso(n.at),
    updated_at: iso(n.at),
  }
}

export const responderIncident = (site: Site, requester: SimUser, i: SimIncidentState) => ({
  incident: incidentReference(site, i.id),
  requester: userReference(site, requester.id),
})
