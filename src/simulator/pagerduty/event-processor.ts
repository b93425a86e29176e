import type { Account } from './account.js'
import { record } from './assignment.js'
import type { Lifecycle } from './lifecycle.js'
import type { SimAlert, SimEventRequest, SimService } from './model.js'

/** What happens to an event after its 202. */
export interface EventProcessor {
  submit(event: SimEventRequest, service: SimService): void
  dropSilently(on: boolean): void
  delay(ms: number): void
  hold(on: boolean): void
  stopAll(): void
}

/** why: auto-pause waits this long for an alert to resolve itself before it makes an incident. */
const autoPauseMs = 300_000

interface Parts {
  readonly account: Account
  readonly lifecycle: Lifecycle
  /** triggers waiting out auto-pause, by routing and dedup key */
  readonly paused: Map<string, () => void>
}

export function createEventProcessor(account: Account, lifecycle: Lifecycle, processingMs: number): EventProcessor {
  const parts: Parts = { account, lifecycle, paused: new Map() }
  const pending = new Set<() => void>()
  const held: (() => void)[] = []
  let delayMs = processingMs
  let dropping = false
  let holding = false
  const process = (event: SimEventRequest, service: SimService) => {
    if (holding) held.push(() => process(event, service))
    else if (dropping) account.emit({ kind: 'dropped', event, reason: 'dropped silently, as the scenario asked' })
    else if (event.event_action === 'trigger') trigger(parts, event, service)
    else follow(parts, event, service)
  }
  return {
    submit(event, service) {
      const cancel = account.clock.after(delayMs, () => {
        pending.delete(cancel)
        process(event, service)
      })
      pending.add(cancel)
    },
    dropSilently(on) {
      dropping = on
    },
    delay(ms) {
      delayMs = ms
    },
    hold(on) {
      holding = on
      if (!on) for (const run of held.splice(0)) run()
    },
    stopAll() {
      for (const cancel of [...pending, ...parts.paused.values()]) cancel()
    },
  }
}

const keyOf = (event: SimEventRequest) => `${event.routing_key} ${event.dedup_key}`

function trigger(parts: Parts, event: SimEventRequest, service: SimService): void {
  const { account, paused } = parts
  const open = account.openAlert(event.routing_key, event.dedup_key)
  if (open !== undefined) {
    // why: the same key and routing key while the alert is open is a log entry, never a second page.
    const summary = 'Triggered again through the API'
    record(account, open.incident, {
      type: 'trigger_log_entry',
      agent: agentOf(service),
      summary,
      channel: { type: 'api' },
    })
    return
  }
  const reason = whyDropped(account, service)
  if (reason !== undefined) {
    account.emit({ kind: 'dropped', event, reason })
    return
  }
  if (!service.autoPause) {
    openOrGroup(parts, event, service)
    return
  }
  if (paused.has(keyOf(event))) return
  const cancel = account.clock.after(autoPauseMs, () => {
    paused.delete(keyOf(event))
    openOrGroup(parts, event, service)
  })
  paused.set(keyOf(event), cancel)
}

/** why: each of these gets a 202 and then leaves no trace; dropped events cannot be audited or viewed. */
function whyDropped(account: Account, service: SimService): string | undefined {
  if (service.status === 'disabled') return 'the service is disabled'
  if (service.status === 'maintenance') return 'the service is in maintenance'
  if (service.suppress) return 'an orchestration rule suppressed the alert'
  if (account.onCall(service.escalationPolicyId).flat().length === 0) return 'nobody is on call'
  return undefined
}

function openOrGroup(parts: Parts, event: SimEventRequest, service: SimService): void {
  const { account, lifecycle } = parts
  const alert = alertOf(account, event, service)
  const host = service.alertGrouping
    ? [...account.incidents.values()].find((i) => i.serviceId === service.id && i.status !== 'resolved')
    : undefined
  if (host !== undefined) {
    // why: grouping adds the alert to an open incident and notifies nobody, even when that incident is acknowledged.
    host.alerts.push(alert)
    const summary = 'An alert was grouped into this incident'
    record(account, host, { type: 'trigger_log_entry', agent: agentOf(service), summary, channel: { type: 'api' } })
    return
  }
  lifecycle.open({
    createdVia: 'events',
    serviceId: service.id,
    title: alert.summary,
    agent: agentOf(service),
    dedupKey: event.dedup_key,
    incidentKey: null,
    clientName: event.client,
    clientUrl: event.client_url,
    customDetails: alert.details,
    alert,
  })
}

function follow(parts: Parts, event: SimEventRequest, service: SimService): void {
  const { account, lifecycle, paused } = parts
  if (event.event_action === 'resolve') {
    paused.get(keyOf(event))?.()
    paused.delete(keyOf(event))
  }
  const open = account.openAlert(event.routing_key, event.dedup_key)
  if (open === undefined) {
    // why: acknowledge and resolve without an open alert are dropped.
    account.emit({ kind: 'dropped', event, reason: `there is no open alert to ${event.event_action}` })
    return
  }
  const { incident, alert } = open
  if (event.event_action === 'acknowledge') {
    if (incident.status === 'triggered') lifecycle.acknowledge(incident, agentOf(service))
    return
  }
  alert.status = 'resolved'
  // why: an incident is resolved when its last alert is.
  if (incident.alerts.every((a) => a.status === 'resolved')) lifecycle.resolve(incident, agentOf(service))
}

const agentOf = (service: SimService) => ({ kind: 'integration', id: service.integrationId }) as const

function alertOf(account: Account, event: SimEventRequest, service: SimService): SimAlert {
  return {
    id: account.id('Q'),
    key: event.dedup_key,
    routingKey: event.routing_key,
    integrationId: service.integrationId,
    severity: event.payload?.severity ?? 'critical',
    summary: event.payload?.summary ?? '',
    at: account.clock.now(),
    details: event.payload?.custom_details ?? {},
    status: 'triggered',
  }
}
