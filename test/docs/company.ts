import type { Doc } from '../../src/checklists/checklist.js'
import { createLibrary, type Library } from '../../src/checklists/library/library.js'
import { shipped } from '../checklists/shipped.js'

/** The documents of a company that lets rooms and sells things, as its mayday.yml would name them. */
const OWN: readonly (readonly [id: string, title: string, about: string, keywords: readonly string[]])[] = [
  [
    'login',
    'Login and sessions',
    'Why people cannot log in or are logged out, and how to end all sessions.',
    ["can't log in", 'login broken', 'logged out', 'password reset', 'single sign-on', 'session expired', '2FA'],
  ],
  [
    'payments',
    'Card payments',
    'What to do when Stripe refuses, charges twice or does not answer.',
    ['payments failing', 'checkout broken', 'stripe', 'card declined', 'charged twice', 'refund', "can't pay"],
  ],
  [
    'postgres',
    'Postgres under pressure',
    'Slow queries, locks, full disks and exhausted connections.',
    ['database slow', 'postgres', 'too many connections', 'deadlock', 'disk full', 'slow query', 'replication lag'],
  ],
  [
    'email',
    'E-mail delivery',
    'Mailgun, bounces, and how to resend what was lost.',
    ['email not sent', 'emails delayed', 'mailgun', 'bounced mails', 'wrong email sent'],
  ],
  [
    'sms',
    'Text messages and login codes',
    'Twilio: codes that do not arrive, and the second provider.',
    ['sms not arriving', 'twilio', 'verification code missing', 'text message'],
  ],
  [
    'search',
    'Search',
    'Rebuilding the Elasticsearch index and living without it meanwhile.',
    ['search broken', 'elasticsearch', 'no search results', 'reindex', 'search slow'],
  ],
  [
    'uploads',
    'Photos and uploads',
    'Where pictures go, and why they sometimes do not get there.',
    ['upload failing', 'photos missing', 'images broken', 's3', 'thumbnails'],
  ],
  [
    'cdn',
    'CDN and assets',
    'Purging Cloudflare, going around it, and missing style sheets.',
    ['cloudflare', 'cdn', 'assets missing', 'css broken', 'javascript not loading', '522'],
  ],
  [
    'tls',
    'TLS certificates',
    'Who renews which certificate, and how to do it by hand.',
    ['certificate expired', 'ssl error', 'https broken', 'browser warning', 'not secure'],
  ],
  [
    'dns',
    'DNS and domains',
    'Records, registrar, and who may change them.',
    ['dns', 'domain expired', 'name does not resolve', 'wrong ip', 'nameserver'],
  ],
  [
    'kafka',
    'Kafka consumers',
    'When consumers fall behind or stop, and how to skip a poisoned message.',
    ['kafka', 'consumer lag', 'consumers stuck', 'events delayed', 'rebalancing', 'poison message'],
  ],
  [
    'webhooks',
    'Webhooks to partners',
    'Why a partner hears nothing, and how to send again.',
    ['webhook failing', 'webhooks delayed', 'partner integration broken', 'callback not received'],
  ],
  [
    'mobile',
    'A bad mobile release',
    'Halting a roll-out in the stores, and forcing an update.',
    [
      'app crashes on launch',
      'ios crash',
      'android crash',
      'app store release',
      'play store',
      'force update',
      'testflight',
    ],
  ],
  [
    'secrets',
    'A leaked key or password',
    'Revoke first, then look who used it.',
    [
      'leaked secret',
      'api key leaked',
      'credentials on github',
      'token exposed',
      'password in the logs',
      'rotate keys',
    ],
  ],
  [
    'privacy',
    'Personal data in the wrong hands',
    'Stop it, keep evidence, and tell the privacy officer within 24 hours.',
    ['data breach', 'sees data of another user', 'personal data exposed', 'gdpr', 'wrong account shown', 'privacy'],
  ],
  [
    'abuse',
    'Attacks and bots',
    'Blocking addresses, challenges, and when to call the provider.',
    ['ddos', 'under attack', 'bot traffic', 'scraping', 'brute force', 'credential stuffing', 'hacked', 'fraud'],
  ],
  [
    'backups',
    'Getting data back',
    'Restoring Postgres to a point in time, and single tables beside it.',
    ['restore backup', 'data deleted', 'table dropped', 'lost data', 'data corrupted', 'deleted by mistake'],
  ],
  [
    'migrations',
    'Migrations that went wrong',
    'Stuck and half-done migrations, and when it is safe to kill one.',
    ['migration stuck', 'migration failed', 'schema change', 'locked table', 'missing column'],
  ],
  [
    'rate-limits',
    'Rate limits of our API',
    'Who may call how often, and how to let somebody through.',
    ['rate limited', '429', 'too many requests', 'throttled', 'api quota'],
  ],
  [
    'payouts',
    'Payouts to hosts',
    'The nightly run, and how to repeat it without paying twice.',
    ['payouts late', 'payout failed', 'hosts not paid', 'paid twice', 'bank transfer', 'nightly billing'],
  ],
  [
    'warehouse',
    'Warehouse and dashboards',
    'Airflow, late loads, and who to tell when numbers are missing.',
    ['airflow', 'dashboard empty', 'etl failed', 'report missing', 'looker', 'bigquery', 'stale data'],
  ],
  [
    'scheduled',
    'Scheduled jobs',
    'What runs when, how to see that it did, and how to run it now.',
    ['cron', 'scheduled job missed', 'nightly job failed', 'scheduler down', 'job did not run'],
  ],
  [
    'flags',
    'Feature flags',
    'Switching a feature off for everybody, and who is told.',
    ['feature flag', 'kill switch', 'switch off feature', 'disable feature', 'turn off', 'launchdarkly'],
  ],
  [
    'bookings',
    'Double bookings',
    'Finding the guests concerned, and who calls them.',
    ['double booking', 'overbooked', 'booked twice', 'calendar sync', 'availability wrong', 'reservation missing'],
  ],
  [
    'prices',
    'Prices and taxes',
    'Taking wrong prices off the site, and what was sold meanwhile.',
    ['wrong price', 'prices zero', 'tax wrong', 'currency', 'discount code', 'coupon', 'vat'],
  ],
  [
    'push-certificate',
    'Renewing the iOS push certificate',
    'Expires every year; needs the account of the team agent.',
    ['apns certificate', 'push certificate expired', 'BadDeviceToken', 'ios push rejected'],
  ],
  [
    'cache',
    'The Rails cache',
    'Emptying it by prefix, and what must never be emptied.',
    ['cache', 'stale pages', 'old content', 'cache stampede', 'memcached', 'cache hit rate'],
  ],
  [
    'status-page',
    'The public status page',
    'Who may write, and sentences to start from.',
    ['status page', 'statuspage', 'tell customers', 'public statement', 'press', 'angry customers'],
  ],
]

