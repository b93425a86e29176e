import { randomUUID } from 'node:crypto'
import type { PdEvent, SimAgent, SimIncident } from '../model.js'
import { iso, reference, type Site } from '../rest/reference.js'
import { incidentReference, priorityReference, resolveReason, userReference } from '../rest/render.js'

type IncidentEvent = Extract<PdEvent, { kind: 'incident' }>

/** The body of a v3 webhook. It is written when the thing happens, so a late delivery still tells the old state. */
export function incidentPayload(site: Site, { change, incident, agent, subject, at }: IncidentEvent) {
  return {
    event: {
      id: randomUUID(),
      event_type: `incident.${change}`,
      resource_type: 'incident',
      occurred_at: new Date(at).toISOString(),
      agent: agentReference(site, agent),
      client: clientOf(incident, change, agent?.kind === 'user'),
      data: dataOf(site, incident, change, subject ?? {}),
    },
  }
}

/** why: a person, the integration that sent the event, or null for a timeout. */
function agentReference(site: Site, agent: SimAgent) {
  if (agent === null) return null
  if (agent.kind === 'user') return userReference(site, agent.id)
  return reference(site, 'inbound_integration', agent.id, 'Events API V2')
}

/** `pagey.ping`, the test message. */
export const pingPayload = (at: number) => ({
  event: {
    id: randomUUID(),
    event_type: 'pagey.ping',
    resource_type: 'pagey',
    occurred_at: new Date(at).toISOString(),
    agent: null,
    client: null,
    data: { message: 'Hello from your friend Pagey!', type: 'ping' },
  },
})

/** why: the client of `incident.triggered` is the event's client and client_url; a person's action shows PagerDuty. */
function clientOf(incident: SimIncident, change: string, byPerson: boolean) {
  if (change === 'triggered' && incident.clientUrl !== null) {
    return { name: incident.clientName, url: incident.clientUrl }
  }
  return byPerson ? { name: 'PagerDuty' } : null
}

function dataOf(site: Site, incident: SimIncident, change: string, subject: Readonly<Record<string, string>>) {
  const about = { incident: incidentReference(site, incident.id) }
  const { id = '', content = '', user = '', message = '' } = subject
  if (change === 'annotated') return { ...about, id, content, trimmed: false, type: 'incident_note' }
  if (change === 'status_update_published') {
    return { ...about, id, message, trimmed: false, type: 'incident_status_update' }
  }
  if (change === 'responder.added') {
    const person = userReference(site, user)
    return { ...about, user: person, message, state: 'pending', type: 'incident_responder' }
  }
  return incidentData(site, incident)
}

function incidentData(site: Site, i: SimIncident) {
  const { account } = site
  return {
    id: i.id,
    type: 'incident',
    self: `https://api.pagerduty.com/incidents/${i.id}`,
    html_url: `${site.htmlOrigin}/incidents/${i.id}`,
    number: i.number,
    status: i.status,
    incident_key: i.incidentKey,
    created_at: iso(i.createdAt),
    title: i.title,
    service: reference(site, 'service', i.serviceId, account.service(i.serviceId).name),
    assignees: i.status === 'resolved' ? [] : i.assignees.map((id) => userReference(site, id)),
    escalation_policy: reference(
      site,
      'escalation_policy',
      i.escalationPolicyId,
      account.policy(i.escalationPolicyId).name,
    ),
    teams: [],
    priority: priorityReference(site, i.priorityId),
    urgency: i.urgency,
    conference_bridge: i.conferenceBridge,
    resolve_reason: resolveReason(site, i.mergedInto),
    incident_type: { name: 'incident_default' },
  }
}
