import type { Clock, Outcome } from '../../ports.js'
import { type Service, service } from './answers.js'
import { readAll } from './paged.js'
import { refused } from './verdict.js'
import type { Budget, Wire } from './wire.js'

/** Which team is paged how. The key `undefined` is the default service. */
export interface Teams {
  /** Events API v2 integration keys. */
  readonly routingKeys: ReadonlyMap<string | undefined, string>
  /** Teams that are known by an escalation policy's id. */
  readonly escalationPolicies: ReadonlyMap<string | undefined, string>
}

/** The services behind routing keys, from a copy at most 10 min old. */
export interface Services {
  ofKey(routingKey: string, budget: Budget): Promise<Outcome<Service>>
  /** Forgets the copy: PagerDuty said that what it holds is no longer so. */
  forget(): void
}

const KEPT_MS = 600_000

export function createServices(wire: Wire, clock: Clock): Services {
  const known = new Map<string, { readonly service: Service; readonly readAt: number }>()
  return {
    forget: () => known.clear(),
    async ofKey(routingKey, budget) {
      const kept = known.get(routingKey)
      if (kept !== undefined && clock.now() - kept.readAt < KEPT_MS) return { kind: 'accepted', value: kept.service }
      const holds = (one: Service) => one.integrations?.some((i) => i.integration_key === routingKey) === true
      const request = { path: '/services', query: { 'include[]': ['integrations'] }, list: 'services', item: service }
      const read = await readAll(wire, request, budget, (page) => page.some(holds))
      if (read.kind !== 'accepted') {
        // A service does not change its id: an old answer is better than no second road.
        return kept === undefined || read.kind === 'auth' ? read : { kind: 'accepted', value: kept.service }
      }
      const found = read.value.find(holds)
      if (found === undefined) return refused('no service that the REST key can see has this routing key')
      known.set(routingKey, { service: found, readAt: clock.now() })
      return { kind: 'accepted', value: found }
    },
  }
}
