import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPagerDutySimulator, type PagerDutySimulator } from '../pagerduty/simulator.js'
import { createSlackSimulator, type SlackSimulator } from '../slack/simulator.js'
import { type Bot, type BotCommand, createBot, freePort } from './bot.js'
import { createNightClock, type NightClock } from './clock.js'
import type { SharedRedis } from './shared-redis.js'
import { createTerminal, type Typed } from './terminal.js'

/** The people of the story, by the name that they are called by. */
export type Role = 'sam' | 'alex' | 'kim' | 'dana' | 'robin'

export interface StageOptions {
  readonly bot: BotCommand
  /** The folder with the project's checklists. */
  readonly checklistsDir: string
  /** The `paging` section of mayday.yml: the deadlines of the replay. */
  readonly paging: Readonly<Record<string, string>>
  /** Settings of the bot that replace the stage's own, to see a replay fail. */
  readonly sabotage?: Readonly<Record<string, string>>
  /** The Redis of the story; ended with the stage. Absent: the bot has none. */
  readonly redis?: SharedRedis
  readonly signal: AbortSignal
}

/** Both fakes, the people, the channel and the bot between them; the bot is not started yet. */
export interface Stage {
  readonly clock: NightClock
  readonly slack: SlackSimulator
  readonly pagerduty: PagerDutySimulator
  readonly redis: SharedRedis | undefined
  readonly bot: Bot
  /** A command of the bot's, typed in a terminal where it runs: `['jobs', 'plan', 'push-delivery']`. */
  readonly terminal: (words: readonly string[]) => Promise<Typed>
  /** Where the bot answers `/readyz`. */
  readonly port: number
  readonly people: Readonly<Record<Role, Person>>
  readonly channel: string
  /** PagerDuty's ids of the two who are on call. */
  readonly onCall: { readonly alex: string; readonly kim: string }
  /** Names by PagerDuty's user ids. */
  readonly logins: Readonly<Record<string, string>>
  readonly head: { readonly name: string; readonly phone: string }
  /** Ends the bot, both fakes and the Redis, and removes every file. Safe to repeat. */
  close(): Promise<void>
}

export interface Person {
  readonly id: string
  readonly name: string
}

const HEAD = { name: 'Jo Lindqvist (head of engineering)', phone: '+1 415 555 0199' }
const WEBHOOK_SECRET = 'simulated-webhook-secret'
const DAY_MS = 86_400_000

export async function createStage(options: StageOptions): Promise<Stage> {
  const { redis, signal } = options
  const clock = createNightClock()
  const home = mkdtempSync(join(tmpdir(), 'mayday-demo-'))
  const sweep = () => rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', sweep)
  const port = await freePort()
  const slack = await createSlackSimulator({ now: clock.now })
  const webhook = { url: `http://127.0.0.1:${port}/webhooks/pagerduty`, secret: WEBHOOK_SECRET }
  const pagerduty = await createPagerDutySimulator({ clock, webhook })
  // The story is longer than the half hour after which PagerDuty takes an acknowledgement back by default.
  pagerduty.service({ acknowledgementTimeoutSeconds: 3_600 })
  const people = populate(slack)
  const channel = slack.addChannel({ name: 'emergency' }).id
  const mobile = pagerduty.addTeamService('Mobile backend')
  const config = join(home, 'mayday.yml')
  writeFileSync(config, settings(options.paging, clock.now()))
  const env = {
    ...environment(slack, pagerduty),
    MOBILE_ROUTING_KEY: mobile.routingKey,
    MAYDAY_DATA_DIR: join(home, 'data'),
    MAYDAY_CONFIG: config,
    CHECKLISTS_DIR: options.checklistsDir,
    ...(redis === undefined ? {} : { NOTIFICATIONS_REDIS_URL: redis.url }),
    ...options.sabotage,
  }
  const bot = createBot({ ...options.bot, env, cwd: home, port, signal })
  const terminal = createTerminal(options.bot, { env, cwd: home, signal })
  const close = async () => {
    // The bot first: nothing that it still wants to say meets a closed door.
    await bot.stop()
    await Promise.all([slack.close(), pagerduty.close(), redis?.stop()])
    sweep()
    process.removeListener('exit', sweep)
  }
  const onCall = { alex: 'PALEX01', kim: 'PKIM002' }
  const logins = { [onCall.alex]: people.alex.name, [onCall.kim]: people.kim.name, PBOT000: 'Mayday' }
  const fakes = { clock, slack, pagerduty, redis, bot, terminal }
  return { ...fakes, port, people, channel, onCall, logins, head: HEAD, close }
}

/** The first two have the e-mail addresses of the two who are on call in PagerDuty. */
function populate(slack: SlackSimulator): Stage['people'] {
  const add = (name: string, realName: string, more: { email?: string; kind?: 'guest' } = {}): Person => ({
    id: slack.addPerson({ name, realName, email: `${name}@example.com`, ...more }).id,
    name: realName,
  })
  return {
    alex: add('alex', 'Alex Rivera'),
    kim: add('kim', 'Kim Osei'),
    sam: add('sam', 'Sam Park'),
    dana: add('dana', 'Dana Wolf'),
    robin: add('robin', 'Robin Hale', { email: 'robin@agency.example', kind: 'guest' }),
  }
}

function environment(slack: SlackSimulator, pagerduty: PagerDutySimulator): Record<string, string> {
  return {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    EMERGENCY_CHANNEL: '#emergency',
    PAGERDUTY_ROUTING_KEY: pagerduty.routingKey,
    PAGERDUTY_API_TOKEN: pagerduty.restToken,
    PAGERDUTY_FROM_EMAIL: pagerduty.fromEmail,
    PAGERDUTY_EVENTS_URL: pagerduty.eventsUrl,
    PAGERDUTY_API_URL: pagerduty.apiUrl,
    PAGERDUTY_WEBHOOK_SECRET: WEBHOOK_SECRET,
    LOG_LEVEL: 'warn',
  }
}

/** mayday.yml; JSON is YAML too. */
function settings(paging: StageOptions['paging'], now: number): string {
  const reviewed = (days: number) => new Date(now - days * DAY_MS).toISOString().slice(0, 10)
  return JSON.stringify({
    paging: { ...paging, contacts: [HEAD] },
    teams: { 'mobile-backend': { routing_key_env: 'MOBILE_ROUTING_KEY', about: 'Push, login and profiles' } },
    docs_check: 'off',
    docs: [
      {
        title: 'Push delivery runbook',
        url: 'https://wiki.example.com/push-delivery',
        about: 'Where notifications are queued and how to stop them without losing the wanted ones.',
        keywords: ['push notifications', 'notifications again', 'duplicate notifications'],
        reviewed: reviewed(41),
      },
    ],
  })
}
