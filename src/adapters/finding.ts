/** One thing that was looked at. `fail`: a page can be lost; `warn`: it can be late, weak or unseen. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail'
  readonly what: string
  /** What to do about it, and where. */
  readonly remedy?: string
}
