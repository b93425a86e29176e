/** The checklists and documents that are loaded, and how people in trouble get to them. Pure. */
import type { Checklist, Doc } from '../checklist.js'
import { createDocSearch } from './doc-search.js'
import { nearest } from './nearest.js'
import { REVIEW_EVERY_DAYS } from './schema.js'
import { createSearch } from './search.js'

/** A document that fits a message. */
export interface DocMatch {
  readonly doc: Doc
  readonly score: number
  /** The keyword or title that fits, as its file has it, or the word by which it is known to be about this: escape before posting. */
  readonly because: string
}

/** A checklist that fits a message. */
export interface ChecklistMatch {
  readonly checklist: Checklist
  readonly score: number
  readonly because: string
}

/** How long ago something was read by a person who knows. */
export interface ReviewAge {
  /** Whole days, 0 on the day itself and before; undefined: never reviewed. */
  readonly days?: number
  readonly overdue: boolean
}

/** A checklist or document and how long ago it was reviewed. */
export interface Stale extends ReviewAge {
  readonly kind: 'checklist' | 'doc'
  readonly title: string
  /** Of a document. */
  readonly url?: string
  readonly owner?: string
}

/** Nothing here changes after it was made. */
export interface Library {
  readonly all: readonly Checklist[]
  /** Every document, once; one of a checklist is kept by whoever keeps that, where it does not say. */
  readonly docs: readonly Doc[]
  /** The one that is posted for every incident, if there is one. */
  readonly forEveryIncident: Checklist | undefined
  byName(name: string): Checklist | undefined
  /** The name that was probably meant, for "did you mean". */
  nearestName(name: string): string | undefined
  /** At most three, best first; empty when nothing fits well enough. `text` as Slack delivers it. */
  matchDocs(text: string): readonly DocMatch[]
  /** As `matchDocs`, without the checklist that every incident gets anyway. */
  matchChecklists(text: string): readonly ChecklistMatch[]
  /** What is past its review at `now` (ms), longest first, never reviewed before all. */
  stale(now: number): readonly Stale[]
  /** Everything, overdue or not, longest unreviewed first. */
  ages(now: number): readonly Stale[]
}

const AT_MOST = 3
const DAY = 86_400_000

/** `docs` are the configuration's; they win over a checklist's document with the same address. */
export function createLibrary(checklists: readonly Checklist[], docs: readonly Doc[]): Library {
  const byUrl = new Map<string, Doc>()
  for (const doc of [...docs, ...checklists.flatMap(docsOf)]) {
    const had = byUrl.get(doc.url)
    // The same page may be listed twice for different words: both lists find it.
    byUrl.set(doc.url, had === undefined ? doc : { ...had, keywords: [...had.keywords, ...doc.keywords] })
  }
  const allDocs = [...byUrl.values()]
  const findDocs = createDocSearch(allDocs.map((doc) => ({ item: doc, phrases: [doc.title, ...doc.keywords] })))
  const onDemand = checklists.filter((checklist) => !checklist.always)
  const findChecklists = createSearch(
    onDemand.map((checklist) => ({ item: checklist, phrases: [checklist.title, ...checklist.symptoms] })),
  )
  const names = checklists.map((checklist) => checklist.name)
  return {
    all: checklists,
    docs: allDocs,
    forEveryIncident: checklists.find((checklist) => checklist.always),
    byName: (name) => checklists.find((checklist) => checklist.name === name.trim().toLowerCase()),
    nearestName: (name) => nearest(name.trim(), names),
    matchDocs: (text) => findDocs(text, AT_MOST).map(({ item, score, because }) => ({ doc: item, score, because })),
    matchChecklists: (text) =>
      findChecklists(text, AT_MOST).map(({ item, score, because }) => ({ checklist: item, score, because })),
    stale: (now) => agesOf(checklists, allDocs, now).filter((thing) => thing.overdue),
    ages: (now) => agesOf(checklists, allDocs, now),
  }
}

function docsOf({ docs, owner }: Checklist): readonly Doc[] {
  return docs.map((doc) => ({ owner, ...doc }))
}

/** Age of a review at `now` (ms). `reviewed` is an ISO date; a day counts from its beginning in UTC. */
export function reviewAge(reviewed: string | undefined, now: number, everyDays = REVIEW_EVERY_DAYS): ReviewAge {
  const since = reviewed === undefined ? Number.NaN : Date.parse(`${reviewed}T00:00:00Z`)
  if (Number.isNaN(since)) return { overdue: true }
  const days = Math.max(0, Math.floor((now - since) / DAY))
  return { days, overdue: days > everyDays }
}

function agesOf(checklists: readonly Checklist[], docs: readonly Doc[], now: number): readonly Stale[] {
  const things = [
    ...checklists.map((one) => ({ ...one, kind: 'checklist' as const, url: undefined })),
    ...docs.map((one) => ({ ...one, kind: 'doc' as const })),
  ]
  return things
    .map(({ kind, title, url, owner, reviewed, reviewEveryDays }): Stale => {
      const age = reviewAge(reviewed, now, reviewEveryDays)
      return { kind, title, ...(url === undefined ? {} : { url }), ...(owner === undefined ? {} : { owner }), ...age }
    })
    .toSorted((a, b) => (b.days ?? Number.POSITIVE_INFINITY) - (a.days ?? Number.POSITIVE_INFINITY) || 0)
}
