/** Writes one segment: compressed, checksummed, and on the disk before anybody may remove what is in it. */
import type { FileHandle } from 'node:fs/promises'
import { type BrotliOptions, brotliCompressSync, constants } from 'node:zlib'
import type { ArchiveWriter, BatchRef } from '../../ports/purges.js'
import { archiveFailed } from './failure.js'
import { RECORD_HEAD, type RecordKind, writeHead, writeSettlement } from './records.js'

/**
 * why: Brotli at its second lowest effort makes smaller batches than deflate at any, in a third of the time: about a
 * millisecond, which is less than it costs to hand it to a thread that then competes with the pacing for the processor.
 */
function options(length: number): BrotliOptions {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants
  return { params: { [BROTLI_PARAM_QUALITY]: 1, [BROTLI_PARAM_LGWIN]: 18, [BROTLI_PARAM_SIZE_HINT]: length } }
}

export function segmentName(number: number): string {
  return `${String(number).padStart(6, '0')}.arc`
}

/** Undefined: not the name of a segment. */
export function segmentNumber(name: string): number | undefined {
  const digits = /^(\d{6,9})\.arc$/u.exec(name)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

interface Entry {
  readonly head: {
    readonly kind: RecordKind
    readonly number: number
    readonly entries: number
    readonly rawLength: number
  }
  readonly body: Buffer
  readonly written: (at: number) => void
  readonly failed: (error: unknown) => void
}

/** Takes over an empty file and closes it in the end. */
export async function createWriter(file: FileHandle, segment: number, about: object): Promise<ArchiveWriter> {
  let end = 0
  let numbers = 0
  let broken: unknown
  let waiting: Entry[] = []
  let work: Promise<void> | undefined

  /** One behind the other, in the order in which they were asked for; answers where it begins, once it is on the disk. */
  function write(head: Entry['head'], body: Buffer): Promise<number> {
    return new Promise((written, failed) => {
      waiting.push({ head, body, written, failed })
      work ??= writeWaiting()
    })
  }

  /** why: what came while the disk was busy goes there together, for the price of one. */
  async function writeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const together = waiting
      waiting = []
      try {
        if (broken !== undefined) throw broken
        const at = await writeTogether(together)
        together.forEach(({ written }, index) => {
          written(at[index] ?? end)
        })
      } catch (error) {
        broken = error
        for (const { failed } of together) failed(archiveFailed(error))
      }
    }
    work = undefined
  }

  async function writeTogether(entries: readonly Entry[]): Promise<readonly number[]> {
    const bytes = Buffer.concat(entries.flatMap(({ head, body }) => [writeHead(head, body), body]))
    const starts: number[] = []
    let at = end
    for (const { body } of entries) {
      starts.push(at)
      at += RECORD_HEAD + body.length
    }
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, end + done)).bytesWritten
      }
      if (entries.some(({ head }) => head.kind !== 'settled')) await file.datasync()
    } catch (error) {
      // What was written before stays whole; should even this fail, a reader stops at the same place.
      await file.truncate(end).catch(() => undefined)
      throw error
    }
    end = at
    return starts
  }

  const header = Buffer.from(JSON.stringify(about))
  await write({ kind: 'about', number: 0, entries: 0, rawLength: header.length }, header)
  return {
    async add(frames, entries): Promise<BatchRef> {
      const number = numbers
      numbers += 1
      const body = brotliCompressSync(frames, options(frames.length))
      const offset = await write({ kind: 'batch', number, entries, rawLength: frames.length }, body)
      return { segment: segmentName(segment), offset, number, entries }
    },
    async settle(batch, settlement) {
      const body = writeSettlement(segmentNumber(batch.segment) ?? 0, settlement)
      const { number, entries } = batch
      await write({ kind: 'settled', number, entries, rawLength: body.length }, body)
    },
    async close() {
      await work
      await file.close()
    },
  }
}
