/** Bots in processes of their own, and what a thread must look like when they were killed on the way. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import type { BotOrder, Report } from './crash-child.js'
import type { Cut } from './crash-cut.js'
import { eventually } from './eventually.js'
import type { Stage, Thread } from './stage.js'

export interface BotProcess {
  readonly pid: number
  /** Begins the counting of steps; a bot with a cut dies at it. Resolves when it counts. */
  count(): Promise<void>
  /** The steps that a bot has taken since. */
  steps(bot: number): readonly string[]
  /** The step at which a bot's power went out. */
  out(bot: number): string | undefined
  running(): boolean
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>
  /** Ends in good order. */
  stop(): Promise<void>
}

/** Starts one process with one bot for each stage; resolves when all of them are ready. */
export async function startBots(
  bots: readonly { readonly stage: Stage; readonly cut?: Cut | undefined }[],
): Promise<BotProcess> {
  const script = fileURLToPath(new URL('./crash-child.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx/esm', script], {
    stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
  })
  const exited = once(child, 'exit')
  // A killed process does not read what is still on its way to it.
  child.stdin?.on('error', () => undefined)
  const reports = listen(child)
  const orders = bots.map(({ stage, cut }, index): BotOrder => {
    // Half of the people set the channel by its id, the others by its name.
    const slack = { ...stage.config.slack, channel: index % 2 === 0 ? stage.channel : stage.config.slack.channel }
    const aheadMs = stage.clock.now() - Date.now()
    return { config: { ...stage.config, slack }, aheadMs, ...(cut === undefined ? {} : { cut }) }
  })
  child.stdin?.write(`${JSON.stringify(orders)}\n`)
  const running = (): boolean => child.exitCode === null && child.signalCode === null
  await eventually(() => {
    if (running()) expect(reports.filter((one) => one.kind === 'ready')).toHaveLength(bots.length)
  }, 150_000)
  expect(running(), 'the process ended while it was starting').toBe(true)
  const named = (kind: 'step' | 'out', bot: number) =>
    reports.flatMap((one) => (one.kind === kind && one.bot === bot ? [one.name] : []))
  return {
    pid: child.pid ?? 0,
    count: async () => {
      child.stdin?.write('count\n')
      await eventually(() => expect(reports.some((one) => one.kind === 'counting')).toBe(true))
    },
    steps: (bot) => named('step', bot),
    out: (bot) => named('out', bot)[0],
    running,
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
    stop: async () => {
      child.stdin?.end()
      await exited
    },
  }
}

function listen(child: ChildProcess): readonly Report[] {
  const reports: Report[] = []
  const pipe = child.stdio[3]
  if (pipe === null || pipe === undefined || !('read' in pipe)) throw new TypeError('the process has no way to report')
  createInterface({ input: pipe }).on('line', (line) => reports.push(JSON.parse(line) as Report))
  return reports
}

/** Somebody who presses until the thread shows that it worked, as people do; or until `gone`. */
export async function pressUntil(
  stage: Stage,
  thread: Thread,
  actionId: string,
  works: RegExp,
  gone: () => boolean = () => false,
): Promise<void> {
  const worked = () => gone() || works.test(cardOf(thread)?.text ?? '')
  for (let press = 1; !worked(); press++) {
    const card = cardOf(thread)
    if (JSON.stringify(card?.blocks ?? []).includes(`"action_id":"${actionId}"`)) {
      await stage.slack.press({ user: stage.people.alex, channel: stage.channel, ts: card?.ts ?? '', actionId })
    }
    try {
      await eventually(
        () => expect(worked(), `${actionId} had no effect; the card says: ${cardOf(thread)?.text}`).toBe(true),
        4_000,
      )
    } catch (error) {
      if (press === 6) throw error
    }
  }
}

export function cardOf(thread: Thread) {
  return thread.replies().find((message) => keyOf(message.metadata)?.startsWith('card:'))
}

/** Name under which Mayday posted a message. */
export function keyOf(metadata: unknown): string | undefined {
  if (typeof metadata !== 'object' || metadata === null || !('event_payload' in metadata)) return undefined
  const payload = metadata.event_payload
  if (typeof payload !== 'object' || payload === null || !('key' in payload)) return undefined
  return typeof payload.key === 'string' ? payload.key : undefined
}

/** One incident in PagerDuty under the message's key, one card, one checklist, and nothing posted twice. */
export function expectOnce(stage: Stage, thread: Thread): void {
  expect(stage.pagerduty.incidents()).toHaveLength(1)
  const triggers = stage.pagerduty.events().filter((event) => event.event_action === 'trigger')
  expect(new Set(triggers.map((event) => event.dedup_key))).toEqual(new Set([thread.key]))
  const keys = thread.replies().map((message) => keyOf(message.metadata))
  expect(new Set(keys).size, `posted twice among ${keys.join(', ')}`).toBe(keys.length)
  expect(keys.filter((key) => key?.startsWith('card:'))).toHaveLength(1)
  expect(keys.filter((key) => key?.startsWith('checklist:'))).toHaveLength(1)
  const elsewhere = stage.slack.messages(stage.channel).filter((one) => one.user === stage.slack.botUserId)
  expect(elsewhere.every((one) => one.threadTs === thread.ts)).toBe(true)
}

/** Nothing was said before it was true, and nothing that never was. */
export function expectTruth(stage: Stage, thread: Thread): void {
  const [incident] = stage.pagerduty.incidents()
  expect(incident).toBeDefined()
  const at = (type: string) =>
    incident?.log.find((entry) => entry.type.startsWith(type))?.at ?? Number.POSITIVE_INFINITY
  const said = thread.replies().flatMap((message) => message.updates)
  const claims = [
    [/is paging/, incident?.createdAt ?? Number.POSITIVE_INFINITY],
    [/acknowledged the page|acknowledged .*incident .* in PagerDuty/, at('acknowledge')],
    [/page was resolved/, at('resolve')],
  ] as const
  for (const [pattern, since] of claims) {
    for (const update of said.filter(({ text }) => pattern.test(text))) {
      expect(update.at, `said too early: ${update.text}`).toBeGreaterThanOrEqual(since)
    }
  }
  for (const { text } of said)
    expect(text).not.toMatch(/<!channel>|two incidents|false alarm,|did not take|through after all/i)
}
