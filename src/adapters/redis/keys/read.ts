/** Reads keys whole for an archive, watched from before they are read wherever the server has a connection to spare. */
import type { RedisServers } from '../connect.js'
import { withoutChecksum } from '../crc64.js'
import { expectValue, isRefusal } from '../failure.js'
import { EXPIRED, encodeFrame } from '../frames.js'
import type { MasterNode } from '../node.js'
import type { Session, Words } from '../session.js'
import type { RawSlice } from '../slices.js'
import { packWhole, READ_WHOLE } from '../whole.js'
import { type Packed, unpackNames } from '../wire.js'

export type Entries = Pick<RawSlice, 'found' | 'kinds' | 'frames' | 'serverMs'> & { readonly guard?: number }

/** why: while a slot of a cluster moves, a master may show a name and refuse to serve it; see `elsewhere.ts`. */
export const MOVING = /^(MOVED|ASK)|local key/u

export async function readEntries(
  servers: RedisServers,
  node: MasterNode,
  plain: Session,
  keys: Packed,
  room: number,
): Promise<Entries> {
  const watch = servers.cluster ? undefined : await node.watches.open(keys.count, room)
  const session = watch?.session ?? plain
  const watching: readonly Words[] = watch === undefined ? [] : [['WATCH', keys]]
  const scripted = await plain.scripting()
  const names = unpackNames(keys)
  const guardOf = (watched: unknown) => (watch === undefined || isRefusal(watched) ? {} : { guard: watch.token })
  if (!scripted) {
    const reading = names.flatMap((key) => [['DUMP', key] as const, ['PTTL', key] as const])
    const { replies, serverMs } = await session.timed([...watching, ...reading])
    const read = inSteps(names, replies.slice(watching.length), plain.where)
    watch?.pieces.push({ frames: read.frames, names: undefined })
    return { ...read, serverMs, ...guardOf(replies[0]) }
  }
  const { before, answer, serverMs } = await session.timedRun(READ_WHOLE, [keys], { before: watching })
  const { found, types, frames } = packWhole(names, answer)
  watch?.pieces.push({ frames, names: found === keys.count ? keys : undefined })
  const kinds = [...types].map(([type, times]) => [Buffer.from([type]), times] as const)
  return { found, kinds, frames, serverMs, ...guardOf(before[0]) }
}

/** `replies`: of DUMP and PTTL of each. */
export function inSteps(keys: readonly Buffer[], replies: readonly unknown[], where: string) {
  const kinds = new Map<string, number>()
  const frames: Buffer[] = []
  for (const [index, key] of keys.entries()) {
    const [value, ttl] = [replies[2 * index], replies[2 * index + 1]]
    if (isRefusal(value) && !MOVING.test(value.message)) expectValue(value, where)
    // why: it expired between the two answers; put back without a TTL it would never go again.
    if (!Buffer.isBuffer(value) || Number(ttl) === EXPIRED) continue
    const kind = value.toString('latin1', 0, 1)
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    frames.push(encodeFrame(key, Number(ttl), withoutChecksum(value)))
  }
  return { found: frames.length, kinds: named(kinds), frames: Buffer.concat(frames) }
}

/** As `RawSlice` has them. */
export function named(kinds: ReadonlyMap<string, number>): RawSlice['kinds'] {
  return [...kinds].map(([kind, times]) => [Buffer.from(kind, 'latin1'), times] as const)
}
