/** What the server's `cmsgpack.pack` makes of lists of strings: MessagePack arrays, one behind the other. Pure. */
import { MaydayError } from '../../errors.js'

/** The strings of all lists in these bytes, without copying. */
export function readPacked(bytes: Buffer): readonly Buffer[] {
  const list: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const [count, from] = readHead(bytes, at, { fix: 0x90, bits: 4, wide: [undefined, 0xdc, 0xdd] })
    at = from
    for (let left = count; left > 0; left -= 1) {
      const [length, start] = readHead(bytes, at, { fix: 0xa0, bits: 5, wide: [0xd9, 0xda, 0xdb] })
      at = start + length
      list.push(bytes.subarray(start, at))
    }
  }
  return list
}

interface Form {
  /** First byte of the short form; its lowest `bits` are the length. */
  readonly fix: number
  readonly bits: number
  /** First bytes of the forms with 1, 2 and 4 bytes of length. */
  readonly wide: readonly [number | undefined, number, number]
}

/** https://github.com/msgpack/msgpack/blob/master/spec.md */
function readHead(bytes: Buffer, at: number, { fix, bits, wide }: Form): readonly [length: number, from: number] {
  const first = bytes.readUInt8(at)
  if (first >> bits === fix >> bits) return [first & ((1 << bits) - 1), at + 1]
  if (first === wide[0]) return [bytes.readUInt8(at + 1), at + 2]
  if (first === wide[1]) return [bytes.readUInt16BE(at + 1), at + 3]
  if (first === wide[2]) return [bytes.readUInt32BE(at + 1), at + 5]
  throw new MaydayError('BUG', { what: 'The server packed names in a form that is not known here; nothing was done.' })
}
