/**
 * One SQL text, two engines: a SQLite file or a Postgres server. What differs between them is named in `Dialect`;
 * everything else in this folder is the same on both. An engine gives sessions; this file makes them safe to use.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { MaydayError } from '../../errors.js'
import { within } from './limits.js'

export type Value = string | number | null
export type Row = Readonly<Record<string, unknown>>

/** What one engine says differently. Each is a fragment of SQL, or empty. */
export interface Dialect {
  /** The database's own clock in epoch milliseconds, also inside a long transaction. */
  readonly now: string
  /** Column type of a number that the database counts up by itself; gaps are possible. */
  readonly counted: string
  readonly forUpdate: string
  readonly skipLocked: string
  /** A statement that holds the lock named `$1` until the transaction ends; undefined where transactions queue anyway. */
  readonly lock: string | undefined
}

/**
 * `urgent`: a page depends on it, so on one connection it goes before everything that waits. `light`: who holds what, and
 * what is done with; a power cut may take the last moments of it back, and then it is done again, while a dead process
 * takes nothing back. Everything but `light` is on the disk when it resolves.
 */
export type Weight = 'urgent' | 'full' | 'light'

/** A road to the tables: the database itself, or one transaction on it. */
export interface Q {
  readonly dialect: Dialect
  readonly inTransaction: boolean
  /** Runs one statement with `$1…` parameters. Outside a transaction a statement that writes is its own. */
  all(sql: string, ...params: readonly Value[]): Promise<readonly Row[]>
  /** As `all`, for one write of this weight. */
  weigh(weight: Weight, sql: string, ...params: readonly Value[]): Promise<readonly Row[]>
  /** Several statements, all or nothing: joins the transaction where there is one, else makes one. */
  together<T>(work: (q: Q) => Promise<T>, weight?: Weight): Promise<T>
}

export interface Db extends Q {
  /** Commits when `work` resolves, undoes everything when it rejects or takes longer than `limitMs`. */
  tx<T>(work: (q: Q) => Promise<T>, limitMs?: number, weight?: Weight): Promise<T>
  close(): Promise<void>
}

/** What an engine has to give. Every call ends by `deadline` and throws `MaydayError` only. */
export interface Engine {
  readonly dialect: Dialect
  read(sql: string, params: readonly Value[], deadline: number): Promise<readonly Row[]>
  begin(deadline: number, weight: Weight): Promise<Session>
  close(): Promise<void>
}

/** One transaction. */
export interface Session {
  run(sql: string, params: readonly Value[]): Promise<readonly Row[]>
  commit(): Promise<void>
  /** Never throws: what cannot be undone by a word is undone by hanging up. */
  rollback(): Promise<void>
}

/** Longest a call on the store may take, ms; the port promises 4 s. */
export const CALL_LIMIT_MS = 3_800

/** State of one transaction, also seen by code that runs inside it. */
interface Scope {
  open: boolean
  failure?: unknown
}

/** Puts the rules of transactions around an engine. */
export function createDb(engine: Engine): Db {
  // Where a caller inside `work` reaches for the outer handle: SQLite would wait for itself, Postgres would
  // quietly write outside the transaction. Both are refused.
  const scopes = new AsyncLocalStorage<Scope>()

  async function tx<T>(work: (q: Q) => Promise<T>, limitMs = CALL_LIMIT_MS, weight: Weight = 'full'): Promise<T> {
    refuseInside(scopes.getStore())
    const deadline = performance.now() + limitMs
    const session = await engine.begin(deadline, weight)
    const scope: Scope = { open: true }
    try {
      const handle = createHandle(engine.dialect, session, scope)
      const value = await within(
        deadline,
        scopes.run(scope, () => work(handle)),
      )
      // A caller that swallowed the failure of a statement must not see half of its work committed.
      if (scope.failure !== undefined) throw scope.failure
      scope.open = false
      await session.commit()
      return value
    } catch (error) {
      scope.open = false
      await session.rollback()
      throw error
    }
  }

  const db: Db = {
    dialect: engine.dialect,
    inTransaction: false,
    async all(sql, ...params) {
      refuseInside(scopes.getStore())
      // Writes take the longer way, because only inside a transaction the server knows their time limit: a write
      // that was reported as failed must not happen minutes later.
      if (!/^\s*select\b/i.test(sql)) return tx((q) => q.all(sql, ...params))
      return engine.read(sql, params.map(storable), performance.now() + CALL_LIMIT_MS)
    },
    weigh: (weight, sql, ...params) => tx((q) => q.all(sql, ...params), CALL_LIMIT_MS, weight),
    together: (work, weight) => tx(work, CALL_LIMIT_MS, weight),
    tx,
    close: () => engine.close(),
  }
  return db
}

function createHandle(dialect: Dialect, session: Session, scope: Scope): Q {
  // A connection answers one statement at a time.
  let tail: Promise<unknown> = Promise.resolve()
  async function run(sql: string, params: readonly Value[]): Promise<readonly Row[]> {
    if (!scope.open) throw bug('A statement came after the end of its transaction; it was not executed.')
    if (scope.failure !== undefined) throw scope.failure
    try {
      return await session.run(sql, params.map(storable))
    } catch (error) {
      scope.failure ??= error
      throw error
    }
  }
  const handle: Q = {
    dialect,
    inTransaction: true,
    all(sql, ...params) {
      const result = tail.then(() => run(sql, params))
      tail = result.catch(() => undefined)
      return result
    },
    weigh: (_weight, sql, ...params) => handle.all(sql, ...params),
    together: (work) => work(handle),
  }
  return handle
}

function refuseInside(scope: Scope | undefined): void {
  if (scope?.open)
    throw bug('The store itself was used inside a transaction instead of the handle the transaction gave.')
}

/** Postgres has no NUL in text, and SQLite cuts strings there; JSON text never holds one. */
function storable(value: Value): Value {
  if (typeof value === 'string') return value.replaceAll('\u0000', '\uFFFD')
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw bug(`${value} is no whole number to store.`)
  return value
}

/** A broken rule of this folder, found before any harm. */
export function bug(what: string): MaydayError {
  return new MaydayError('BUG', { what, hint: 'Report this line; the step it belongs to was not stored.' })
}