/** Ids of what ships, by title. */
const SHIPPED: Readonly<Record<string, string>> = {
  'heroku-status': 'Heroku status',
  'heroku-releases': 'Heroku releases and roll-back',
  'heroku-errors': 'Heroku error codes',
  maintenance: 'Heroku maintenance mode',
  scaling: 'Scaling dynos',
  'heroku-logs': 'Heroku logs',
  'config-vars': 'Config vars',
  roles: 'During an incident',
  severity: 'Severity levels',
  review: 'Post-incident reviews',
  rpush: 'Rpush',
  sidekiq: "Sidekiq's queues",
  apns: 'Apple system status',
  fcm: 'Firebase status',
  'redis-full': 'When Redis is full',
}

const DOCS: readonly Doc[] = OWN.map(([id, title, about, keywords]) => ({
  ...{ title, about, keywords, url: `https://wiki.example.com/${id}`, reviewed: '2026-11-01' },
}))

/** The library of this company: its own documents and what ships. */
export function companyLibrary(): Library {
  return createLibrary(shipped(), DOCS)
}

/** Title of a document by its id. */
export function titleOf(id: string): string {
  const title = SHIPPED[id] ?? OWN.find(([one]) => one === id)?.[1]
  if (title === undefined) throw new Error(`there is no document ${id}`)
  return title
}
