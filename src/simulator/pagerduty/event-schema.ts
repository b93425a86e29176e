import { z } from 'zod'

// The wording of each fault is PagerDuty's, because people search for it.
const missing = (field: string) => `'${field}' is missing or blank`
const filled = (field: string, max?: number) => {
  const text = z.string(missing(field)).min(1, missing(field))
  return max === undefined ? text : text.max(max, `'${field}' is too long (maximum is ${max} characters)`)
}
const web = (field: string) => z.string().regex(/^https?:\/\//, `'${field}' is not a valid URL`)

const timestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/

const severities = ['critical', 'warning', 'error', 'info'] as const
const severityRule =
  "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"

const payload = z.looseObject({
  // why: 1024 and 255 are the limits of the Events API reference; the fake refuses what PagerDuty might cut.
  summary: filled('payload.summary', 1024),
  source: filled('payload.source'),
  severity: z.enum(severities, severityRule),
  timestamp: z.string().regex(timestamp, "'payload.timestamp' is not a valid ISO 8601 time").optional(),
  component: z.string().optional(),
  group: z.string().optional(),
  class: z.string().optional(),
  custom_details: z.record(z.string(), z.unknown(), "'payload.custom_details' must be an object").optional(),
})

const routingKey = filled('routing_key').length(32, "Length of 'routing_key' is incorrect (should be 32 characters)")
const links = z.array(z.looseObject({ href: web('links.href'), text: z.string().optional() })).optional()
const images = z
  .array(
    z.looseObject({
      // why: image sources must be served over https.
      src: z.string().regex(/^https:\/\//, "'images.src' must be served over https"),
      href: web('images.href').optional(),
      alt: z.string().optional(),
    }),
  )
  .optional()

const follow = { routing_key: routingKey, dedup_key: filled('dedup_key', 255) }

const eventByAction = z.discriminatedUnion(
  'event_action',
  [
    z.looseObject({
      event_action: z.literal('trigger'),
      routing_key: routingKey,
      dedup_key: filled('dedup_key', 255).optional(),
      payload: z.preprocess((value) => value ?? {}, payload),
      client: z.string("'client' must be a string").optional(),
      client_url: web('client_url').optional(),
      links,
      images,
    }),
    z.looseObject({ event_action: z.literal('acknowledge'), ...follow }),
    z.looseObject({ event_action: z.literal('resolve'), ...follow }),
  ],
  "'event_action' is invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",
)

const changeEvent = z.looseObject({
  routing_key: routingKey,
  payload: z.looseObject({ summary: filled('payload.summary', 1024) }, missing('payload')),
  links,
  images,
})

export type IncomingEvent = z.infer<typeof eventByAction>

/** The event, or the list of everything that is wrong with it. */
export function parseEvent(body: unknown): { readonly event: IncomingEvent } | { readonly errors: readonly string[] } {
  const result = eventByAction.safeParse(body)
  return result.success ? { event: result.data } : { errors: result.error.issues.map((issue) => issue.message) }
}

/** Routing key of a change event, or what is wrong with it. */
export function parseChangeEvent(
  body: unknown,
): { readonly routingKey: string } | { readonly errors: readonly string[] } {
  const result = changeEvent.safeParse(body)
  if (result.success) return { routingKey: result.data.routing_key }
  return { errors: result.error.issues.map((issue) => issue.message) }
}
