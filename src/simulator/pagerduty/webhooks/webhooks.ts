import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { PdEvent } from '../model.js'
import type { Site } from '../rest/reference.js'
import { incidentPayload, pingPayload } from './payload.js'
import { type Post, post } from './post.js'

export interface Subscription {
  readonly id: string
  readonly url: string
  readonly secret: string
  readonly description: string
  /** event types it wants */
  readonly events: readonly string[]
  readonly filter: { readonly type: string; readonly id?: string | undefined }
  /** until when PagerDuty has switched it off; null = on */
  readonly disabledUntil: number | null
}

type NewSubscription = Pick<Subscription, 'url'> &
  Partial<Pick<Subscription, 'secret' | 'description' | 'events' | 'filter'>>

/** v3 webhook subscriptions: signed, in order, at least once. */
export interface Webhooks {
  subscribe(o: NewSubscription): Subscription
  list(): readonly Subscription[]
  ping(id: string): boolean
  enable(id: string): Subscription | undefined
  /** Delivers everything twice. */
  duplicate(on: boolean): void
  /** Signs with these as well, as during a change of secrets. They come first in the header. */
  alsoSignWith(secrets: readonly string[]): void
  /** While held, nothing is sent. */
  hold(on: boolean): void
  stopAll(): void
}

/** Every event type that this simulator sends on its own. */
export const incidentEvents: readonly string[] = [
  'incident.triggered',
  'incident.acknowledged',
  'incident.unacknowledged',
  'incident.escalated',
  'incident.reassigned',
  'incident.delegated',
  'incident.resolved',
  'incident.reopened',
  'incident.annotated',
  'incident.priority_updated',
  'incident.responder.added',
  'incident.status_update_published',
]

interface Waiting {
  readonly webhookId: string
  readonly eventType: string
  readonly body: string
  readonly since: number
  attempt: number
}

interface Line {
  subscription: Subscription
  readonly queue: Waiting[]
  dropsInARow: number
  stop: (() => void) | undefined
}

/** What the lines share. */
interface Sender {
  readonly site: Site
  duplicates: boolean
  otherSecrets: readonly string[]
  holding: boolean
}

export function createWebhooks(site: Site): Webhooks {
  const lines = new Map<string, Line>()
  const sender: Sender = { site, duplicates: false, otherSecrets: [], holding: false }
  const unsubscribe = site.account.on((event) => {
    if (event.kind !== 'incident') return
    const payload = incidentPayload(site, event)
    for (const line of lines.values()) {
      if (wants(line.subscription, event)) enqueue(sender, line, payload.event.event_type, payload)
    }
  })
  return {
    subscribe(o) {
      const subscription = newSubscription(site, o)
      lines.set(subscription.id, { subscription, queue: [], dropsInARow: 0, stop: undefined })
      return subscription
    },
    list: () => [...lines.values()].map((line) => line.subscription),
    ping(id) {
      const line = lines.get(id)
      if (line !== undefined) enqueue(sender, line, 'pagey.ping', pingPayload(site.account.clock.now()))
      return line !== undefined
    },
    enable(id) {
      const line = lines.get(id)
      if (line === undefined) return undefined
      line.dropsInARow = 0
      line.subscription = { ...line.subscription, disabledUntil: null }
      return line.subscription
    },
    duplicate(on) {
      sender.duplicates = on
    },
    alsoSignWith(secrets) {
      sender.otherSecrets = secrets
    },
    hold(on) {
      sender.holding = on
      if (!on) for (const line of lines.values()) sendNext(sender, line)
    },
    stopAll() {
      unsubscribe()
      for (const line of lines.values()) line.stop?.()
    },
  }
}

function enqueue(sender: Sender, line: Line, eventType: string, payload: unknown): void {
  // why: while a subscription is disabled, new webhooks are dropped, not kept.
  if (isDisabled(sender, line)) return
  const since = sender.site.account.clock.now()
  line.queue.push({ webhookId: randomUUID(), eventType, body: JSON.stringify(payload), since, attempt: 0 })
  sendNext(sender, line)
}

const newSubscription = (site: Site, o: NewSubscription): Subscription => ({
  id: site.account.id('P'),
  url: o.url,
  secret: o.secret ?? randomBytes(32).toString('base64'),
  description: o.description ?? '',
  events: o.events ?? incidentEvents,
  filter: o.filter ?? { type: 'account_reference' },
  disabledUntil: null,
})

function wants(subscription: Subscription, event: Extract<PdEvent, { kind: 'incident' }>): boolean {
  const { events, filter } = subscription
  if (!events.includes(`incident.${event.change}`)) return false
  return filter.type !== 'service_reference' || filter.id === event.incident.serviceId
}

const isDisabled = (sender: Sender, line: Line): boolean =>
  line.subscription.disabledUntil !== null && sender.site.account.clock.now() < line.subscription.disabledUntil

/** why: one at a time, so the order holds; a failing webhook keeps the ones behind it waiting. */
function sendNext(sender: Sender, line: Line): void {
  const waiting = line.queue[0]
  if (waiting === undefined || line.stop !== undefined || sender.holding) return
  waiting.attempt += 1
  line.stop = post(signed(sender, line.subscription, waiting), (status) => {
    line.stop = undefined
    settle(sender, line, waiting, status)
  })
}

/** why: `v1=` + hex HMAC-SHA256 of the raw body; several, separated by commas, while secrets change. */
function signed(sender: Sender, subscription: Subscription, { body, webhookId }: Waiting): Post {
  const signatures = [...sender.otherSecrets, subscription.secret].map(
    (secret) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`,
  )
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'PagerDuty-Webhook/V3.0',
    'x-pagerduty-signature': signatures.join(','),
    'x-webhook-id': webhookId,
    'x-webhook-subscription': subscription.id,
  }
  return { url: subscription.url, headers, body }
}

const hourMs = 3_600_000

function settle(sender: Sender, line: Line, waiting: Waiting, status: number): void {
  const { clock, emit } = sender.site.account
  // why: no answer, 5xx and 429 are retried for 48 h; every other refusal drops the webhook at once.
  const transient = status === 0 || status >= 500 || status === 429
  const delivered = status >= 200 && status < 300
  const retry = transient && clock.now() - waiting.since < 48 * hourMs
  const outcome = delivered ? 'delivered' : retry ? 'retrying' : 'dropped'
  const { webhookId, eventType, attempt } = waiting
  const subscriptionId = line.subscription.id
  emit({ kind: 'webhook', delivery: { subscriptionId, webhookId, eventType, attempt, status, outcome } })
  if (retry && !delivered) {
    line.stop = clock.after(Math.min(1_000 * 2 ** (attempt - 1), hourMs), () => {
      line.stop = undefined
      sendNext(sender, line)
    })
    return
  }
  if (delivered && sender.duplicates && attempt === 1) {
    sendNext(sender, line)
    return
  }
  line.queue.shift()
  line.dropsInARow = delivered ? 0 : line.dropsInARow + 1
  if (line.dropsInARow >= 3) disable(sender, line)
  sendNext(sender, line)
}

/** why: three drops in a row switch a subscription off for 24 h, and everything queued is lost. */
function disable(sender: Sender, line: Line): void {
  line.queue.length = 0
  line.dropsInARow = 0
  line.subscription = { ...line.subscription, disabledUntil: sender.site.account.clock.now() + 24 * hourMs }
  sender.site.account.emit({ kind: 'account', what: `webhook subscription ${line.subscription.id} disabled for 24 h` })
}
