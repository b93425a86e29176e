import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenarios/scenario.js'
import { createActs, type Night } from './acts.js'
import type { BotCommand } from './bot.js'
import { openControl } from './control.js'
import { NightError, NightInterrupted } from './error.js'
import { createLedger } from './ledger.js'
import { createNarrator, span } from './narrator.js'
import { createReading } from './reading.js'
import { type NightReport, reportOf, tellReport } from './report.js'
import { createStage, type Stage } from './stage.js'
import { createWatch } from './watch.js'

export interface NightOptions {
  readonly scenario: Scenario
  /** How the shipped bot is started. */
  readonly bot: BotCommand
  readonly checklistsDir: string
  readonly out: (line: string) => void
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

/** A replay that has not ended by then has failed. Together with the cleaning up it stays below a minute. */
const LIMIT_MS = 54_000

/**
 * Replays a scenario: starts a fake Slack and a fake PagerDuty, the bot between them, plays every scene, and says what
 * came of it. Whatever happens, the bot has ended and no file is left when it resolves.
 */
export async function runNight(options: NightOptions): Promise<NightReport> {
  const { scenario, signal, terminal, out } = options
  const limit = new AbortController()
  const either = AbortSignal.any([signal, limit.signal])
  const stage = await createStage({ ...options, paging: scenario.paging, signal: either })
  try {
    const tell = createNarrator({ out, clock: stage.clock, terminal, signal: either })
    const night = assemble(stage, tell, either)
    const timer = setTimeout(() => limit.abort(), LIMIT_MS)
    const report = await play(night, options).finally(() => clearTimeout(timer))
    const serving = (options.serve || scenario.openEnded === true) && report.held && !signal.aborted
    if (serving) await serve(night, options)
    return report
  } finally {
    await stage.close()
  }
}

function assemble(stage: Stage, tell: Night['tell'], signal: AbortSignal): Night {
  const reading = createReading({ slack: stage.slack, people: Object.values(stage.people), time: tell.time })
  const ledger = createLedger(stage.pagerduty, stage.clock, stage.logins)
  const parts = { ...stage, tell, reading, ledger, ...createWatch(stage.bot, signal) }
  return { ...parts, ...createActs(parts) }
}

async function play(night: Night, options: NightOptions): Promise<NightReport> {
  const { scenario, signal } = options
  const { tell, bot } = night
  const began = performance.now()
  const end = (failure?: NightError) => {
    const { expected, seen } = failure ?? {}
    const failed = expected === undefined || seen === undefined ? {} : { failure: { expected, seen } }
    return reportOf(night, { scenario: scenario.name, tookMs: performance.now() - began, ...failed })
  }
  try {
    await open(night, scenario)
    for (const scene of scenario.scenes) {
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
    return report
  } catch (error) {
    const failure = failureOf(error, signal)
    if (signal.aborted) tell.plain('\nInterrupted: the bot is ended and its files are removed.')
    else tell.failed(failure, bot.lastWords().slice(-12))
    return end(failure)
  }
}

async function open(night: Night, scenario: Scenario): Promise<void> {
  const { tell, bot } = night
  tell.heading(`Mayday, replaying "${scenario.name}": ${scenario.about}`)
  for (const { at, what } of scenario.opening) {
    tell.at(at)
    tell.acts('as it was', what)
  }
  tell.at(scenario.scenes[0]?.at ?? '02:00')
  const readyMs = await bot.start()
  const deadlines = Object.entries(scenario.paging).map(([name, value]) => `${name} ${value}`)
  tell.heading(scenario.opening.length === 0 ? 'With Mayday' : 'The same with Mayday')
  tell.note(
    `A simulated Slack and a simulated PagerDuty, both on this machine; between them the bot as it ships, process ${bot.pid()}, ready after ${span(readyMs)}. Times on the left are the story's. Every ms, s and min is measured on the clock of the replay, and every line with a ✓ was checked just now. Shortened for the replay: ${deadlines.join(', ')}.`,
  )
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
      ['to play', control.origin],
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
