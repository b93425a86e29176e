/**
 * Frames as `KeyTarget` gives them: `u32 name length, i64 ttl in ms, u32 payload length, name, payload`, little endian, one
 * behind the other. Pure.
 */
import { MaydayError } from '../errors.js'

/** Bytes before the name. */
export const FRAME_HEAD = 16

/** Where one frame lies in its buffer; `end` is the start of the next one. */
export interface FramePlace {
  readonly start: number
  readonly nameStart: number
  readonly nameEnd: number
  readonly end: number
}

/** Calls `visit` for each frame, without copying. Throws `BUG` when the buffer does not hold whole frames. */
export function eachFrame(frames: Buffer, visit: (place: FramePlace) => void): void {
  let at = 0
  while (at < frames.length) {
    const place = placeAt(frames, at)
    visit(place)
    at = place.end
  }
}

/** The frame that begins at `start`. Throws `BUG` when it is not whole. */
export function placeAt(frames: Buffer, start: number): FramePlace {
  const nameStart = start + FRAME_HEAD
  if (nameStart > frames.length) throw torn()
  const nameEnd = nameStart + frames.readUInt32LE(start)
  const end = nameEnd + frames.readUInt32LE(start + 12)
  if (end > frames.length) throw torn()
  return { start, nameStart, nameEnd, end }
}

/** The frames for which `keep` says yes, in their order; the same buffer when it is all of them. */
export function keepFrames(frames: Buffer, keep: (place: FramePlace) => boolean): { frames: Buffer; entries: number } {
  const parts: Buffer[] = []
  let entries = 0
  let open = -1
  eachFrame(frames, (place) => {
    if (keep(place)) {
      entries += 1
      if (open < 0) open = place.start
    } else if (open >= 0) {
      parts.push(frames.subarray(open, place.start))
      open = -1
    }
  })
  if (open >= 0) parts.push(frames.subarray(open))
  const [first] = parts
  return { frames: parts.length === 1 && first !== undefined ? first : Buffer.concat(parts), entries }
}

/** One frame. */
export function frameOf(name: Uint8Array, ttlMs: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEAD + name.length + payload.length)
  frame.writeUInt32LE(name.length, 0)
  frame.writeBigInt64LE(BigInt(ttlMs), 4)
  frame.writeUInt32LE(payload.length, 12)
  frame.set(name, FRAME_HEAD)
  frame.set(payload, FRAME_HEAD + name.length)
  return frame
}

function torn(): MaydayError {
  return new MaydayError('BUG', {
    what: 'A batch of entries does not end where its last frame ends; it was not used.',
    hint: 'Report this line.',
  })
}
