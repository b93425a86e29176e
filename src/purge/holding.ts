/**
 * Delivery on hold: who asked for it, since when, and that what arrives meanwhile is taken aside too, by one replica at a
 * time. The truth is in Redis; the note in the store only says where to look.
 */
import { z } from 'zod'
import { MaydayError } from '../errors.js'
import type { Actor } from '../incidents/incident.js'
import type { DeliveryHold } from '../ports/keys.js'
import type { PurgeNews } from '../ports/purges.js'
import type { PurgeDeps } from './deps.js'
import { targetOf } from './describe.js'
import type { Asking } from './purge.js'

/** A hold as people are told of it. */
export interface Held {
  readonly target: string
  readonly at: number
  readonly by: Actor
  /** Taken aside since, as far as it was last noted. */
  readonly arrived: number
}

export type HoldingDeps = Pick<
  PurgeDeps,
  'store' | 'targets' | 'settings' | 'clock' | 'log' | 'newId' | 'owner' | 'changed'
>

/** What was on hold, and what of it had come since. */
export interface Released {
  readonly released: number
  readonly arrived: number
}

/** Answers how many wait aside. `USAGE` where the layout knows no queue, `TARGET_*`. */
export async function hold(deps: HoldingDeps, target: string, asking: Asking): Promise<number> {
  const { held } = await holdOf(deps, target).hold()
  const before = await noteOf(deps, target)
  // why: a second hold is the same hold; since when, and what came, stay as they are.
  const note = before ?? { target, at: deps.clock.now(), by: asking.by, arrived: 0 }
  await deps.store.notes.set(noteName(target), JSON.stringify(note))
  await tellHold(deps, target, asking, { kind: 'purge_held', held })
  return held
}

/** Lets the daemon have everything again. */
export async function release(deps: HoldingDeps, target: string, asking: Asking): Promise<Released> {
  const note = await noteOf(deps, target)
  const { released: aside, arrivedMeanwhile } = await holdOf(deps, target).release()
  await deps.store.notes.set(noteName(target), '')
  // What was taken aside may have been purged since.
  const taken = Math.min(aside, note?.arrived ?? 0)
  const sum = { released: aside - taken, arrived: taken + arrivedMeanwhile }
  await tellHold(deps, target, asking, { kind: 'purge_released', ...sum })
  return sum
}

/** What is on hold, as far as it was asked for here. */
export async function holds(deps: HoldingDeps): Promise<readonly Held[]> {
  const notes = await Promise.all(rpushTargets(deps).map((name) => noteOf(deps, name)))
  return notes.flatMap((note) => (note === undefined ? [] : [note]))
}

export interface HoldKeeper {
  /**
   * Takes aside what has arrived at the targets that are on hold; at all of them, and then throws the first failure. To be
   * called several times a second.
   */
  tick(): Promise<void>
}

/** The store is asked this often what is on hold, ms; the lease outlives a few of these. */
const LOOK_EVERY_MS = 1_000
const LEASE_MS = 5_000

export function createHoldKeeper(deps: HoldingDeps): HoldKeeper {
  let lookedAt = Number.NEGATIVE_INFINITY
  /** What this replica keeps, with what arrived and is not yet noted. */
  const kept = new Map<string, number>()

  async function look(): Promise<void> {
    for (const target of rpushTargets(deps)) {
      const isHeld = (await noteOf(deps, target)) !== undefined
      if (isHeld && (await deps.store.leases.take(`hold:${target}`, deps.owner, LEASE_MS)))
        kept.set(target, kept.get(target) ?? 0)
      // Once more after a release, for what it may have left behind: then `keep` says that nothing is on hold.
      else if (isHeld) kept.delete(target)
    }
  }

  async function keep(target: string): Promise<void> {
    const taken = await holdOf(deps, target).keep()
    if (taken === undefined) {
      kept.delete(target)
      await endNote(deps, target)
    } else kept.set(target, (kept.get(target) ?? 0) + taken)
  }

  return {
    async tick() {
      const now = performance.now()
      const isLooking = now - lookedAt >= LOOK_EVERY_MS
      const failures: unknown[] = []
      if (isLooking) {
        lookedAt = now
        await look().catch((error: unknown) => failures.push(error))
      }
      for (const [target, arrived] of [...kept]) {
        // First what is sent if nobody takes it aside. One target's trouble must not let another's arrivals go.
        await keep(target).catch((error: unknown) => failures.push(error))
        if (!isLooking || arrived === 0) continue
        await noteArrivals(deps, target, arrived).then(
          () => kept.has(target) && kept.set(target, (kept.get(target) ?? 0) - arrived),
          (error: unknown) => failures.push(error),
        )
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** why: Redis says that nothing is on hold; a note that says otherwise (a crash in a release, a flush) would be a lie. */
async function endNote(deps: HoldingDeps, target: string): Promise<void> {
  const note = await noteOf(deps, target)
  if (note === undefined) return
  // A hold that began this moment has its gate before its note.
  if (await holdOf(deps, target).isHeld()) return
  await deps.store.notes.set(noteName(target), '')
  deps.log.warn('delivery is not on hold in Redis any more, though nobody released it here', { target })
}

async function noteArrivals(deps: HoldingDeps, target: string, more: number): Promise<void> {
  await deps.store.tx(async (t) => {
    await t.lock(noteName(target))
    const note = readNote(await t.notes.get(noteName(target)))
    if (note === undefined) return
    await t.notes.set(noteName(target), JSON.stringify({ ...note, arrived: note.arrived + more }))
  })
}

function noteName(target: string): string {
  return `hold:${target}`
}

const shape = z.object({
  target: z.string(),
  at: z.number(),
  by: z.custom<Actor>((value) => typeof value === 'string'),
  arrived: z.number(),
})

async function noteOf({ store }: HoldingDeps, target: string): Promise<Held | undefined> {
  return readNote(await store.notes.get(noteName(target)))
}

function readNote(text: string | undefined): Held | undefined {
  if (text === undefined || text === '') return undefined
  const note = shape.safeParse(JSON.parse(text))
  return note.success ? note.data : undefined
}

function rpushTargets({ settings }: HoldingDeps): readonly string[] {
  return settings.filter((one) => one.layout === 'rpush').map((one) => one.name)
}

function holdOf(deps: HoldingDeps, target: string): DeliveryHold {
  targetOf(deps, target)
  const found = deps.targets.hold(target)
  if (found !== undefined) return found
  throw new MaydayError('USAGE', {
    what: `Only Rpush's queue can be held, and ${target} is none; nothing was done.`,
    hint: 'Stop the workers that consume it instead.',
  })
}

async function tellHold(deps: HoldingDeps, target: string, { by, incident }: Asking, news: PurgeNews): Promise<void> {
  if (incident === undefined) return
  const head = { id: deps.newId(), incidentId: incident, at: deps.clock.now(), actor: by }
  await deps.store.facts.append({ ...head, target, ...news })
  deps.changed()
}
