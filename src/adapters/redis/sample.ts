/** What a random sample says about a database: how many keys are the target's, who else lives there, how much it weighs. */
import type { Estimate, Survey } from '../../ports/keys.js'
import type { RedisServers } from './connect.js'
import { isRefusal } from './failure.js'
import type { Session, Words } from './session.js'

const DRAWS = 2_000
const PER_BATCH = 50
/** why: the sample must answer within 1 s also where the network is slow. */
const TIME_MS = 400

/** `key` is read byte by byte (latin1), because a key need not be text. */
export type Mine = (key: string) => boolean

interface Draw {
  readonly session: Session
  readonly keys: readonly string[]
  readonly size: number
}

/** RANDOMKEY is only nearly uniform, so the answer says "about" and its margin. */
export async function estimateByDraw(servers: RedisServers, mine: Mine): Promise<Estimate> {
  const draws = await drawEverywhere(servers)
  let about = 0
  let variance = 0
  for (const { keys, size } of draws) {
    if (keys.length === 0) continue
    const share = keys.filter(mine).length / keys.length
    about += share * size
    // why: with no hit in n draws, up to 3/n of the keys can still be the target's in 95 of 100 cases.
    const spread = share === 0 || share === 1 ? 3 / keys.length / 1.96 : Math.sqrt((share * (1 - share)) / keys.length)
    variance += (spread * size) ** 2
  }
  return { about: Math.round(about), margin: Math.ceil(1.96 * Math.sqrt(variance)) }
}

export interface Growth {
  /** A number that grows by one with each entry of the target, or the size of the database. */
  read(): Promise<number>
}

export async function surveyDatabase(servers: RedisServers, mine: Mine, growth?: Growth): Promise<Survey> {
  const count = growth ?? { read: () => sizeOf(servers) }
  const began = performance.now()
  const before = await count.read()
  const draws = await drawEverywhere(servers)
  const sampled = draws.reduce((sum, { keys }) => sum + keys.length, 0)
  const weights = await Promise.all(draws.map((draw) => weigh(draw, mine)))
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + TIME_MS - performance.now())))
  const created = (await count.read()) - before
  const seconds = (performance.now() - began) / 1_000
  const known = weights.flatMap(({ bytes }) => bytes)
  const expiries = weights.flatMap(({ ttls }) => ttls)
  return {
    samples: draws
      .flatMap(({ keys }) => keys.filter(mine))
      .slice(0, 10)
      .map(printable),
    sampled,
    prefixes: rankPrefixes(draws, mine),
    bytesPerEntry: known.length === 0 ? undefined : Math.round(known.reduce((a, b) => a + b, 0) / known.length),
    expiring: expiries.length === 0 ? 0 : expiries.filter((ttl) => ttl >= 0).length / expiries.length,
    createdPerSecond: Math.max(0, Math.round(created / seconds)),
  }
}

/** Text as it is; bytes that are none as `\\xHH`. Drawn keys are read byte by byte, so both can be told apart. */
function printable(key: string): string {
  const bytes = Buffer.from(key, 'latin1')
  const text = bytes.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(bytes)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal must not get them from a key
    return text.replace(/[\u0000-\u001f\u007f]/gu, (char) => hex(char.charCodeAt(0)))
  }
  return [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte))).join('')
}

const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`

async function sizeOf(servers: RedisServers): Promise<number> {
  const sizes = await Promise.all((await servers.masters()).map(async (node) => (await node.session()).call('DBSIZE')))
  return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
}

async function drawEverywhere(servers: RedisServers): Promise<readonly Draw[]> {
  const masters = await servers.masters()
  return Promise.all(masters.map(async (node) => draw(await node.session(), Math.ceil(DRAWS / masters.length))))
}

async function draw(session: Session, draws: number): Promise<Draw> {
  const deadline = performance.now() + TIME_MS
  const size = Number(await session.call('DBSIZE'))
  const keys: string[] = []
  const batch: Words[] = Array.from({ length: PER_BATCH }, () => ['RANDOMKEY'] as const)
  while (size > 0 && keys.length < draws && performance.now() < deadline) {
    const replies = await session.batch(batch)
    const [refusal] = replies.filter(isRefusal)
    if (refusal !== undefined) return { session, size, keys: await drawByScan(session, draws, deadline) }
    for (const reply of replies) if (Buffer.isBuffer(reply)) keys.push(reply.toString('latin1'))
  }
  return { session, size, keys }
}

/** For a user without RANDOMKEY: slots of the hash table from random cursors are spread as evenly as the keys' hashes. */
async function drawByScan(session: Session, draws: number, deadline: number): Promise<readonly string[]> {
  const keys: string[] = []
  while (keys.length < draws && performance.now() < deadline) {
    const batch: Words[] = Array.from({ length: 20 }, () => ['SCAN', Math.floor(Math.random() * 2 ** 48), 'COUNT', 5])
    for (const reply of await session.batch(batch)) {
      if (Array.isArray(reply) && Array.isArray(reply[1])) {
        keys.push(...reply[1].filter((key) => Buffer.isBuffer(key)).map((key) => key.toString('latin1')))
      }
    }
  }
  return keys
}

async function weigh(
  { session, keys }: Draw,
  mine: Mine,
): Promise<{ bytes: readonly number[]; ttls: readonly number[] }> {
  const own = keys.filter(mine).slice(0, 200)
  const replies = await session.batch(
    own
      .map((key) => Buffer.from(key, 'latin1'))
      .flatMap((key) => [['MEMORY', 'USAGE', key, 'SAMPLES', 5] as const, ['PTTL', key] as const]),
  )
  const numbers = (from: number) =>
    replies.filter((reply, index) => index % 2 === from && typeof reply === 'number').map(Number)
  return { bytes: numbers(0), ttls: numbers(1) }
}

/** `cache:user:42:avatar` counts as `cache:user:`: what follows the second separator, or holds digits, is one of many. */
function rankPrefixes(draws: readonly Draw[], mine: Mine): Survey['prefixes'] {
  const about = new Map<string, { about: number; own: boolean }>()
  for (const { keys, size } of draws) {
    for (const key of keys) {
      const own = mine(key)
      const prefix = prefixIn(key)
      const seen = about.get(prefix) ?? { about: 0, own: false }
      about.set(prefix, { about: seen.about + size / keys.length, own: seen.own || own })
    }
  }
  return [...about]
    .map(([prefix, seen]) => ({ prefix, about: Math.round(seen.about), own: seen.own }))
    .sort((a, b) => b.about - a.about)
    .slice(0, 10)
}

export function prefixIn(key: string): string {
  const parts = key.split(/(?<=[:/.|-])/u)
  const kept = parts.slice(0, 2).filter((part) => /[:/.|-]$/u.test(part) && !/\d{2,}|^[0-9a-f]{8,}/u.test(part))
  return kept.length === 0
    ? parts.length === 1
      ? key.replace(/\d+/gu, '#').slice(0, 40)
      : `${parts[0]}`
    : kept.join('')
}
