/** Documents that people in trouble read: how an incident knows them, and what is recorded about them. */

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
