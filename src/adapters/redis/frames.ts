/** The archive's own form of an entry, see `Frame` in `ports/keys.ts`. */
import { MaydayError } from '../../errors.js'
import type { Frame } from '../../ports/keys.js'

const HEAD = 16

export function encodeFrame(name: Buffer, ttlMs: number, ...payload: readonly Buffer[]): Buffer {
  const head = Buffer.allocUnsafe(HEAD)
  head.writeUInt32LE(name.length, 0)
  head.writeBigInt64LE(BigInt(ttlMs), 4)
  head.writeUInt32LE(
    payload.reduce((sum, part) => sum + part.length, 0),
    12,
  )
  return Buffer.concat([head, name, ...payload])
}

/** What RESTORE is told for a frame's TTL. why: one that had expired when it was read must not last for ever. */
export function restoreTtl(ttlMs: number): number {
  return ttlMs === -1 ? 0 : Math.max(1, ttlMs)
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
