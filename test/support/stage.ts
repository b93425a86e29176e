import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type HttpSide, serveHttp } from '../../src/adapters/http.js'
import { createMetrics } from '../../src/adapters/metrics.js'
import { createLog } from '../../src/adapters/system.js'
import type { WorldOptions } from '../../src/adapters/world/ground.js'
import { openWorld } from '../../src/adapters/world.js'
import { type App, createApp, type Ports } from '../../src/app.js'
import { type Config, readConfig } from '../../src/config/config.js'
import type { Log, Store } from '../../src/ports.js'
import { createPagerDutySimulator, type PagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { createSlackSimulator, type SlackSimulator } from '../../src/simulator/slack/simulator.js'
import type { SimMessage } from '../../src/simulator/slack/types.js'
import { createStageClock, type StageClock } from './clock.js'
import { eventually } from './eventually.js'
import { hastened } from './haste.js'

export interface StageOptions {
  /** Contents of mayday.yml; a function where ids of the simulators stand in it. */
  readonly yaml?: string | ((people: Stage['people'], pagerduty: PagerDutySimulator) => string)
  /** More environment; an empty string takes a variable away. */
  readonly env?:
    | Readonly<Record<string, string>>
    | ((pagerduty: PagerDutySimulator) => Readonly<Record<string, string>>)
  /** Postgres instead of a file. */
  readonly databaseUrl?: string
  /** How many copies of the bot. Default 1. */
  readonly replicas?: number
  readonly wrapStore?: (store: Store) => Store
  readonly timing?: WorldOptions['timing']
  /** Shorter real time limits for calls to PagerDuty. */
  readonly limits?: WorldOptions['limits']
  /** How the emergency channel is set. Default by its name. */
  readonly channelBy?: 'name' | 'id'
  /** How Slack delivers. `http`: signed requests to the bot that was started last. Default `socket`. */
  readonly mode?: 'socket' | 'http'
  /** Links of documents are asked about, unless the yaml says no. Default false: other tests ask nobody outside. */
  readonly docsCheck?: boolean
  /** Default true: the copies are started and ready when the stage is up. */
  readonly started?: boolean
}

/** The whole of Mayday between the two simulators, spoken to as a person would. */
export interface Stage {
  readonly slack: SlackSimulator
  readonly pagerduty: PagerDutySimulator
  readonly clock: StageClock
  readonly config: Config
  readonly channel: string
  readonly people: {
    readonly sam: string
    readonly alex: string
    readonly kim: string
    readonly guest: string
    readonly stranger: string
  }
  readonly onCall: { readonly alex: string; readonly kim: string }
  readonly bots: readonly Bot[]
  /** One more copy of the bot on the same store. */
  bot(options?: Pick<StageOptions, 'wrapStore'>): Promise<Bot>
  /** A person posts in the emergency channel; the answer stands for its thread. */
  say(text: string, more?: Partial<Parameters<SlackSimulator['say']>[0]>): Thread
  /** Everything that anybody was told in the channel and its threads by Mayday. */
  told(): readonly string[]
  close(): Promise<void>
}

export interface Bot {
  readonly app: App
  readonly ports: Ports
  stop(): Promise<void>
}

export interface Thread {
  readonly ts: string
  readonly key: string
  /** Mayday's replies, as they read now. */
  replies(): readonly SimMessage[]
  /** Every wording that Mayday's replies ever showed. */
  history(): readonly string[]
  /** Waits until a reply reads like this. */
  expect(pattern: RegExp): Promise<SimMessage>
  /** Presses a button of this thread by its action id. */
  press(
    actionId: string,
    user?: string,
    choice?: { readonly value?: string; readonly selected?: string },
  ): ReturnType<SlackSimulator['press']>
}

export async function createStage(options: StageOptions = {}): Promise<Stage> {
  const clock = createStageClock()
  const dir = await mkdtemp(join(tmpdir(), 'mayday-stage-'))
  let port = 0
  const delivery = options.mode === 'http' ? { eventsUrl: () => `http://127.0.0.1:${port}/slack/events` } : 'socket'
  const slack = await createSlackSimulator({ now: clock.now, retryDelaysMs: [0, 200, 400], delivery })
  const pagerduty = await createPagerDutySimulator({ clock, processingMs: 10 })
  const channel = slack.addChannel({ name: 'emergency' }).id
  const people = cast(slack)
  const onCall = { alex: 'PALEX01', kim: 'PKIM002' }
  const written = configOf(settingsOf(options, people, pagerduty), slack, pagerduty, dir)
  const named = { ...written, docsCheck: written.docsCheck && options.docsCheck === true }
  const config = options.channelBy === 'id' ? { ...named, slack: { ...named.slack, channel } } : named
  const bots: Bot[] = []
  let unhurried = (): void => undefined

  async function bot(own: Pick<StageOptions, 'wrapStore'> = {}): Promise<Bot> {
    const wrapStore = own.wrapStore ?? options.wrapStore
    const log = createLog({ level: process.env['MAYDAY_TEST_LOG'] ?? 'silent', pretty: false, secrets: [] })
    const ports = await openWorld(config, {
      clock,
      log,
      meter: createMetrics().meter,
      checkUp: async () => ['ok'],
      ...(wrapStore === undefined ? {} : { wrapStore }),
      ...(options.timing === undefined ? {} : { timing: options.timing }),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    })
    const app = createApp(config, ports)
    const http = await httpSide(ports, log)
    port = http?.port ?? 0
    let stopped: Promise<void> | undefined
    const stop = () =>
      (stopped ??= app
        .stop()
        .then(() => http?.close())
        .then(() => ports.store.close()))
    const one: Bot = { app, ports, stop }
    bots.push(one)
    await app.start()
    // Bots in processes of their own have a clock of their own, which must not fall behind this one.
    unhurried = hastened(clock)
    return one
  }

  if (options.started !== false) {
    for (let i = 0; i < (options.replicas ?? 1); i++) await bot()
    await eventually(async () => expect((await Promise.all(bots.map((one) => one.app.health()))).flat()).toEqual([]))
  }

  const mine = (message: SimMessage): boolean => message.user === slack.botUserId && !message.deleted
  return {
    slack,
    pagerduty,
    clock,
    config,
    channel,
    people,
    onCall,
    bots,
    bot,
    say: (text, more) => {
      const { ts } = slack.say({ channel, user: people.sam, text, ...more })
      return threadOf(slack, channel, ts, mine, people.alex)
    },
    told: () =>
      slack
        .messages(channel)
        .filter(mine)
        .flatMap((message) => message.updates.map((update) => update.text)),
    close: async () => {
      unhurried()
      await Promise.all(bots.map((one) => one.stop()))
      await Promise.all([slack.close(), pagerduty.close()])
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** The bot's port, as `mayday start` opens it, where Slack delivers there. */
async function httpSide({ gate }: Ports, log: Log): Promise<HttpSide | undefined> {
  if (gate.http === undefined) return undefined
  const metrics = async () => ({ text: '', contentType: 'text/plain' })
  return serveHttp(0, { log, health: async () => [], metrics, slack: gate.http })
}

function threadOf(
  slack: SlackSimulator,
  channel: string,
  ts: string,
  mine: (m: SimMessage) => boolean,
  presser: string,
): Thread {
  const replies = () => slack.thread(channel, ts).filter((message) => message.ts !== ts && mine(message))
  return {
    ts,
    key: `slack:${slack.teamId}:${channel}:${ts}`,
    replies,
    history: () => replies().flatMap((message) => message.updates.map((update) => update.text)),
    expect: (pattern) =>
      eventually(() => {
        const hit = replies().find((message) => pattern.test(message.text))
        expect(
          hit,
          `no reply like ${pattern} among:\n${replies()
            .map((message) => `- ${message.text}`)
            .join('\n')}`,
        ).toBeDefined()
        return hit as SimMessage
      }),
    press: async (actionId, user = presser, choice = {}) => {
      const message = await eventually(() => {
        const hit = replies().find((one) => JSON.stringify(one.blocks ?? []).includes(`"action_id":"${actionId}"`))
        expect(hit, `no message with a button ${actionId}`).toBeDefined()
        return hit as SimMessage
      })
      return slack.press({ user, channel, ts: message.ts, actionId, ...choice })
    },
  }
}

function cast(slack: SlackSimulator): Stage['people'] {
  return {
    sam: slack.addPerson({ name: 'sam', realName: 'Sam Engineer', email: 'sam@example.com' }).id,
    alex: slack.addPerson({ name: 'alex', realName: 'Alex Oncall', email: 'alex@example.com' }).id,
    kim: slack.addPerson({ name: 'kim', realName: 'Kim Second', email: 'kim@example.com' }).id,
    guest: slack.addPerson({ name: 'gil', realName: 'Gil Guest', email: 'gil@partner.example', kind: 'guest' }).id,
    stranger: slack.addPerson({ name: 'stan', realName: 'Stan Stranger', kind: 'stranger', teamId: 'T0OTHER' }).id,
  }
}

interface Written {
  readonly mode: StageOptions['mode']
  readonly yaml: string | undefined
  readonly env: Readonly<Record<string, string>>
  readonly databaseUrl: string | undefined
}

function settingsOf(
  { yaml, env = {}, databaseUrl, mode }: StageOptions,
  people: Stage['people'],
  pagerduty: PagerDutySimulator,
): Written {
  return {
    yaml: typeof yaml === 'function' ? yaml(people, pagerduty) : yaml,
    env: typeof env === 'function' ? env(pagerduty) : env,
    databaseUrl,
    mode,
  }
}

function configOf(options: Written, slack: SlackSimulator, pagerduty: PagerDutySimulator, dir: string): Config {
  const env: Record<string, string> = {
    SLACK_BOT_TOKEN: slack.botToken,
    ...(options.mode === 'http' ? { SLACK_SIGNING_SECRET: slack.signingSecret } : { SLACK_APP_TOKEN: slack.appToken }),
    SLACK_API_URL: slack.apiUrl,
    PAGERDUTY_ROUTING_KEY: pagerduty.routingKey,
    PAGERDUTY_API_TOKEN: pagerduty.restToken,
    PAGERDUTY_FROM_EMAIL: pagerduty.fromEmail,
    PAGERDUTY_EVENTS_URL: pagerduty.eventsUrl,
    PAGERDUTY_API_URL: pagerduty.apiUrl,
    MAYDAY_DATA_DIR: dir,
    CHECKLISTS_DIR: new URL('../../checklists', import.meta.url).pathname,
    ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
    ...options.env,
  }
  return readConfig({
    env,
    ...(options.yaml === undefined ? {} : { file: { name: 'mayday.yml', text: options.yaml } }),
  })
}
