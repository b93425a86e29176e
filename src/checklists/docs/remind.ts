/** Once a month, one message about everything that is due for a review: never one for each document. */
import type { Clock, Notes, Store } from '../../ports.js'
import type { Library } from '../library/library.js'
import { dueByOwner, isCalmHour, REMIND_EVERY_MS } from './due.js'
import { knownLinks } from './known.js'
import { reminder } from './words.js'

export interface RemindDeps {
  readonly store: Store
  readonly library: Library
  readonly clock: Clock
  /** The emergency channel. */
  readonly channel: (notes: Notes) => Promise<string>
  /** Told when something was put into the outbox. */
  readonly posted: () => void
}

/** When the reminder was last given, ms. */
const NOTE = 'docs:reminded'
const DAY = 86_400_000

/** Safe to call at any time, by any replica: note and message are written together. */
export async function remind({ store, library, clock, channel, posted }: RemindDeps): Promise<void> {
  const now = clock.now()
  const place = await channel(store.notes)
  const given = await store.tx(async (t) => {
    await t.lock(NOTE)
    const last = await t.notes.get(NOTE)
    // why: the first one comes a day after the first start, when people have seen Mayday do what it is for.
    if (last === undefined) return t.notes.set(NOTE, String(now - REMIND_EVERY_MS + DAY)).then(() => false)
    if (now - Number(last) < REMIND_EVERY_MS || !isCalmHour(now)) return false
    const due = dueByOwner(library, await knownLinks(t.notes), now)
    // Whoever works on an emergency is not asked to read documents.
    if (due.length === 0 || (await t.incidents.open()).length > 0) return false
    await t.outbox.put({ key: `docs:reminder:${now}`, channel: place, text: reminder(due) })
    await t.notes.set(NOTE, String(now))
    return true
  })
  if (given) posted()
}
