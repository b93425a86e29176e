/** The environment variables of the contract, each with what it accepts. */
import { z } from 'zod'

/** why: a URL's host is already normal here, so `127.1` has become 127.0.0.1, and `127.example.com` has not. */
const LOOPBACK = /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/

/** https anywhere; http only to this machine, so that a key never crosses a network in the clear. */
const serviceUrl = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .refine((text) => URL.canParse(text) && isSafe(new URL(text)), 'an https:// URL (http:// for loopback hosts only)')
    .transform((text) => text.replace(/\/+$/u, ''))

function isSafe(url: URL): boolean {
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && LOOPBACK.test(url.hostname)
}

const secret = (pattern: RegExp, accepts: string) => z.string(accepts).regex(pattern, accepts)

export const environmentSchema = z.object({
  SLACK_BOT_TOKEN: secret(/^xoxb-\S+$/, 'a bot token: xoxb-…'),
  SLACK_APP_TOKEN: secret(/^xapp-\S+$/, 'an app-level token: xapp-…').optional(),
  SLACK_SIGNING_SECRET: secret(/^\S{8,}$/, 'the signing secret of the app').optional(),
  SLACK_API_URL: serviceUrl('https://slack.com/api'),
  EMERGENCY_CHANNEL: z
    .string()
    .regex(/^#?[^\s#]{1,80}$/u, 'a channel id, or a name with or without #')
    .default('emergency'),
  PAGERDUTY_ROUTING_KEY: secret(
    /^[A-Za-z0-9]{32}$/,
    'the 32-character integration key of an Events API v2 integration',
  ),
  PAGERDUTY_API_TOKEN: secret(/^\S{8,}$/, 'a REST API key').optional(),
  PAGERDUTY_FROM_EMAIL: z.email('an e-mail address of a PagerDuty user').optional(),
  PAGERDUTY_EVENTS_URL: serviceUrl('https://events.pagerduty.com'),
  PAGERDUTY_API_URL: serviceUrl('https://api.pagerduty.com'),
  PAGERDUTY_WEBHOOK_SECRET: secret(
    /^\S{8,}$/,
    'the secret that PagerDuty showed when the subscription was created',
  ).optional(),
  NOTIFICATIONS_REDIS_URL: secret(
    /^rediss?(\+cluster|\+sentinel)?:\/\/\S+$/,
    'redis://, rediss://, redis+cluster://h1:p,h2:p or redis+sentinel://h:p,h:p/NAME',
  ).optional(),
  INTAKE_SECRET: secret(/^\S{16,}$/, 'a secret of at least 16 characters without spaces').optional(),
  GITHUB_WEBHOOK_SECRET: secret(/^\S{16,}$/, 'the secret of the webhook, at least 16 characters').optional(),
  HEROKU_API_URL: serviceUrl('https://api.heroku.com'),
  MAYDAY_SECRETS_KEY: secret(
    /^([0-9A-Fa-f]{64}|[A-Za-z0-9+/]{43}=)$/,
    '32 random bytes in hexadecimal or base64',
  ).optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/\S+$/, 'a postgres:// URL')
    .optional(),
  MAYDAY_DATA_DIR: z.string().min(1).default('./data'),
  MAYDAY_CONFIG: z.string().min(1).default('./mayday.yml'),
  CHECKLISTS_DIR: z.string().min(1).default('./checklists'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'a port from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65535, 'a port from 0 to 65535')
    .default(3000),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})

export type Environment = z.output<typeof environmentSchema>

/** Variables whose value is never shown or logged. */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set([
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'PAGERDUTY_ROUTING_KEY',
  'PAGERDUTY_API_TOKEN',
  'PAGERDUTY_WEBHOOK_SECRET',
  'NOTIFICATIONS_REDIS_URL',
  'MAYDAY_SECRETS_KEY',
  'INTAKE_SECRET',
  'GITHUB_WEBHOOK_SECRET',
  'DATABASE_URL',
])
