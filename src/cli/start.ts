/** `mayday start`: the bot, until a signal ends it. */
import { archiveBytes } from '../adapters/archive/space.js'
import { type HttpSide, serveHttp } from '../adapters/http.js'
import { createMetrics } from '../adapters/metrics.js'
import { readWebhook, verifySignature } from '../adapters/pagerduty/webhook.js'
import { createLog, systemClock } from '../adapters/system.js'
import { readChecklists } from '../adapters/world/library.js'
import { openWorld } from '../adapters/world.js'
import { type App, createApp } from '../app.js'
import { faultText } from '../checklists/library/parse.js'
import type { Config } from '../config/config.js'
import { secretsOf } from '../config/secrets.js'
import type { Log } from '../ports.js'
import { checkUpLines } from './doctor.js'
import { intakeRoutes } from './intake-routes.js'
import { type Command, type Exit, type Io, loadConfig } from './io.js'
import { namesUnknownTo } from './known-names.js'

/** why: process managers kill after 10 s by default (Docker, Heroku 30 s); what is under way must end before. */
const STOP_WITHIN_MS = 9_500

export const start: Command = {
  usage: 'start',
  help: 'run the bot, configured by the environment and mayday.yml',
  flags: {},
  run: async ({ io }) => {
    const config = loadConfig(io)
    const log = createLog({ level: config.logLevel, pretty: io.isTerminal, secrets: secretsOf(config) })
    const running = await run(config, io, log)
    const signal = await nextSignal()
    log.info('stopping', { signal })
    return stop(running, log)
  },
}

interface Running {
  readonly app: App
  readonly http: HttpSide
  readonly closeStore: () => Promise<void>
}

async function run(config: Config, io: Io, log: Log): Promise<Running> {
  const began = Date.now()
  const metrics = createMetrics()
  const ports = await openWorld(config, {
    clock: systemClock,
    log,
    meter: metrics.meter,
    checkUp: () => checkUpLines(io),
  })
  const app = createApp(config, ports)
  const secret = config.pagerduty.webhookSecret
  const http = await serveHttp(config.port, {
    log,
    health: app.health,
    metrics: async () => ({
      text: await metrics.text(ports.store, await app.health(), {
        watch: app.purgeWatch,
        archiveBytes: () => archiveBytes(config.dataDir),
      }),
      contentType: metrics.contentType,
    }),
    intake: intakeRoutes(app, config, log),
    ...(secret === undefined ? {} : { webhook: (raw, signature) => takeWebhook(app, log, secret, raw, signature) }),
    ...(ports.gate.http === undefined ? {} : { slack: ports.gate.http }),
  })
  log.info('starting', {
    mode: config.paging.mode,
    slack: config.slack.mode.kind,
    store: config.store.shared ? 'postgres' : 'file',
    port: http.port,
    checklists: ports.library.all.length,
  })
  if (config.pagerduty.token === undefined) {
    log.warn('PAGERDUTY_API_TOKEN is not set: no page can be confirmed and nobody on call can be named')
  }
  await warnOfNames(
    config,
    io,
    log,
    ports.library.all.map((one) => one.name),
  )
  await app.start()
  const reasons = await app.health()
  log.info(reasons.length === 0 ? 'ready' : 'started, but not ready', {
    afterMs: Date.now() - began,
    ...(reasons.length === 0 ? {} : { reasons }),
  })
  return { app, http, closeStore: () => ports.store.close() }
}

/** why: a name that leads nowhere must not keep anybody from being paged, so it is said and not refused. */
async function warnOfNames(config: Config, io: Io, log: Log, checklists: readonly string[]): Promise<void> {
  for (const fault of namesUnknownTo(io, await readChecklists(config.checklistsDir), checklists))
    log.warn('a checklist names what the configuration does not know', { at: faultText(fault) })
}

async function takeWebhook(
  app: App,
  log: Log,
  secret: string,
  raw: Buffer,
  signature: string | undefined,
): Promise<boolean> {
  if (!verifySignature(raw, signature, secret)) {
    log.warn('a webhook with a wrong signature was refused')
    return false
  }
  const news = readWebhook(parseJson(raw))
  if (news !== undefined) {
    // why: PagerDuty wants its answer within 5 s; polling finds whatever this misses.
    app.pagerNews(news).catch((error: unknown) => log.error('a webhook could not be worked on', { error }))
  }
  return true
}

function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8'))
  } catch {
    return undefined
  }
}

async function stop(running: Running, log: Log): Promise<Exit> {
  const late = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), STOP_WITHIN_MS).unref())
  const orderly = (async () => {
    await running.app.stop()
    await running.http.close()
    await running.closeStore()
    return 'done' as const
  })()
  const outcome = await Promise.race([orderly, late])
  if (outcome === 'done') log.info('stopped')
  else log.warn('something did not end in time; it is safe in the store and goes on at the next start')
  return 0
}

function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}
