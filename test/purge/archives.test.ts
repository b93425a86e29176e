/** The archive on a real disk: what is in it before a key may go, and what a crash leaves of it. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { appendFile, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createArchives } from '../../src/adapters/archive/archives.js'
import type { Archives, Settlement } from '../../src/ports/purges.js'
import { eachFrame, frameOf } from '../../src/purge/frames.js'

let dir: string
let archives: Archives
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mayday-archive-'))
  archives = createArchives({ dir })
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const SETTLED: Settlement = { removed: 2, changed: 1, gone: 0, left: [Buffer.from([0, 255, 10])] }

function frames(from: number, count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => frameOf(Buffer.from(`key:${from + i}`), 1000 + i, Buffer.alloc(50, i))),
  )
}

const path = (segment: string): string => join(dir, 'purges', 'p1', segment)

/** Names of everything that can be read back, in order. */
async function names(): Promise<readonly string[]> {
  const found: string[] = []
  for (const batch of (await archives.index('p1')).batches) {
    const body = await archives.load('p1', batch)
    eachFrame(body, ({ nameStart, nameEnd }) => found.push(body.toString('latin1', nameStart, nameEnd)))
  }
  return found
}

async function written(batches: number): Promise<void> {
  const writer = await archives.open('p1', { purge: 1 })
  for (let i = 0; i < batches; i++) await writer.add(frames(i * 3, 3), 3)
  await writer.close()
}

test('gives every batch back byte for byte, with what became of it', async () => {
  const writer = await archives.open('p1', { purge: 1 })
  const added = await Promise.all([writer.add(frames(0, 3), 3), writer.add(frames(3, 3), 3)])
  await writer.settle(added[0], SETTLED)
  await writer.close()
  const { batches, damage, bytes } = await archives.index('p1')
  expect(damage).toEqual([])
  expect(bytes).toBe(statSync(path('000001.arc')).size)
  expect(batches.map(({ entries, settlement }) => ({ entries, settlement }))).toEqual([
    { entries: 3, settlement: SETTLED },
    { entries: 3, settlement: undefined },
  ])
  expect(await archives.load('p1', added[0])).toEqual(frames(0, 3))
  expect(await archives.load('p1', added[1])).toEqual(frames(3, 3))
})

test('a batch is on the disk when adding it is over', async () => {
  const writer = await archives.open('p1', {})
  await writer.add(frames(0, 3), 3)
  expect(await names()).toHaveLength(3)
  await writer.close()
})

describe('after a crash', () => {
  test('a tail torn at any byte is left out, and the batches before it are whole', async () => {
    await written(2)
    const whole = readFileSync(path('000001.arc'))
    const [, second] = (await archives.index('p1')).batches
    for (let cut = second?.offset ?? 0; cut < whole.length; cut += 1) {
      writeFileSync(path('000001.arc'), whole.subarray(0, cut))
      expect(await names(), `cut at ${cut}`).toEqual(['key:0', 'key:1', 'key:2'])
      expect((await archives.index('p1')).damage).toEqual([])
    }
  })

  test('a tail of zeros, as a file system may leave it, is torn too', async () => {
    await written(2)
    const [, second] = (await archives.index('p1')).batches
    const bytes = readFileSync(path('000001.arc'))
    bytes.fill(0, (second?.offset ?? 0) + 40)
    writeFileSync(path('000001.arc'), bytes)
    expect(await names()).toHaveLength(3)
  })

  test('the next writer cuts the tail, goes on in a segment of its own, and settles what the dead one archived', async () => {
    await written(2)
    const { size } = statSync(path('000001.arc'))
    await appendFile(path('000001.arc'), randomBytes(50))
    const [first, second] = (await archives.index('p1')).batches
    const writer = await archives.open('p1', { again: true })
    expect(statSync(path('000001.arc')).size).toBe(size)
    if (second !== undefined) await writer.settle(second, SETTLED)
    await writer.add(frames(6, 3), 3)
    await writer.close()
    const { batches } = await archives.index('p1')
    expect(batches.map((one) => [one.segment, one.settlement])).toEqual([
      [first?.segment, undefined],
      [first?.segment, SETTLED],
      ['000002.arc', undefined],
    ])
    expect(await names()).toHaveLength(9)
  })
})

