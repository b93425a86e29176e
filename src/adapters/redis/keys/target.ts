/** A target that is the keys beginning with a literal prefix. */
import type { KeyTarget, Scope, Slice, What } from '../../../ports/keys.js'
import type { RedisServers } from '../connect.js'
import { expectValue, isRefusal } from '../failure.js'
import { decodeFrames, encodeNames, SOME } from '../frames.js'
import { FEWEST, type Gauge } from '../gauge.js'
import { escapeGlob, prefixOf } from '../glob.js'
import { inspectServers } from '../inspect.js'
import { createGauges, type LaneSlice, walkEverywhere } from '../lanes.js'
import { countNeighbours, estimateByDraw, surveyDatabase } from '../sample.js'
import type { Script, Session } from '../session.js'
import { type RawSlice, readSlice } from '../slices.js'
import { understands } from '../understands.js'
import { type Position, type Standing, standAt, write } from '../walk.js'
import { Packed, unpackNames } from '../wire.js'
import { nameElsewhere, readElsewhere } from './elsewhere.js'
import { createPages, type Pages } from './pages.js'
import { type Entries, MOVING, named, readEntries } from './read.js'
import { COUNT_KEYS, ELSEWHERE, SCAN_KEYS } from './scripts.js'
import { createKeysSettling } from './settling.js'

export interface KeysTargetOptions {
  readonly name: string
  /** Everything before its last `*` is literal. */
  readonly pattern: string
}

const NEEDED = ['SCAN', 'TYPE', 'DUMP', 'PTTL', 'UNLINK', 'RESTORE', 'DBSIZE', 'INFO'] as const

export function createKeysTarget(servers: RedisServers, options: KeysTargetOptions): KeyTarget {
  const prefix = prefixOf(options.pattern)
  const start = Buffer.from(prefix).toString('latin1')
  const mine = (key: string) => key.startsWith(start)
  const pattern = `${escapeGlob(prefix)}*`
  const gauges = { count: createGauges(1), names: createGauges(2), bare: createGauges(1.5), entries: createGauges(5) }
  const settling = createKeysSettling(servers, prefix)
  const probe = `${prefix}mayday-asks`
  const pages = createPages(pattern)
  return {
    name: options.name,
    layout: 'keys',
    inspect: () => inspectServers(servers, probe, NEEDED),
    estimate: () => estimateByDraw(servers, mine),
    scope: async () => ({ mode: 'all' }),
    survey: () => surveyDatabase(servers, mine),
    neighbours: (prefixes) => countNeighbours(servers, mine, prefixes),
    ping: () => servers.ping(),
    async slice(
      _scope: Scope,
      at: string | undefined,
      quantumMs: number,
      what: What,
      tell: Tell = () => undefined,
    ): Promise<Slice> {
      const one = async (standing: Standing): Promise<LaneSlice> => {
        const gauge = gauges[what](standing.node.address)
        const { position } = standing
        const known = (cursor: string) => cursor !== '0' && tell(write({ ...position, cursor }))
        const on = { servers, pages, pattern, room: settling.room(quantumMs), known }
        const { kinds, ...rest } = await look(on, standing, quantumMs, what, gauge)
        return { ...rest, kinds: nameKinds(kinds) }
      }
      if (servers.cluster) return walkEverywhere(servers, at, what === 'entries' || what === 'bare', one)
      const standing = await standAt(servers, at, async () => 'scan')
      const { cursor, ...slice } = await one(standing)
      return { ...slice, next: cursor === '0' ? undefined : write({ ...standing.position, cursor }) }
    },
    remove: settling.remove,
    restore: settling.restore,
    understands: (frames) =>
      understands(
        servers,
        probe,
        decodeFrames(frames, SOME).map(({ payload }) => payload),
      ),
    close: () => servers.close(),
  }
}

/** See `KeyTarget.slice`. */
type Tell = (next: string) => void

interface Ground {
  readonly servers: RedisServers
  readonly pages: Pages
  readonly pattern: string
  /** How many may be removed at once. */
  readonly room: number
  /** Hears of the cursor as soon as it is known. */
  readonly known: (cursor: string) => void
}

type Look = (
  ground: Ground,
  standing: Standing,
  quantumMs: number,
  what: What,
  gauge: Gauge,
) => Promise<RawSlice & { readonly guard?: number }>

/**
 * One slice. Where names have to come here anyway, SCAN alone is cheaper than a script that would make a value of each of
 * them first; where they need not, a script keeps a million of them from being read here.
 */
