import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { priorities } from '../account.js'
import type { SimIncidentState } from '../model.js'
import { invalid, notFound, ok, type Reply, refuse } from '../reply.js'
import { agentOf, parseBody, pointer, type RestCall } from './call.js'
import { withIncident } from './read-incidents.js'
import { incident } from './render.js'

const assignments = z.array(z.looseObject({ assignee: pointer })).min(1)
const bridge = z.record(z.string(), z.string())

const creation = z.looseObject({
  incident: z.looseObject({
    type: z.literal('incident'),
    title: z.string().min(1),
    service: pointer,
    priority: pointer.nullish(),
    urgency: z.enum(['high', 'low']).optional(),
    // why: incidents made over REST take text bodies only.
    body: z.looseObject({ type: z.literal('incident_body'), details: z.string().optional() }).optional(),
    incident_key: z.string().min(1).optional(),
    assignments: assignments.optional(),
    escalation_policy: pointer.optional(),
    conference_bridge: bridge.optional(),
  }),
})

type Creation = z.infer<typeof creation>['incident']

/** `POST /incidents`: made at once, and returned. */
export function createIncident(call: RestCall): Reply {
  const parsed = parseBody(creation, call.request)
  if ('refusal' in parsed) return parsed.refusal
  const wanted = parsed.body.incident
  const refusal = whyNotCreated(call, wanted)
  if (refusal !== undefined) return refusal
  const opened = call.lifecycle.open({
    createdVia: 'rest',
    serviceId: wanted.service.id,
    title: wanted.title,
    agent: agentOf(call),
    // why: an incident without alerts has a key; PagerDuty makes one up when none is given.
    incidentKey: wanted.incident_key ?? randomBytes(16).toString('hex'),
    body: wanted.body?.details,
    priorityId: wanted.priority?.id,
    conferenceBridge: wanted.conference_bridge,
    ...(wanted.urgency === undefined ? {} : { urgency: wanted.urgency }),
    ...(wanted.escalation_policy === undefined ? {} : { escalationPolicyId: wanted.escalation_policy.id }),
    ...(wanted.assignments === undefined ? {} : { assignees: wanted.assignments.map((a) => a.assignee.id) }),
  })
  return { status: 201, json: { incident: incident(call.site, opened) } }
}

function whyNotCreated({ site }: RestCall, wanted: Creation): Reply | undefined {
  const { account } = site
  const service = account.services.get(wanted.service.id)
  if (service === undefined) return invalid('Service not found')
  if (service.status !== 'active')
    return refuse(400, 2001, 'Incident could not be created', [`${service.name} is ${service.status}`])
  if (wanted.incident_key !== undefined && account.openRestKey(service.id, wanted.incident_key) !== undefined) {
    const error = 'Open incident with matching dedup key already exists on this service'
    return refuse(400, 2002, 'Arguments Caused Error', [error])
  }
  if (wanted.priority && !priorities.some((p) => p.id === wanted.priority?.id))
    return refuse(400, 1020, 'Invalid Priority')
  if (wanted.assignments !== undefined && wanted.escalation_policy !== undefined) {
    return invalid('assignments and escalation_policy cannot be given together')
  }
  if (wanted.assignments !== undefined) {
    const strangers = wanted.assignments.filter((a) => !account.users.has(a.assignee.id))
    return strangers.length === 0 ? undefined : refuse(400, 1007, 'Assigned To User Not Found')
  }
  const policyId = wanted.escalation_policy?.id ?? service.escalationPolicyId
  if (!account.policies.has(policyId)) return refuse(400, 1014, 'Escalation Policy Not Found')
  // why: somebody must be on call, or there is nobody to assign the incident to.
  if (account.onCall(policyId).flat().length === 0) return refuse(400, 1015, 'Escalation Policy Has No User On Call')
  return undefined
}

const changes = z.looseObject({
  type: z.enum(['incident', 'incident_reference']),
  status: z.enum(['triggered', 'acknowledged', 'resolved']).optional(),
  resolution: z.string().optional(),
  title: z.string().min(1).optional(),
  urgency: z.enum(['high', 'low']).optional(),
  priority: pointer.nullish(),
  escalation_level: z.int().optional(),
  escalation_policy: pointer.optional(),
  assignments: assignments.optional(),
  conference_bridge: bridge.optional(),
})

type Changes = z.infer<typeof changes>

/** `PUT /incidents/{id}` */
export const updateIncident = (call: RestCall): Reply =>
  withIncident(call, (i) => {
    const parsed = parseBody(z.looseObject({ incident: changes }), call.request)
    if ('refusal' in parsed) return parsed.refusal
    return change(call, i, parsed.body.incident) ?? ok({ incident: incident(call.site, i) })
  })

const bulk = z.looseObject({
  incidents: z
    .array(changes.extend({ id: z.string() }))
    .min(1)
    .max(250),
})

