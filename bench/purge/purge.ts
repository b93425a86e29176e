/**
 * Counting and purging the night's notifications: other ways beside ours, each on a server of its own with the same keys,
 * while an application goes on reading and writing.
 */
import { Redis } from 'ioredis'
import type { RedisServer } from '../../src/simulator/redis-server.js'
import { type Night, type NightSize, planNight } from './night.js'
import { type Mayday, openMayday } from './ours.js'
import { ask, canPin, serverCpu } from './server.js'
import { type Felt, startTraffic } from './traffic.js'
import { countByCli, countByKeys, purgeByCli, purgeByTens } from './ways.js'

interface Measured {
  readonly seconds: number
  readonly serverCpuSeconds: number
  readonly felt: Felt
  readonly [more: string]: unknown
}

type Layout = 'keys' | 'rpush'
type Say = (line: string) => void

interface Round {
  readonly name: string
  readonly run: (night: Night, note: (name: string, value: object) => void) => Promise<void>
}

const USUAL = 2_000
const BUSY = 10_000

export interface PurgeBenchOptions extends NightSize {
  /** Only rounds whose name matches this. */
  readonly only: string
}

export async function purge(options: PurgeBenchOptions, say: Say): Promise<object> {
  const night = planNight(options, say)
  const results: Record<string, object> = {}
  const note = (name: string, value: object): void => {
    results[name] = value
    say(`${name}: ${JSON.stringify(value)}`)
  }
  for (const round of rounds()) if (new RegExp(options.only, 'u').test(round.name)) await round.run(night, note)
  return {
    keys: options.notifications,
    of: options.notifications + options.cacheKeys,
    pinned: canPin,
    ...results,
    ratios: ratios(results),
  }
}

function rounds(): readonly Round[] {
  const layouts: readonly Layout[] = ['keys', 'rpush']
  const paces = [
    [USUAL, 1],
    [BUSY, 1],
    [USUAL, 0.3],
  ] as const
  return [
    {
      name: 'idle',
      run: (night, note) =>
        counting(night, 'plain', note, [
          ['idle', USUAL, idle],
          ['idle 10000/s', BUSY, idle],
        ]),
    },
    {
      name: 'others count',
      run: (night, note) =>
        counting(night, 'plain', note, [
          ['redis-cli --scan', USUAL, countByCli],
          ['KEYS', USUAL, countByKeys],
        ]),
    },
    {
      name: 'others purge redis-cli',
      run: (night, note) => removing(night, note, 'redis-cli --scan | xargs unlink', purgeByCli),
    },
    {
      name: 'others purge by tens',
      run: (night, note) => removing(night, note, 'SCAN without MATCH, DEL by tens', purgeByTens),
    },
    ...layouts.flatMap((layout) => [
      { name: `count ${layout}`, run: (night: Night, note: Note) => ourCounts(night, note, layout, paces) },
      ...[false, true].flatMap((archive) =>
        paces.map(([rate, budget]) => ({
          name: `purge ${layout}${archive ? ' archived' : ''} ${rate}/s ${budget}ms`,
          run: (night: Night, note: Note) => ourPurge(night, note, { layout, archive, rate, budget }),
        })),
      ),
    ]),
  ]
}

type Note = (name: string, value: object) => void
type Count = (port: number) => Promise<number>

const idle: Count = async () => {
  await new Promise((done) => setTimeout(done, 8_000))
  return 0
}

async function measure(server: RedisServer, rate: number, work: () => Promise<unknown>): Promise<Measured> {
  const traffic = await startTraffic(server.port, rate)
  // The first second of a process is its own.
  await new Promise((done) => setTimeout(done, 1_000))
  try {
    const cpu = await serverCpu(server.port)
    const began = performance.now()
    const { felt } = await traffic.during(work)
    const seconds = (performance.now() - began) / 1_000
    return { seconds, serverCpuSeconds: (await serverCpu(server.port)) - cpu, felt }
  } finally {
    await traffic.stop()
  }
}

async function counting(
  night: Night,
  layout: 'plain' | 'rpush',
  note: Note,
  ways: readonly (readonly [string, number, Count])[],
) {
  const server = await night.open(layout)
  try {
    for (const [name, rate, way] of ways) {
      let found = 0
      const measured = await measure(server, rate, async () => {
        found = await way(server.port)
      })
      if (way !== idle && found !== night.size.notifications) throw new TypeError(`${name} counted ${found}`)
      note(name, rounded(measured))
    }
  } finally {
    await server.stop()
  }
}

async function removing(night: Night, note: Note, name: string, way: (port: number) => Promise<void>): Promise<void> {
  const server = await night.open('plain')
  try {
    const before = Number(await ask(server.port, 'DBSIZE'))
    const measured = await measure(server, USUAL, () => way(server.port))
    const gone = before - Number(await ask(server.port, 'DBSIZE'))
    note(name, rounded({ ...measured, gone }))
  } finally {
    await server.stop()
  }
}

