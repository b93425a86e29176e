/**
 * Archives of purges in the data directory: `purges/<folder>/planned` (fingerprints of the planned names) and segments
 * `000001.arc`, one for every time that a process took the purge over.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { MaydayError } from '../../errors.js'
import type { ArchivedBatch, ArchiveIndex, Archives, BatchRef } from '../../ports/purges.js'
import { archiveFailed } from './failure.js'
import { bodyAt, headAt, readSegment, type SegmentContents } from './segments.js'
import { createWriter, segmentName, segmentNumber } from './writer.js'

const expand = promisify<Buffer, Buffer>(brotliDecompress)

export interface ArchivesOptions {
  /** `MAYDAY_DATA_DIR`. */
  readonly dir: string
  /** Opens a file; tests make the disk full here. */
  readonly openFile?: (path: string, flags: string) => Promise<FileHandle>
}

export function createArchives({ dir, openFile = open }: ArchivesOptions): Archives {
  const root = join(dir, 'purges')
  const at = (folder: string, name = ''): string => join(root, safe(folder), name)
  return {
    place: () => guarded(() => placeOf(root)),
    savePlanned: (folder, bytes) => guarded(() => savePlanned(at(folder), bytes, openFile)),
    loadPlanned: (folder) => guarded(() => readFile(at(folder, 'planned')).catch(absent)),
    open: (folder, about) =>
      guarded(async () => {
        await mkdir(at(folder), { recursive: true })
        const names = await segments(at(folder))
        const last = names.at(-1)
        if (last !== undefined) await cutTail(at(folder, last), openFile)
        return openSegment(at(folder), (last === undefined ? 0 : (segmentNumber(last) ?? 0)) + 1, about, openFile)
      }),
    index: (folder) => guarded(() => indexOf(at(folder), openFile)),
    load: (folder, batch) => guarded(() => load(at(folder, batch.segment), batch, openFile)),
    folders: () =>
      guarded(async () => {
        const entries = await readdir(root, { withFileTypes: true }).catch(() => [])
        return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
      }),
    drop: (folder) => guarded(() => rm(at(folder), { recursive: true, force: true })),
  }
}

type OpenFile = NonNullable<ArchivesOptions['openFile']>

/** A folder's name comes from the store; nothing outside of the data directory may be meant by it. */
function safe(folder: string): string {
  if (/^[a-z0-9-]{1,80}$/u.test(folder)) return folder
  throw new MaydayError('STORE_DAMAGED', {
    what: 'The store names a folder for a purge that Mayday would not name so.',
  })
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof MaydayError ? error : archiveFailed(error)
  }
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}

async function placeOf(root: string): Promise<string> {
  const path = join(root, 'place')
  await mkdir(root, { recursive: true })
  // Two processes at once: one of them makes the file, both read the same.
  await writeFile(path, randomBytes(8).toString('hex'), { flag: 'wx' }).catch(() => undefined)
  return (await readFile(path, 'utf8')).trim()
}

async function savePlanned(folder: string, bytes: Uint8Array, openFile: OpenFile): Promise<void> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'planned')
  const file = await openFile(`${path}.new`, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(folder)
}

async function segments(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(absent)) ?? []
  return names.filter((name) => segmentNumber(name) !== undefined).sort()
}

async function openSegment(folder: string, number: number, about: object, openFile: OpenFile) {
  const file = await openFile(join(folder, segmentName(number)), 'wx+')
  // why: without this the file itself, not its bytes, could be missing after a power cut.
  await syncFolder(folder)
  return createWriter(file, number, about)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function cutTail(path: string, openFile: OpenFile): Promise<void> {
  const file = await openFile(path, 'r+')
  try {
    const { end, size } = await readSegment(file)
    if (end < size) await file.truncate(end)
  } finally {
    await file.close()
  }
}

async function indexOf(folder: string, openFile: OpenFile): Promise<ArchiveIndex> {
  const found: { readonly name: string; readonly contents: SegmentContents }[] = []
  for (const name of await segments(folder)) {
    const file = await openFile(join(folder, name), 'r')
    try {
      found.push({ name, contents: await readSegment(file) })
    } finally {
      await file.close()
    }
  }
  const settled = new Map(
    found
      .flatMap(({ contents }) => contents.settlements)
      .map((one) => [`${one.segment}:${one.number}`, one.settlement] as const),
  )
  const batches = found.flatMap(({ name, contents }) =>
    contents.batches.map((batch): ArchivedBatch => {
      return { segment: name, ...batch, settlement: settled.get(`${segmentNumber(name) ?? 0}:${batch.number}`) }
    }),
  )
  const damage = found.flatMap(({ name, contents }) =>
    contents.damaged.map(({ from, to }) => `${name}: bytes ${from} to ${to} cannot be read`),
  )
  return { batches, damage, bytes: found.reduce((sum, { contents }) => sum + contents.size, 0) }
}

async function load(path: string, batch: BatchRef, openFile: OpenFile): Promise<Buffer> {
  const file = await openFile(path, 'r')
  try {
    const head = await headAt(file, batch.offset, (await file.stat()).size)
    const body = head?.kind === 'batch' ? await bodyAt(file, batch.offset, head) : undefined
    if (body === undefined) {
      throw new MaydayError('ARCHIVE_FAILED', {
        what: `A batch of ${batch.entries} entries in ${batch.segment} is damaged and cannot be read.`,
        hint: 'The other batches are not affected. Look at the disk of MAYDAY_DATA_DIR.',
      })
    }
    return await expand(body)
  } finally {
    await file.close()
  }
}
