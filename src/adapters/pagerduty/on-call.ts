import type { Clock, OnCall, OnCallPerson, Outcome } from '../../ports.js'
import { contactMethods, nameOf, type OnCallEntry, onCallEntry } from './answers.js'
import { readAll } from './paged.js'
import { createServices, type Services, type Teams } from './services.js'
import { refused } from './verdict.js'
import type { Budget, Wire } from './wire.js'

/** Reads who is on call, each time anew. */
export interface OnCallReader {
  /** By level. `last` lends phone numbers that cannot be read just now. */
  read(team: string | undefined, last: OnCall | undefined): Promise<Outcome<readonly OnCallPerson[]>>
}

interface Phone {
  readonly number?: string
  readonly until: number
}
interface Desk extends Teams {
  readonly wire: Wire
  readonly services: Services
  readonly clock: Clock
  readonly phones: Map<string, Phone>
}

const PHONE_KEPT_MS = 6 * 3_600_000
const NO_PHONE_KEPT_MS = 600_000
/** Nobody calls more people than that in one night, and PagerDuty limits requests. */
const PHONES_MAX = 20

export function createOnCallReader(wire: Wire, options: Teams & { readonly clock: Clock }): OnCallReader {
  const { routingKeys, escalationPolicies, clock } = options
  const services = createServices(wire, clock)
  const desk: Desk = { wire, routingKeys, escalationPolicies, clock, services, phones: new Map() }
  return {
    async read(team, last) {
      const budget = wire.budget()
      const policy = await policyOf(desk, team, budget)
      if (policy.kind !== 'accepted') return policy
      const query = { 'escalation_policy_ids[]': [policy.value], 'include[]': ['users'] }
      const read = await readAll(wire, { path: '/oncalls', query, list: 'oncalls', item: onCallEntry }, budget)
      if (read.kind !== 'accepted') return read
      const entries = onePerLevel(read.value)
      await readPhones(desk, entries, budget)
      return { kind: 'accepted', value: entries.map((entry) => personOf(entry, desk, last)) }
    },
  }
}

async function policyOf(desk: Desk, team: string | undefined, budget: Budget): Promise<Outcome<string>> {
  const known = desk.escalationPolicies.get(team)
  if (known !== undefined) return { kind: 'accepted', value: known }
  const routingKey = desk.routingKeys.get(team)
  if (routingKey === undefined) return refused('there is no team of this name in mayday.yml')
  const service = await desk.services.ofKey(routingKey, budget)
  if (service.kind !== 'accepted') return service
  const id = service.value.escalation_policy?.id
  return id === undefined ? refused('the service has no escalation policy') : { kind: 'accepted', value: id }
}

/** Somebody who stands on one level twice (two schedules) is named once, with the longer shift. */
function onePerLevel(entries: readonly OnCallEntry[]): readonly OnCallEntry[] {
  const kept = new Map<string, OnCallEntry>()
  for (const entry of entries) {
    const key = `${entry.escalation_level} ${entry.user.id}`
    const other = kept.get(key)
    if (other === undefined || endOf(entry) > endOf(other)) kept.set(key, entry)
  }
  return [...kept.values()].toSorted((a, b) => a.escalation_level - b.escalation_level)
}

/** No end: on call for ever. */
function endOf(entry: OnCallEntry): number {
  return entry.end ?? Number.POSITIVE_INFINITY
}

function personOf(entry: OnCallEntry, desk: Desk, last: OnCall | undefined): OnCallPerson {
  const name = nameOf(entry.user)
  const email = entry.user.email ?? undefined
  const before = last?.people.find((person) => person.name === name && person.email === email)
  const phone = desk.phones.get(entry.user.id)?.number ?? before?.phone
  return {
    name,
    level: entry.escalation_level,
    ...(email === undefined ? {} : { email }),
    ...(phone === undefined ? {} : { phone }),
    ...(entry.schedule ? { schedule: nameOf(entry.schedule) } : {}),
    ...(entry.end ? { until: entry.end } : {}),
  }
}

/** A number that cannot be read is only missing from the list; the list is right without it. */
async function readPhones(desk: Desk, entries: readonly OnCallEntry[], budget: Budget): Promise<void> {
  const now = desk.clock.now()
  const unknown = [...new Set(entries.map((entry) => entry.user.id))].filter(
    (id) => (desk.phones.get(id)?.until ?? 0) <= now,
  )
  await Promise.all(unknown.slice(0, PHONES_MAX).map((id) => readPhone(desk, id, now, budget)))
}

async function readPhone(desk: Desk, id: string, now: number, budget: Budget): Promise<void> {
  const path = `/users/${encodeURIComponent(id)}/contact_methods`
  const read = await desk.wire.rest({ method: 'GET', path, schema: contactMethods }, budget)
  if (read.kind !== 'accepted') {
    const old = desk.phones.get(id)?.number
    desk.phones.set(id, { ...(old === undefined ? {} : { number: old }), until: now + NO_PHONE_KEPT_MS })
    return
  }
  const methods = read.value.contact_methods
  const method =
    methods.find((one) => one.type.startsWith('phone')) ?? methods.find((one) => one.type.startsWith('sms'))
  if (!method?.address) {
    desk.phones.set(id, { until: now + NO_PHONE_KEPT_MS })
    return
  }
  const { address, country_code: country } = method
  const number = address.startsWith('+') || !country ? address : `+${country} ${address}`
  desk.phones.set(id, { number, until: now + PHONE_KEPT_MS })
}