/** `PUT /incidents`: several at once. The first that cannot be changed refuses the rest. */
export function updateIncidents(call: RestCall): Reply {
  const parsed = parseBody(bulk, call.request)
  if ('refusal' in parsed) return parsed.refusal
  const shown: unknown[] = []
  for (const wanted of parsed.body.incidents) {
    const found = call.site.account.incidents.get(wanted.id)
    if (found === undefined) return notFound()
    const refusal = change(call, found, wanted)
    if (refusal !== undefined) return refusal
    shown.push(incident(call.site, found))
  }
  return ok({ incidents: shown, limit: shown.length, offset: 0, more: false, total: null })
}

function change(call: RestCall, i: SimIncidentState, wanted: Changes): Reply | undefined {
  const refusal = whyNotChanged(call, i, wanted)
  if (refusal !== undefined) return refusal
  const { lifecycle } = call
  const agent = agentOf(call)
  if (wanted.title !== undefined) i.title = wanted.title
  if (wanted.urgency !== undefined) i.urgency = wanted.urgency
  if (wanted.conference_bridge !== undefined) i.conferenceBridge = wanted.conference_bridge
  if (wanted.priority !== undefined) {
    i.priorityId = wanted.priority?.id ?? null
    lifecycle.announce(i, 'priority_updated', agent)
  }
  if (wanted.status !== undefined) changeStatus(call, i, wanted.status, wanted.resolution)
  if (wanted.escalation_policy !== undefined) lifecycle.delegate(i, wanted.escalation_policy.id, agent)
  if (wanted.escalation_level !== undefined) lifecycle.escalate(i, wanted.escalation_level, agent)
  const people = wanted.assignments?.map((a) => a.assignee.id)
  if (people !== undefined) lifecycle.reassign(i, people, agent)
  return undefined
}

function changeStatus(call: RestCall, i: SimIncidentState, status: string, resolution: string | undefined): void {
  const { lifecycle } = call
  const agent = agentOf(call)
  // why: since 18 September 2025 acknowledging a resolved incident reopens it, and a reopened incident pages.
  if (i.status === 'resolved') lifecycle.reopen(i, agent)
  else if (status === 'acknowledged') lifecycle.acknowledge(i, agent)
  else if (status === 'triggered') lifecycle.unacknowledge(i, agent)
  else {
    // why: a resolution text arrives as a note with this prefix.
    if (resolution !== undefined) lifecycle.annotate(i, call.requester?.id ?? '', `Resolution Note: ${resolution}`)
    lifecycle.resolve(i, agent)
  }
}

function whyNotChanged({ site, requester }: RestCall, i: SimIncidentState, wanted: Changes): Reply | undefined {
  const { account } = site
  if (wanted.status === 'resolved' && i.status === 'resolved') return refuse(400, 1001, 'Incident Already Resolved')
  const holds = i.acknowledgements.some((a) => a.user?.kind === 'user' && a.user.id === requester?.id)
  if (wanted.status === 'acknowledged' && holds) return refuse(400, 1002, 'Incident Already Acknowledged')
  if (wanted.status === 'triggered' && i.status === 'triggered')
    return refuse(400, 1012, 'Incident is not Acknowledged')
  if (wanted.priority && !priorities.some((p) => p.id === wanted.priority?.id))
    return refuse(400, 1020, 'Invalid Priority')
  const policy = wanted.escalation_policy?.id
  if (policy !== undefined) {
    if (!account.policies.has(policy)) return refuse(400, 1014, 'Escalation Policy Not Found')
    if (account.onCall(policy).flat().length === 0) return refuse(400, 1015, 'Escalation Policy Has No User On Call')
  }
  const moves = policy !== undefined || wanted.assignments !== undefined
  if (moves && i.status === 'resolved') return refuse(400, 1001, 'Incident Already Resolved')
  const strangers = wanted.assignments?.filter((a) => !account.users.has(a.assignee.id)) ?? []
  if (strangers.length > 0) return refuse(400, 1007, 'Assigned To User Not Found')
  const level = wanted.escalation_level
  const people = level === undefined ? undefined : account.onCall(policy ?? i.escalationPolicyId)[level - 1]
  // why: a level that does not exist, has nobody, or an incident that is over cannot be escalated to.
  if (level !== undefined && (i.status === 'resolved' || people === undefined || people.length === 0)) {
    return refuse(400, 1006, 'Cannot Escalate')
  }
  return undefined
}

const merging = z.looseObject({ source_incidents: z.array(pointer).min(1) })

/** `PUT /incidents/{id}/merge`: the sources' alerts move here, and the sources are resolved. */
export const mergeIncidents = (call: RestCall): Reply =>
  withIncident(call, (target) => {
    const parsed = parseBody(merging, call.request)
    if ('refusal' in parsed) return parsed.refusal
    const sources: SimIncidentState[] = []
    for (const { id } of parsed.body.source_incidents) {
      const source = call.site.account.incidents.get(id)
      if (source === undefined) return notFound()
      if (source.mergedInto !== undefined) return refuse(400, 1019, 'Incident Already Merged')
      if (source === target || source.status === 'resolved') return refuse(400, 2002, 'Arguments Caused Error')
      sources.push(source)
    }
    if (target.status === 'resolved') return refuse(400, 2002, 'Arguments Caused Error')
    for (const source of sources) call.lifecycle.merge(source, target, agentOf(call))
    return ok({ incident: incident(call.site, target) })
  })
