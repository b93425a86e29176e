/** Documents that people in trouble read: how an incident knows them, and what is recorded about them. Pure. */

/**
 * A short name for the document at this address, the same for ever: 11 letters and digits at most. Two of a thousand
 * documents share one with a chance below one in ten thousand million.
 */
export function docIdOf(url: string): string {
  let [low, high] = [0x811c9dc5, 0x9e3779b9]
  for (const char of url) {
    const point = char.codePointAt(0) ?? 0
    low = Math.imul(low ^ point, 0x01000193)
    high = Math.imul(high ^ point, 0x85ebca6b) ^ (low >>> 15)
  }
  const mixed = Math.imul(high ^ (high >>> 16), 0xc2b2ae35)
  return ((mixed >>> 0) * 0x200000 + (low >>> 11)).toString(36)
}

/** A document that matched the message, as the thread shows it. */
export interface FoundDoc {
  readonly title: string
  readonly url: string
  readonly about?: string
  /** ISO date of the last review; undefined: never reviewed. */
  readonly reviewed?: string
  readonly overdue?: boolean
  /** Who keeps it true, as its file says: `U…`, `S…` or words. */
  readonly owner?: string
  /** When its link was found to be dead, ms; undefined: it is not known to be. */
  readonly deadSince?: number
}

/** What people did with a document. */
export type DocFact = {
  /** Somebody pressed the button that leads to it. Whether they read it, nobody can know. */
  readonly kind: 'doc_opened'
  readonly title: string
  readonly url: string
}

/**
 * What came of asking an address:
 * - `answers`: something is there. Whether it is still the right page, only a person knows.
 * - `login`: it asks who one is (401, 403, 407), so nothing is known.
 * - `unsure`: nothing was learnt; `because` goes on from "it was not checked:".
 * - `broken`: something answered, and not with a page; `because` is a short phrase such as "HTTP 404".
 * - `silent`: no answer came; `because` as above. It may also be Mayday that is cut off.
 */
export type LinkAnswer =
  | { readonly kind: 'answers' | 'login' }
  | { readonly kind: 'unsure' | 'broken' | 'silent'; readonly because: string }

/**
 * Asks addresses of documents whether anything is there. Carries no cookie, key or token, reads no page, and ends within
 * 15 s. Safe to repeat. Never throws for what the wire does; `ending` makes it answer `unsure` at once. Left out on
 * purpose: how often, and what several answers mean.
 */
export interface Links {
  ask(url: string, ending: AbortSignal): Promise<LinkAnswer>
}

/** What is due for somebody's eyes, as App Home counts it. */
export interface StaleCounts {
  /** Checklists and documents whose review is overdue, or that were never reviewed. */
  readonly checklists: number
  readonly docs: number
  /** Documents whose link was found dead. */
  readonly deadLinks: number
}
