/** The embedded store: one SQLite file, one connection, transactions one after the other. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Dialect, Engine, Row, Session, Value, Weight } from './db.js'
import { sqliteFailure, unavailable } from './failures.js'
import { createTurns, retrying } from './limits.js'

/** The part of `node:sqlite` used here; the package for older Node has the same. */
interface Connection {
  exec(sql: string): void
  prepare(sql: string): { all(...params: Value[]): unknown[] }
  close(): void
}
interface Driver {
  readonly DatabaseSync: new (file: string) => Connection
}

const DIALECT: Dialect = {
  now: "cast(unixepoch('subsec') * 1000 as integer)",
  counted: 'integer primary key autoincrement',
  forUpdate: '',
  skipLocked: '',
  lock: undefined,
}

type Run = (sql: string, params: readonly Value[]) => readonly Row[]

/** Replicas that start together wait for each other at most this long, ms. */
const OPEN_LIMIT_MS = 15_000

/** Opens or makes the file. A missing directory is made, its parent is not: a wrong path should not grow into a tree. */
export async function openSqlite(file: string): Promise<Engine> {
  const driver = await loadDriver()
  if (file !== ':memory:') makePrivate(file)
  const connection = await connect(driver, file)
  return createEngine(connection)
}

async function loadDriver(): Promise<Driver> {
  const builtIn = process.getBuiltinModule('node:sqlite') as Driver | undefined
  return builtIn ?? (await import('@photostructure/sqlite'))
}

/** The file holds what people wrote during an incident: nobody else on the machine may read it. */
function makePrivate(file: string): void {
  const directory = dirname(resolve(file))
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw unusable(directory, error)
  }
  try {
    closeSync(openSync(file, 'a', 0o600))
    chmodSync(file, 0o600)
  } catch (error) {
    throw unusable(file, error)
  }
}

function unusable(path: string, error: unknown) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  return unavailable(
    `The store cannot be made or opened at ${path} (${code}); nothing was stored.`,
    'Check that the directory above it exists and is writable for the user that runs Mayday, or set MAYDAY_DATA_DIR.',
  )
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

async function connect(driver: Driver, file: string): Promise<Connection> {
  const deadline = performance.now() + OPEN_LIMIT_MS
  let connection: Connection | undefined
  try {
    const opened = await retrying(deadline, () => new driver.DatabaseSync(file), isBusy)
    connection = opened
    // Calls are synchronous, so the built-in wait for another process would stop this one: waits are made here,
    // between tries.
    opened.exec('pragma busy_timeout = 0')
    await retrying(deadline, () => opened.exec('pragma journal_mode = WAL'), isBusy)
    // FULL: a commit is on the disk when it returns. A page that was promised must survive a power cut.
    await retrying(deadline, () => opened.exec('pragma synchronous = FULL; pragma foreign_keys = ON'), isBusy)
    return opened
  } catch (error) {
    connection?.close()
    throw sqliteFailure(error)
  }
}

function createEngine(connection: Connection): Engine {
  const turns = createTurns()
  const statements = new Map<string, ReturnType<Connection['prepare']>>()
  let closed: Promise<void> | undefined

  const run: Run = (sql, params) => {
    let statement = statements.get(sql)
    if (!statement) {
      statement = connection.prepare(sql.replace(/\$(\d+)/g, '?$1'))
      statements.set(sql, statement)
    }
    return statement.all(...params) as Row[]
  }

  let isSynced = true
  // why: in WAL mode NORMAL leaves the sync of a commit to the next one that is FULL, which then covers both (SQLite,
  // "PRAGMA synchronous"); a synced commit stops the whole process for as long as the disk takes.
  function syncFor(weight: Weight): void {
    const wanted = weight !== 'light'
    if (wanted === isSynced) return
    connection.exec(`pragma synchronous = ${wanted ? 'FULL' : 'NORMAL'}`)
    isSynced = wanted
  }

  /** One turn of the connection. `work` says whether the turn ends with it. */
  async function turn<T>(deadline: number, work: (end: () => void) => Promise<T>, isUrgent = false): Promise<T> {
    if (closed) throw unavailable('The store is closed; the step was not done.', 'Start Mayday again.')
    const end = await turns.take(deadline, isUrgent)
    try {
      return await work(end)
    } catch (error) {
      end()
      throw sqliteFailure(error)
    }
  }

  return {
    dialect: DIALECT,
    read: (sql, params, deadline) =>
      turn(deadline, async (end) => {
        const rows = await retrying(deadline, () => run(sql, params), isBusy)
        end()
        return rows
      }),
    begin: (deadline, weight) =>
      turn(
        deadline,
        async (end) => {
          syncFor(weight)
          await retrying(deadline, () => connection.exec('begin immediate'), isBusy)
          return createSession(connection, run, end)
        },
        weight === 'urgent',
      ),
    close() {
      closed ??= finish(connection, turns.take(performance.now() + OPEN_LIMIT_MS))
      return closed
    },
  }
}

function createSession(connection: Connection, run: Run, end: () => void): Session {
  return {
    async run(sql, params) {
      try {
        return run(sql, params)
      } catch (error) {
        throw sqliteFailure(error)
      }
    },
    async commit() {
      try {
        connection.exec('commit')
        end()
      } catch (error) {
        throw sqliteFailure(error)
      }
    },
    async rollback() {
      try {
        connection.exec('rollback')
      } catch {
        // SQLite has undone it already: it does so by itself when the disk is full.
      }
      end()
    },
  }
}

async function finish(connection: Connection, turn: Promise<() => void>): Promise<void> {
  const end = await turn.catch(() => () => undefined)
  try {
    // Moves everything into the one file, so that a copy of it is a whole backup.
    connection.exec('pragma wal_checkpoint(truncate)')
  } catch {
    // Another process still reads; the last one to close does it.
  }
  connection.close()
  end()
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && /is locked|is busy/.test(error.message)
}
