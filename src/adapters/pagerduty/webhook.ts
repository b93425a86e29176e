import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { PagerIncident } from '../../ports.js'
import { mergeTarget, nameOf } from './answers.js'

/** What a webhook of PagerDuty says about an incident. */
export interface PagerNews {
  /** The same on every delivery of this news. */
  readonly deliveryId?: string
  /**
   * PagerDuty's event type, e.g. `incident.acknowledged`; `incident.merged` for the resolution that a merge causes,
   * which is not an end: `incident.mergedInto` goes on.
   */
  readonly type: string
  readonly incidentId: string
  /** The `client_url` of the event that opened it; only sure to be there on `incident.triggered`. */
  readonly clientUrl?: string
  readonly incident: PagerIncident
  /** When it happened, epoch ms. Deliveries come late and repeated; what is older than known state is no news. */
  readonly at: number
  /** Who did it. `none`: nobody, a time-out did. */
  readonly agent?: { readonly name: string; readonly kind: 'person' | 'integration' | 'none' }
}

/**
 * Is one of the signatures in `X-PagerDuty-Signature` that of this body? There are several while a secret is changed.
 * @param rawBody the bytes as received: JSON that was parsed and written again has another signature
 */
export function verifySignature(rawBody: string | Uint8Array, header: string | undefined, secret: string): boolean {
  if (header === undefined || secret === '') return false
  const ours = createHmac('sha256', secret).update(rawBody).digest()
  return header.split(',').some((part) => {
    const hex = /^v1=([0-9a-f]{64})$/i.exec(part.trim())?.[1]
    return hex !== undefined && timingSafeEqual(Buffer.from(hex, 'hex'), ours)
  })
}

const ref = z.object({
  id: z.string(),
  type: z.string().optional().catch(undefined),
  summary: z.string().nullish().catch(undefined),
})
const instant = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((ms) => !Number.isNaN(ms))

const delivery = z.object({
  event: z.object({
    id: z.string().optional().catch(undefined),
    event_type: z.string(),
    occurred_at: instant,
    agent: ref.nullish().catch(undefined),
    client: z
      .object({ url: z.string().nullish().catch(undefined) })
      .nullish()
      .catch(undefined),
    data: z.object({
      type: z.literal('incident'),
      id: z.string().min(1),
      html_url: z.string(),
      number: z.number().optional().catch(undefined),
      status: z.enum(['triggered', 'acknowledged', 'resolved']),
      created_at: instant.optional().catch(undefined),
      assignees: z.array(ref).nullish().catch(undefined),
      resolve_reason: z
        .object({ type: z.string(), incident: z.object({ id: z.string() }).optional() })
        .nullish()
        .catch(undefined),
    }),
  }),
})
type Event = z.infer<typeof delivery>['event']

/** Reads a v3 delivery. Undefined for what tells nothing about an incident's state: pings, notes, services. */
export function readWebhook(body: unknown): PagerNews | undefined {
  const parsed = delivery.safeParse(body)
  if (!parsed.success) return undefined
  const { event } = parsed.data
  // First, because a merge looks like a resolution by the person who merged.
  const mergedInto = mergeTarget(event.data.resolve_reason)
  const clientUrl = event.client?.url
  return {
    ...(event.id === undefined ? {} : { deliveryId: event.id }),
    type: mergedInto === undefined ? event.event_type : 'incident.merged',
    incidentId: event.data.id,
    ...(clientUrl ? { clientUrl } : {}),
    incident: incidentOf(event, mergedInto),
    at: event.occurred_at,
    agent: agentOf(event.agent),
  }
}

function incidentOf(event: Event, mergedInto: string | undefined): PagerIncident {
  const { data } = event
  const by = event.agent ? nameOf(event.agent) : undefined
  return {
    id: data.id,
    url: data.html_url,
    ...(data.number === undefined ? {} : { number: data.number }),
    status: data.status,
    createdAt: data.created_at ?? event.occurred_at,
    assignees: [...new Set((data.assignees ?? []).map(nameOf))],
    ...(by !== undefined && event.event_type === 'incident.acknowledged' ? { acknowledgedBy: by } : {}),
    ...(by !== undefined && event.event_type === 'incident.resolved' ? { resolvedBy: by } : {}),
    ...(mergedInto === undefined ? {} : { mergedInto }),
  }
}

/** why: `user_reference` is a person, `inbound_integration_reference` the Events API, null a time-out. */
function agentOf(agent: Event['agent']): NonNullable<PagerNews['agent']> {
  if (agent === null || agent === undefined) return { name: 'PagerDuty', kind: 'none' }
  return { name: nameOf(agent), kind: agent.type?.startsWith('user') === true ? 'person' : 'integration' }
}