describe('on a bad disk', () => {
  test('a damaged batch is told, not guessed, and the others are read', async () => {
    await written(3)
    const { batches } = await archives.index('p1')
    const bytes = readFileSync(path('000001.arc'))
    const at = (batches[1]?.offset ?? 0) + 40
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(path('000001.arc'), bytes)
    const load = (i: number) => archives.load('p1', batches[i] as (typeof batches)[number])
    await expect(load(1)).rejects.toMatchObject({ code: 'ARCHIVE_FAILED', message: expect.stringContaining('damaged') })
    expect([await load(0), await load(2)]).toEqual([frames(0, 3), frames(6, 3)])
  })

  test('a damaged head costs its own batch; what follows is found again and never cut off', async () => {
    await written(3)
    const { batches } = await archives.index('p1')
    const bytes = readFileSync(path('000001.arc'))
    bytes.fill(7, batches[1]?.offset, (batches[1]?.offset ?? 0) + 12)
    writeFileSync(path('000001.arc'), bytes)
    await (await archives.open('p1', {})).close()
    const index = await archives.index('p1')
    expect(index.damage).toEqual([expect.stringContaining('000001.arc')])
    expect(await names()).toEqual(['key:0', 'key:1', 'key:2', 'key:6', 'key:7', 'key:8'])
  })

  test('a full disk is said in words; what was there before stays whole, and nothing is added behind the hole', async () => {
    let room = Number.POSITIVE_INFINITY
    const full = createArchives({
      dir,
      openFile: async (name, flags) => {
        const file = await open(name, flags)
        const write = file.write.bind(file)
        const limited = async (bytes: Buffer, offset: number, length: number, position: number) => {
          if (length > room) {
            await write(bytes, offset, room, position)
            throw Object.assign(new TypeError('no space left on device'), { code: 'ENOSPC' })
          }
          return write(bytes, offset, length, position)
        }
        return Object.assign(file, { write: limited as unknown as typeof file.write })
      },
    })
    const writer = await full.open('p1', {})
    await writer.add(frames(0, 3), 3)
    room = 10
    const failure = { code: 'ARCHIVE_FAILED', message: expect.stringContaining('disk is full') }
    await expect(writer.add(frames(3, 3), 3)).rejects.toMatchObject(failure)
    room = Number.POSITIVE_INFINITY
    await expect(writer.add(frames(6, 3), 3)).rejects.toMatchObject(failure)
    await writer.close()
    expect(await names()).toEqual(['key:0', 'key:1', 'key:2'])
    expect((await archives.index('p1')).damage).toEqual([])
  })
})

test('planned names are kept whole or not at all', async () => {
  expect(await archives.loadPlanned('p1')).toBeUndefined()
  await archives.savePlanned('p1', Buffer.from('planned'))
  expect(Buffer.from((await archives.loadPlanned('p1')) ?? []).toString()).toBe('planned')
  expect(readdirSync(join(dir, 'purges', 'p1'))).toEqual(['planned'])
})

test('one data directory has one name, whoever asks first', async () => {
  const places = await Promise.all([archives.place(), createArchives({ dir }).place(), archives.place()])
  expect(new Set(places).size).toBe(1)
  expect(places[0]).toMatch(/^[0-9a-f]{16}$/)
})

test('an archive can be dropped, and a folder outside of the data directory cannot be meant', async () => {
  await written(1)
  expect(await archives.folders()).toEqual(['p1'])
  await archives.drop('p1')
  expect(await archives.folders()).toEqual([])
  await expect(archives.drop('../p1')).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
})

test('a segment that was cut to nothing is no archive and no failure', async () => {
  await written(1)
  truncateSync(path('000001.arc'), 0)
  expect(await names()).toEqual([])
})
