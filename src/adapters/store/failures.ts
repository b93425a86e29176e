/**
 * What the drivers throw, as `MaydayError`. The drivers' own errors are not passed on as causes: they can carry values
 * of rows (message texts) and the connection string.
 */
import { MaydayError } from '../../errors.js'

export function unavailable(what: string, hint: string): MaydayError {
  return new MaydayError('STORE_UNAVAILABLE', { what, hint, retry: true })
}

export function damaged(what: string): MaydayError {
  return new MaydayError('STORE_DAMAGED', {
    what,
    hint: 'Stop Mayday, keep a copy of the store as it is, and restore the latest backup or start with an empty one.',
  })
}

/** Code and message of anything that was thrown. */
function parts(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  // Several addresses refused: the driver's message is empty and the parts hold the reasons.
  if (error instanceof AggregateError && error.message === '') {
    return { code, message: error.errors.map((part) => parts(part).message).join('; ') }
  }
  return { code, message: error.message }
}

// Failures of a step carry no result code, so SQLite's own fixed sentences are what there is to go by.
const SQLITE: readonly (readonly [RegExp, (message: string) => MaydayError])[] = [
  [/is full/, (m) => unavailable(`The store cannot grow (${m}); the step was undone.`, 'Free space on its disk.')],
  [
    /is locked|is busy/,
    (m) =>
      unavailable(
        `Another process holds the store (${m}); the step was not done.`,
        'Close other programs that have the file open, such as a sqlite3 shell with an open transaction.',
      ),
  ],
  [
    /readonly|unable to open|permission|not authorized/i,
    (m) =>
      unavailable(
        `The store's file cannot be opened or written (${m}); the step was not done.`,
        'Check that the directory in MAYDAY_DATA_DIR exists and belongs to the user that runs Mayday.',
      ),
  ],
  [/malformed|not a database|corrupt/, (m) => damaged(`The store's file is damaged (${m}).`)],
  [/constraint failed/, (m) => damaged(`The store refused a row (${m}); the step was undone.`)],
  [/no such (table|column)/, (m) => damaged(`The store lacks a part (${m}).`)],
]

/** A failure of SQLite. Its messages name tables and columns, never values. */
export function sqliteFailure(error: unknown): MaydayError {
  if (error instanceof MaydayError) return error
  const { message } = parts(error)
  const known = SQLITE.find(([pattern]) => pattern.test(message))
  if (known) return known[1](message)
  return unavailable(`The store failed (${message}); the step was not done.`, 'Look at the disk under MAYDAY_DATA_DIR.')
}

const LOGIN = 'Check the user, the password and the database name in DATABASE_URL.'
const REACH = 'Check that the Postgres server in DATABASE_URL runs and can be reached from here.'
const ALTERED = 'Somebody else changed the tables whose names begin with mayday_; put them back from a backup.'

const SQLSTATE: readonly (readonly [RegExp, (code: string) => MaydayError])[] = [
  [/^(28|3D)/, (c) => unavailable(`Postgres does not let Mayday in (${c}); the step was not done.`, LOGIN)],
  [/^42501$/, (c) => unavailable(`Postgres does not allow it (${c}); the step was not done.`, LOGIN)],
  [
    /^(53|54)/,
    (c) => unavailable(`Postgres has no room left (${c}); the step was undone.`, 'Free space or connections.'),
  ],
  [
    /^25006$/,
    (c) => unavailable(`This Postgres only reads (${c}); the step was not done.`, 'Point DATABASE_URL at the primary.'),
  ],
  [
    /^(57014|55P03|40)/,
    (c) => unavailable(`Postgres was too busy (${c}); the step was undone.`, 'Look for long locks.'),
  ],
  [/^(23|XX00[12])/, (c) => damaged(`Postgres refused a row or found damage (${c}); the step was undone.`)],
  [
    /^(42|3F)/,
    (c) =>
      new MaydayError('STORE_DAMAGED', { what: `Postgres does not know a part of the store (${c}).`, hint: ALTERED }),
  ],
]

/** A failure of Postgres or of the way to it. Of a server's answer only the code is told: its text can quote a row. */
export function postgresFailure(error: unknown): MaydayError {
  if (error instanceof MaydayError) return error
  const { code, message } = parts(error)
  if (code === 'ERR_INVALID_URL') {
    return new MaydayError('CONFIG_INVALID', {
      what: 'DATABASE_URL is no address of a Postgres server.',
      hint: 'It has the form postgres://user:password@host:5432/database, with special characters percent-encoded.',
    })
  }
  // A SQLSTATE has a digit in it; the system's own codes (EPIPE) have the length but no digit.
  if (!/^(?=.*\d)[0-9A-Z]{5}$/.test(code)) {
    return unavailable(`Postgres did not answer (${message}); whether the step was stored is not known.`, REACH)
  }
  const known = SQLSTATE.find(([pattern]) => pattern.test(code))
  return known ? known[1](code) : unavailable(`Postgres failed (${code}); the step was not done.`, REACH)
}

/** After such a failure the connection is of no more use. */
export function breaksConnection(error: unknown): boolean {
  const { code } = parts(error)
  return !/^(?=.*\d)[0-9A-Z]{5}$/.test(code) || /^(08|57P)/.test(code)
}
