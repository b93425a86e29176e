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

/** Takes over an empty file and closes it in the end. */
export async function createWriter(file: FileHandle, segment: number, about: object): Promise<ArchiveWriter> {
  let end = 0
  let numbers = 0
  let broken: unknown
  let tail: Promise<unknown> = Promise.resolve()

  async function write(
    kind: RecordKind,
    head: { number: number; entries: number; rawLength: number },
    body: Buffer,
  ): Promise<number> {
    if (broken !== undefined) throw archiveFailed(broken)
    const at = end
    try {
      const bytes = Buffer.concat([writeHead({ kind, ...head }, body), body])
      for (let done = 0; done < bytes.length; ) {
        done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
      }
      end = at + RECORD_HEAD + body.length
      if (kind !== 'settled') await file.datasync()
      return at
    } catch (error) {
      broken = error
      // What was written before stays whole; should even this fail, a reader stops at the same place.
      await file.truncate(at).catch(() => undefined)
      throw archiveFailed(error)
    }
  }

  /** One behind the other, in the order in which they were asked for. */
  function queue<T>(work: () => Promise<T>): Promise<T> {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }

  const header = Buffer.from(JSON.stringify(about))
  await write('about', { number: 0, entries: 0, rawLength: header.length }, header)
  return {
    add(frames, entries) {
      const number = numbers
      numbers += 1
      const body = brotliCompressSync(frames, options(frames.length))
      return queue(async (): Promise<BatchRef> => {
        const offset = await write('batch', { number, entries, rawLength: frames.length }, body)
        return { segment: segmentName(segment), offset, number, entries }
      })
    },
    settle: (batch, settlement) =>
      queue(async () => {
        const body = writeSettlement(segmentNumber(batch.segment) ?? 0, settlement)
        await write('settled', { number: batch.number, entries: batch.entries, rawLength: body.length }, body)
      }),
    async close() {
      await tail
      await file.close()
    },
  }
}
