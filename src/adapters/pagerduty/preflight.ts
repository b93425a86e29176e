import type { Clock, Log } from '../../ports.js'
import type { Finding } from '../finding.js'
import { abilities, subscription, user } from './answers.js'
import { notRead } from './finding.js'
import { readAll } from './paged.js'
import { checkPolicy, readShifts } from './policy-check.js'
import { checkService } from './service-check.js'
import { createServices, type Services, type Teams } from './services.js'
import { createWire, type Limits, type Wire } from './wire.js'

export interface InspectOptions extends Teams {
  readonly eventsUrl?: string | undefined
  readonly apiUrl?: string | undefined
  readonly token?: string | undefined
  readonly fromEmail?: string | undefined
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<Limits> | undefined
}

interface Desk {
  readonly options: InspectOptions
  readonly wire: Wire
  readonly services: Services
}

/**
 * Looks for everything in PagerDuty's settings that would let an accepted page call nobody. Reads only, and never
 * throws for what the wire does.
 * @throws MaydayError `CONFIG_INVALID` for a base URL that a key may not be sent to.
 */
export async function inspect(options: InspectOptions): Promise<readonly Finding[]> {
  const wire = createWire({ ...options, secrets: [...options.routingKeys.values()] })
  if (!wire.reads) return [blind]
  const able = await wire.rest({ method: 'GET', path: '/abilities', schema: abilities })
  if (able.kind !== 'accepted') return [notRead('the account', able)]
  const desk: Desk = { options, wire, services: createServices(wire, options.clock) }
  const { findings, policies } = await checkTeams(desk)
  for (const [id, teams] of policies) findings.push(...(await checkPolicy(wire, options.clock, id, teams)))
  findings.push(...(await checkSender(desk)), plan(able.value.abilities), ...(await checkWebhooks(wire)))
  return findings
}

const blind: Finding = {
  level: 'warn',
  what: 'PAGERDUTY_API_TOKEN is not set: no page can be confirmed, nobody on call can be named, and there is no second road.',
  remedy: 'Create a REST API key in PagerDuty (Integrations > API Access Keys) and set PAGERDUTY_API_TOKEN.',
}

/** Every routing key's service, and the escalation policies that pages of any team reach. */
async function checkTeams(desk: Desk) {
  const { routingKeys, escalationPolicies } = desk.options
  const findings: Finding[] = []
  const policies = new Map<string, string[]>()
  const reaches = (policy: string, team: string) => policies.set(policy, [...(policies.get(policy) ?? []), team])
  const seen = new Set<string>()
  for (const [team, routingKey] of routingKeys) {
    const name = labelOf(team)
    const service = await desk.services.ofKey(routingKey, desk.wire.budget())
    if (service.kind !== 'accepted') {
      findings.push(service.kind === 'rejected' ? foreignKey(name) : notRead(`the service of ${name}`, service))
      continue
    }
    const { id, escalation_policy: policy } = service.value
    if (policy) reaches(policy.id, name)
    if (seen.has(id)) continue
    seen.add(id)
    findings.push(...(await checkService(desk.wire, id, name)))
  }
  for (const [team, policy] of escalationPolicies) reaches(policy, labelOf(team))
  return { findings, policies }
}

function labelOf(team: string | undefined): string {
  return team === undefined ? 'the default routing key' : `team ${team}`
}

function foreignKey(name: string): Finding {
  return {
    level: 'fail',
    what: `No service that the REST key can see has the integration key of ${name}: pages may go nowhere, and cannot be confirmed.`,
    remedy:
      'Copy the key of an "Events API v2" integration of the service (not of an event orchestration), and give the REST key access to that service.',
  }
}

/** The user that REST writes act as: without it there is no second road. */
async function checkSender({ wire, options }: Desk): Promise<readonly Finding[]> {
  const email = options.fromEmail
  if (email === undefined) return [{ ...noSender, what: 'PAGERDUTY_FROM_EMAIL is not set: Mayday cannot write.' }]
  const request = { path: '/users', query: { query: email }, list: 'users', item: user }
  const found = await readAll(wire, request, wire.budget())
  if (found.kind !== 'accepted') return [notRead('its users', found)]
  const sender = found.value.find((one) => one.email.toLowerCase() === email.toLowerCase())
  if (sender === undefined) {
    return [{ ...noSender, what: `PagerDuty has no user ${email} (PAGERDUTY_FROM_EMAIL): Mayday cannot write.` }]
  }
  const shifts = await readShifts(wire, options.clock, { 'user_ids[]': [sender.id] })
  if (shifts.kind !== 'accepted') return [notRead(`the shifts of ${email}`, shifts)]
  if (shifts.value.length === 0) {
    return [{ level: 'ok', what: `${email} exists and is not on call in the next seven days.` }]
  }
  return [
    {
      level: 'warn',
      what: `${email} (PAGERDUTY_FROM_EMAIL) is on call: an incident that Mayday creates for them can start acknowledged, and nobody is called.`,
      remedy: 'Use a PagerDuty user for Mayday alone, who is on no schedule and on no escalation policy.',
    },
  ]
}

const noSender = {
  level: 'fail',
  remedy: 'Set PAGERDUTY_FROM_EMAIL to the login e-mail of a PagerDuty user who is on no schedule.',
} as const

function plan(able: readonly string[]): Finding {
  return able.includes('coordinated_responding')
    ? { level: 'ok', what: 'The plan can ask further responders to join.' }
    : {
        level: 'ok',
        what: 'The plan cannot ask further responders to join; Mayday raises the escalation level instead.',
      }
}

/** why: three refused deliveries in a row disable a subscription for a day, and everything in that day is lost. */
async function checkWebhooks(wire: Wire): Promise<readonly Finding[]> {
  const request = { path: '/webhook_subscriptions', list: 'webhook_subscriptions', item: subscription }
  const read = await readAll(wire, request, wire.budget())
  if (read.kind !== 'accepted') return [{ ...notRead('its webhook subscriptions', read), level: 'warn' }]
  const off = read.value.filter((one) => one.active === false || one.delivery_method?.temporarily_disabled === true)
  if (off.length === 0) {
    const what =
      read.value.length === 0 ? 'No webhook is subscribed; Mayday asks instead.' : 'All webhooks are enabled.'
    return [{ level: 'ok', what }]
  }
  return off.map((one) => ({
    level: 'warn',
    what: `Webhook subscription ${one.id} to ${hostOf(one.delivery_method?.url)} is disabled: Mayday still asks, a little later.`,
    remedy:
      "If it is Mayday's, enable it in PagerDuty (Integrations > Generic Webhooks) once the address answers again.",
  }))
}

/** A webhook's path can hold a secret. */
function hostOf(url: string | null | undefined): string {
  return url && URL.canParse(url) ? new URL(url).host : 'an unknown host'
}
