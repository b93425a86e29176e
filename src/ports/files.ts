/** Files in Slack. */

/** A text file that goes into a thread. */
export interface SharedFile {
  readonly channel: string
  readonly threadTs: string
  /** Name with its ending, e.g. `review-emergency-12.md`. */
  readonly name: string
  readonly title: string
  readonly content: string
  /** Said with it, in mrkdwn. */
  readonly comment: string
}

/**
 * Puts files into threads. Not idempotent: asked twice, there are two files. Tries once and ends within 24 s. Throws
 * `SLACK_*`; where `retry` is true and Slack did not answer the last step, the file may be there all the same.
 */
export interface Files {
  share(file: SharedFile): Promise<void>
}
