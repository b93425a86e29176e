import { setTimeout as sleep } from 'node:timers/promises'
import { RedisServerError } from '../redis-error.js'
import type { Scenario } from '../scenarios/scenario.js'
import { createActs, type Night } from './acts.js'
import type { BotCommand } from './bot.js'
import { openControl } from './control.js'
import { NightError, NightInterrupted } from './error.js'
import { createLedger } from './ledger.js'
import { createNarrator, span } from './narrator.js'
import { type Proof, thousands } from './proof.js'
import { createReading } from './reading.js'
import { type NightReport, reportOf, tellReport } from './report.js'
import { type SharedRedis, startSharedRedis } from './shared-redis.js'
import { createStage, type Stage } from './stage.js'
import { createWatch } from './watch.js'

export interface NightOptions {
  readonly scenario: Scenario
  /** How the shipped bot is started. */
  readonly bot: BotCommand
  readonly checklistsDir: string
  readonly out: (line: string) => void
  /** Where one line goes when something has to be installed first. */
  readonly say: (line: string) => void
  /** Notifications in the Redis of the night. */
  readonly keys: number
  /** Colour, and time to read. */
  readonly terminal: boolean
  /** Stays up afterwards, to be played with. */
  readonly serve: boolean
  /** Of the page to play with; absent: any free one. */
  readonly port?: number
  /** Ends the replay, or the playing. */
  readonly signal: AbortSignal
  /** Settings of the bot that replace the right ones, to see a replay fail. */
  readonly sabotage?: Readonly<Record<string, string>>
}

/** A replay that has not ended by then has failed: it takes half of this on a machine that has nothing else to do. */
const LIMIT_MS = 110_000

/**
 * Replays a scenario: starts a fake Slack and a fake PagerDuty, the bot between them, plays every scene, and says what
 * came of it. Whatever happens, the bot has ended and no file is left when it resolves.
 */
export async function runNight(options: NightOptions): Promise<NightReport> {
  const { scenario, signal, terminal, out } = options
  const limit = new AbortController()
  const either = AbortSignal.any([signal, limit.signal])
  const found = scenario.withRedis === true ? await findRedis(options) : undefined
  const redis = found instanceof RedisServerError ? undefined : found
  const stage = await createStage({
    ...{ ...options, paging: scenario.paging, signal: either },
    ...(redis === undefined ? {} : { redis }),
  }).catch(async (error: unknown) => {
    await redis?.stop()
    throw error
  })
  try {
    const tell = createNarrator({ out, clock: stage.clock, terminal, signal: either })
    const night = assemble(stage, tell, either)
    const timer = setTimeout(() => limit.abort(), limitOf(options))
    const missing = found instanceof RedisServerError ? found.message : undefined
    const report = await play(night, { ...options, missing }).finally(() => clearTimeout(timer))
    const serving = (options.serve || scenario.openEnded === true) && report.held && !signal.aborted
    if (serving) await serve(night, options)
    return report
  } finally {
    await stage.close()
  }
}

/** What there is instead says why. */
async function findRedis({ keys, say }: NightOptions): Promise<SharedRedis | RedisServerError> {
  try {
    return await startSharedRedis(keys, say)
  } catch (error) {
    if (error instanceof RedisServerError) return error
    throw error
  }
}

function limitOf({ keys }: NightOptions): number {
  return LIMIT_MS + Math.max(0, keys - 50_000) / 5
}

function assemble(stage: Stage, tell: Night['tell'], signal: AbortSignal): Night {
  const reading = createReading({ slack: stage.slack, people: Object.values(stage.people), time: tell.time })
  const ledger = createLedger(stage.pagerduty, stage.clock, stage.logins)
  const proof: Proof = { done: [] }
  const parts = { ...stage, tell, reading, ledger, proof, ...createWatch(stage.bot, signal) }
  return { ...parts, ...createActs(parts) }
}

type Played = Pick<NightOptions, 'scenario' | 'signal'> & {
  /** Why there is no Redis where there should be one. */
  readonly missing: string | undefined
}

