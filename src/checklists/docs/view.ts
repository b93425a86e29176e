/** A document with everything a reader must know before trusting it. Pure. */
import { docIdOf } from '../../ports/docs.js'
import type { Doc } from '../checklist.js'
import { type Library, type ReviewAge, reviewAge } from '../library/library.js'
import { deadSince, type KnownLinks } from './links.js'

/** One document as lists and answers show it; also the form of `--json`. */
export interface DocView extends ReviewAge {
  readonly title: string
  readonly url: string
  readonly about?: string
  readonly owner?: string
  /** ISO date; undefined: never reviewed. */
  readonly reviewed?: string
  /** `unasked`: nobody has looked yet, or looking is off. `failing`: it failed, on one day so far. */
  readonly link: 'answers' | 'login' | 'unsure' | 'failing' | 'dead' | 'unasked'
  /** With `dead` and `failing`: when it failed first, ms. */
  readonly brokenSince?: number
  /** With `dead`, `failing` and `unsure`: why. */
  readonly because?: string
}

/** What fits some words. */
export interface Found {
  readonly docs: readonly DocView[]
  readonly checklists: readonly { readonly name: string; readonly title: string }[]
}

/** The documents and checklists for these words, best first, as a message with them would find them. `now` in ms. */
export function findFor(library: Library, known: KnownLinks, words: string, now: number): Found {
  return {
    docs: library.matchDocs(words).map(({ doc }) => viewOf(doc, known, now)),
    checklists: library.matchChecklists(words).map(({ checklist: { name, title } }) => ({ name, title })),
  }
}

/** Every document, in the order of the files. `now` in ms. */
export function viewAll(library: Library, known: KnownLinks, now: number): readonly DocView[] {
  return library.docs.map((doc) => viewOf(doc, known, now))
}

function viewOf(doc: Doc, known: KnownLinks, now: number): DocView {
  const { title, url, about, owner, reviewed, reviewEveryDays } = doc
  const state = known.links[docIdOf(url)]
  const { brokenSince, because } = state ?? {}
  return {
    ...{ title, url, ...reviewAge(reviewed, now, reviewEveryDays) },
    ...(about === undefined ? {} : { about }),
    ...(owner === undefined ? {} : { owner }),
    ...(reviewed === undefined ? {} : { reviewed }),
    link: linkOf(state),
    ...(brokenSince === undefined ? {} : { brokenSince }),
    ...(because === undefined ? {} : { because }),
  }
}

function linkOf(state: KnownLinks['links'][string] | undefined): DocView['link'] {
  if (state === undefined) return 'unasked'
  if (deadSince(state) !== undefined) return 'dead'
  const { kind, brokenSince } = state
  return brokenSince === undefined && kind !== 'broken' && kind !== 'silent' ? kind : 'failing'
}
