/** Who was last seen pressing or typing a command, also where that leaves nothing on a timeline. */
import type { Clock, Log, Store } from '../../ports.js'
import type { Actor } from '../incident.js'

export interface Seen {
  /** A person did something; never fails and never makes anybody wait. */
  note(user: string): void
  /** Moments by actor, ms. */
  all(): Promise<ReadonlyMap<Actor, number>>
}

const NOTE = 'people:seen'
/** Not written more often for one person, ms. */
const EVERY_MS = 60_000
const PEOPLE_MAX = 50

export function createSeen(deps: { readonly store: Store; readonly clock: Clock; readonly log: Log }): Seen {
  const own = new Map<Actor, number>()
  return {
    note(user) {
      const actor: Actor = `slack:${user}`
      const now = deps.clock.now()
      if (now - (own.get(actor) ?? 0) < EVERY_MS) return
      own.set(actor, now)
      write(deps.store, actor, now).catch((error: unknown) => {
        own.delete(actor)
        deps.log.warn('it could not be noted that a person was seen', { user, error })
      })
    },
    async all() {
      const moments = new Map(own)
      // Another copy may have seen the person later.
      for (const [actor, at] of await read(deps.store)) moments.set(actor, Math.max(at, moments.get(actor) ?? 0))
      return moments
    },
  }
}

async function read({ notes }: Pick<Store, 'notes'>): Promise<readonly (readonly [Actor, number])[]> {
  const text = await notes.get(NOTE)
  return text === undefined ? [] : (JSON.parse(text) as readonly [Actor, number][])
}

async function write(store: Store, actor: Actor, at: number): Promise<void> {
  await store.tx(async (t) => {
    await t.lock(NOTE)
    const others = (await read(t)).filter(([one]) => one !== actor)
    await t.notes.set(NOTE, JSON.stringify([[actor, at], ...others].slice(0, PEOPLE_MAX)))
  })
}
