/** `mayday.yml`: one schema for the start, for `mayday doctor` and for editors (`npm run schema`). */
import { z } from 'zod'
import { parseDuration } from './duration.js'
import { intake } from './intake.js'
import { jobs, permissions, purge, retention } from './purge-schema.js'
import { switches } from './switches-schema.js'

const duration = z
  .string()
  .regex(/^\d+(\.\d+)?\s*(ms|s|m|h|d)$/, 'a duration such as 20s, 2m or 1h')
  .describe('A duration: a number and ms, s, m, h or d.')

/** A duration with a default, in milliseconds after parsing. */
const ms = (fallback: string) => duration.default(fallback).transform((text) => parseDuration(text) ?? 0)

/** The same, or `off`: undefined. YAML 1.1 readers make `off` a false. */
const msOrOff = (fallback: string) =>
  z
    .union([z.enum(['off']), z.literal(false), duration])
    .default(fallback)
    .transform((given) => (given === false || given === 'off' ? undefined : parseDuration(given)))

const contact = z
  .strictObject({
    name: z.string().min(1),
    phone: z.string().min(3).optional().describe('As one would dial it.'),
    slack: z
      .string()
      .regex(/^[UW][A-Z0-9]+$/, 'a Slack user id such as U012AB3CD')
      .optional(),
  })
  .describe('Somebody to call when PagerDuty cannot.')

const paging = z
  .strictObject({
    mode: z
      .enum(['armed', 'shadow'])
      .default('armed')
      .describe('shadow: everything but the call itself; said on every card.'),
    confirm_within: ms('60s').describe(
      'After PagerDuty accepted: how long until people are told that nobody is confirmed.',
    ),
    shout_after: ms('20s').describe('Not accepted for this long: the channel is told to call by phone.'),
    remind_after: ms('2m'),
    escalate_after: ms('5m'),
    backstop_after: ms('10m'),
    ask_silent_owner_after: msOrOff('30m').describe(
      'Whoever acknowledged has given no sign of life for this long: asked in the thread. off: nobody is asked.',
    ),
    unacknowledge_after: msOrOff('10m').describe(
      'Asked, and still silent after this long: PagerDuty is asked to call again. off: nothing follows.',
    ),
    join_window: ms('10m').describe('A new message this soon after the last one of an open incident joins it.'),
    max_pages_per_minute: z.number().int().min(1).max(1000).default(5),
    contacts: z.array(contact).default([]),
    alert_bots: z.array(z.string().regex(/^B[A-Z0-9]+$/, 'a Slack bot id such as B012AB3CD')).default([]),
  })
  .describe('When and how Mayday pages.')

const team = z
  .strictObject({
    routing_key_env: z
      .string()
      .regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable')
      .optional(),
    escalation_policy: z
      .string()
      .regex(/^P[A-Z0-9]+$/, 'a PagerDuty id such as PABC123')
      .optional(),
    about: z.string().max(150).optional(),
  })
  .refine((value) => (value.routing_key_env === undefined) !== (value.escalation_policy === undefined), {
    message: 'either routing_key_env or escalation_policy, not both',
  })

const doc = z.strictObject({
  title: z.string().min(1).max(150),
  url: z.url({ protocol: /^https?$/, error: 'an https:// or http:// address' }),
  about: z.string().max(300).optional(),
  keywords: z.array(z.string().min(1)).default([]),
  reviewed: z.iso.date().optional().describe('Day of the last review, YYYY-MM-DD.'),
  review_every: duration.optional(),
  owner: z.string().optional(),
})

/** Unknown keys are faults: a misspelt deadline must not silently be the default. */
export const fileSchema = z
  .strictObject({
    paging: paging.prefault({}),
    teams: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'a short lower-case name'), team).default({}),
    docs: z.array(doc).default([]),
    docs_check: z
      .enum(['weekly', 'off'], { error: 'weekly or off' })
      .default('weekly')
      .describe('Whether the links of documents are asked once a week if anything is there.'),
    permissions: permissions.prefault({}),
    purge,
    jobs,
    switches,
    intake: intake.prefault({}),
    retention: retention.prefault({}),
  })
  .describe('Mayday, the optional configuration file. Everything has a default.')

export type FileConfig = z.output<typeof fileSchema>
