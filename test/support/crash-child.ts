/**
 * A process of its own with one or more bots in it, each with its own configuration and store, to be killed. The first
 * line of its input names them (see `BotOrder`); the line `count` begins the counting of steps, the end of the input
 * ends the process in good order. What it reports goes line by line to file descriptor 3. Once every bot that has a
 * cut has reached it, the process kills itself with SIGKILL: no handler runs, no buffer is flushed, no file is closed.
 */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createMetrics } from '../../src/adapters/metrics.js'
import { createLog } from '../../src/adapters/system.js'
import { openWorld } from '../../src/adapters/world.js'
import { createApp } from '../../src/app.js'
import type { Config } from '../../src/config/config.js'
import { createStageClock } from './clock.js'
import { type Cut, type CutWire, createCutWire } from './crash-cut.js'

export interface BotOrder {
  readonly config: Config
  /** How far its clock is ahead of the real one, ms. */
  readonly aheadMs: number
  readonly cut?: Cut
}

export type Report =
  | { readonly kind: 'counting' }
  | { readonly kind: 'ready'; readonly bot: number }
  | { readonly kind: 'step' | 'out'; readonly bot: number; readonly number: number; readonly name: string }

function report(line: Report): void {
  writeSync(3, `${JSON.stringify(line)}\n`)
}

let waiting = 0

async function startBot(order: BotOrder, bot: number): Promise<{ readonly wire: CutWire; stop(): Promise<void> }> {
  const wire = createCutWire(order.cut, {
    step: (number, name) => report({ kind: 'step', bot, number, name }),
    out: (number, name) => {
      report({ kind: 'out', bot, number, name })
      waiting -= 1
      if (waiting === 0) process.kill(process.pid, 'SIGKILL')
    },
  })
  if (order.cut !== undefined) waiting += 1
  const real = createStageClock()
  real.forward(`${Math.max(0, Math.round(order.aheadMs))}ms`)
  const ports = await openWorld(order.config, {
    clock: wire.clock(real),
    log: createLog({ level: process.env['MAYDAY_TEST_LOG'] ?? 'silent', pretty: false, secrets: [] }),
    meter: createMetrics().meter,
    checkUp: async () => ['ok'],
    wrapStore: wire.wrap,
    // Many bots share a busy machine; a slow answer is not what these tests are about.
    limits: { answerMs: 60_000, deadlineMs: 90_000 },
  })
  const app = createApp(order.config, ports)
  await app.start()
  const look = async (): Promise<void> => {
    if ((await app.health()).length === 0) report({ kind: 'ready', bot })
    else setTimeout(() => void look(), 20)
  }
  await look()
  return { wire, stop: () => app.stop().then(() => ports.store.close()) }
}

async function main(): Promise<void> {
  const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
  const first = await input.next()
  const orders = JSON.parse(String(first.value)) as readonly BotOrder[]
  const bots = await Promise.all(orders.map(startBot))
  for (let line = await input.next(); line.done !== true; line = await input.next()) {
    if (line.value !== 'count') continue
    for (const { wire } of bots) wire.count()
    report({ kind: 'counting' })
  }
  await Promise.all(bots.map((bot) => bot.stop()))
  process.exit(0)
}

await main()
