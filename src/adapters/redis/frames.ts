/** The archive's own form of an entry, see `Frame` in `ports/keys.ts`. */
import { MaydayError } from '../../errors.js'
import type { Frame } from '../../ports/keys.js'
import { CHECKSUM_BYTES, writeChecksum } from './crc64.js'

/** Bytes before the name. */
export const HEAD = 16
/** Frames that stand for all of a batch: one server wrote them within a moment. */
export const SOME = 20

export function encodeFrame(name: Buffer, ttlMs: number, ...payload: readonly Buffer[]): Buffer {
  const head = Buffer.allocUnsafe(HEAD)
  writeHead(
    head,
    0,
    name.length,
    ttlMs,
    payload.reduce((sum, part) => sum + part.length, 0),
  )
  return Buffer.concat([head, name, ...payload])
}

/** What stands before a frame's name. */
export function writeHead(bytes: Buffer, at: number, nameLength: number, ttlMs: number, payloadLength: number): void {
  bytes.writeUInt32LE(nameLength, at)
  // In two halves: a million values of another kind of number cost more than the rest.
  bytes.writeInt32LE(ttlMs | 0, at + 4)
  bytes.writeInt32LE(Math.floor(ttlMs / 2 ** 32), at + 8)
  bytes.writeUInt32LE(payloadLength, at + 12)
}

/** What RESTORE is told for a frame's TTL. why: one that had expired when it was read must not last for ever. */
export function restoreTtl(ttlMs: number): number {
  return ttlMs === -1 ? 0 : Math.max(1, ttlMs)
}

/** What PTTL says of a key that is not there. */
export const EXPIRED = -2

/** Frames of names with nothing in them. */
export function encodeNames(names: readonly Buffer[]): Buffer {
  const bytes = Buffer.allocUnsafe(names.reduce((sum, name) => sum + HEAD + name.length, 0))
  let at = 0
  for (const name of names) {
    writeHead(bytes, at, name.length, -1, 0)
    at += HEAD + name.copy(bytes, at + HEAD)
  }
  return bytes
}

/** The names at the front of a buffer that have nothing in them, at most `limit`, and how many bytes they are. */
export function leadingNames(
  frames: Buffer,
  limit: number,
): { readonly names: readonly Buffer[]; readonly bytes: number } {
  const names: Buffer[] = []
  let at = 0
  while (at < frames.length && names.length < limit && frames.readUInt32LE(at + 12) === 0) {
    const end = frameEnd(frames, at)
    names.push(frames.subarray(at + HEAD, end))
    at = end
  }
  return { names, bytes: at }
}

/** The first frames of a buffer, at most `limit`; without copying. */
export function decodeFrames(frames: Buffer, limit = Number.POSITIVE_INFINITY): readonly Frame[] {
  const list: Frame[] = []
  let at = 0
  while (at < frames.length && list.length < limit) {
    const end = frameEnd(frames, at)
    const nameEnd = at + HEAD + frames.readUInt32LE(at)
    list.push({
      name: frames.subarray(at + HEAD, nameEnd),
      ttlMs: Number(frames.readBigInt64LE(at + 4)),
      payload: frames.subarray(nameEnd, end),
    })
    at = end
  }
  return list
}

/** The first `limit` frames of a buffer as they are, at most about `maxBytes` of them (but always one). */
export function firstFrames(frames: Buffer, limit: number, maxBytes: number): { bytes: Buffer; count: number } {
  let at = 0
  let count = 0
  while (at < frames.length && count < limit && (count === 0 || at < maxBytes)) {
    at = frameEnd(frames, at)
    count += 1
  }
  return { bytes: frames.subarray(0, at), count }
}

/**
 * The same frames with DUMP's checksum in each value, as RESTORE wants it. `tail`: bytes behind the value that are not
 * DUMP's, of a frame that ends at `end`.
 */
export function withChecksums(frames: Buffer, tail: (frames: Buffer, end: number) => number): Buffer {
  let count = 0
  for (let at = 0; at < frames.length; at = frameEnd(frames, at)) count += 1
  const whole = Buffer.allocUnsafe(frames.length + count * CHECKSUM_BYTES)
  let to = 0
  for (let at = 0, end = 0; at < frames.length; at = end) {
    end = frameEnd(frames, at)
    const valueEnd = end - tail(frames, end)
    frames.copy(whole, to, at, valueEnd)
    whole.writeUInt32LE(frames.readUInt32LE(at + 12) + CHECKSUM_BYTES, to + 12)
    const value = to + HEAD + frames.readUInt32LE(at)
    to += valueEnd - at
    writeChecksum(whole, value, to, to)
    to += CHECKSUM_BYTES
    to += frames.copy(whole, to, valueEnd, end)
  }
  return whole
}

export function frameSize(frame: Frame): number {
  return HEAD + frame.name.length + frame.payload.length
}

function frameEnd(frames: Buffer, at: number): number {
  const end =
    at + HEAD > frames.length ? Number.NaN : at + HEAD + frames.readUInt32LE(at) + frames.readUInt32LE(at + 12)
  if (!(end <= frames.length)) {
    throw new MaydayError('BUG', { what: 'An entry to remove or put back is cut off; nothing was done with it.' })
  }
  return end
}
