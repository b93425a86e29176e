/** Reads the segments of an archive: which batches there are, which are settled, and where it is torn or damaged. */
import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Settlement } from '../../ports/purges.js'
import { findHead, RECORD_HEAD, type RecordHead, readHead, readSettlement } from './records.js'

export interface FoundBatch {
  readonly number: number
  readonly entries: number
  readonly offset: number
}

export interface FoundSettlement {
  readonly segment: number
  readonly number: number
  readonly settlement: Settlement
}

export interface SegmentContents {
  readonly batches: readonly FoundBatch[]
  readonly settlements: readonly FoundSettlement[]
  /** End of the last whole record. Behind it there is nothing, or a torn tail. */
  readonly end: number
  readonly size: number
  /** Stretches inside it that cannot be read, although whole records follow. */
  readonly damaged: readonly { readonly from: number; readonly to: number }[]
}

/** Reads heads only, and the bodies of settlements and of the last batch. */
export async function readSegment(file: FileHandle): Promise<SegmentContents> {
  const { size } = await file.stat()
  const batches: FoundBatch[] = []
  const settlements: FoundSettlement[] = []
  const damaged: { from: number; to: number }[] = []
  let at = 0
  while (at < size) {
    const head = await headAt(file, at, size)
    if (head === undefined) {
      const next = await nextHead(file, at + 1, size)
      if (next === undefined) break
      damaged.push({ from: at, to: next })
      at = next
      continue
    }
    const offset = at
    at += RECORD_HEAD + head.length
    if (head.kind === 'batch') {
      batches.push({ number: head.number, entries: head.entries, offset })
    } else if (head.kind === 'settled') {
      const body = await bodyAt(file, offset, head)
      if (body === undefined) damaged.push({ from: offset, to: at })
      else settlements.push({ number: head.number, ...readSettlement(body) })
    }
  }
  return withoutTornBatch(file, { batches, settlements, end: at, size, damaged })
}

/**
 * why: a disk that lost power may have the length of a record and not its bytes. Such a batch was never known to be on the
 * disk, so nothing of it was removed.
 */
async function withoutTornBatch(file: FileHandle, contents: SegmentContents): Promise<SegmentContents> {
  const last = contents.batches.at(-1)
  const isTail = last !== undefined && contents.settlements.every((one) => one.number !== last.number)
  if (last === undefined || !isTail) return contents
  const head = await headAt(file, last.offset, contents.size)
  const whole = head !== undefined && (await bodyAt(file, last.offset, head)) !== undefined
  const isEnd = head !== undefined && last.offset + RECORD_HEAD + head.length === contents.end
  return whole || !isEnd ? contents : { ...contents, batches: contents.batches.slice(0, -1), end: last.offset }
}

/** Undefined: no whole record begins here. */
export async function headAt(file: FileHandle, at: number, size: number): Promise<RecordHead | undefined> {
  if (at + RECORD_HEAD > size) return undefined
  const head = readHead(await read(file, at, RECORD_HEAD))
  return head === undefined || at + RECORD_HEAD + head.length > size ? undefined : head
}

/** The body of the record at `at`, or undefined when its checksum is wrong. */
export async function bodyAt(file: FileHandle, at: number, head: RecordHead): Promise<Buffer | undefined> {
  const body = await read(file, at + RECORD_HEAD, head.length)
  return body.length === head.length && crc32(body) === head.crc ? body : undefined
}

const STRIDE = 1 << 20

async function nextHead(file: FileHandle, from: number, size: number): Promise<number | undefined> {
  for (let at = from; at < size; at += STRIDE) {
    // A head may lie across the border of two strides.
    const bytes = await read(file, at, Math.min(STRIDE + RECORD_HEAD, size - at))
    for (let found = findHead(bytes, 0); found >= 0; found = findHead(bytes, found + 1)) {
      if ((await headAt(file, at + found, size)) !== undefined) return at + found
    }
  }
  return undefined
}

async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let got = 0
  while (got < length) {
    const { bytesRead } = await file.read(bytes, got, length - got, at + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return bytes.subarray(0, got)
}
