import { z } from 'zod'
import type { Clock, Log, Outcome, PageEvent, Pager, PagerChange, PagerIncident } from '../../ports.js'
import { logEntries, oneIncident, someIncidents } from './answers.js'
import { cutToBytes, eventBody, incidentText } from './event-body.js'
import { createServices, type Services, type Teams } from './services.js'
import { type Failure, refused } from './verdict.js'
import { type Budget, createWire, type Limits, type RestRequest, type Wire } from './wire.js'

export interface PagerOptions extends Teams {
  /** Service region. Default `https://events.pagerduty.com`; `http://` for loopback hosts only. */
  readonly eventsUrl?: string | undefined
  /** Default `https://api.pagerduty.com`. */
  readonly apiUrl?: string | undefined
  readonly token?: string | undefined
  /** User that REST writes act as where no person is named. */
  readonly fromEmail?: string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<Limits> | undefined
}

/** What the functions of this file work with. */
interface Desk extends Teams {
  readonly wire: Wire
  readonly services: Services
  readonly clock: Clock
  readonly fromEmail: string | undefined
}

/**
 * PagerDuty through pdjs. A failure that was decided without asking PagerDuty has status 0.
 * @throws MaydayError `CONFIG_INVALID` for a base URL that pages may not be sent to.
 */
export function createPager(options: PagerOptions): Pager {
  const wire = createWire({ ...options, secrets: [...options.routingKeys.values()] })
  const { routingKeys, escalationPolicies, fromEmail, clock } = options
  const desk: Desk = { routingKeys, escalationPolicies, fromEmail, clock, wire, services: createServices(wire, clock) }
  return {
    reads: wire.reads,
    send: (event) => send(desk, event),
    find: (dedupKey) => find(desk, dedupKey),
    get: (id) => get(desk, id, wire.budget()),
    create: (event) => create(desk, event),
    update: (id, change, asEmail) => update(desk, id, change, asEmail),
    note: (id, text, asEmail) => note(desk, id, text, asEmail),
    merge: (into, from) => merge(desk, into, from),
  }
}

async function send(desk: Desk, event: PageEvent): Promise<Outcome<void>> {
  const fault = faultOfKey(event.dedupKey)
  if (fault !== undefined) return fault
  const routingKey = desk.routingKeys.get(event.team)
  if (routingKey === undefined) {
    return refused(desk.escalationPolicies.has(event.team) ? 'this team has no routing key' : unknownTeam)
  }
  return desk.wire.enqueue(eventBody(event, routingKey))
}

const unknownTeam = 'there is no team of this name in mayday.yml'

/** why: without a key PagerDuty makes one up, so a repeat would page again; and a look-up without one finds everything. */
function faultOfKey(dedupKey: string): Failure | undefined {
  if (dedupKey.trim() === '') return refused('the dedup key is empty')
  // why: cutting it would make two pages one, or one page two.
  return dedupKey.length > 255 ? refused('the dedup key has more than 255 characters') : undefined
}

async function find(desk: Desk, dedupKey: string): Promise<Outcome<readonly PagerIncident[]>> {
  const fault = faultOfKey(dedupKey)
  if (fault !== undefined) return fault
  const query = {
    incident_key: dedupKey,
    // why: the default window is one month and would hide an older incident of this key.
    date_range: 'all',
    sort_by: 'created_at:desc',
    limit: '100',
  }
  const found = await desk.wire.rest({ method: 'GET', path: '/incidents', query, schema: someIncidents })
  if (found.kind !== 'accepted') return found
  return { kind: 'accepted', value: found.value.incidents.toSorted((a, b) => b.createdAt - a.createdAt) }
}

function get(desk: Desk, id: string, budget: Budget): Promise<Outcome<PagerIncident>> {
  return readIncident(desk, { method: 'GET', path: pathOf(id) }, budget)
}

async function create(desk: Desk, event: PageEvent): Promise<Outcome<PagerIncident>> {
  const fault = faultOfKey(event.dedupKey) ?? (desk.fromEmail === undefined && desk.wire.reads ? noFrom : undefined)
  if (fault !== undefined) return fault
  const policy = desk.escalationPolicies.get(event.team)
  const routingKey = desk.routingKeys.get(event.team) ?? (policy && desk.routingKeys.get(undefined))
  if (routingKey === undefined) return refused(policy === undefined ? unknownTeam : 'there is no default routing key')
  const budget = desk.wire.budget()
  const service = await desk.services.ofKey(routingKey, budget)
  if (service.kind !== 'accepted') return service
  const { title, details } = incidentText(event)
  const incident = {
    type: 'incident',
    title,
    service: { id: service.value.id, type: 'service_reference' },
    urgency: 'high',
    incident_key: event.dedupKey,
    body: { type: 'incident_body', details },
    // why: no `assignments`. A direct assignment never escalates, and one to the requester starts acknowledged.
    ...(policy === undefined ? {} : { escalation_policy: { id: policy, type: 'escalation_policy_reference' } }),
  }
  const request = { method: 'POST', path: '/incidents', data: { incident }, ...from(desk.fromEmail) } as const
  const made = await readIncident(desk, request, budget)
  // The service may have been deleted since it was read.
  if (made.kind === 'rejected' && made.code !== 2002) desk.services.forget()
  return made
}

