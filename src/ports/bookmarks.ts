/** Bookmarks at the head of a channel. */

/** What a bookmark shows and where it leads. */
export interface BookmarkContent {
  /** Plain text. */
  readonly title: string
  readonly link: string
}

/** A bookmark, anybody's. */
export interface Bookmark extends BookmarkContent {
  readonly id: string
}

/**
 * Reads and changes them; each call tries once. Throws `SLACK_*`. why: a channel holds at most 100 (Slack, `bookmarks.add`),
 * and whoever may post may change all of them, so the caller must know its own.
 */
export interface Bookmarks {
  list(channel: string): Promise<readonly Bookmark[]>
  /** Not idempotent: asked twice, there are two. */
  add(channel: string, content: BookmarkContent): Promise<void>
  edit(channel: string, id: string, content: BookmarkContent): Promise<void>
  remove(channel: string, id: string): Promise<void>
}
