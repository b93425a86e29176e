import { copyOf, createAccount } from './account.js'
import { realClock, type SimClock } from './clock.js'
import { createControls, type PagerDutyControls } from './controls.js'
import { createEventsApi } from './events-api.js'
import { createFaults, type SimFault } from './faults.js'
import { createLifecycle } from './lifecycle.js'
import type { PdEvent, SimEventRequest, SimIncident, SimRequest } from './model.js'
import type { Site } from './rest/reference.js'
import { createRestApi, unauthorized } from './rest/rest-api.js'
import { createTeam, standardAccount } from './setup.js'
import { snapshotOf } from './snapshot.js'
import { createWebhooks, type Webhooks } from './webhooks/webhooks.js'
import { openWire } from './wire.js'

export interface PagerDutySimulatorOptions {
  /** 0 or absent: any free port */
  readonly port?: number
  readonly clock?: SimClock
  /** Events are processed this long after their 202. Default 40 ms. */
  readonly processingMs?: number
  readonly restToken?: string
  readonly fromEmail?: string
  readonly webhook?: { readonly url: string; readonly secret: string }
  /** Events API calls a minute for each routing key. Default 120. */
  readonly rateLimitPerMinute?: number
  /** REST calls a minute. Default 960. */
  readonly restLimitPerMinute?: number
  /** Where `html_url` points. Default: a made-up account at pagerduty.com. */
  readonly htmlOrigin?: string
}

/** A PagerDuty account on 127.0.0.1: Events API v2, REST API v2, v3 webhooks, people who answer, and everything that can go wrong. */
export interface PagerDutySimulator extends PagerDutyControls {
  readonly origin: string
  /** the same as `origin` */
  readonly eventsUrl: string
  /** the same as `origin` */
  readonly apiUrl: string
  readonly routingKey: string
  readonly restToken: string
  readonly fromEmail: string
  readonly serviceId: string
  readonly escalationPolicyId: string
  /** id of the subscription made from `webhook`, if there was one */
  readonly webhookSubscriptionId: string | undefined
  readonly webhooks: Pick<Webhooks, 'list' | 'ping' | 'enable' | 'duplicate' | 'alsoSignWith'>
  incidents(): readonly SimIncident[]
  requests(o?: { readonly path?: string; readonly method?: string }): readonly SimRequest[]
  /** Events that got a 202, whatever became of them. */
  events(): readonly SimEventRequest[]
  fault(fault: SimFault): () => void
  /** 202, and then nothing. */
  dropSilently(on: boolean): void
  delayProcessing(ms: number): void
  /** Everything answers 503, accepted events and webhooks wait. Ending it works them off in order. */
  outage(on: boolean): void
  /** 401 everywhere, as with a key of the other service region. */
  region(wrong: boolean): void
  on(listener: (event: PdEvent) => void): () => void
  /** JSON without secrets, for a page. */
  snapshot(): unknown
  close(): Promise<void>
}

/** Starts the simulator. One team, two people on call (level 1 and 2) and the user that REST writes act as exist already. */
export async function createPagerDutySimulator(options: PagerDutySimulatorOptions = {}): Promise<PagerDutySimulator> {
  const parts = assemble(options)
  const { account, main, events, lifecycle, webhooks, faults } = parts
  const weather = { outage: false, wrongRegion: false }
  const wire = await openWire({
    port: options.port ?? 0,
    clock: account.clock,
    faults,
    onRequest: (request) => account.emit({ kind: 'request', request }),
    handle(request) {
      if (weather.outage) return { status: 503, text: '<html><body>503 Service Unavailable</body></html>' }
      if (weather.wrongRegion) return unauthorized()
      return request.path.startsWith('/v2/') ? events.handle(request) : parts.rest(request)
    },
  })
  return {
    ...{ origin: wire.origin, eventsUrl: wire.origin, apiUrl: wire.origin },
    ...main,
    ...{ restToken: parts.restToken, fromEmail: parts.fromEmail },
    webhookSubscriptionId: parts.subscription?.id,
    webhooks,
    ...createControls(account, lifecycle, main),
    incidents: () => [...account.incidents.values()].map(copyOf),
    requests: ({ path, method } = {}) =>
      wire.requests
        .filter((r) => (path ?? r.path) === r.path && (method ?? r.method) === r.method)
        .map((r) => ({ ...r })),
    events: () => [...events.accepted],
    fault: faults.add,
    dropSilently: events.dropSilently,
    delayProcessing: events.delayProcessing,
    outage(on) {
      weather.outage = on
      webhooks.hold(on)
      events.hold(on)
    },
    region(wrong) {
      weather.wrongRegion = wrong
    },
    on: account.on,
    snapshot: () => snapshotOf(account, wire.requests),
    async close() {
      events.stopAll()
      lifecycle.stopAll()
      webhooks.stopAll()
      await wire.close()
    },
  }
}

function assemble(options: PagerDutySimulatorOptions) {
  const account = createAccount(options.clock ?? realClock)
  const site: Site = { account, htmlOrigin: options.htmlOrigin ?? 'https://simulated.pagerduty.com' }
  const fromEmail = options.fromEmail ?? 'mayday-bot@example.com'
  const restToken = options.restToken ?? 'simulated-rest-token'
  standardAccount(account, fromEmail)
  const main = createTeam(account, 'Emergency')
  const lifecycle = createLifecycle(account)
  const webhooks = createWebhooks(site)
  const subscription = options.webhook === undefined ? undefined : webhooks.subscribe(options.webhook)
  const events = createEventsApi(account, lifecycle, {
    processingMs: options.processingMs ?? 40,
    perMinute: options.rateLimitPerMinute ?? 120,
  })
  const perMinute = options.restLimitPerMinute ?? 960
  const rest = createRestApi({ site, lifecycle, webhooks, token: restToken, perMinute })
  const faults = createFaults()
  return { account, main, lifecycle, webhooks, subscription, events, rest, faults, restToken, fromEmail }
}