async function ourCounts(
  night: Night,
  note: Note,
  layout: Layout,
  paces: readonly (readonly [number, number])[],
): Promise<void> {
  const server = await night.open(layout === 'keys' ? 'plain' : 'rpush')
  try {
    for (const [rate, budget] of paces) {
      const mayday = await openMayday(server.port, layout, budget)
      let found = 0
      const measured = await measure(server, rate, async () => {
        found = await mayday.count()
      })
      if (found !== night.size.notifications) throw new TypeError(`we counted ${found}`)
      note(`mayday count ${layout} ${rate}/s ${budget}ms`, rounded({ ...measured, peakMb: mayday.peakMb() }))
      await mayday.close()
    }
  } finally {
    await server.stop()
  }
}

interface Purging {
  readonly layout: Layout
  readonly archive: boolean
  readonly rate: number
  readonly budget: number
}

async function ourPurge(night: Night, note: Note, { layout, archive, rate, budget }: Purging): Promise<void> {
  const server = await night.open(layout === 'keys' ? 'plain' : 'rpush')
  const mayday = await openMayday(server.port, layout, budget)
  const name = `${layout}${archive ? ' archived' : ''} ${rate}/s ${budget}ms`
  try {
    const digest = await ask(server.port, 'DEBUG', 'DIGEST')
    const before = Number(await ask(server.port, 'DBSIZE'))
    // As the checklist says: first nothing more is sent.
    if (layout === 'rpush') await mayday.hold()
    let plan: Awaited<ReturnType<Mayday['plan']>> | undefined
    const planning = await measure(server, rate, async () => {
      plan = await mayday.plan(archive)
    })
    note(`mayday plan ${name}`, rounded({ ...planning, peakMb: mayday.peakMb() }))
    if (plan === undefined) return
    const chosen = plan
    const gone = watchSize(server.port, before - night.size.notifications)
    let said: Awaited<ReturnType<Mayday['run']>> | undefined
    const running = await measure(server, rate, async () => {
      said = await mayday.run(chosen)
    })
    const removalSeconds = gone.stop()
    const archiveBytes = said?.progress.archiveBytes ?? 0
    note(
      `mayday purge ${name}`,
      rounded({
        ...running,
        removalSeconds,
        removed: said?.progress.removed,
        remaining: said?.verification?.remaining,
        saidAddedMs: said?.progress.addedMs,
        bytesPerKey: archiveBytes / night.size.notifications,
        peakMb: mayday.peakMb(),
      }),
    )
    if (!archive || said === undefined) return
    const back = await measure(server, rate, () => mayday.undo(chosen.purge))
    if (layout === 'rpush') await mayday.release()
    const same = (await ask(server.port, 'DEBUG', 'DIGEST')) === digest
    note(`mayday undo ${name}`, rounded({ ...back, sameDigest: same, peakMb: mayday.peakMb() }))
  } finally {
    await mayday.close()
    await server.stop()
  }
}

/** Seconds from the first key that went to the last one, as the server's own number of keys tells. */
function watchSize(port: number, goal: number): { readonly stop: () => number } {
  const redis = new Redis({ port, retryStrategy: () => null })
  let [from, to, last] = [0, 0, -1]
  const look = async (): Promise<void> => {
    const size = await redis.dbsize().catch(() => -1)
    if (size < 0) return
    const now = performance.now()
    if (last >= 0 && size < last && from === 0) from = now
    if (last >= 0 && size < last && size >= goal - 5) to = now
    last = size
  }
  const timer = setInterval(() => void look(), 20)
  return {
    stop() {
      clearInterval(timer)
      redis.disconnect()
      return (to - from) / 1_000
    },
  }
}

function rounded(value: object): object {
  return JSON.parse(
    JSON.stringify(value, (_, one: unknown) => (typeof one === 'number' ? Number(one.toPrecision(4)) : one)),
  )
}

function ratios(results: Readonly<Record<string, object>>): object {
  const seconds = (name: string, field = 'seconds'): number =>
    Number((results[name] as Record<string, unknown> | undefined)?.[field])
  const count = seconds('redis-cli --scan')
  const purged = seconds('redis-cli --scan | xargs unlink')
  const all: Record<string, number> = {}
  for (const name of Object.keys(results)) {
    if (name.startsWith('mayday count')) all[name] = count / seconds(name)
    if (name.startsWith('mayday purge')) all[name] = purged / seconds(name, 'removalSeconds')
    if (name.startsWith('mayday undo'))
      all[name] = seconds(name.replace('undo', 'purge'), 'removalSeconds') / seconds(name)
  }
  return rounded(all)
}
