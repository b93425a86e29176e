import { type Account, copyOf } from './account.js'
import type { SimRequest } from './model.js'

/** The whole account as JSON, newest incidents first. Tokens, keys and headers stay out. */
export function snapshotOf(account: Account, requests: readonly SimRequest[]) {
  return {
    at: account.clock.now(),
    users: [...account.users.values()],
    services: [...account.services.values()].map(({ routingKey: _secret, ...service }) => service),
    policies: [...account.policies.values()].map((policy) => ({ ...policy, onCall: account.onCall(policy.id) })),
    incidents: [...account.incidents.values()]
      .map(copyOf)
      .reverse()
      .map(({ alerts, ...incident }) => ({
        ...incident,
        alerts: alerts.map(({ routingKey: _secret, ...alert }) => alert),
      })),
    requests: requests.slice(-200).map(({ method, path, at, status }) => ({ method, path, at, status })),
  }
}
