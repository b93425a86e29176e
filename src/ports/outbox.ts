/** The queue between what Mayday says and what stands in Slack: it survives a restart. */
import type { Posting } from '../ports.js'

/** Messages on their way to Slack. Rooms only `put`; the sender in `adapters/slack` does the rest. */
export interface Outbox {
  put(posting: Posting): Promise<void>
  /** Channels with something due at `now`, most urgent first. */
  dueChannels(now: number): Promise<readonly string[]>
  /** Unsent postings of a channel, urgent ones first, then in order of their first `put`. */
  pending(channel: string, now: number, limit: number): Promise<readonly OutboxRow[]>
  sent(key: string, version: number, ts: string): Promise<void>
  /** Try again at `nextAt`; `maybePosted`: look for it by key before posting again. `null`: given up, with the reason. */
  failed(key: string, nextAt: number | null, because: string, maybePosted: boolean): Promise<void>
  tsOf(key: string): Promise<string | undefined>
  depth(): Promise<number>
}
/** A posting that is not in Slack yet, or not in its newest version. */
export interface OutboxRow {
  readonly posting: Posting
  readonly version: number
  readonly ts?: string
  readonly attempts: number
  readonly maybePosted: boolean
}
