/**
 * LibLZF, as Redis packs long strings in a DUMP. Pure. A control byte below 32 means that so many literal bytes (and one
 * more) follow; else its upper three bits are the length of a copy (7: one more byte of length follows), its lower five
 * and the next byte how far back the copy begins.
 */

/** Throws `RangeError` where `packed` is not `length` bytes packed this way. */
export function unpackLzf(packed: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length)
  let from = 0
  let to = 0
  while (from < packed.length) {
    const control = packed.readUInt8(from)
    from += 1
    if (control < 32) {
      const run = control + 1
      if (from + run > packed.length || to + run > length) throw new RangeError('literal run leaves the buffer')
      packed.copy(out, to, from, from + run)
      from += run
      to += run
    } else {
      const long = control >> 5 === 7
      const size = (control >> 5) + (long ? packed.readUInt8(from) : 0) + 2
      from += long ? 1 : 0
      const back = ((control & 31) << 8) + packed.readUInt8(from) + 1
      from += 1
      if (back > to || to + size > length) throw new RangeError('copy leaves the buffer')
      // why: a copy may overlap what it writes, so it goes byte by byte.
      for (let i = 0; i < size; i += 1) out[to + i] = out[to + i - back] ?? 0
      to += size
    }
  }
  if (to !== length) throw new RangeError('too few bytes')
  return out
}
