/** The elements of a listpack (Redis 7.0 on) and of a ziplist (before), in their order. Pure. */
import { decimal } from './reader.js'

/** Hears each element; integers come in their decimal form. */
export type Visit = (element: Buffer) => void

/** Throws `RangeError` where `list` is no whole listpack. */
export function eachOfListpack(list: Buffer, visit: Visit): void {
  let at = 6
  for (;;) {
    const first = list.readUInt8(at)
    if (first === 0xff) return
    const { element, end } = listpackElement(list, at, first)
    visit(element)
    at = end + backLength(end - at)
  }
}

interface Element {
  readonly element: Buffer
  readonly end: number
}

function listpackElement(list: Buffer, at: number, first: number): Element {
  if (first < 0x80) return { element: decimal(first), end: at + 1 }
  if (first < 0xc0) return text(list, at + 1, first & 0x3f)
  if (first < 0xe0) {
    const value = ((first & 0x1f) << 8) | list.readUInt8(at + 1)
    return { element: decimal(value > 4095 ? value - 8192 : value), end: at + 2 }
  }
  if (first < 0xf0) return text(list, at + 2, ((first & 0x0f) << 8) | list.readUInt8(at + 1))
  if (first === 0xf0) return text(list, at + 5, list.readUInt32LE(at + 1))
  const width = [2, 3, 4, 8][first - 0xf1]
  if (width === undefined) throw new RangeError('unknown element')
  return integer(list, at + 1, width)
}

/** An element ends with its own length, so that a list can be read from its end; seven bits a byte. */
function backLength(size: number): number {
  return size <= 127 ? 1 : size < 16_383 ? 2 : size < 2_097_151 ? 3 : size < 268_435_455 ? 4 : 5
}

/** Throws `RangeError` where `list` is no whole ziplist. */
export function eachOfZiplist(list: Buffer, visit: Visit): void {
  let at = 10
  for (;;) {
    const before = list.readUInt8(at)
    if (before === 0xff) return
    const { element, end } = ziplistElement(list, at + (before === 0xfe ? 5 : 1))
    visit(element)
    at = end
  }
}

function ziplistElement(list: Buffer, at: number): Element {
  const first = list.readUInt8(at)
  switch (first >> 6) {
    case 0:
      return text(list, at + 1, first & 0x3f)
    case 1:
      return text(list, at + 2, ((first & 0x3f) << 8) | list.readUInt8(at + 1))
    case 2:
      return text(list, at + 5, list.readUInt32BE(at + 1))
  }
  const width = { 192: 2, 208: 4, 224: 8, 240: 3, 254: 1 }[first]
  if (width !== undefined) return integer(list, at + 1, width)
  // why: 0xf1 to 0xfd hold 0 to 12 themselves.
  if (first >= 0xf1 && first <= 0xfd) return { element: decimal((first & 0x0f) - 1), end: at + 1 }
  throw new RangeError('unknown element')
}

function text(list: Buffer, start: number, size: number): Element {
  const end = start + size
  if (end > list.length) throw new RangeError('element leaves the list')
  return { element: list.subarray(start, end), end }
}

function integer(list: Buffer, start: number, width: number): Element {
  const value = width === 8 ? list.readBigInt64LE(start) : list.readIntLE(start, width)
  return { element: decimal(value), end: start + width }
}
