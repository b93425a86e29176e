import { createHash } from 'node:crypto'
import type { Account } from './account.js'

export interface Team {
  readonly serviceId: string
  readonly routingKey: string
  readonly escalationPolicyId: string
}

const firstOnCall = { id: 'PALEX01', name: 'Alex Rivera', email: 'alex@example.com', phone: '+1 415 555 0101' }
const secondOnCall = { id: 'PKIM002', name: 'Kim Osei', email: 'kim@example.com', phone: '+1 415 555 0102' }

/** The people every account starts with: two who are on call, and the bot's own user, who is on no schedule. */
export function standardAccount(account: Account, fromEmail: string): void {
  account.users.set('PBOT000', { id: 'PBOT000', name: 'Mayday Bot', email: fromEmail, phone: null })
  for (const person of [firstOnCall, secondOnCall]) account.users.set(person.id, person)
}

/** A service with its own key and policy. Healthy for paging: two levels, repeated, high urgency, no auto-resolve. */
export function createTeam(account: Account, name: string): Team {
  const escalationPolicyId = account.id('P')
  const serviceId = account.id('P')
  const routingKey = createHash('sha256').update(`${name} ${serviceId}`).digest('hex').slice(0, 32)
  account.policies.set(escalationPolicyId, {
    id: escalationPolicyId,
    name: `${name} policy`,
    levels: [[firstOnCall.id], [secondOnCall.id]],
    levelDelayMinutes: 5,
    loops: 2,
    until: null,
  })
  account.services.set(serviceId, {
    id: serviceId,
    name,
    routingKey,
    integrationId: account.id('P'),
    createdAt: account.clock.now(),
    escalationPolicyId,
    status: 'active',
    alertGrouping: false,
    autoPause: false,
    suppress: false,
    urgency: 'high',
    // why: 1800 s is what PagerDuty gives a service made over the API.
    acknowledgementTimeoutSeconds: 1800,
    autoResolveTimeoutSeconds: null,
  })
  return { serviceId, routingKey, escalationPolicyId }
}
