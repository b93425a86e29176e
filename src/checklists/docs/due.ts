/** What is due for somebody's eyes, by who keeps it, and when to say so. Pure: time is epoch milliseconds in arguments. */
import { docIdOf } from '../../ports/docs.js'
import type { Library, Stale } from '../library/library.js'
import { deadSince, type KnownLinks } from './links.js'

/** A checklist or document whose review is overdue, whose link is dead, or both. */
export interface Due extends Stale {
  /** When its link failed first, ms. */
  readonly deadSince?: number
}

/** Everything that one owner keeps; undefined: nobody is named. */
export interface Owned {
  readonly owner: string | undefined
  readonly things: readonly Due[]
}

const DAY = 86_400_000
/** Between two reminders. */
export const REMIND_EVERY_MS = 30 * DAY

/** By owner, whoever keeps what is longest overdue first. */
export function dueByOwner(library: Library, known: KnownLinks, now: number): readonly Owned[] {
  const dead = new Map<string, number>()
  for (const { url } of library.docs) {
    const since = deadSince(known.links[docIdOf(url)])
    if (since !== undefined) dead.set(url, since)
  }
  const overdue = library.stale(now).map((one): Due => {
    const since = dead.get(one.url ?? '')
    dead.delete(one.url ?? '')
    return since === undefined ? one : { ...one, deadSince: since }
  })
  const other = library.ages(now).flatMap((one): readonly Due[] => {
    const since = dead.get(one.url ?? '')
    return since === undefined ? [] : [{ ...one, deadSince: since }]
  })
  const owned = new Map<string | undefined, Due[]>()
  for (const one of [...overdue, ...other]) {
    const owner = one.owner?.trim() || undefined
    const things = owned.get(owner)
    if (things === undefined) owned.set(owner, [one])
    else things.push(one)
  }
  return [...owned].map(([owner, things]) => ({ owner, things }))
}

/**
 * An hour in which a reminder that can wait disturbs few: Monday to Friday, 14 to 17 h UTC, afternoon in Europe and
 * morning in America.
 */
export function isCalmHour(now: number): boolean {
  const at = new Date(now)
  const [day, hour] = [at.getUTCDay(), at.getUTCHours()]
  return day >= 1 && day <= 5 && hour >= 14 && hour < 17
}
