/** How many checklists and documents are due for somebody's eyes. Pure. */
import { docIdOf, type StaleCounts } from '../../ports/docs.js'
import type { Library } from '../library/library.js'
import { deadSince, type KnownLinks } from './links.js'

/** Counts for App Home at `now` (ms). */
export function stale(library: Library, known: KnownLinks, now: number): StaleCounts {
  const overdue = library.stale(now)
  const checklists = overdue.filter((one) => one.kind === 'checklist').length
  const dead = library.docs.filter((doc) => deadSince(known.links[docIdOf(doc.url)]) !== undefined)
  return { checklists, docs: overdue.length - checklists, deadLinks: dead.length }
}
