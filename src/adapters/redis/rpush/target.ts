/** A target that is Rpush's notifications, with their places in `all`, `pending` and `retryable`. */
import type { KeyTarget, Scope, Slice, What } from '../../../ports/keys.js'
import type { RedisServers } from '../connect.js'
import { expectValue } from '../failure.js'
import { decodeFrames, SOME } from '../frames.js'
import { FEWEST, type Gauge } from '../gauge.js'
import { escapeGlob, prefixOf } from '../glob.js'
import { inspectServers } from '../inspect.js'
import { createGauges, walkEverywhere } from '../lanes.js'
import { countNeighbours, estimateByDraw, surveyDatabase } from '../sample.js'
import { type RawSlice, readSlice } from '../slices.js'
import { understands } from '../understands.js'
import { type Standing, standAt, write } from '../walk.js'
import { decodePayload, kindOf } from './entry.js'
import { type RpushNames, rpushNames } from './names.js'
import { readIds } from './page.js'
import { nameFrames } from './range.js'
import { countRange, createRangeReader, flagOf, type Tell } from './range-read.js'
import { createSettling } from './settling.js'
import { createRpushSteps, type RpushSteps } from './steps.js'
import { WALK_RPUSH } from './walk-script.js'

export interface RpushTargetOptions {
  readonly name: string
  /** `rpush:notifications:*`, or another namespace's. */
  readonly pattern: string
}

const NEEDED = [
  'SCAN',
  'EXISTS',
  'GET',
  'HMGET',
  'DUMP',
  'PTTL',
  'UNLINK',
  'RESTORE',
  'SCARD',
  'SSCAN',
  'SMISMEMBER',
  'SREM',
  'ZCARD',
  'ZSCAN',
  'ZMSCORE',
  'ZREM',
  'ZADD',
  'DBSIZE',
  'INFO',
] as const

/** What follows a part when its cursor is back at 0. */
const FOLLOWS: Readonly<Record<string, string>> = {
  index: 'rest',
  pending: 'retryable',
  retryable: 'held pending',
  'held pending': 'held retryable',
}

export function createRpushTarget(servers: RedisServers, options: RpushTargetOptions): KeyTarget {
  const names = rpushNames(prefixOf(options.pattern))
  const steps = createRpushSteps(servers, names)
  const probe = `${names.prefix}mayday-asks`
  const gauges = { count: createGauges(0.5), names: createGauges(4), bare: createGauges(0.5), entries: createGauges(8) }
  const settling = createSettling(servers, names, steps)
  const range = createRangeReader(names)
  const start = Buffer.from(names.prefix).toString('latin1')
  const mine = (key: string) => key.startsWith(start) && /^\d+$/u.test(key.slice(start.length))
  // Indexes and what is on hold grow and shrink with the notifications.
  const kin = (key: string) => key.startsWith(start) || key.startsWith('mayday:hold:')
  const isDaemonAtWork = asked(async () => Number((await ask(servers, names.since, 'EXISTS'))[0]) === 0)
  return {
    name: options.name,
    layout: 'rpush',
    inspect: () => inspectServers(servers, probe, NEEDED),
    async estimate() {
      const [size] = await ask(servers, `${names.prefix}all`, 'SCARD')
      return Number(size) > 0 ? { about: Number(size), margin: 0 } : estimateByDraw(servers, mine)
    },
    async scope(mode) {
      const upToId = await highestId(servers, names)
      return upToId === undefined ? { mode } : { mode, upToId }
    },
    survey: () =>
      surveyDatabase(servers, mine, kin, { read: async () => Number((await ask(servers, names.sequence, 'GET'))[0]) }),
    neighbours: (prefixes) => countNeighbours(servers, kin, prefixes),
    ping: () => servers.ping(),
    async slice(
      scope: Scope,
      at: string | undefined,
      quantumMs: number,
      asked: What,
      tell: Tell = () => undefined,
    ): Promise<Slice> {
      // why: what waits in a queue may be claimed before it is removed, and a bare name cannot tell; an entry can.
      const what = asked === 'bare' && scope.mode === 'undelivered' ? 'entries' : asked
      const walkOne = (standing: Standing) => walk(servers, standing, names, steps, scope, quantumMs, what, gauges)
      // The queues are one for the whole cluster, each on one master; only a scan asks all of them.
      if (servers.cluster && scope.mode === 'all') {
        return walkEverywhere(servers, at, what === 'entries' || what === 'bare', walkOne)
      }
      const standing = await standAt(servers, at, () => choosePart(servers, scope))
      if (standing.position.part === 'range') {
        const gauge = gauges[what](standing.node.address)
        if (what === 'count') return countRange(standing, names, scope, quantumMs, gauge, tell)
        const isSparing = scope.sparing === true && (await isDaemonAtWork())
        if (what === 'bare' && !isSparing) return countUp(standing, names, scope, quantumMs)
        const isWatched = what === 'entries' && (await standing.session.scripting())
        const on = { gauge, room: settling.room(quantumMs), tell, isSparing }
        const read = isWatched ? await range.read(standing, scope, quantumMs, on) : undefined
        if (read !== undefined) return read
      }
      const { cursor, ...slice } = await walkOne(standing)
      return { ...slice, next: follow(standing, cursor) }
    },
    remove: settling.remove,
    restore: settling.restore,
    understands: (frames) =>
      understands(
        servers,
        probe,
        decodeFrames(frames, SOME).map(({ payload }) => decodePayload(payload).value),
      ),
    close: () => servers.close(),
  }
}

