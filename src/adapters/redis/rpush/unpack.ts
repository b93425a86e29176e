/**
 * MessagePack as Modis writes it into the fields of a notification. Pure.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */

/** Throws `RangeError` where the bytes end too early. Maps and extensions, which nobody asks for, read as undefined. */
export function unpack(bytes: Buffer): unknown {
  return valueAt(bytes, 0).value
}

interface Read {
  readonly value: unknown
  readonly end: number
}

function valueAt(bytes: Buffer, at: number): Read {
  const first = bytes.readUInt8(at)
  const next = at + 1
  if (first < 0x80) return { value: first, end: next }
  if (first >= 0xe0) return { value: first - 256, end: next }
  if (first >= 0xa0 && first < 0xc0) return text(bytes, next, first & 0x1f)
  if (first >= 0x90 && first < 0xa0) return list(bytes, next, first & 0x0f)
  switch (first) {
    case 0xc2:
    case 0xc3:
      return { value: first === 0xc3, end: next }
    case 0xc4:
    case 0xd9:
      return text(bytes, next + 1, bytes.readUInt8(next))
    case 0xc5:
    case 0xda:
      return text(bytes, next + 2, bytes.readUInt16BE(next))
    case 0xc6:
    case 0xdb:
      return text(bytes, next + 4, bytes.readUInt32BE(next))
    case 0xdc:
      return list(bytes, next + 2, bytes.readUInt16BE(next))
    case 0xdd:
      return list(bytes, next + 4, bytes.readUInt32BE(next))
    default:
      return number(bytes, next, first)
  }
}

function number(bytes: Buffer, at: number, first: number): Read {
  switch (first) {
    case 0xcc:
      return { value: bytes.readUInt8(at), end: at + 1 }
    case 0xcd:
      return { value: bytes.readUInt16BE(at), end: at + 2 }
    case 0xce:
      return { value: bytes.readUInt32BE(at), end: at + 4 }
    case 0xcf:
      return { value: Number(bytes.readBigUInt64BE(at)), end: at + 8 }
    case 0xd0:
      return { value: bytes.readInt8(at), end: at + 1 }
    case 0xd1:
      return { value: bytes.readInt16BE(at), end: at + 2 }
    case 0xd2:
      return { value: bytes.readInt32BE(at), end: at + 4 }
    case 0xd3:
      return { value: Number(bytes.readBigInt64BE(at)), end: at + 8 }
    case 0xca:
      return { value: bytes.readFloatBE(at), end: at + 4 }
    case 0xcb:
      return { value: bytes.readDoubleBE(at), end: at + 8 }
    default:
      return { value: undefined, end: at }
  }
}

function text(bytes: Buffer, start: number, size: number): Read {
  if (start + size > bytes.length) throw new RangeError('text leaves the buffer')
  return { value: bytes.toString('utf8', start, start + size), end: start + size }
}

function list(bytes: Buffer, start: number, size: number): Read {
  const value: unknown[] = []
  let end = start
  for (let left = size; left > 0; left -= 1) {
    const one = valueAt(bytes, end)
    value.push(one.value)
    end = one.end
  }
  return { value, end }
}
