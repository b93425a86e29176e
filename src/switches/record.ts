/** What Mayday remembers of one switch, as a note in the store. */
import type { Actor, IncidentId } from '../incidents/incident.js'
import type { SwitchMemory, SwitchState } from '../ports/switches.js'
import type { Notes, Store, Tables } from '../ports.js'

export interface SwitchRecord {
  /** What was last read back. Undefined: never. */
  readonly seen?: Seen
  /** What somebody asked for and what has not been seen to be so. */
  readonly pending?: Pending
  /** What turning it on will need; written before it is turned off. */
  readonly memory?: SwitchMemory
}

export interface Seen {
  readonly state: SwitchState
  readonly detail: string
  /** Who turned it; `mayday`: found so, by whomever. */
  readonly by: Actor
  readonly since: number
  /** When it was last read to stand so. */
  readonly readAt: number
  /** Whose timeline tells of it until it is on again. */
  readonly incident?: IncidentId
  readonly remindedAt?: number
}

export interface Pending {
  readonly id: string
  readonly wanted: SwitchState
  readonly by: Actor
  readonly at: number
  /** Not seen by then: it did not take effect. */
  readonly until: number
  readonly incident?: IncidentId
}

const noteOf = (name: string): string => `switch:${name}`

export async function readRecord(notes: Notes, name: string): Promise<SwitchRecord> {
  const text = await notes.get(noteOf(name))
  return text === undefined ? {} : (JSON.parse(text) as SwitchRecord)
}

/** Reads and writes it in one transaction; `undefined` leaves it as it is. */
export function changeRecord<T>(
  store: Store,
  name: string,
  change: (record: SwitchRecord, tables: Tables) => Promise<{ readonly record?: SwitchRecord; readonly value: T }>,
): Promise<T> {
  return store.tx(async (t) => {
    await t.lock(noteOf(name))
    const { record, value } = await change(await readRecord(t.notes, name), t)
    if (record !== undefined) await t.notes.set(noteOf(name), JSON.stringify(record))
    return value
  })
}
