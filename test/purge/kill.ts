/** Copies of Mayday that are killed, and the account of every key that must be right at any moment after it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { Archives } from '../../src/ports/purges.js'
import { eachFrame } from '../../src/purge/frames.js'
import type { KillOrder } from './kill-child.js'

export interface KillProcess {
  /** Steps that it has taken. */
  readonly steps: readonly string[]
  /** kill -9. */
  kill(): void
  /** `SIGKILL`, or 0 where it came to its end. */
  readonly ended: Promise<string | number | null>
}

export function startToKill(order: KillOrder): KillProcess {
  const script = fileURLToPath(new URL('./kill-child.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx/esm', script, JSON.stringify(order)], {
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  const steps: string[] = []
  const pipe = child.stdio[3]
  if (pipe === null || pipe === undefined || !('read' in pipe)) throw new TypeError('the process has no way to report')
  createInterface({ input: pipe }).on('line', (line) => steps.push(line))
  return {
    steps,
    kill: () => void child.kill('SIGKILL'),
    // `close`: every line that it wrote has been read, too.
    ended: once(child, 'close').then(([code, signal]) => (signal ?? code) as string | number | null),
  }
}

/** By name, the bytes of DUMP. */
export type Holdings = ReadonlyMap<string, string>

/** What is in the server under these names, byte for byte. */
export async function holdings(redis: Redis, pattern: string): Promise<Holdings> {
  const keys = (await redis.keys(pattern)).sort()
  const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)))
  return new Map(keys.map((key, i) => [key, dumps[i]?.toString('latin1') ?? '']))
}

/** Every value that the archive would put back. */
export async function archivedHoldings(archives: Archives, folder: string): Promise<Holdings> {
  const held = new Map<string, string>()
  for (const batch of (await archives.index(folder)).batches) {
    const left = new Set(batch.settlement?.left.map((name) => name.toString('latin1')))
    const frames = await archives.load(folder, batch)
    eachFrame(frames, ({ nameStart, nameEnd, end }) => {
      const name = frames.toString('latin1', nameStart, nameEnd)
      if (!left.has(name)) held.set(name, frames.toString('latin1', nameEnd, end))
    })
  }
  return held
}

/** Each key is in the server or in the archive, with the very bytes it had. */
export async function everyKeyIsAccountedFor(
  before: Holdings,
  now: { readonly redis: Redis; readonly pattern: string; readonly archives: Archives; readonly folder?: string },
): Promise<void> {
  const there = await holdings(now.redis, now.pattern)
  const kept = now.folder === undefined ? new Map<string, string>() : await archivedHoldings(now.archives, now.folder)
  const lost = [...before].filter(([name, value]) => there.get(name) !== value && !holds(kept.get(name), value))
  expect(
    lost.map(([name]) => name),
    'neither in the server nor in the archive as they were',
  ).toEqual([])
}

/** The last eight bytes of a DUMP are a checksum of the others; an archive need not keep it. */
function holds(kept: string | undefined, value: string): boolean {
  return kept?.slice(0, value.length - 8) === value.slice(0, -8)
}
