/** Notices that the on-call changed, and hands every open emergency over to whoever has it now. */
import { z } from 'zod'
import type { Clock, Directory, NewId, OnCall, Store } from '../../ports.js'
import type { Around } from '../home/home.js'
import { homeWords } from '../home/words.js'
import { type Fact, type IncidentId, threadOf } from '../incident.js'
import { handoverText } from './words.js'

export interface HandoverDeps {
  readonly store: Store
  readonly directory: Pick<Directory, 'onCall'>
  readonly clock: Clock
  readonly newId: NewId
  readonly contacts: readonly { readonly name: string; readonly slack?: string | undefined }[]
  /** What other rooms know; from the store alone. */
  readonly around: () => Promise<Pick<Around, 'off' | 'holds' | 'purges'>>
  /** "Checklist: step" of the required steps that are open. */
  readonly openSteps: (incident: IncidentId) => Promise<readonly string[]>
  readonly changed: () => void
}

export interface Handovers {
  /** Reads who is on call, and records a change on every open emergency, once for all replicas. */
  tick(): Promise<void>
  /** Puts the note into the thread. Idempotent. */
  show(fact: Fact & { readonly kind: 'on_call_changed' }): Promise<void>
}

/** Who was on call at the first level when they were last read. It outlives the process. */
const NOTE = 'handover:on-call'
const seenSchema = z.object({ readAt: z.number(), names: z.array(z.string()) })

export function createHandovers(deps: HandoverDeps): Handovers {
  return {
    async tick() {
      const list = await deps.directory.onCall()
      if (list !== undefined && (await compare(deps, list))) deps.changed()
    },
    show: (fact) => show(deps, fact),
  }
}

async function compare(deps: HandoverDeps, list: OnCall): Promise<boolean> {
  const stored = await seenIn(deps.store)
  if (stored !== undefined && stored.readAt >= list.readAt) return false
  return deps.store.tx(async (t) => {
    await t.lock(NOTE)
    const before = await seenIn(t)
    // why: another replica's copy may be up to a minute old; a list that was read earlier changes nothing back.
    if (before !== undefined && before.readAt >= list.readAt) return false
    const names = firstLevel(list)
    await t.notes.set(NOTE, JSON.stringify({ readAt: list.readAt, names }))
    if (before === undefined || before.names.join('|') === names.join('|')) return false
    const open = await t.incidents.open()
    for (const { id } of open) {
      const head = { id: deps.newId(), incidentId: id, at: deps.clock.now(), actor: 'mayday' } as const
      await t.facts.append({ ...head, kind: 'on_call_changed', from: before.names, to: names })
    }
    return open.length > 0
  })
}

async function seenIn({ notes }: Pick<Store, 'notes'>): Promise<z.output<typeof seenSchema> | undefined> {
  const text = await notes.get(NOTE)
  return text === undefined ? undefined : seenSchema.parse(JSON.parse(text))
}

/** In the order of the alphabet: PagerDuty promises none among people of one level. */
function firstLevel(list: OnCall): readonly string[] {
  const first = Math.min(...list.people.map((person) => person.level))
  return [...new Set(list.people.filter((person) => person.level === first).map((person) => person.name))].toSorted()
}

async function show(deps: HandoverDeps, fact: Fact & { readonly kind: 'on_call_changed' }): Promise<void> {
  const { store } = deps
  const incident = await store.incidents.get(fact.incidentId)
  if (incident === undefined) return
  const around = await deps.around()
  const text = handoverText({
    ...{ incident, from: fact.from, to: fact.to, at: fact.at },
    pages: await store.pages.ofIncident(incident.id),
    facts: await store.facts.ofIncident(incident.id),
    mentions: deps.contacts.flatMap(({ name, slack }) =>
      slack !== undefined && fact.to.includes(name) ? [slack] : [],
    ),
    openSteps: await deps.openSteps(incident.id),
    contained: [...around.holds.map(homeWords.hold), ...around.off.map(homeWords.off)],
    purges: around.purges,
  })
  await store.outbox.put({ key: `handover:${fact.id}`, channel: incident.channel, thread: threadOf(incident), text })
}