const noFrom = refused('PAGERDUTY_FROM_EMAIL is not set, and PagerDuty wants a user for every write')

/** Codes of an incident that is already resolved (1001), acknowledged (1002) or not acknowledged (1012): it is so. */
const ALREADY = new Set([1001, 1002, 1012])

async function update(desk: Desk, id: string, change: PagerChange, asEmail?: string): Promise<Outcome<PagerIncident>> {
  const budget = desk.wire.budget()
  const now = await get(desk, id, budget)
  if (now.kind !== 'accepted' || isSo(now.value, change)) return now
  if ('status' in change && change.status === 'triggered') {
    const snoozed = await snoozedUntil(desk, id, budget)
    if (snoozed.kind !== 'accepted') return snoozed
    if (snoozed.value !== undefined) return { kind: 'accepted', value: { ...now.value, snoozedUntil: snoozed.value } }
  }
  const wanted = 'status' in change ? { status: change.status } : { escalation_level: change.escalationLevel }
  const data = { incident: { type: 'incident_reference', ...wanted } }
  const put = await writeAs(desk, asEmail, (email) =>
    readIncident(desk, { method: 'PUT', path: pathOf(id), data, ...from(email) }, budget),
  )
  if (put.kind === 'rejected' && put.code !== undefined && ALREADY.has(put.code)) return get(desk, id, budget)
  return put
}

/** why: since 2025-09-18 acknowledging a resolved incident reopens it, and so would page people again. */
function isSo(incident: PagerIncident, change: PagerChange): boolean {
  if (incident.status === 'resolved') return true
  return 'status' in change && change.status === incident.status
}

/**
 * When a snooze ends, ms; undefined: it is not snoozed. An acknowledgement that runs out stands under `pending_actions`
 * just like a snooze, so only the log tells them apart.
 */
async function snoozedUntil(desk: Desk, id: string, budget: Budget): Promise<Outcome<number | undefined>> {
  const request = { method: 'GET', path: `${pathOf(id)}/log_entries`, query: { limit: '100' } } as const
  const read = await desk.wire.rest({ ...request, schema: logEntries }, budget)
  if (read.kind !== 'accepted') return read
  const last = read.value.log_entries.find((entry) => STATUS_ENTRIES.has(entry.type))
  const until = last?.changed_actions?.find((action) => action.type === 'unacknowledge')?.at
  const runs = last?.type === 'snooze_log_entry' && until !== undefined && until > desk.clock.now()
  return { kind: 'accepted', value: runs ? until : undefined }
}

/** Behind any of these but a snooze, an older snooze is over. */
const STATUS_ENTRIES: ReadonlySet<string> = new Set([
  'snooze_log_entry',
  'unacknowledge_log_entry',
  'trigger_log_entry',
])

async function note(desk: Desk, id: string, text: string, asEmail?: string): Promise<Outcome<void>> {
  const budget = desk.wire.budget()
  const path = `${pathOf(id)}/notes`
  const data = { note: { content: cutToBytes(text, 20 * 1024) } }
  return writeAs(desk, asEmail, (email) => write(desk, { method: 'POST', path, data, ...from(email) }, budget))
}

async function merge(desk: Desk, into: string, mergedId: string): Promise<Outcome<void>> {
  const budget = desk.wire.budget()
  const data = { source_incidents: [{ id: mergedId, type: 'incident_reference' }] }
  return writeAs(desk, undefined, (email) =>
    write(desk, { method: 'PUT', path: `${pathOf(into)}/merge`, data, ...from(email) }, budget),
  )
}

/**
 * Writes as the person, so that PagerDuty credits them; as Mayday's own user when PagerDuty does not know the address
 * (1008), because an acknowledgement that is not made helps nobody.
 */
async function writeAs<T>(
  desk: Desk,
  asEmail: string | undefined,
  write: (email: string | undefined) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const own = desk.fromEmail
  if (asEmail === undefined && own === undefined && desk.wire.reads) return noFrom
  if (asEmail === undefined || asEmail === own) return write(own)
  const done = await write(asEmail)
  // Status 0: the address holds what no header can carry.
  const stranger = done.kind === 'rejected' && (done.code === 1008 || done.status === 0)
  return stranger && own !== undefined ? write(own) : done
}

async function readIncident(
  desk: Desk,
  request: Omit<RestRequest<unknown>, 'schema'>,
  budget: Budget,
): Promise<Outcome<PagerIncident>> {
  const read = await desk.wire.rest({ ...request, schema: oneIncident }, budget)
  return read.kind === 'accepted' ? { kind: 'accepted', value: read.value.incident } : read
}

/** A write whose answer holds nothing that is needed. */
async function write(
  desk: Desk,
  request: Omit<RestRequest<unknown>, 'schema'>,
  budget: Budget,
): Promise<Outcome<void>> {
  const written = await desk.wire.rest({ ...request, schema: z.unknown() }, budget)
  return written.kind === 'accepted' ? { kind: 'accepted', value: undefined } : written
}

function pathOf(id: string): string {
  return `/incidents/${encodeURIComponent(id)}`
}

function from(email: string | undefined): { readonly from?: string } {
  return email === undefined ? {} : { from: email }
}
