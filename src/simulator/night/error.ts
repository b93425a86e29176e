/** A replay did not show what it promises: what was expected, and what was there instead. */
export class NightError extends Error {
  override readonly name = 'NightError'
  readonly expected: string
  readonly seen: string

  constructor(expected: string, seen: string) {
    super(`Expected: ${expected}. Seen: ${seen}.`)
    this.expected = expected
    this.seen = seen
  }
}

/** Somebody ended the replay before its end. */
export class NightInterrupted extends Error {
  override readonly name = 'NightInterrupted'
}
