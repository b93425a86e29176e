import { setTimeout as pause } from 'node:timers/promises'
import { type Child, startChild } from './child.js'
import { BARE, BOT, type Ground, openGround } from './ground.js'
import { percentile, rounded } from './stats.js'

const WARM_UP = 30
const PACED = 300
const PER_SECOND = 20
const BURST = 200
const ALL_IN_MS = 60_000
const GOAL_P99_MS = 100

interface Measured {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly burstPerSecond: number
}

/** From the event on the socket to the trigger's arrival at PagerDuty, beside the bare loop on the same machine. */
export async function paging(say: (line: string) => void): Promise<object> {
  const baseline = await measure('bare loop', BARE, say)
  const mayday = await measure('mayday', BOT, say)
  const ratio = (of: keyof Measured): number => rounded(mayday[of] / baseline[of])
  const met = mayday.p99Ms < GOAL_P99_MS
  say(`p99 ${mayday.p99Ms} ms, goal < ${GOAL_P99_MS} ms: ${met ? 'met' : 'MISSED'}`)
  return {
    messages: PACED,
    perSecond: PER_SECOND,
    mayday,
    baseline: { name: 'bare loop: one socket, one fetch, no store', ...baseline },
    ratio: { p50: ratio('p50Ms'), p99: ratio('p99Ms'), burst: ratio('burstPerSecond') },
    goal: { p99Ms: GOAL_P99_MS, met },
  }
}

async function measure(name: string, command: readonly string[], say: (line: string) => void): Promise<Measured> {
  const ground = await openGround()
  let child: Child | undefined
  try {
    child = await startChild(command, await ground.env())
    await paced(ground, WARM_UP)
    const waits = await paced(ground, PACED)
    const burstPerSecond = rounded(await burst(ground))
    const [p50Ms, p99Ms, maxMs] = [50, 99, 100].map((percent) => rounded(percentile(waits, percent)))
    say(
      `${name}: p50 ${p50Ms} ms, p99 ${p99Ms} ms, max ${maxMs} ms; ${burstPerSecond} messages/s in a burst of ${BURST}`,
    )
    return { p50Ms: p50Ms ?? Number.NaN, p99Ms: p99Ms ?? Number.NaN, maxMs: maxMs ?? Number.NaN, burstPerSecond }
  } finally {
    await child?.stop()
    await ground.close()
  }
}

/** Waits of messages that come evenly, ms. */
async function paced(ground: Ground, count: number): Promise<readonly number[]> {
  const arrivals = watch(ground, count)
  const saidAt = new Map<string, number>()
  const began = performance.now()
  for (let index = 0; index < count; index++) {
    await pause(Math.max(0, began + (index * 1_000) / PER_SECOND - performance.now()))
    // The simulator writes to the socket before `say` returns.
    const at = performance.now()
    saidAt.set(ground.slack.say({ channel: ground.channel, user: ground.sam, text: `emergency ${index}` }).ts, at)
  }
  const at = await arrivals
  return [...saidAt].map(([ts, said]) => (at.get(ts) ?? Number.NaN) - said)
}

/** Messages per second when they come all at once. */
async function burst(ground: Ground): Promise<number> {
  const arrivals = watch(ground, BURST)
  const began = performance.now()
  for (let index = 0; index < BURST; index++) {
    ground.slack.say({ channel: ground.channel, user: ground.sam, text: `burst ${index}` })
  }
  const last = Math.max(...(await arrivals).values())
  return (BURST * 1_000) / (last - began)
}

/** When the first trigger of each message arrived, by its `ts`, once there are `count`. */
function watch({ pagerduty }: Ground, count: number): Promise<ReadonlyMap<string, number>> {
  const seen = new Map<string, number>()
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => finish(new TypeError(`only ${seen.size} of ${count} pages arrived`)), ALL_IN_MS)
    const off = pagerduty.on((event) => {
      if (event.kind !== 'accepted' || event.event.event_action !== 'trigger') return
      const ts = event.event.dedup_key?.split(':').at(-1) ?? ''
      if (!seen.has(ts)) seen.set(ts, performance.now())
      if (seen.size === count) finish()
    })
    const finish = (failure?: TypeError): void => {
      clearTimeout(late)
      off()
      if (failure === undefined) resolve(seen)
      else reject(failure)
    }
  })
}
