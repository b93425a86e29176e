/** A target that is the keys beginning with a literal prefix. */
import type { KeyTarget, Removal, Restoration, Scope, Slice, What } from '../../../ports/keys.js'
import type { KeyedCommand, RedisServers } from '../connect.js'
import { expectValue, isRefusal } from '../failure.js'
import { decodeFrames, encodeFrame, restoreTtl } from '../frames.js'
import { createGauge, FEWEST, type Gauge } from '../gauge.js'
import { escapeGlob, prefixOf } from '../glob.js'
import { inspectServers } from '../inspect.js'
import { createGauges, type LaneSlice, walkEverywhere } from '../lanes.js'
import { estimateByDraw, surveyDatabase } from '../sample.js'
import { chooseWords, EXPIRED, type Settling, settle } from '../settle.js'
import { type RawSlice, readSlice } from '../slices.js'
import { type Standing, standAt, write } from '../walk.js'
import { REMOVE_KEYS, RESTORE_KEYS, SCAN_KEYS } from './scripts.js'

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
  const removal = keysSettling(servers, prefix)
  return {
    name: options.name,
    layout: 'keys',
    inspect: () => inspectServers(servers, `${prefix}mayday-asks`, NEEDED),
    estimate: () => estimateByDraw(servers, mine),
    scope: async () => ({ mode: 'all' }),
    survey: () => surveyDatabase(servers, mine),
    ping: () => servers.ping(),
    async slice(_scope: Scope, at: string | undefined, quantumMs: number, what: What): Promise<Slice> {
      const one = (standing: Standing) =>
        sliceOf(standing, pattern, quantumMs, what, gauges[what](standing.node.address))
      if (servers.cluster) return walkEverywhere(servers, at, what === 'entries' || what === 'bare', one)
      const standing = await standAt(servers, at, async () => 'scan')
      const { cursor, ...slice } = await one(standing)
      return { ...slice, next: cursor === '0' ? undefined : write({ ...standing.position, cursor }) }
    },
    remove: async (frames, quantumMs): Promise<Removal> => {
      const { done, kept, lost, ...rest } = await settle(servers, removal.remove, frames, quantumMs)
      return { ...rest, removed: done, changed: kept, gone: lost }
    },
    restore: async (frames, quantumMs): Promise<Restoration> => {
      const { done, kept, lost, consumed, serverMs } = await settle(servers, removal.restore, frames, quantumMs)
      return { consumed, serverMs, restored: done, occupied: kept, failed: lost }
    },
    close: () => servers.close(),
  }
}

async function sliceOf(
  standing: Standing,
  pattern: string,
  quantumMs: number,
  what: What,
  gauge: Gauge,
): Promise<LaneSlice> {
  const scripted = await standing.session.scripting()
  const { kinds, ...rest } = await (scripted ? inServer : inSteps)(standing, pattern, quantumMs, what, gauge)
  return { ...rest, kinds: nameKinds(kinds) }
}

async function inServer(
  { session, position }: Standing,
  pattern: string,
  quantumMs: number,
  what: What,
  gauge: Gauge,
): Promise<RawSlice> {
  const fits = gauge.fit(quantumMs, 100_000)
  // One SCAN cannot be broken off, so it is a fraction of the slice.
  const count = Math.max(1, Math.min(1_000, Math.ceil(fits / 6)))
  const args = [position.cursor, pattern, count, Math.round(quantumMs * 1_000), what.charAt(0), fits * 4]
  const raw = readSlice(await session.run(SCAN_KEYS, [], args))
  gauge.took(raw.serverMs, raw.visited)
  return raw
}

