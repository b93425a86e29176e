/**
 * As much of MessagePack as Modis writes into a Rpush hash, as a string with one character a byte.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */
export type Packable = string | number | boolean | null | readonly Packable[] | { readonly [key: string]: Packable }

export function pack(value: Packable): string {
  if (value === null) return '\xc0'
  if (value === true) return '\xc3'
  if (value === false) return '\xc2'
  if (typeof value === 'number') return packInteger(value)
  if (typeof value === 'string') return packText(value)
  if (isList(value))
    return (value.length < 16 ? byte(0x90 | value.length) : `\xdc${u16(value.length)}`) + value.map(pack).join('')
  const entries = Object.entries(value)
  const head = entries.length < 16 ? byte(0x80 | entries.length) : `\xde${u16(entries.length)}`
  return head + entries.map(([key, item]) => packText(key) + pack(item)).join('')
}

function isList(value: object): value is readonly Packable[] {
  return Array.isArray(value)
}

function packText(text: string): string {
  const bytes = Buffer.from(text).toString('latin1')
  if (bytes.length < 32) return byte(0xa0 | bytes.length) + bytes
  if (bytes.length < 256) return `\xd9${byte(bytes.length)}${bytes}`
  return `\xda${u16(bytes.length)}${bytes}`
}

function packInteger(value: number): string {
  if (value >= 0 && value < 128) return byte(value)
  if (value >= -32 && value < 0) return byte(256 + value)
  if (value >= 0 && value < 256) return `\xcc${byte(value)}`
  if (value >= 0 && value < 65_536) return `\xcd${u16(value)}`
  if (value >= 0 && value < 2 ** 32) return `\xce${u16(Math.floor(value / 65_536))}${u16(value % 65_536)}`
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(Math.trunc(value)))
  return `\xd3${bytes.toString('latin1')}`
}

const byte = (value: number) => String.fromCharCode(value & 0xff)
const u16 = (value: number) => byte(value >> 8) + byte(value)
