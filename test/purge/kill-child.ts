/**
 * One copy of Mayday's purges in a process of its own, to be killed. Its argument names what it does and at which step the
 * process kills itself with SIGKILL: no handler runs, no buffer is flushed, no file is closed, nothing is told to Redis.
 */
import { writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createArchives } from '../../src/adapters/archive/archives.js'
import type { KeyTarget } from '../../src/ports/keys.js'
import type { Store } from '../../src/ports.js'
import { createStageClock } from '../support/clock.js'
import { createReplica, type Replica } from './replica.js'

export interface KillOrder {
  /** Of the Redis. */
  readonly url: string
  /** Store and archives. */
  readonly dir: string
  readonly target: string
  /** `purge`: plan, confirm and carry out; `undo`: of this purge; `work`: whatever is due. */
  readonly act: 'purge' | 'undo' | 'work'
  readonly id?: number
  readonly cut?: KillCut
}

export interface KillCut {
  readonly step: string
  /** Counts from 1. */
  readonly nth: number
  /** `half`: of a write, the first half is in the file. */
  readonly side: 'before' | 'half' | 'after'
}

const order = JSON.parse(process.argv[2] ?? '') as KillOrder
const times = new Map<string, number>()

function tell(line: string): void {
  writeSync(3, `${line}\n`)
}

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing more may happen.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

async function step<T>(name: string, work: () => Promise<T>, half?: () => Promise<unknown>): Promise<T> {
  const nth = (times.get(name) ?? 0) + 1
  times.set(name, nth)
  const side = order.cut?.step === name && order.cut.nth === nth ? order.cut.side : undefined
  if (side === 'before') die()
  if (side === 'half') {
    await half?.()
    die()
  }
  const value = await work()
  if (side === 'after') die()
  tell(name)
  return value
}

async function openFile(path: string, flags: string): Promise<FileHandle> {
  const file = await open(path, flags)
  if (flags === 'r') return file
  const what = path.endsWith('.arc') ? 'archive' : 'plan'
  const { write, writeFile, datasync, sync } = {
    write: file.write.bind(file),
    writeFile: file.writeFile.bind(file),
    datasync: file.datasync.bind(file),
    sync: file.sync.bind(file),
  }
  return Object.assign(file, {
    write: ((bytes: Buffer, offset: number, length: number, at: number) =>
      step(
        `${what} write`,
        () => write(bytes, offset, length, at),
        () => write(bytes, offset, Math.floor(length / 2), at),
      )) as typeof file.write,
    writeFile: ((bytes: Uint8Array) =>
      step(
        `${what} write`,
        () => writeFile(bytes),
        () => writeFile(bytes.subarray(0, Math.floor(bytes.length / 2))),
      )) as typeof file.writeFile,
    datasync: () => step(`${what} sync`, datasync),
    sync: () => step(`${what} sync`, sync),
  })
}

const wrapTarget = (target: KeyTarget): KeyTarget => ({
  ...target,
  slice: (scope, at, quantumMs, what) => step(`slice ${what}`, () => target.slice(scope, at, quantumMs, what)),
  remove: (...args) => step('remove', () => target.remove(...args)),
  restore: (...args) => step('restore', () => target.restore(...args)),
})
const wrapStore = (store: Store): Store => ({ ...store, tx: (...args) => step('store', () => store.tx(...args)) })

async function purge({ purging, work }: Replica): Promise<void> {
  const by = 'slack:U0SAM'
  const { id, job } = await purging.plan(order.target, { archive: true, mode: 'all' }, { by })
  tell('planned')
  await purging.confirm({ id, digest: job.digest, typed: `purge ${job.plan.count}`, by })
  tell('confirmed')
  await work()
}

async function main(): Promise<void> {
  const at = { url: order.url, storeDir: order.dir, dir: order.dir, clock: createStageClock() }
  const replica = await createReplica(at, {
    wrapTarget,
    wrapStore,
    wrapArchives: (_whole, dir) => createArchives({ dir, openFile }),
  })
  tell('ready')
  if (order.act === 'purge') await purge(replica)
  else {
    if (order.act === 'undo') await replica.purging.undo(order.id ?? 0, 'slack:U0SAM')
    await replica.work()
  }
  await replica.stop()
  process.exit(0)
}

await main()
