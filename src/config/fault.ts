/** One thing that is wrong with the configuration. */
export interface Fault {
  /** `SLACK_BOT_TOKEN`, or `mayday.yml:12 paging.shout_after`. */
  readonly where: string
  /** What was found; secrets only by kind and length. */
  readonly found: string
  readonly accepts: string
}
