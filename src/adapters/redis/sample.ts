/** What a random sample says about a database: how many keys are the target's, who else lives there, how much it weighs. */
import type { Estimate, Neighbour, Survey } from '../../ports/keys.js'
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
  /** These are all keys that there are. */
  readonly isWhole?: true
}

/** A database of no more keys than this is looked at whole: that takes no longer than a sample. */
const SMALL = 3_000

/** RANDOMKEY is only nearly uniform, so the answer says "about" and its margin. */
export async function estimateByDraw(servers: RedisServers, mine: Mine): Promise<Estimate> {
  const draws = await drawEverywhere(servers)
  let about = 0
  let variance = 0
  for (const { keys, size } of draws) {
    if (keys.length === 0) continue
    const share = keys.filter(mine).length / keys.length
    about += share * size
    variance += (spreadOf(share, keys.length) * size) ** 2
  }
  return { about: Math.round(about), margin: Math.ceil(1.96 * Math.sqrt(variance)) }
}

/** why: with no hit in n draws, up to 3/n of the keys can still be of the kind in 95 of 100 cases. */
function spreadOf(share: number, draws: number): number {
  return share === 0 || share === 1 ? 3 / draws / 1.96 : Math.sqrt((share * (1 - share)) / draws)
}

export interface Growth {
  /** A number that grows by one with each entry of the target, or the size of the database. */
  read(): Promise<number>
}

/** `kin`: the target's keys with those that it keeps about them. */
export async function surveyDatabase(
  servers: RedisServers,
  mine: Mine,
  kin: Mine = mine,
  growth?: Growth,
): Promise<Survey> {
  const count = growth ?? { read: () => sizeOf(servers) }
  const began = performance.now()
  const before = await count.read()
  const draws = await drawEverywhere(servers, true)
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
    prefixes: rankPrefixes(draws, kin),
    bytesPerEntry: known.length === 0 ? undefined : Math.round(known.reduce((a, b) => a + b, 0) / known.length),
    expiring: expiries.length === 0 ? 0 : expiries.filter((ttl) => ttl >= 0).length / expiries.length,
    createdPerSecond: Math.max(0, Math.round(created / seconds)),
  }
}

/** Text as it is; bytes that are none as `\\xHH`. Drawn keys are read byte by byte, so both can be told apart. */
export function printable(key: string): string {
  const bytes = Buffer.from(key, 'latin1')
  const text = bytes.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(bytes)) {
    // A terminal must not get control characters from a key.
    return [...text].map((char) => (char < ' ' || char === '\u007f' ? hex(char.charCodeAt(0)) : char)).join('')
  }
  return [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte))).join('')
}

const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, '0')}`

async function sizeOf(servers: RedisServers): Promise<number> {
  const sizes = await Promise.all((await servers.masters()).map(async (node) => (await node.session()).call('DBSIZE')))
  return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
}

/** `whole`: small databases are looked at whole. */
async function drawEverywhere(servers: RedisServers, whole = false): Promise<readonly Draw[]> {
  const masters = await servers.masters()
  const share = Math.ceil(DRAWS / masters.length)
  return Promise.all(masters.map(async (node) => draw(await node.session(), share, whole ? SMALL : 0)))
}

async function draw(session: Session, draws: number, small: number): Promise<Draw> {
  const deadline = performance.now() + TIME_MS
  const size = Number(await session.call('DBSIZE'))
  if (size <= small) {
    const keys = await drawAll(session)
    return { session, size: keys.length, keys, isWhole: true }
  }
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

/** Each call looks at a hundred keys or so: some tens of microseconds. */
async function drawAll(session: Session): Promise<readonly string[]> {
  const keys = new Set<string>()
  let cursor = '0'
  do {
    const reply = await session.call('SCAN', cursor, 'COUNT', 100)
    const [next, page] = Array.isArray(reply) ? reply : ['0', []]
    cursor = String(next)
    for (const key of Array.isArray(page) ? page : []) if (Buffer.isBuffer(key)) keys.add(key.toString('latin1'))
  } while (cursor !== '0')
  return [...keys]
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

/** Prefixes with how often each master's draw met them; the target's own apart from others that begin alike. */
function tally(draws: readonly Draw[], kin: Mine): ReadonlyMap<string, { own: boolean; hits: readonly number[] }> {
  const seen = new Map<string, { own: boolean; hits: number[] }>()
  for (const [at, { keys }] of draws.entries()) {
    for (const key of keys) {
      const own = kin(key)
      const name = `${own ? 'own' : 'not'} ${prefixIn(key)}`
      const one = seen.get(name) ?? { own, hits: draws.map(() => 0) }
      one.hits[at] = (one.hits[at] ?? 0) + 1
      seen.set(name, one)
    }
  }
  return seen
}

function extrapolate(draws: readonly Draw[], hits: readonly number[]): Estimate {
  let about = 0
  let variance = 0
  for (const [at, { keys, size, isWhole }] of draws.entries()) {
    if (keys.length === 0) continue
    const share = (hits[at] ?? 0) / keys.length
    about += share * size
    if (isWhole !== true) variance += (spreadOf(share, keys.length) * size) ** 2
  }
  return { about: Math.round(about), margin: Math.ceil(1.96 * Math.sqrt(variance)) }
}

function rankPrefixes(draws: readonly Draw[], kin: Mine): Survey['prefixes'] {
  return [...tally(draws, kin)]
    .map(([name, { own, hits }]) => ({ prefix: name.slice(4), own, ...extrapolate(draws, hits) }))
    .sort((a, b) => b.about - a.about)
    .slice(0, 10)
}

/** See `TargetView.neighbours`. */
export async function countNeighbours(
  servers: RedisServers,
  kin: Mine,
  prefixes: readonly string[],
): Promise<readonly Neighbour[]> {
  const draws = await drawEverywhere(servers, true)
  const seen = tally(draws, kin)
  return prefixes.map((prefix) => ({ prefix, ...extrapolate(draws, seen.get(`not ${prefix}`)?.hits ?? []) }))
}

/** `cache:user:42:avatar` counts as `cache:user:`: what follows the second separator, or holds digits, is one of many. */
export function prefixIn(key: string): string {
  const parts = key.split(/(?<=[:/.|-])/u)
  const kept = parts.slice(0, 2).filter((part) => /[:/.|-]$/u.test(part) && !/\d{2,}|^[0-9a-f]{8,}/u.test(part))
  return kept.length === 0
    ? parts.length === 1
      ? key.replace(/\d+/gu, '#').slice(0, 40)
      : `${parts[0]}`
    : kept.join('')
}
