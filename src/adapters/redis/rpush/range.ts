/**
 * Removal without an archive where ids count up: the names are made here and again in the server, so that a million of
 * them neither are searched nor travel.
 */
import { makeScript, type Session } from '../session.js'
import { asBuffer, readSettled, type Settled } from '../slices.js'
import { INDEXES } from './indexes.js'

const HEAD = 16

/** Frames of the names of `count` ids from `from` on, with nothing in them. */
export function nameFrames(prefix: string, from: number, count: number): Buffer {
  const start = Buffer.from(prefix)
  const bytes = Buffer.allocUnsafe(count * (HEAD + start.length + 16))
  let at = 0
  for (let id = from; id < from + count; id += 1) {
    const length = start.copy(bytes, at + HEAD) + bytes.write(String(id), at + HEAD + start.length, 'latin1')
    bytes.writeUInt32LE(length, at)
    bytes.writeBigInt64LE(-1n, at + 4)
    bytes.writeUInt32LE(0, at + 12)
    at += HEAD + length
  }
  return bytes.subarray(0, at)
}

export interface Run {
  readonly from: number
  readonly count: number
  /** Where each frame of it ends. */
  readonly ends: readonly number[]
}

/** The names at the front of the frames whose ids follow each other, at most `limit`. */
export function leadingRun(frames: Buffer, prefix: Buffer, limit: number): Run {
  const ends: number[] = []
  let from = 0
  for (let at = 0; at + HEAD <= frames.length && ends.length < limit; ) {
    const nameEnd = at + HEAD + frames.readUInt32LE(at)
    if (frames.readUInt32LE(at + 12) !== 0) break
    if (!frames.subarray(at + HEAD, at + HEAD + prefix.length).equals(prefix)) break
    const id = readId(frames, at + HEAD + prefix.length, nameEnd)
    if (ends.length === 0) from = id
    if (!(id === from + ends.length)) break
    ends.push(nameEnd)
    at = nameEnd
  }
  return { from, count: ends.length, ends }
}

/** NaN for anything but a decimal number as Rpush writes it. */
function readId(bytes: Buffer, start: number, end: number): number {
  if (end <= start || end - start > 15 || (bytes[start] === 0x30 && end - start > 1)) return Number.NaN
  let id = 0
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    id = id * 10 + digit
  }
  return id
}

/** ARGV: prefix, first id, last id, quantum in µs. The queues first, so that the daemon claims nothing that is gone. */
const REMOVE_RANGE = makeScript(`${INDEXES}
local id, last, quantum = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local first, removed = id, 0
repeat
  local ids, names, n = {}, {}, 0
  while id <= last and n < 64 do
    n = n + 1
    ids[n] = string.format('%.0f', id)
    names[n] = prefix .. ids[n]
    id = id + 1
  end
  for _, key in ipairs(pendingKeys) do call('ZREM', key, unpack(ids)) end
  for _, key in ipairs(retryableKeys) do call('ZREM', key, unpack(ids)) end
  removed = removed + call('UNLINK', unpack(names))
  for s = 1, #sets do call('SREM', sets[s], unpack(ids)) end
until id > last or now() - began >= quantum
return settled(id - first, removed, 0, id - first - removed, {})
`)

/** Removes as much of a run as fits into the quantum. */
export async function removeRun(session: Session, prefix: string, run: Run, quantumMs: number): Promise<Settled> {
  const args = [prefix, run.from, run.from + run.count - 1, Math.round(quantumMs * 1_000)]
  const settled = readSettled(asBuffer(await session.run(REMOVE_RANGE, [], args)))
  return { ...settled, consumed: run.ends[settled.consumed - 1] ?? 0 }
}
