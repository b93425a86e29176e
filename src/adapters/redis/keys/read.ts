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
  const reading: readonly Words[] = scripted
    ? [['EVALSHA', READ_WHOLE.sha, 0, keys]]
    : names.flatMap((key) => [['DUMP', key] as const, ['PTTL', key] as const])
  const { replies, serverMs } = await session.timed([...watching, ...reading])
  const answers = replies.slice(watching.length)
  const isWatched = watch !== undefined && !isRefusal(replies[0])
  const guard = isWatched ? { guard: watch.token } : {}
  if (!scripted) {
    const read = inSteps(names, answers, plain.where)
    watch?.pieces.push({ frames: read.frames, names: undefined })
    return { ...read, serverMs, ...guard }
  }
  const [answer] = answers
  const unknown = isRefusal(answer) && answer.message.startsWith('NOSCRIPT')
  const reply = unknown ? await session.run(READ_WHOLE, [], [keys]) : expectValue(answer, plain.where)
  const { found, types, frames } = packWhole(names, reply)
  watch?.pieces.push({ frames, names: found === keys.count ? keys : undefined })
  const kinds = [...types].map(([type, times]) => [Buffer.from([type]), times] as const)
  return { found, kinds, frames, serverMs, ...guard }
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
