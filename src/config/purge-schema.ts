/** `permissions`, `purge`, `jobs` and `retention` of mayday.yml. */
import { z } from 'zod'
import { parseDuration } from './duration.js'

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'a short lower-case name')

/** As `latency_budget`: fractions of a millisecond count. */
const budget = z
  .string()
  .regex(/^\d+(\.\d+)?\s*ms$/, 'a time in ms such as 1ms or 0.3ms')
  .refine((text) => inMs(text) >= 0.1 && inMs(text) <= 1000, 'a time from 0.1ms to 1000ms')
  .default('1ms')
  .transform(inMs)
  .describe('What the slowest answers (1 in 100) of this Redis may become slower by while a purge runs.')

function inMs(text: string): number {
  return Number.parseFloat(text)
}

const target = z
  .strictObject({
    pattern: z
      .string()
      .regex(
        /^[^*?[\]\\^\s]{4,200}\*$/,
        'a literal beginning of at least 4 characters and one * at its end, such as session:*',
      )
      .describe('Which keys it is about. Everything before the * is literal.'),
    layout: z
      .enum(['keys', 'rpush'])
      .default('keys')
      .describe('rpush: the notifications of Rpush with their indexes; keys: any keys.'),
    protect: z.array(z.string().min(1)).default([]).describe('Keys or globs that must survive.'),
    latency_budget: budget,
  })
  .describe('Keys that may be purged, under a name that people can type.')

export const purge = z
  .record(name, target)
  .optional()
  .describe('Purge targets. Without it there is one: push, the notifications of Rpush.')

const job = z.strictObject({
  layout: z.literal('sidekiq').default('sidekiq'),
  class: z
    .string()
    .regex(/^[A-Z]\w*(::[A-Z]\w*)*$/, 'the name of a Ruby class such as PushNotifications::DeliveryWorker'),
  latency_budget: budget,
})

export const jobs = z
  .record(name, job)
  .optional()
  .describe('Sidekiq jobs that may be removed. Without it there is one: push-delivery.')

const person = z
  .string()
  .regex(
    /^([UW][A-Z0-9]+|terminal:\S+)$/,
    'a Slack user id such as U012AB3CD, or terminal:NAME for a user of this machine',
  )

export const permissions = z
  .strictObject({
    purge: z
      .strictObject({
        users: z.array(person).default([]),
        usergroups: z.array(z.string().regex(/^S[A-Z0-9]+$/, 'a Slack user group id such as S012AB3CD')).default([]),
      })
      .optional()
      .describe('Who may purge. Without it: whoever is on call in PagerDuty, and owners and admins of the workspace.'),
    approvals: z
      .union([z.literal(0), z.literal(1)], '0 or 1')
      .default(0)
      .describe('1: a purge needs a second, different person.'),
  })
  .describe('Who may do what.')

export const retention = z.strictObject({
  archives: z
    .string()
    .regex(/^\d+(\.\d+)?\s*(m|h|d)$/, 'a duration such as 12h or 30d')
    .default('30d')
    .transform((text) => parseDuration(text) ?? 0)
    .describe('How long what was purged can be put back.'),
})
