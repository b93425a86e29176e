import { z } from 'zod'
import { notFound, ok, type Reply } from '../reply.js'
import type { Subscription } from '../webhooks/webhooks.js'
import { page, parseBody, type RestCall } from './call.js'

const creation = z.looseObject({
  webhook_subscription: z.looseObject({
    type: z.literal('webhook_subscription'),
    description: z.string().optional(),
    events: z.array(z.string()).min(1),
    filter: z.looseObject({
      type: z.enum(['account_reference', 'service_reference', 'team_reference']),
      id: z.string().optional(),
    }),
    delivery_method: z.looseObject({ type: z.literal('http_delivery_method'), url: z.url() }),
  }),
})

/** `GET /webhook_subscriptions` */
export const listSubscriptions = ({ webhooks, request, site }: RestCall): Reply =>
  page(request, 'webhook_subscriptions', webhooks.list(), (s) => shown(s, null, site.account.clock.now()))

/** `POST /webhook_subscriptions`. why: this answer is the only one that ever shows the secret. */
export function createSubscription({ webhooks, request, site }: RestCall): Reply {
  const parsed = parseBody(creation, request)
  if ('refusal' in parsed) return parsed.refusal
  const { description, events, filter, delivery_method } = parsed.body.webhook_subscription
  const made = webhooks.subscribe({
    url: delivery_method.url,
    events,
    filter: { type: filter.type, id: filter.id },
    ...(description === undefined ? {} : { description }),
  })
  return ok({ webhook_subscription: shown(made, made.secret, site.account.clock.now()) })
}

/** `POST /webhook_subscriptions/{id}/enable` */
export function enableSubscription({ webhooks, id, site }: RestCall): Reply {
  const enabled = webhooks.enable(id)
  return enabled === undefined
    ? notFound()
    : ok({ webhook_subscription: shown(enabled, null, site.account.clock.now()) })
}

/** `POST /webhook_subscriptions/{id}/ping` */
export const pingSubscription = ({ webhooks, id }: RestCall): Reply =>
  webhooks.ping(id) ? { status: 202 } : notFound()

function shown(s: Subscription, secret: string | null, now: number) {
  return {
    id: s.id,
    type: 'webhook_subscription',
    active: true,
    description: s.description,
    events: s.events,
    filter: s.filter,
    delivery_method: {
      id: `${s.id}D`,
      type: 'http_delivery_method',
      url: s.url,
      secret,
      temporarily_disabled: s.disabledUntil !== null && now < s.disabledUntil,
      custom_headers: [],
    },
  }
}
