/**
 * A segment is a row of records: 32 bytes of head, then the body. The head has a checksum of its own, so that a body of
 * wrong length is never read; the body has one that is checked when it is read.
 */
import { crc32 } from 'node:zlib'
import type { Settlement } from '../../ports/purges.js'

export const RECORD_HEAD = 32
const MAGIC = 0x3152444d

export type RecordKind = 'about' | 'batch' | 'settled'
const KINDS: readonly RecordKind[] = ['about', 'batch', 'settled']

export interface RecordHead {
  readonly kind: RecordKind
  readonly number: number
  readonly entries: number
  /** Of the body before compression. */
  readonly rawLength: number
  /** Of the body as it lies there. */
  readonly length: number
  readonly crc: number
}

export function writeHead(head: Omit<RecordHead, 'length' | 'crc'>, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(RECORD_HEAD)
  bytes.writeUInt32LE(MAGIC, 0)
  bytes.writeUInt32LE(KINDS.indexOf(head.kind), 4)
  bytes.writeUInt32LE(head.number, 8)
  bytes.writeUInt32LE(head.entries, 12)
  bytes.writeUInt32LE(head.rawLength, 16)
  bytes.writeUInt32LE(body.length, 20)
  bytes.writeUInt32LE(crc32(body), 24)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28)), 28)
  return bytes
}

/** Undefined: there is no record here. */
export function readHead(bytes: Buffer, at = 0): RecordHead | undefined {
  if (bytes.length < at + RECORD_HEAD || bytes.readUInt32LE(at) !== MAGIC) return undefined
  if (crc32(bytes.subarray(at, at + 28)) !== bytes.readUInt32LE(at + 28)) return undefined
  const kind = KINDS[bytes.readUInt32LE(at + 4)]
  if (kind === undefined) return undefined
  return {
    kind,
    number: bytes.readUInt32LE(at + 8),
    entries: bytes.readUInt32LE(at + 12),
    rawLength: bytes.readUInt32LE(at + 16),
    length: bytes.readUInt32LE(at + 20),
    crc: bytes.readUInt32LE(at + 24),
  }
}

/** Where the next whole head may begin, at or after `from`; -1: nowhere in these bytes. */
export function findHead(bytes: Buffer, from: number): number {
  const magic = Buffer.alloc(4)
  magic.writeUInt32LE(MAGIC)
  for (let at = bytes.indexOf(magic, from); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (readHead(bytes, at) !== undefined) return at
  }
  return -1
}

/** `segment`: number of the segment that holds the batch; after a crash it is another one. */
export function writeSettlement(segment: number, { removed, changed, gone, left }: Settlement): Buffer {
  const numbers = Buffer.alloc(20)
  for (const [i, n] of [segment, removed, changed, gone, left.length].entries()) numbers.writeUInt32LE(n, i * 4)
  const names = left.flatMap((name) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(name.length)
    return [length, name]
  })
  return Buffer.concat([numbers, ...names])
}

export function readSettlement(body: Buffer): { readonly segment: number; readonly settlement: Settlement } {
  const [segment = 0, removed = 0, changed = 0, gone = 0, names = 0] = [0, 4, 8, 12, 16].map((at) =>
    body.readUInt32LE(at),
  )
  const left: Buffer[] = []
  let at = 20
  for (let i = 0; i < names; i++) {
    const end = at + 4 + body.readUInt32LE(at)
    left.push(Buffer.from(body.subarray(at + 4, end)))
    at = end
  }
  return { segment, settlement: { removed, changed, gone, left } }
}
