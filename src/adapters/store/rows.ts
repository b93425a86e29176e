/** Between rows and values: what comes back is checked to be what was stored, as far as the code that reads it relies on it. */
import { z } from 'zod'
import type { Fact, Incident, Page } from '../../incidents/incident.js'
import type { Posting } from '../../ports.js'
import type { Row } from './db.js'
import { damaged } from './failures.js'

/** Text of a value with the keys of every object in order, so that equal values are equal texts. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isRecord(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  )
}

/** Whole milliseconds; a time with a fraction cannot be stored. */
export function toMs(time: number): number {
  return Math.trunc(time)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function textOf(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw damaged(`Column ${column} of the store holds no text.`)
  return value
}

export function numberOf(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw damaged(`Column ${column} of the store holds no number.`)
  return value
}

/** A JSON value of the row; `what` names it for the person who reads the failure. */
function jsonOf<T>(row: Row, what: string, check: (value: unknown) => value is T): T {
  const text = textOf(row, 'value')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw damaged(`The store holds ${what} that is no JSON.`)
  }
  if (!check(value)) throw damaged(`The store holds ${what} without its parts.`)
  return value
}

// Only what every version of Mayday has written, so that an older release can read a newer one's rows.
const incidentShape = z.looseObject({
  id: z.number(),
  state: z.enum(['declared', 'acknowledged', 'mitigated', 'resolved', 'reviewed']),
  channel: z.string(),
  text: z.string(),
  declaredBy: z.string(),
  declaredAt: z.number(),
  recordedAt: z.number(),
})
const pageShape = z.looseObject({
  id: z.string(),
  incidentId: z.number(),
  dedupKey: z.string(),
  summary: z.string(),
  body: z.string(),
  requestedAt: z.number(),
  state: z.string(),
  attempts: z.number(),
  lookups: z.number(),
  watch: z.looseObject({ since: z.number() }),
  merged: z.array(z.string()),
  notBefore: z.number(),
})
const factShape = z.looseObject({
  id: z.string(),
  incidentId: z.number(),
  at: z.number(),
  actor: z.string(),
  kind: z.string(),
})
const postingShape = z.looseObject({ key: z.string(), channel: z.string(), text: z.string() })

function checkOf<T>(shape: z.ZodType): (value: unknown) => value is T {
  return (value): value is T => shape.safeParse(value).success
}

const isIncident = checkOf<Incident>(incidentShape)
const isPage = checkOf<Page>(pageShape)
const isFact = checkOf<Fact>(factShape)
const isPosting = checkOf<Posting>(postingShape)

export function incidentOf(row: Row): Incident {
  return jsonOf(row, 'an incident', isIncident)
}
export function pageOf(row: Row): Page {
  return jsonOf(row, 'a page', isPage)
}
export function factOf(row: Row): Fact {
  return jsonOf(row, 'a fact', isFact)
}
export function postingOf(row: Row): Posting {
  return jsonOf(row, 'a posting', isPosting)
}
/** A value whose form another room knows. */
export function recordOf(row: Row): Readonly<Record<string, unknown>> {
  return jsonOf(row, 'a record', isRecord)
}

/** `read` of the first row, if there is one. */
export function first<T>(rows: readonly Row[], read: (row: Row) => T): T | undefined {
  const row = rows[0]
  return row === undefined ? undefined : read(row)
}
