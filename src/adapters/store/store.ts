import type { Store, Tables } from '../../ports.js'
import { bug, createDb, type Db, type Q } from './db.js'
import { createFacts } from './facts.js'
import { createInbox } from './inbox.js'
import { createIncidents } from './incidents.js'
import { createLeases } from './leases.js'
import { createNotes } from './notes.js'
import { createOutbox, type Handed } from './outbox.js'
import { dismiss, enlist, releaseDeadOwners } from './owner.js'
import { createPages } from './pages.js'
import { createPurges } from './purges.js'
import { createRuns } from './runs.js'
import { migrate } from './schema.js'
import { openSqlite } from './sqlite.js'

export interface StoreOptions {
  /** Path of a file (SQLite), or `postgres://…`. */
  readonly url: string
  /** Name of this worker, from `makeOwner`; it is written beside what the worker holds. */
  readonly owner: string
}

/** Opens the database alone, without tables. */
export async function openDb(url: string): Promise<Db> {
  // Whoever has a file needs no driver for Postgres in memory.
  if (/^postgres(ql)?:/i.test(url)) return createDb((await import('./postgres.js')).openPostgres(url))
  return createDb(await openSqlite(url))
}

/**
 * Opens the store, makes or migrates its tables and, on SQLite, frees what dead processes of this machine held.
 * Throws `STORE_UNAVAILABLE`, `STORE_DAMAGED` or `CONFIG_INVALID`.
 */
export async function openStore({ url, owner }: StoreOptions): Promise<Store> {
  const db = await openDb(url)
  enlist(owner)
  try {
    await migrate(db)
    // Replicas of one Postgres are on other machines, or in containers that only look like one.
    if (db.dialect.lock === undefined) await releaseDeadOwners(db)
  } catch (error) {
    dismiss(owner)
    await db.close()
    throw error
  }
  return createStore(db, owner)
}

function createStore(db: Db, owner: string): Store {
  const handed: Handed = new Map()
  return {
    ...createTables(db, owner, handed),
    tx: (work, weight) => db.tx((q) => work(createTables(q, owner, handed)), undefined, weight),
    async ping() {
      await db.all('select max(n) as n from mayday_schema')
    },
    async close() {
      await db.close()
      dismiss(owner)
    },
  }
}

function createTables(q: Q, owner: string, handed: Handed): Tables {
  return {
    inbox: createInbox(q, owner),
    incidents: createIncidents(q),
    pages: createPages(q),
    facts: createFacts(q),
    runs: createRuns(q),
    purges: createPurges(q),
    outbox: createOutbox(q, handed),
    leases: createLeases(q),
    notes: createNotes(q),
    async lock(name) {
      if (!q.inTransaction) throw bug('A lock holds inside a transaction only.')
      if (q.dialect.lock) await q.all(q.dialect.lock, name)
    },
  }
}
