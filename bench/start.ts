import { setTimeout as pause } from 'node:timers/promises'
import { startChild } from './child.js'
import { BOT, type Ground, openGround } from './ground.js'
import { percentile, rounded } from './stats.js'

const RUNS = 5
const REST_MS = 5_000
const GOAL_START_MS = 2_000
const GOAL_RSS_MB = 150
const EMPTY_SERVER = [
  '-e',
  `require('node:http').createServer((_req, res) => res.end('ready')).listen(Number(process.env.PORT), '127.0.0.1'); process.on('SIGTERM', () => process.exit(0))`,
]

/** From the start of the process to `/readyz` 200 with an empty store, and memory at rest, beside an empty HTTP server. */
export async function start(say: (line: string) => void): Promise<object> {
  const ground = await openGround()
  try {
    const baseline = await measure(ground, EMPTY_SERVER)
    const mayday = await measure(ground, BOT)
    const met = { readyMs: mayday.readyMs < GOAL_START_MS, rssMb: mayday.rssMb < GOAL_RSS_MB }
    say(`empty server: ready after ${baseline.readyMs} ms, ${baseline.rssMb} MB at rest`)
    say(`mayday: ready after ${mayday.readyMs} ms, goal < ${GOAL_START_MS} ms: ${met.readyMs ? 'met' : 'MISSED'}`)
    say(`mayday: ${mayday.rssMb} MB at rest, goal < ${GOAL_RSS_MB} MB: ${met.rssMb ? 'met' : 'MISSED'}`)
    return {
      runs: RUNS,
      mayday,
      baseline: { name: 'an HTTP server that does nothing', ...baseline },
      ratio: { readyMs: rounded(mayday.readyMs / baseline.readyMs), rssMb: rounded(mayday.rssMb / baseline.rssMb) },
      goal: { readyMs: GOAL_START_MS, rssMb: GOAL_RSS_MB, met },
    }
  } finally {
    await ground.close()
  }
}

async function measure(
  ground: Ground,
  command: readonly string[],
): Promise<{ readonly readyMs: number; readonly rssMb: number }> {
  const ready: number[] = []
  let rssMb = Number.NaN
  for (let run = 0; run < RUNS; run++) {
    const child = await startChild(command, await ground.env())
    ready.push(child.readyAfterMs)
    if (run === RUNS - 1) {
      await pause(REST_MS)
      rssMb = rounded(child.rss() ?? Number.NaN)
    }
    await child.stop()
  }
  return { readyMs: rounded(percentile(ready, 50)), rssMb }
}
