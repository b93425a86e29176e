import { createHash } from 'node:crypto'
import type { SimClock } from './clock.js'
import {
  PagerDutySimulatorError,
  type PdEvent,
  type SimAlert,
  type SimIncident,
  type SimIncidentState,
  type SimPolicy,
  type SimService,
  type SimUser,
} from './model.js'

type WithoutTime<T> = T extends unknown ? Omit<T, 'at'> : never

/** One PagerDuty account: its people, services, policies and incidents, and whoever watches them. */
export interface Account {
  readonly clock: SimClock
  readonly users: Map<string, SimUser>
  readonly services: Map<string, SimService>
  readonly policies: Map<string, SimPolicy>
  readonly incidents: Map<string, SimIncidentState>
  readonly abilities: Set<string>
  id(prefix: string): string
  nextNumber(): number
  emit(event: WithoutTime<PdEvent>): void
  on(listener: (event: PdEvent) => void): () => void
  user(id: string): SimUser
  service(id: string): SimService
  policy(id: string): SimPolicy
  incident(id: string): SimIncidentState
  serviceOfKey(routingKey: string): SimService | undefined
  /** People on call by level now (or at `at`); empty when the rotation has run out. */
  onCall(policyId: string, at?: number): readonly (readonly string[])[]
  openAlert(routingKey: string, key: string): { incident: SimIncidentState; alert: SimAlert } | undefined
  openRestKey(serviceId: string, key: string): SimIncidentState | undefined
}

/** PagerDuty's five default priorities. */
export const priorities = ['P1', 'P2', 'P3', 'P4', 'P5'].map((name) => ({ id: `PRIO${name}`, name }))

export function createAccount(clock: SimClock): Account {
  const users = new Map<string, SimUser>()
  const services = new Map<string, SimService>()
  const policies = new Map<string, SimPolicy>()
  const incidents = new Map<string, SimIncidentState>()
  const listeners = new Set<(event: PdEvent) => void>()
  let ids = 0
  let number = 0
  const policy = (id: string) => must(policies, id, 'escalation policy')
  return {
    clock,
    users,
    services,
    policies,
    incidents,
    abilities: new Set(['sso', 'teams', 'urgencies', 'service_support_hours']),
    id: (prefix) => identifier(prefix, ids++),
    nextNumber: () => ++number,
    emit(event) {
      const complete = { ...event, at: clock.now() } as PdEvent
      for (const listener of [...listeners]) listener(complete)
    },
    on(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    user: (id) => must(users, id, 'user'),
    service: (id) => must(services, id, 'service'),
    policy,
    incident: (id) => must(incidents, id, 'incident'),
    serviceOfKey: (key) => [...services.values()].find((service) => service.routingKey === key),
    onCall(policyId, at = clock.now()) {
      const { levels, until } = policy(policyId)
      return until !== null && at >= until ? [] : levels
    },
    openAlert(routingKey, key) {
      for (const incident of incidents.values()) {
        const alert = incident.alerts.find(
          (a) => a.status === 'triggered' && a.routingKey === routingKey && a.key === key,
        )
        if (alert !== undefined) return { incident, alert }
      }
      return undefined
    },
    openRestKey: (serviceId, key) =>
      [...incidents.values()].find(
        (i) => i.serviceId === serviceId && i.incidentKey === key && i.status !== 'resolved',
      ),
  }
}

/** A copy that later changes do not reach. */
export const copyOf = (incident: SimIncidentState): SimIncident => structuredClone(incident)

/** Looks like PagerDuty's: a letter and upper-case base 36, the same in every run. */
function identifier(prefix: string, n: number): string {
  const digest = createHash('sha256').update(`${prefix}${n}`).digest()
  return `${prefix}${digest.readBigUInt64BE().toString(36).toUpperCase().padStart(13, '0').slice(-12)}`
}

function must<T>(map: ReadonlyMap<string, T>, id: string, what: string): T {
  const found = map.get(id)
  if (found === undefined) throw new PagerDutySimulatorError(`The simulated PagerDuty has no ${what} ${id}.`)
  return found
}
