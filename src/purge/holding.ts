/**
 * Delivery on hold: who asked for it, and since when. The truth is in Redis; the note in the store only says where to look.
 * That what arrives meanwhile is taken aside too, see `keeping.ts`.
 */
import { z } from 'zod'
import { describe, MaydayError } from '../errors.js'
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
  const delivery = holdOf(deps, target)
  const note = async (): Promise<void> => {
    // why: a second hold is the same hold; since when, and what came, stay as they are.
    const known = (await noteOf(deps, target)) ?? { target, at: deps.clock.now(), by: asking.by, arrived: 0 }
    await deps.store.notes.set(noteName(target), JSON.stringify(known))
  }
  const { held } = await delivery.hold().catch(async (error: unknown) => {
    if (!(await delivery.isHeld().catch(() => false))) throw error
    await note()
    throw halfHeld(target, error)
  })
  await note()
  await tellHold(deps, target, asking, { kind: 'purge_held', held })
  return held
}

/** why: the gate stands, so whoever keeps this hold brings it to its end as soon as it can. */
function halfHeld(target: string, error: unknown): MaydayError {
  return new MaydayError(error instanceof MaydayError ? error.code : 'TARGET_UNAVAILABLE', {
    what: `The hold of ${target} has begun and is not whole: ${describe(error)} Some of what waits may still be sent.`,
    hint: 'A running Mayday goes on with it by itself. Ask for the hold again to see it whole, or release it.',
    retry: true,
    cause: error,
  })
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

/** The note of a hold, and the lease of whoever keeps it. */
export function noteName(target: string): string {
  return `hold:${target}`
}

const shape = z.object({
  target: z.string(),
  at: z.number(),
  by: z.custom<Actor>((value) => typeof value === 'string'),
  arrived: z.number(),
})

export async function noteOf({ store }: HoldingDeps, target: string): Promise<Held | undefined> {
  return readNote(await store.notes.get(noteName(target)))
}

/** Undefined: nothing is on hold. */
export function readNote(text: string | undefined): Held | undefined {
  if (text === undefined || text === '') return undefined
  const note = shape.safeParse(JSON.parse(text))
  return note.success ? note.data : undefined
}

export function rpushTargets({ settings }: HoldingDeps): readonly string[] {
  return settings.filter((one) => one.layout === 'rpush').map((one) => one.name)
}

/** `USAGE` where the layout knows no queue. */
export function holdOf(deps: HoldingDeps, target: string): DeliveryHold {
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
