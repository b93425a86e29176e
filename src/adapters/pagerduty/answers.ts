/** The parts of PagerDuty's REST answers that Mayday reads. Everything else in them may change. Pure. */
import { z } from 'zod'
import type { PagerIncident } from '../../ports.js'

const named = z.object({
  id: z.string(),
  type: z.string().optional().catch(undefined),
  summary: z.string().nullish().catch(undefined),
  name: z.string().nullish().catch(undefined),
})
type Named = z.infer<typeof named>

const instant = z
  .string()
  .transform((text) => Date.parse(text))
  .refine((ms) => !Number.isNaN(ms))

/** why: `null` in every one of these for incidents that lack them, though the reference calls some of them required. */
const incident = z.object({
  id: z.string().min(1),
  html_url: z.string(),
  incident_number: z.number().optional().catch(undefined),
  status: z.enum(['triggered', 'acknowledged', 'resolved']),
  created_at: instant,
  assignments: z.array(z.object({ assignee: named })).nullish(),
  acknowledgements: z.array(z.object({ at: instant.optional().catch(undefined), acknowledger: named })).nullish(),
  last_status_change_by: named.nullish().catch(undefined),
  resolve_reason: z
    .object({ type: z.string(), incident: z.object({ id: z.string() }) })
    .nullish()
    .catch(undefined),
})

/** `{ incident }`, as GET, POST and PUT of one incident answer. */
export const oneIncident = z.object({ incident: incident.transform(toPagerIncident) })
/** `{ incidents }`, as a search answers. */
export const someIncidents = z.object({ incidents: z.array(incident.transform(toPagerIncident)) })

function toPagerIncident(read: z.infer<typeof incident>): PagerIncident {
  const { id, html_url: url, incident_number: number, status, created_at: createdAt } = read
  const mergedInto = mergeTarget(read.resolve_reason)
  const changer = read.last_status_change_by === null ? undefined : read.last_status_change_by
  const acknowledger = read.acknowledgements?.at(-1)?.acknowledger ?? (status === 'acknowledged' ? changer : undefined)
  const acknowledgedAt = read.acknowledgements?.at(-1)?.at
  const resolver = status === 'resolved' ? changer : undefined
  return {
    id,
    url,
    status,
    createdAt,
    assignees: [...new Set((read.assignments ?? []).map((assignment) => nameOf(assignment.assignee)))],
    ...(number === undefined ? {} : { number }),
    ...(acknowledger === undefined ? {} : { acknowledgedBy: nameOf(acknowledger) }),
    ...(acknowledgedAt === undefined ? {} : { acknowledgedAt }),
    ...(resolver === undefined ? {} : { resolvedBy: nameOf(resolver) }),
    ...(mergedInto === undefined ? {} : { mergedInto }),
  }
}

/** Lines of an incident's log, newest first; of a snooze, what it put off. */
export const logEntries = z.object({
  log_entries: z.array(
    z.object({
      type: z.string(),
      changed_actions: z
        .array(z.object({ type: z.string(), at: instant }))
        .nullish()
        .catch(undefined),
    }),
  ),
})

/** The incident that took another in: PagerDuty gives a merge as a resolution with this reason. */
export function mergeTarget(
  reason: { readonly type: string; readonly incident?: { readonly id: string } | undefined } | null | undefined,
): string | undefined {
  return reason?.type === 'merge_resolve_reason' ? reason.incident?.id : undefined
}

/** Name of a person or thing that PagerDuty refers to. */
export function nameOf(ref: Named): string {
  return ref.summary || ref.name || ref.id
}

const flag = z.boolean().nullish().catch(undefined)
const seconds = z.number().nullish()

/** A service as the list gives it: as little as possible, because one odd service must not hide all others. */
export const service = z.object({
  id: z.string(),
  name: z.string().optional().catch(undefined),
  escalation_policy: z.object({ id: z.string() }).nullish().catch(undefined),
  integrations: z
    .array(z.object({ integration_key: z.string().nullish().catch(undefined) }))
    .nullish()
    .catch(undefined),
})
/** What is read of a service in a list. */
export type Service = z.infer<typeof service>

/** What decides whether a page through this service calls anybody. */
export const serviceSettings = z.object({
  id: z.string(),
  name: z.string().optional().catch(undefined),
  status: z.string(),
  auto_resolve_timeout: seconds,
  acknowledgement_timeout: seconds,
  escalation_policy: z.object({ id: z.string() }),
  incident_urgency_rule: z
    .object({
      type: z.string(),
      urgency: z.string().nullish(),
      during_support_hours: z.object({ urgency: z.string().nullish() }).nullish(),
      outside_support_hours: z.object({ urgency: z.string().nullish() }).nullish(),
    })
    .nullish(),
  alert_grouping_parameters: z.object({ type: z.string().nullish() }).nullish(),
  auto_pause_notifications_parameters: z.object({ enabled: flag }).nullish(),
})
/** What is read of one service. */
export type ServiceSettings = z.infer<typeof serviceSettings>

/** Whether a policy has a second level and goes round again. */
export const escalationPolicy = z.object({
  id: z.string(),
  name: z.string().optional().catch(undefined),
  num_loops: z.number().optional(),
  escalation_rules: z.array(z.object({ escalation_delay_in_minutes: z.number().optional() })),
})

/** A person with a login. */
export const user = z.object({ id: z.string(), name: z.string().optional().catch(undefined), email: z.string() })

/** why: `start`, `end` and `schedule` are null for a person who stands on the policy itself, and for ever. */
export const onCallEntry = z.object({
  escalation_level: z.number(),
  user: named.extend({ email: z.string().nullish().catch(undefined) }),
  schedule: named.nullish().catch(undefined),
  start: instant.nullish(),
  end: instant.nullish(),
})
/** One person at one level. */
export type OnCallEntry = z.infer<typeof onCallEntry>

/** How PagerDuty reaches a person; only phones are read. */
export const contactMethods = z.object({
  contact_methods: z.array(
    z.object({
      type: z.string(),
      address: z.string().nullish().catch(undefined),
      country_code: z.union([z.number(), z.string()]).nullish().catch(undefined),
    }),
  ),
})

/** A webhook subscription, and whether PagerDuty has given it up. */
export const subscription = z.object({
  id: z.string(),
  active: flag,
  delivery_method: z.object({ url: z.string().nullish(), temporarily_disabled: flag }).nullish(),
})

/** What the account may do. */
export const abilities = z.object({ abilities: z.array(z.string()) })
