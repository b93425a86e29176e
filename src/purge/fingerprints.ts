/**
 * The planned names, as 64-bit fingerprints: 8 bytes for a key in the file and at most three times that in memory, whatever
 * the length of its name. Pure but for its own memory. With ten million planned keys, the chance that one unplanned key
 * passes for planned is about 1 in 10^12.
 */
import { MaydayError } from '../errors.js'

export type Mark = 'todo' | 'done'

export interface Fingerprints {
  readonly size: number
  /** How many are `todo`. */
  readonly left: number
  /** False: it was there already. */
  add(bytes: Uint8Array, start: number, end: number): boolean
  /** Undefined: not planned. */
  markOf(bytes: Uint8Array, start: number, end: number): Mark | undefined
  /** Does nothing for what is not planned. */
  mark(bytes: Uint8Array, start: number, end: number, mark: Mark): void
  /** Without the marks; `readFingerprints` reads it back. */
  toBytes(): Uint8Array
}

const HEAD = 12
const MAGIC = 0x3150464d
const MAX_LOAD = 0.7

/** `salt`: any 32-bit number, another one for every plan, so that nobody can prepare names that collide. */
export function createFingerprints(salt: number): Fingerprints {
  return over(createTable(0), salt)
}

/** What `toBytes` wrote; everything is `todo`. `ARCHIVE_FAILED` when it is something else. */
export function readFingerprints(bytes: Uint8Array): Fingerprints {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.length < HEAD ? -1 : view.getUint32(8, true)
  if (count < 0 || view.getUint32(0, true) !== MAGIC || bytes.length !== HEAD + count * 8) {
    throw new MaydayError('ARCHIVE_FAILED', {
      what: 'The list of planned keys cannot be read; nothing was removed.',
      hint: 'Make a new plan.',
    })
  }
  const table = createTable(count)
  for (let at = HEAD; at < bytes.length; at += 8) table.put(view.getUint32(at, true), view.getUint32(at + 4, true))
  return over(table, view.getUint32(4, true))
}

function over(table: Table, salt: number): Fingerprints {
  // Two halves by two functions: one 64-bit hash would need BigInt, which is fifty times slower.
  const high = (bytes: Uint8Array, start: number, end: number): number =>
    murmur(bytes, start, end, salt ^ 0x9e3779b9, 0xcc9e2d51, 0x1b873593)
  const low = (bytes: Uint8Array, start: number, end: number): number =>
    murmur(bytes, start, end, ~salt, 0x239b961b, 0xab0e9789)
  return {
    get size() {
      return table.size()
    },
    get left() {
      return table.left()
    },
    add: (bytes, start, end) => table.put(high(bytes, start, end), low(bytes, start, end)),
    markOf: (bytes, start, end) => table.markOf(high(bytes, start, end), low(bytes, start, end)),
    mark: (bytes, start, end, mark) => table.mark(high(bytes, start, end), low(bytes, start, end), mark),
    toBytes() {
      const bytes = new Uint8Array(HEAD + table.size() * 8)
      const view = new DataView(bytes.buffer)
      view.setUint32(0, MAGIC, true)
      view.setUint32(4, salt >>> 0, true)
      view.setUint32(8, table.size(), true)
      let at = HEAD
      table.each((one, two) => {
        view.setUint32(at, one, true)
        view.setUint32(at + 4, two, true)
        at += 8
      })
      return bytes
    },
  }
}

interface Table {
  size(): number
  left(): number
  put(high: number, low: number): boolean
  markOf(high: number, low: number): Mark | undefined
  mark(high: number, low: number, mark: Mark): void
  each(visit: (high: number, low: number) => void): void
}

/** Open addressing; a free slot is two zeros, so a fingerprint of two zeros becomes 0, 1. */
function createTable(capacity: number): Table {
  let slots = 1024
  while (slots * MAX_LOAD <= capacity) slots *= 2
  let words = new Uint32Array(slots * 2)
  let bits = new Uint8Array(slots / 8)
  let size = 0
  let done = 0

  const isFree = (slot: number): boolean => words[slot * 2] === 0 && words[slot * 2 + 1] === 0
  const isDone = (slot: number): boolean => (((bits[slot >> 3] ?? 0) >> (slot & 7)) & 1) === 1
  const flip = (slot: number): void => {
    bits[slot >> 3] = (bits[slot >> 3] ?? 0) ^ (1 << (slot & 7))
  }

  /** Its slot, or the free one where it belongs. */
  function find(high: number, low: number): number {
    let slot = (high ^ (low >>> 7)) & (slots - 1)
    while (!isFree(slot) && !(words[slot * 2] === high && words[slot * 2 + 1] === low)) slot = (slot + 1) & (slots - 1)
    return slot
  }

  function grow(): void {
    const [before, marks] = [words, bits]
    slots *= 2
    words = new Uint32Array(slots * 2)
    bits = new Uint8Array(slots / 8)
    for (let old = 0; old * 2 < before.length; old++) {
      const [high = 0, low = 0] = [before[old * 2], before[old * 2 + 1]]
      if (high === 0 && low === 0) continue
      const slot = find(high, low)
      words[slot * 2] = high
      words[slot * 2 + 1] = low
      if (((marks[old >> 3] ?? 0) >> (old & 7)) & 1) flip(slot)
    }
  }

  function put(high: number, low: number): boolean {
    const second = high === 0 && low === 0 ? 1 : low
    const slot = find(high, second)
    if (!isFree(slot)) return false
    words[slot * 2] = high
    words[slot * 2 + 1] = second
    size += 1
    if (size > slots * MAX_LOAD) grow()
    return true
  }

  const place = (high: number, low: number): number => find(high, high === 0 && low === 0 ? 1 : low)
  return {
    size: () => size,
    left: () => size - done,
    put,
    markOf(high, low) {
      const slot = place(high, low)
      if (isFree(slot)) return undefined
      return isDone(slot) ? 'done' : 'todo'
    },
    mark(high, low, mark) {
      const slot = place(high, low)
      if (isFree(slot) || isDone(slot) === (mark === 'done')) return
      flip(slot)
      done += mark === 'done' ? 1 : -1
    },
    each(visit) {
      for (let i = 0; i < words.length; i += 2) {
        const [high = 0, low = 0] = [words[i], words[i + 1]]
        if (high !== 0 || low !== 0) visit(high, low)
      }
    },
  }
}

/** MurmurHash3, 32 bit, with its two constants as arguments. */
function murmur(bytes: Uint8Array, start: number, end: number, seed: number, c1: number, c2: number): number {
  let h = seed | 0
  let at = start
  for (; at + 4 <= end; at += 4) {
    const k = byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24)
    h = mixIn(h, k, c1, c2)
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let i = end - 1; i >= at; i--) tail = (tail << 8) | byte(bytes, i)
  if (at < end) h = mixIn(h, tail, c1, c2)
  h ^= end - start
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function mixIn(h: number, k: number, c1: number, c2: number): number {
  const scaled = Math.imul(k, c1)
  return h ^ Math.imul((scaled << 15) | (scaled >>> 17), c2)
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}
