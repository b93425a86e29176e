/**
 * The checksum at the end of DUMP's payload: CRC-64 by Jones's polynomial, reflected, from 0
 * (https://github.com/redis/redis/blob/7.0/src/crc64.c). Eight random bytes on every key would be a tenth of an archive, so
 * they are left out there and computed again for RESTORE. Pure.
 */
const POLYNOMIAL = { high: 0x95ac9329, low: 0xac4bc9b5 } as const
export const CHECKSUM_BYTES = 8

const { low: LOW, high: HIGH } = makeTables()

function makeTables() {
  const low = new Uint32Array(256)
  const high = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte += 1) {
    let [lo, hi] = [byte, 0]
    for (let bit = 0; bit < 8; bit += 1) {
      const isOdd = (lo & 1) === 1
      lo = (lo >>> 1) | ((hi & 1) << 31)
      hi >>>= 1
      if (isOdd) {
        lo ^= POLYNOMIAL.low
        hi ^= POLYNOMIAL.high
      }
    }
    low[byte] = lo >>> 0
    high[byte] = hi >>> 0
  }
  return { low, high }
}

/** Writes the checksum of `bytes[start, end)` to `at`, little endian. */
export function writeChecksum(bytes: Buffer, start: number, end: number, at: number): void {
  let [lo, hi] = [0, 0]
  for (let i = start; i < end; i += 1) {
    const slot = (lo ^ (bytes[i] ?? 0)) & 0xff
    lo = ((lo >>> 8) | (hi << 24)) ^ (LOW[slot] ?? 0)
    hi = (hi >>> 8) ^ (HIGH[slot] ?? 0)
  }
  bytes.writeUInt32LE(lo >>> 0, at)
  bytes.writeUInt32LE(hi >>> 0, at + 4)
}

/** DUMP's payload again, from what an archive keeps of it. */
export function withChecksum(value: Buffer): Buffer {
  const whole = Buffer.allocUnsafe(value.length + CHECKSUM_BYTES)
  value.copy(whole)
  writeChecksum(whole, 0, value.length, value.length)
  return whole
}

/** What an archive keeps of DUMP's payload. */
export function withoutChecksum(value: Buffer): Buffer {
  return value.subarray(0, Math.max(0, value.length - CHECKSUM_BYTES))
}