const look: Look = async ({ servers, pages, pattern, room, known }, standing, quantumMs, what, gauge) => {
  const { node, session, position } = standing
  const inServer = what === 'names' ? SCAN_KEYS : what === 'count' ? COUNT_KEYS : undefined
  if (inServer !== undefined && (await session.scripting())) {
    return scanInServer(servers, session, inServer, position, pattern, quantumMs, gauge)
  }
  const count = gauge.fit(quantumMs, 20_000, FEWEST)
  const scan = await pages.at(session, position.cursor, count)
  const { cursor, keys } = scan
  // While these are read, the next ones are looked for.
  if ((what === 'entries' || what === 'bare') && !servers.cluster) {
    pages.ahead(session, cursor, count)
    known(cursor)
  }
  const nothing = { found: keys.count, visited: scan.visited, cursor, kinds: [], frames: Buffer.alloc(0) }
  if (what === 'count' || keys.count === 0) {
    gauge.took(scan.serverMs, scan.visited)
    return { ...nothing, serverMs: scan.serverMs }
  }
  if (what === 'bare') {
    gauge.took(scan.serverMs, scan.visited)
    return { ...nothing, frames: encodeNames(unpackNames(keys)), serverMs: scan.serverMs }
  }
  const read =
    what === 'names'
      ? await readTypes(servers, session, unpackNames(keys))
      : await readEntries(servers, node, session, keys, room)
  const isHidden = servers.cluster && what === 'entries' && read.found < keys.count
  const seen = isHidden ? { ...read, ...(await readElsewhere(servers, unpackNames(keys), read)) } : read
  // Two turns of the server, between which others have theirs.
  gauge.took(scan.serverMs + seen.serverMs, scan.visited)
  return { ...nothing, ...seen, serverMs: Math.max(scan.serverMs, seen.serverMs) }
}

async function scanInServer(
  servers: RedisServers,
  session: Session,
  script: Script,
  position: Position,
  pattern: string,
  quantumMs: number,
  gauge: Gauge,
): Promise<RawSlice> {
  const fits = gauge.fit(quantumMs, 100_000)
  // One SCAN cannot be broken off, so it is a fraction of the slice.
  const count = Math.max(1, Math.min(1_000, Math.ceil(fits / 6)))
  const args = [position.cursor, pattern, count, Math.round(quantumMs * 1_000), fits * 4]
  const raw = readSlice(await session.run(script, [], args))
  gauge.took(raw.serverMs, raw.visited)
  const isElsewhere = (kind: Buffer): boolean => kind.toString('latin1', 0, 1) === ELSEWHERE
  const named = {
    ...raw,
    kinds: raw.kinds.filter(([kind]) => !isElsewhere(kind)),
    frames: encodeNames(unpackNames(new Packed(raw.found, raw.frames))),
  }
  const rest = raw.kinds.flatMap(([kind]) => (isElsewhere(kind) ? [kind.subarray(1)] : []))
  return rest.length === 0 ? named : { ...named, ...(await nameElsewhere(servers, rest, named)) }
}

async function readTypes(servers: RedisServers, session: Session, keys: readonly Buffer[]): Promise<Entries> {
  const asking = keys.flatMap((key) => [['TYPE', key] as const, ['MEMORY', 'USAGE', key] as const])
  const { replies, serverMs } = await session.timed(asking)
  const kinds = new Map<string, number>()
  const rest: Buffer[] = []
  const living = keys.filter((key, index) => {
    const [reply, size] = [replies[2 * index], replies[2 * index + 1]]
    const isElsewhere = isRefusal(reply) && MOVING.test(reply.message)
    if (isElsewhere) rest.push(key)
    const kind = isElsewhere ? 'none' : String(expectValue(reply, session.where))
    if (kind === 'none') return false
    // A user who may not ask for the memory of a key is told nothing of it.
    const weight = typeof size === 'number' ? weightOf(size) : undefined
    for (const one of weight === undefined ? [kind] : [kind, weight]) kinds.set(one, (kinds.get(one) ?? 0) + 1)
    return true
  })
  const read = { found: living.length, kinds: named(kinds), frames: encodeNames(living), serverMs }
  return rest.length === 0 ? read : { ...read, ...(await nameElsewhere(servers, rest, read)) }
}

/** As the script says it. */
function weightOf(bytes: number): string | undefined {
  return bytes > 64 << 20 ? 'over 64 MB' : bytes > 4 << 20 ? 'over 4 MB' : undefined
}

/** First byte of a DUMP, by the RDB format: https://github.com/redis/redis/blob/7.0/src/rdb.h (`RDB_TYPE_*`). */
const RDB_TYPES: Readonly<Record<number, string>> = {
  0: 'string',
  1: 'list',
  2: 'set',
  3: 'zset',
  4: 'hash',
  5: 'zset',
  6: 'module',
  7: 'module',
  9: 'hash',
  10: 'list',
  11: 'set',
  12: 'zset',
  13: 'hash',
  14: 'list',
  15: 'stream',
  16: 'hash',
  17: 'zset',
  18: 'list',
  19: 'stream',
  20: 'set',
  21: 'stream',
  22: 'hash',
  23: 'hash',
  24: 'hash',
  25: 'hash',
}

function nameKinds(kinds: RawSlice['kinds']): Readonly<Record<string, number>> {
  const named: Record<string, number> = {}
  for (const [kind, times] of kinds) {
    const name = kind.length === 1 ? (RDB_TYPES[kind.readUInt8(0)] ?? 'other') : kind.toString()
    named[name] = (named[name] ?? 0) + times
  }
  return named
}
