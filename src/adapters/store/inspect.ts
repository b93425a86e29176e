/** Whether the store takes and gives back what is written, and whether its disk is one that keeps it. */
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, MaydayError } from '../../errors.js'
import type { Clock, Notes } from '../../ports.js'
import type { Finding } from '../finding.js'

export interface StoreInspection {
  /** Path of a file, or `postgres://…`. */
  readonly url: string
  readonly shared: boolean
  readonly notes: Notes
  readonly clock: Clock
  /** Runs on a platform whose disk is new at every start, such as a Heroku dyno. */
  readonly wipedDisk: boolean
}

const NOTE = 'doctor.last'

/** Writes one small value and reads it back. Never throws for what the store does. */
export async function inspectStore(options: StoreInspection): Promise<readonly Finding[]> {
  const name = nameOf(options)
  try {
    const wrote = new Date(options.clock.now()).toISOString()
    await options.notes.set(NOTE, wrote)
    const read = await options.notes.get(NOTE)
    if (read !== wrote) {
      return [{ level: 'fail', what: `${name} did not give back what was written.`, remedy: 'Run the check again.' }]
    }
  } catch (error) {
    return [storeTrouble(options, error)]
  }
  const works: Finding = { level: 'ok', what: `${name} takes and gives back what is written.` }
  return options.shared ? [works] : [works, await disk(options)]
}

/** For a store that cannot be opened, written or read. */
export function storeTrouble(options: Pick<StoreInspection, 'url' | 'shared'>, error: unknown): Finding {
  const hint = error instanceof MaydayError ? error.hint : ''
  const said = error instanceof MaydayError ? error.message : describe(error)
  const remedy = hint === '' ? 'See the README on where Mayday keeps what it must not lose.' : hint
  return { level: 'fail', what: `${nameOf(options)} cannot be used. ${said}`, remedy }
}

/** Without password, user and parameters. */
function nameOf({ url, shared }: Pick<StoreInspection, 'url' | 'shared'>): string {
  if (!shared) return `The store (SQLite, ${url})`
  if (!URL.canParse(url)) return 'The store (Postgres)'
  const { host, pathname } = new URL(url)
  return `The store (Postgres, ${host}${pathname})`
}

async function disk(options: StoreInspection): Promise<Finding> {
  const shared = 'Set DATABASE_URL to a Postgres database.'
  if (options.wipedDisk) {
    return {
      level: 'warn',
      what: 'This platform wipes the disk at every start, and the store with it.',
      remedy: shared,
    }
  }
  try {
    return judgeDisk((await statfs(dirname(options.url))).type)
  } catch {
    return { level: 'warn', what: 'The kind of disk under the store is not known.', remedy: 'Use a local disk.' }
  }
}

/** Magic numbers of Linux file systems (`statfs(2)`). */
const NETWORK = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x5346414f, 0x00c36400])
const FOREIGN = new Set([0x01021997, 0x65735546])
const MEMORY = new Set([0x01021994, 0x858458f6])
const LAYER = new Set([0x794c7630])

/** What a file system of this type means for a SQLite file. Pure. */
export function judgeDisk(type: number): Finding {
  // why: SQLite's WAL needs shared memory between its processes, which network file systems do not have (sqlite.org/wal.html).
  if (NETWORK.has(type)) {
    return {
      level: 'fail',
      what: 'The store lies on a network disk, where two machines that open it damage it.',
      remedy: 'Point MAYDAY_DATA_DIR to a local disk, or set DATABASE_URL for several replicas.',
    }
  }
  if (FOREIGN.has(type)) {
    return {
      level: 'warn',
      what: 'The store lies on a disk that another program or machine provides (FUSE or 9P); it may not keep its promises.',
      remedy: 'Point MAYDAY_DATA_DIR to a local disk, or set DATABASE_URL.',
    }
  }
  if (MEMORY.has(type)) {
    return {
      level: 'warn',
      what: 'The store lies on a disk in memory and is gone after a restart of the machine.',
      remedy: 'Point MAYDAY_DATA_DIR to a disk that stays.',
    }
  }
  if (LAYER.has(type)) {
    return {
      level: 'warn',
      what: "The store lies in the container's own layer and is gone when the container is replaced.",
      remedy: 'Mount a volume and point MAYDAY_DATA_DIR to it, or set DATABASE_URL.',
    }
  }
  return {
    level: 'ok',
    what: 'The store lies on a local disk. The file serves replicas on this machine alone; several machines need DATABASE_URL.',
  }
}
