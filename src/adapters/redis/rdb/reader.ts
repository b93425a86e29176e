/** Lengths and strings as RDB writes them (rdb.c of Redis: rdbSaveLen, rdbSaveRawString). Pure. */
import { unpackLzf } from './lzf.js'

/** Reads on from where it stands. Every call throws `RangeError` where the bytes end too early or mean nothing. */
export interface RdbReader {
  /** Bytes read so far. */
  at(): number
  byte(): number
  /** A length up to 2^53. */
  length(): number
  /** A string; integers in their decimal form. A part of the given bytes where they hold it as it is. */
  text(): Buffer
  skip(bytes: number): void
}

/** Longer strings than this are nothing that one field of a notification holds. */
const MAX_TEXT = 64 << 20

/** Over the bytes of one object. */
export function createRdbReader(bytes: Buffer): RdbReader {
  let at = 0
  const byte = (): number => {
    const value = bytes.readUInt8(at)
    at += 1
    return value
  }
  const take = (size: number): Buffer => {
    if (size > MAX_TEXT || at + size > bytes.length) throw new RangeError('string leaves the buffer')
    at += size
    return bytes.subarray(at - size, at)
  }
  /** `special`: the number of an encoding instead of a length. */
  const head = (): { readonly value: number; readonly special: boolean } => {
    const first = byte()
    switch (first >> 6) {
      case 0:
        return { value: first & 63, special: false }
      case 1:
        return { value: ((first & 63) << 8) | byte(), special: false }
      case 2:
        if (first === 0x80) return { value: take(4).readUInt32BE(), special: false }
        if (first === 0x81) return { value: Number(take(8).readBigUInt64BE()), special: false }
        throw new RangeError('unknown length')
      default:
        return { value: first & 63, special: true }
    }
  }
  const length = (): number => {
    const { value, special } = head()
    if (special) throw new RangeError('an encoding where a length belongs')
    return value
  }
  const encoded = (encoding: number): Buffer => {
    if (encoding === 0) return decimal(take(1).readInt8())
    if (encoding === 1) return decimal(take(2).readInt16LE())
    if (encoding === 2) return decimal(take(4).readInt32LE())
    if (encoding !== 3) throw new RangeError('unknown encoding')
    const packed = length()
    const size = length()
    if (size > MAX_TEXT) throw new RangeError('string too long')
    return unpackLzf(take(packed), size)
  }
  return {
    at: () => at,
    byte,
    length,
    text() {
      const { value, special } = head()
      return special ? encoded(value) : take(value)
    },
    skip: (size) => void take(size),
  }
}

/** A number as the client wrote it. */
export function decimal(value: number | bigint): Buffer {
  return Buffer.from(String(value), 'latin1')
}