/** Asks now and then, and answers what was the case a moment ago in between. */
function asked(ask: () => Promise<boolean>): () => Promise<boolean> {
  let [answer, at] = [false, Number.NEGATIVE_INFINITY]
  return async () => {
    if (performance.now() - at < ASK_EVERY_MS) return answer
    answer = await ask()
    at = performance.now()
    return answer
  }
}

const ASK_EVERY_MS = 500

/** Names without asking: as many as can be removed in a few slices. */
function countUp({ position }: Standing, names: RpushNames, scope: Scope, quantumMs: number): Slice {
  const from = Math.max(1, Number(position.cursor))
  const top = scope.upToId ?? 0
  const count = Math.max(0, Math.min(Math.ceil(quantumMs * 1_000), top - from + 1))
  const frames = nameFrames(names.prefix, from, count)
  const next = from + count > top ? undefined : write({ ...position, cursor: String(from + count) })
  return { found: count, visited: count, serverMs: 0, frames, kinds: {}, next, once: true }
}

async function ask(servers: RedisServers, key: string, command: string, ...args: (string | number)[]) {
  const replies = await servers.batch([{ key: Buffer.from(key), words: [command, key, ...args] }])
  return replies.map((reply) => expectValue(reply, 'the target'))
}

/**
 * The counter, or the highest id that waits: a counter that was deleted starts at 1 again, below what is there. Undefined
 * where neither is there: then nothing tells what is born later.
 */
async function highestId(servers: RedisServers, names: RpushNames): Promise<number | undefined> {
  const [counter] = await ask(servers, names.sequence, 'GET')
  const tops = await Promise.all(
    [names.pending, names.heldPending].map(async (key) => (await ask(servers, key, 'ZREVRANGE', 0, 0))[0]),
  )
  const ids = [counter, ...tops.map((top) => (Array.isArray(top) ? top[0] : null))]
    .filter((id) => id !== null && id !== undefined)
    .map(Number)
    .filter((id) => Number.isSafeInteger(id) && id > 0)
  return counter === null || ids.length === 0 ? undefined : Math.max(...ids)
}

/**
 * Where the layout gives the names, nothing is searched: ids count up to the counter, and an id costs a fraction of a
 * scanned key. Where most of that range is empty, `all` names the living; what it does not know is scanned for behind it.
 */
async function choosePart(servers: RedisServers, scope: Scope): Promise<string> {
  if (scope.mode === 'undelivered') return 'pending'
  if (servers.cluster || scope.upToId === undefined) return 'scan'
  const [node] = await servers.masters()
  const size = Number(await (await node?.session())?.call('DBSIZE'))
  return scope.upToId <= 3 * size + 10_000 ? 'range' : 'index'
}

async function walk(
  servers: RedisServers,
  standing: Standing,
  names: RpushNames,
  steps: RpushSteps,
  scope: Scope,
  quantumMs: number,
  what: What,
  gauges: Readonly<Record<What, (address: string) => Gauge>>,
) {
  const gauge = gauges[what](standing.node.address)
  const scripted = !servers.cluster && (await standing.session.scripting())
  return scripted
    ? inServer(standing, names, scope, quantumMs, what, gauge)
    : inSteps(servers, standing, names, steps, scope, quantumMs, what, gauge)
}

async function inServer(
  { session, position }: Standing,
  names: RpushNames,
  scope: Scope,
  quantumMs: number,
  what: What,
  gauge: Gauge,
) {
  const fits = gauge.fit(quantumMs, 100_000)
  const step = Math.max(1, Math.min(what === 'count' ? 500 : 100, Math.ceil(fits / 4)))
  const cursor = position.part === 'range' && position.cursor === '0' ? '1' : position.cursor
  const args = [names.prefix, position.part, cursor, scope.upToId ?? -1, Math.round(quantumMs * 1_000)]
  const more = [what.charAt(0), step, fits * 4, escapeGlob(names.prefix), flagOf(scope)]
  const raw = readSlice(await session.run(WALK_RPUSH, [], [...args, ...more]))
  gauge.took(raw.serverMs, raw.visited)
  const { cursor: next, kinds, ...rest } = raw
  return { ...rest, cursor: next, kinds: nameKinds(kinds) }
}

function nameKinds(kinds: RawSlice['kinds']): Readonly<Record<string, number>> {
  const named: Record<string, number> = {}
  for (const [kind, times] of kinds) {
    const end = kind.lastIndexOf(0)
    const middle = kind.lastIndexOf(0, end - 1)
    const state = kind.toString('utf8', end + 1)
    const name = kindOf(kind.subarray(0, middle), kind.subarray(middle + 1, end), state)
    named[name] = (named[name] ?? 0) + times
  }
  return named
}

async function inSteps(
  servers: RedisServers,
  { session, position }: Standing,
  names: RpushNames,
  steps: RpushSteps,
  scope: Scope,
  quantumMs: number,
  what: What,
  gauge: Gauge,
) {
  const began = performance.now()
  const fits = gauge.fit(quantumMs, 1_000, FEWEST)
  const page = await readIds({ servers, session, names, position, top: scope.upToId, count: fits })
  const found = await steps.look(page.ids, what, scope)
  const trips = what === 'count' ? 2 : 4
  const serverMs = Math.max(0, performance.now() - began - trips * session.baseMs())
  gauge.took(serverMs, page.visited)
  return { ...found, cursor: page.cursor, visited: page.visited, serverMs }
}

function follow({ position }: Standing, cursor: string): string | undefined {
  if (cursor !== '0') return write({ ...position, cursor })
  const part = FOLLOWS[position.part]
  return part === undefined ? undefined : write({ ...position, part, cursor: '0' })
}
