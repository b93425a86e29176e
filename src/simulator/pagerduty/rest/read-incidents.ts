import type { SimIncidentState } from '../model.js'
import { notFound, ok, type Reply, refuse } from '../reply.js'
import { includes, page, type RestCall, value, values } from './call.js'
import { alert, incident, logEntry, note } from './render.js'

const dayMs = 86_400_000

/** `GET /incidents` */
export function listIncidents({ site, request }: RestCall): Reply {
  const window = searchWindow(request.query, site.account.clock.now())
  if ('refusal' in window) return window.refusal
  const statuses = values(request, 'statuses[]')
  const unknown = statuses.find((status) => !['triggered', 'acknowledged', 'resolved'].includes(status))
  if (unknown !== undefined) return refuse(400, 1003, 'Invalid Status Provided', [`${unknown} is not a status`])
  const key = value(request, 'incident_key')
  const services = values(request, 'service_ids[]')
  const people = values(request, 'user_ids[]')
  const urgencies = values(request, 'urgencies[]')
  const among = (list: readonly string[], item: string) => list.length === 0 || list.includes(item)
  const found = [...site.account.incidents.values()].filter(
    (i) =>
      i.createdAt >= window.since &&
      i.createdAt < window.until &&
      // why: an empty key is no filter; it lists every incident.
      (key === undefined || key === '' || hasKey(i, key)) &&
      among(statuses, i.status) &&
      among(services, i.serviceId) &&
      among(urgencies, i.urgency) &&
      (people.length === 0 || (i.status !== 'resolved' && i.assignees.some((id) => people.includes(id)))),
  )
  const sorted = sort(found, value(request, 'sort_by') ?? 'created_at:asc')
  if (sorted === undefined) return refuse(400, 2002, 'Arguments Caused Error', ['sort_by is not a list of fields'])
  return page(request, 'incidents', sorted, (i) => incident(site, i, includes(request)))
}

/** why: incidents with child alerts have no key of their own; the query then compares their alerts' keys. */
const hasKey = (i: SimIncidentState, key: string): boolean =>
  i.incidentKey === key || i.alerts.some((a) => a.key === key)

/** why: without `date_range=all` only the last month is searched, and a range may span six months. */
function searchWindow(query: RestCall['request']['query'], now: number) {
  if (query['date_range']?.[0] === 'all') return { since: 0, until: Number.POSITIVE_INFINITY }
  const until = query['until']?.[0] === undefined ? now + 1 : Date.parse(query['until'][0])
  const since = query['since']?.[0] === undefined ? until - 30 * dayMs : Date.parse(query['since'][0])
  if (Number.isNaN(since) || Number.isNaN(until)) {
    return { refusal: refuse(400, 2004, "Invalid time values in 'since' and/or 'until' parameters") }
  }
  if (until - since > 186 * dayMs) return { refusal: refuse(400, 2005, 'Invalid Query Date Range') }
  return { since, until }
}

const sortable: Readonly<Record<string, (i: SimIncidentState) => number>> = {
  incident_number: (i) => i.number,
  created_at: (i) => i.createdAt,
  resolved_at: (i) => i.resolvedAt ?? Number.POSITIVE_INFINITY,
  urgency: (i) => (i.urgency === 'high' ? 0 : 1),
}

function sort(all: readonly SimIncidentState[], order: string): readonly SimIncidentState[] | undefined {
  const keys = order.split(',').map((part) => {
    const [field = '', direction = 'asc'] = part.split(':')
    return { of: sortable[field], sign: direction === 'desc' ? -1 : 1 }
  })
  if (keys.length > 2 || keys.some(({ of }) => of === undefined)) return undefined
  return [...all].sort((a, b) => {
    for (const { of, sign } of keys) {
      const difference = (of?.(a) ?? 0) - (of?.(b) ?? 0)
      if (difference !== 0 && !Number.isNaN(difference)) return sign * difference
    }
    // Two in the same millisecond keep the order of the same direction.
    return (keys[0]?.sign ?? 1) * (a.number - b.number)
  })
}

/** Runs `then` with the incident of the path, or answers 404. */
export function withIncident(call: RestCall, then: (i: SimIncidentState) => Reply): Reply {
  const found = call.site.account.incidents.get(call.id)
  return found === undefined ? notFound() : then(found)
}

/** `GET /incidents/{id}` */
export const showIncident = (call: RestCall): Reply =>
  withIncident(call, (i) => ok({ incident: incident(call.site, i, includes(call.request)) }))

/** `GET /incidents/{id}/alerts` */
export const listAlerts = (call: RestCall): Reply =>
  withIncident(call, (i) => {
    const key = value(call.request, 'alert_key')
    const statuses = values(call.request, 'statuses[]')
    const found = i.alerts.filter(
      (a) => (key === undefined || a.key === key) && (statuses.length === 0 || statuses.includes(a.status)),
    )
    return page(call.request, 'alerts', found, (a) => alert(call.site, i, a))
  })

const overview = /^(trigger|acknowledge|resolve|assign|escalate|annotate|delegate|unacknowledge)_log_entry$/

/** `GET /incidents/{id}/log_entries`, newest first. */
export const listLogEntries = (call: RestCall): Reply =>
  withIncident(call, (i) => {
    const all = [...i.log].reverse()
    const shown = value(call.request, 'is_overview') === 'true' ? all.filter((line) => overview.test(line.type)) : all
    return page(call.request, 'log_entries', shown, (line) => logEntry(call.site, i, line))
  })

/** `GET /incidents/{id}/notes`: every note, without paging. */
export const listNotes = (call: RestCall): Reply =>
  withIncident(call, (i) => ok({ notes: i.notes.map((n) => note(call.site, n)) }))