async function play(night: Night, { scenario, signal, missing }: Played): Promise<NightReport> {
  const { tell, bot } = night
  const began = performance.now()
  const end = (failure?: NightError) => {
    const { expected, seen } = failure ?? {}
    const failed = expected === undefined || seen === undefined ? {} : { failure: { expected, seen } }
    return reportOf(night, { scenario: scenario.name, tookMs: performance.now() - began, ...failed })
  }
  try {
    await open(night, scenario, missing)
    const scenes = scenario.scenes.filter((scene) => scene.needs !== 'redis' || night.redis !== undefined)
    for (const scene of scenes) {
      tell.at(scene.at)
      await tell.scene(scene.title)
      await scene.play(night)
    }
    const report = end()
    if (scenario.scenes.length > 0) tellReport(night, report)
    if (!report.held)
      throw new NightError(
        'one page for each emergency and an answer to each message',
        `${report.messagesLost} lost, ${report.messagesDoubled} doubled`,
      )
    if (scenario.scenes.length > 0) tell.plain(`\nEverything was seen as expected. ${scenario.closing ?? ''}`.trimEnd())
    if (missing !== undefined) tell.note(`Not shown: ${LEFT_OUT}. ${missing}`)
    return report
  } catch (error) {
    const failure = failureOf(error, signal)
    if (signal.aborted) tell.plain('\nInterrupted: all that was started is ended, and its files are removed.')
    else tell.failed(failure, bot.lastWords().slice(-12))
    return end(failure)
  }
}

const LEFT_OUT = 'the Redis of that night, with hold, count, purge and undo'

async function open(night: Night, scenario: Scenario, missing: string | undefined): Promise<void> {
  const { tell, bot, redis } = night
  tell.heading(`Mayday, replaying "${scenario.name}": ${scenario.about}`)
  for (const { at, what } of scenario.opening) {
    tell.at(at)
    tell.acts('as it was', what)
  }
  tell.at(scenario.scenes[0]?.at ?? '02:00')
  const readyMs = await bot.start()
  const deadlines = Object.entries(scenario.paging).map(([name, value]) => `${name} ${value}`)
  const shortened = deadlines.length === 0 ? '' : ` Shortened for the replay: ${deadlines.join(', ')}.`
  tell.heading(scenario.opening.length === 0 ? 'With Mayday' : 'The same with Mayday')
  tell.note(
    `A simulated Slack and a simulated PagerDuty, both on this machine; between them the bot as it ships, process ${bot.pid()}, ready after ${span(readyMs)}.`,
  )
  if (redis !== undefined) tell.note(redisLine(redis))
  if (missing !== undefined) tell.note(`Left out: ${LEFT_OUT}. ${missing}`)
  tell.note(
    `Times on the left are the story's; dates are this machine's. Every ms, s and min is measured on the clock of the replay, and every line with a ✓ was checked just now.${shortened}`,
  )
}

function redisLine({ version, pid, size, seededInMs }: SharedRedis): string {
  const { notifications, cacheKeys, jobs } = size
  const share = Math.round(1_200_000 / notifications)
  const scale = share > 1 ? `, one in ${share} of that night's` : ''
  return `Beside it a real Redis ${version}, process ${pid}, filled in ${span(seededInMs)}: ${thousands(notifications)} notifications of Rpush${scale}, among ${thousands(cacheKeys)} keys of a cache and ${thousands(jobs)} Sidekiq jobs.`
}

/** What nobody foresaw is a failed expectation too: the reader learns what and the bot is ended all the same. */
function failureOf(error: unknown, signal: AbortSignal): NightError {
  if (error instanceof NightError) return error
  if (error instanceof NightInterrupted && signal.aborted)
    return new NightError('the replay is left to end', 'it was interrupted')
  if (error instanceof NightInterrupted)
    return new NightError(`the replay ends within ${LIMIT_MS / 1000} s`, 'it goes on')
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new NightError('the scene can be played', words)
}

async function serve(night: Night, { port, signal }: NightOptions): Promise<void> {
  const { tell, slack, pagerduty, bot } = night
  const control = await openControl(night, port ?? 0)
  try {
    tell.heading('Everything stays up until you press Ctrl-C')
    tell.rows([
      ['to play', `${control.origin} (a page for your browser)`],
      ['Slack', slack.apiUrl],
      ['PagerDuty', pagerduty.origin],
      ['the bot', `http://127.0.0.1:${night.port}/readyz (process ${bot.pid()})`],
    ])
    for (const line of control.help) tell.plain(line)
    await stay(night, signal)
  } finally {
    await control.close()
  }
}

/** Until somebody ends it, or the bot ends by itself. */
async function stay(night: Night, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const trouble = night.bot.trouble()
    if (trouble !== undefined) throw new NightError('the bot stays up', trouble)
    await sleep(200, undefined, { signal }).catch(() => undefined)
  }
}
