/** Labelled issues that no member of the team has answered, as one note in the store. */
import type { Store, Tables } from '../ports.js'

export interface Waiting {
  readonly key: string
  readonly words: string
  readonly since: number
  /** When the channel was told, ms. */
  readonly toldAt?: number
}

const NOTE = 'intake:github:waiting'
/** The oldest are forgotten beyond this many: a note is one value. */
const KEPT = 500

export function changeWaiting<T>(
  store: Store,
  change: (all: readonly Waiting[], t: Tables) => Promise<{ readonly all: readonly Waiting[]; readonly value: T }>,
): Promise<T> {
  return store.tx(async (t) => {
    await t.lock(NOTE)
    const { all, value } = await change(parsed(await t.notes.get(NOTE)), t)
    await t.notes.set(NOTE, JSON.stringify(all.slice(-KEPT)))
    return value
  })
}

export async function readWaiting({ notes }: Store): Promise<readonly Waiting[]> {
  return parsed(await notes.get(NOTE))
}

function parsed(text: string | undefined): readonly Waiting[] {
  return text === undefined ? [] : (JSON.parse(text) as readonly Waiting[])
}