/** The same for a user who may not run scripts: SCAN, then what each key is, in one write. */
async function inSteps(
  { session, position }: Standing,
  pattern: string,
  quantumMs: number,
  what: What,
  gauge: Gauge,
): Promise<RawSlice> {
  const count = gauge.fit(quantumMs, 2_000, FEWEST)
  const began = performance.now()
  const page = await session.call('SCAN', position.cursor, 'MATCH', pattern, 'COUNT', count)
  const [cursor, keys] = readPage(page)
  const words = chooseWords(what, keys)
  const replies = await session.batch(words)
  const trips = words.length === 0 ? 1 : 2
  const serverMs = Math.max(0, performance.now() - began - trips * session.baseMs())
  gauge.took(serverMs, count)
  const kinds = new Map<string, number>()
  const frames: Buffer[] = []
  for (const [index, key] of keys.entries()) {
    if (what === 'count') continue
    if (what === 'bare') {
      frames.push(encodeFrame(key, -1))
      continue
    }
    const [value, second] = [replies[2 * index], replies[2 * index + 1]]
    if (isRefusal(value) && !/^(MOVED|ASK)|local key/u.test(value.message)) expectValue(value, session.where)
    if (!Buffer.isBuffer(value) && typeof value !== 'string') continue
    const bytes = Buffer.from(value)
    // why: it expired between the two answers; put back without a TTL it would never go again.
    if (what === 'entries' && Number(second) === EXPIRED) continue
    const kind = what === 'names' ? bytes.toString() : bytes.toString('latin1', 0, 1)
    if (kind === 'none') continue
    // A user who may not ask for the memory of a key is told nothing of it.
    const weight = what === 'names' && typeof second === 'number' ? weightOf(second) : undefined
    for (const one of weight === undefined ? [kind] : [kind, weight]) kinds.set(one, (kinds.get(one) ?? 0) + 1)
    frames.push(what === 'names' ? encodeFrame(key, -1) : encodeFrame(key, Number(second), bytes))
  }
  return {
    found: what === 'count' ? keys.length : frames.length,
    visited: count,
    serverMs,
    cursor,
    kinds: [...kinds].map(([kind, times]) => [Buffer.from(kind, 'latin1'), times] as const),
    frames: Buffer.concat(frames),
  }
}

/** As the script says it. */
function weightOf(bytes: number): string | undefined {
  return bytes > 64 << 20 ? 'over 64 MB' : bytes > 4 << 20 ? 'over 4 MB' : undefined
}

export function readPage(reply: unknown): readonly [cursor: string, keys: readonly Buffer[]] {
  if (!Array.isArray(reply)) return ['0', []]
  const [cursor, keys] = reply
  return [String(cursor), Array.isArray(keys) ? keys.filter((key) => Buffer.isBuffer(key)) : []]
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

function keysSettling(
  servers: RedisServers,
  prefix: string,
): { readonly remove: Settling; readonly restore: Settling } {
  const together = servers.cluster ? '0' : '1'
  const literal = Buffer.from(prefix)
  return {
    remove: {
      gauge: createGauge(6),
      script: REMOVE_KEYS,
      args: [together, literal],
      inSteps: async (frames) => {
        const all = decodeFrames(frames)
        const ours = all.filter(({ name }) => name.subarray(0, literal.length).equals(literal))
        const values = await servers.batch(ours.map(({ name }) => keyed(name, 'DUMP', name)))
        const verdicts = ours.map((frame, index) => {
          const value = expectValue(values[index], 'the target')
          if (value === null) return 'gone'
          return frame.payload.length === 0 || frame.payload.equals(Buffer.from(value as Buffer)) ? 'same' : 'changed'
        })
        const doomed = ours.filter((_, index) => verdicts[index] === 'same')
        const replies = await servers.batch(doomed.map(({ name }) => keyed(name, 'UNLINK', name)))
        const done = replies.filter((reply) => Number(expectValue(reply, 'the target')) === 1).length
        const left = all.filter((frame) => !ours.includes(frame) || verdicts[ours.indexOf(frame)] === 'changed')
        return {
          done,
          kept: left.length,
          lost: all.length - left.length - done,
          left: left.map(({ name }) => Buffer.from(name)),
        }
      },
    },
    restore: {
      gauge: createGauge(8),
      script: RESTORE_KEYS,
      args: [],
      inSteps: async (frames) => {
        const all = decodeFrames(frames)
        const replies = await servers.batch(
          all.map(({ name, ttlMs, payload }) => keyed(name, 'RESTORE', name, restoreTtl(ttlMs), payload)),
        )
        const outcomes = replies.map((reply) => restored(reply))
        const count = (outcome: string) => outcomes.filter((seen) => seen === outcome).length
        return { done: count('done'), kept: count('kept'), lost: count('lost'), left: [] }
      },
    },
  }
}

function restored(reply: unknown): 'done' | 'kept' | 'lost' {
  if (!isRefusal(reply)) return 'done'
  if (/BUSYKEY/u.test(reply.message)) return 'kept'
  if (/checksum/u.test(reply.message)) return 'lost'
  expectValue(reply, 'the target')
  return 'lost'
}

function keyed(key: Buffer, ...words: KeyedCommand['words']): KeyedCommand {
  return { key, words }
}
