/**
 * What every slice script has in common, and what each returns: the numbers in one string and the frames in another, made
 * in the server and written to the archive as they came.
 */
import { MaydayError } from '../../errors.js'
import type { Slice } from '../../ports/keys.js'

/**
 * `now` is the wall clock of the server, in µs: TIME, because `os.clock` counts the time of every thread. `limit` ends a
 * slice also where a server would freeze TIME during a script.
 */
export const PRELUDE = `
local call, pack = redis.call, struct.pack
local function now() local t = call('TIME') return t[1] * 1000000 + t[2] end
local began = now()
local function answer(found, visited, cursor, kinds, out)
  local list, n = {}, 0
  for kind, times in pairs(kinds) do
    n = n + 1
    list[n] = pack('<I2', #kind) .. kind .. pack('<I4', times)
  end
  return { pack('<I4I4I4I2', found, visited, now() - began, #cursor) .. cursor .. pack('<I2', n) .. table.concat(list), table.concat(out) }
end
local function settled(consumed, removed, changed, gone, left)
  return pack('<I4I4I4I4I4', consumed, removed, changed, gone, now() - began) .. table.concat(left)
end
`

export interface RawSlice extends Omit<Slice, 'next' | 'kinds'> {
  readonly cursor: string
  /** As counted in the server; the layout says what the bytes mean. */
  readonly kinds: readonly (readonly [kind: Buffer, times: number])[]
}

/** `answer`: what a walk's script returned. */
export function readSlice(answer: unknown): RawSlice {
  const [reply, frames] = Array.isArray(answer) ? answer.map(asBuffer) : []
  if (reply === undefined || frames === undefined) {
    throw new MaydayError('BUG', { what: 'A walk was answered with something that its script does not return.' })
  }
  const cursorEnd = 14 + reply.readUInt16LE(12)
  const kinds: [Buffer, number][] = []
  let at = cursorEnd + 2
  for (let left = reply.readUInt16LE(cursorEnd); left > 0; left -= 1) {
    const end = at + 2 + reply.readUInt16LE(at)
    kinds.push([reply.subarray(at + 2, end), reply.readUInt32LE(end)])
    at = end + 4
  }
  return {
    found: reply.readUInt32LE(0),
    visited: reply.readUInt32LE(4),
    serverMs: reply.readUInt32LE(8) / 1_000,
    cursor: reply.toString('latin1', 14, cursorEnd),
    kinds,
    frames,
  }
}

export interface Settled {
  readonly consumed: number
  /** Removed, or restored. */
  readonly done: number
  /** Changed, or occupied. */
  readonly kept: number
  /** Gone, or failed. */
  readonly lost: number
  readonly serverMs: number
  readonly left: readonly Buffer[]
}

export function readSettled(reply: Buffer): Settled {
  const left: Buffer[] = []
  for (let at = 20; at < reply.length; ) {
    const end = at + 4 + reply.readUInt32LE(at)
    left.push(Buffer.from(reply.subarray(at + 4, end)))
    at = end
  }
  return {
    consumed: reply.readUInt32LE(0),
    done: reply.readUInt32LE(4),
    kept: reply.readUInt32LE(8),
    lost: reply.readUInt32LE(12),
    serverMs: reply.readUInt32LE(16) / 1_000,
    left,
  }
}

/** A script's reply as bytes. */
export function asBuffer(reply: unknown): Buffer {
  return Buffer.isBuffer(reply) ? reply : Buffer.from(String(reply), 'latin1')
}
