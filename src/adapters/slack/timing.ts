/** Every wait of the connection to Slack on one page, in real milliseconds. Tests make them short. */
export interface SlackTiming {
  /** How long one call of the Web API may take. */
  readonly callMs: number
  /** From dialling to Slack's hello. */
  readonly helloMs: number
  /** Between two pings. */
  readonly pingMs: number
  /** So many pings with no sign of life: the other end is gone. Counted, so that a blocked process is not mistaken. */
  readonly missedPings: number
  /** How long an orderly close may take before the connection is cut. */
  readonly closeMs: number
  /** How long a close and a stop wait for listeners under way. */
  readonly drainMs: number
  /** First and longest wait between two tries while Slack is out of reach. */
  readonly backoffMs: number
  readonly backoffCapMs: number
  /** A socket that lived this long was a good one: the next wait starts small again. */
  readonly stableMs: number
  /** How long a socket that Slack recycles is kept while its successor does not come up. */
  readonly retireMs: number
  /** Between two tries when only a person can mend it: a token refused, Socket Mode switched off. */
  readonly mendMs: number
  /** How long the second socket stays down after `too_many_websockets`. */
  readonly crowdedMs: number
  /** How long a claim in the inbox may take before a message is handled without. */
  readonly claimMs: number
  /** Longest wait of `start` for Slack's first answers; it goes on trying afterwards. */
  readonly startMs: number
  /** Between two looks at the channel while something is wrong with it: first and longest. On the clock of the port. */
  readonly tendMs: number
  readonly tendCapMs: number
  /** The same while all is well. */
  readonly checkMs: number
}

export const SLACK_TIMING: SlackTiming = {
  callMs: 8_000,
  helloMs: 8_000,
  pingMs: 4_000,
  missedPings: 3,
  closeMs: 1_000,
  drainMs: 10_000,
  backoffMs: 500,
  // why: longer waits leave Mayday deaf after an outage is over; 10 s is what a person would accept.
  backoffCapMs: 10_000,
  stableMs: 10_000,
  // why: Slack's `warning` comes about 10 s before it closes.
  retireMs: 10_000,
  mendMs: 60_000,
  crowdedMs: 60_000,
  // why: Slack waits 3 s for an ack; a store that takes longer than this must not delay a page.
  claimMs: 2_500,
  startMs: 12_000,
  tendMs: 1_000,
  tendCapMs: 30_000,
  // why: Slack stops delivering when somebody removes the bot from the channel, without any sign on the socket.
  checkMs: 5 * 60_000,
}
