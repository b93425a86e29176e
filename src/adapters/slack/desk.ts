/**
 * What the sender knows of each channel: whom to hold back and until when, and what becomes of a message that Slack did
 * not take.
 */

import type { Leases } from '../../ports/leases.js'
import type { Outbox, OutboxRow } from '../../ports/outbox.js'
import type { Clock, Log } from '../../ports.js'
import { inWords, remedy, type SlackFailure } from './failure.js'
import type { Lanes } from './lanes.js'

export interface SenderDeps {
  readonly outbox: Outbox
  readonly leases: Leases
  readonly lanes: Lanes
  readonly clock: Clock
  readonly log: Log
  /** Name of this process in leases. */
  readonly owner: string
}

const FIRST_WAIT_MS = 1_000
const WAIT_CAP_MS = 60_000
/** Failures of one message after which it no longer holds up those behind it. */
const STEP_ASIDE = 4
/** Tries at a refusal that is not known to be final. */
const MAX_REFUSALS = 5
const HOPELESS = new Set(
  `no_text invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type
   msg_too_long too_many_attachments metadata_too_large invalid_metadata_format invalid_metadata_schema
   user_not_found cannot_dm_bot user_is_bot`.split(/\s+/),
)

export interface Hold {
  readonly until: number
  /** `limit`: Slack said so; nothing of its kind goes. `trouble`: kept in order, but a fresh urgent message may try. */
  readonly because: 'limit' | 'trouble'
  readonly method: 'post' | 'update'
}
/** One channel being sent. `again`: somebody put something when it may have looked for the last time. */
export interface Round {
  again: boolean
  readonly done: Promise<void>
}
export interface Desk extends SenderDeps {
  readonly busy: Map<string, Round>
  readonly holds: Map<string, Hold>
  readonly failures: Map<string, number>
  readonly problems: Map<string, string>
  readonly ticks: Set<Promise<void>>
  stopped: boolean
  wake: { readonly at: number; readonly cancel: () => void } | undefined
}

/** Must this message wait, because of what Slack said about its channel? */
export function isHeld(desk: Desk, row: OutboxRow): boolean {
  const hold = desk.holds.get(row.posting.channel)
  if (hold === undefined || hold.until <= desk.clock.now()) return false
  const urgent = row.posting.urgent === true
  // why: Slack counts posts and changes apart, so too many changes of a card must not silence a loud post.
  if (hold.because === 'limit') return !(urgent && hold.method === 'update' && row.ts === undefined)
  return !(urgent && !desk.failures.has(row.posting.key))
}

/** Writes down what became of a try that failed, and whether those behind it have to wait. */
export async function file(
  desk: Desk,
  row: OutboxRow,
  failure: SlackFailure,
  method: Hold['method'],
  maybe: boolean,
): Promise<void> {
  const { key, channel } = row.posting
  const times = (desk.failures.get(key) ?? 0) + 1
  desk.failures.set(key, times)
  const because = inWords(failure)
  const final = failure.kind === 'refused' && (HOPELESS.has(failure.code) || times >= MAX_REFUSALS)
  if (final) return giveUp(desk, row, because, maybe)
  const waitMs = waitFor(failure, times)
  const until = desk.clock.now() + waitMs
  const needsPerson = failure.kind === 'auth' || failure.kind === 'channel'
  if (needsPerson) desk.problems.set(channel, problemOf(channel, failure))
  if (failure.kind === 'rate_limited') desk.holds.set(channel, { until, because: 'limit', method })
  else if (needsPerson || times <= STEP_ASIDE) desk.holds.set(channel, { until, because: 'trouble', method })
  desk.log.warn('A message for Slack waits', { key, because, times, waitMs, maybePosted: maybe })
  await desk.outbox.failed(key, until, because, maybe)
}

function waitFor(failure: SlackFailure, times: number): number {
  if (failure.kind === 'rate_limited') return failure.retryAfterMs
  // Only a person can mend these; a try a minute notices when one did.
  if (failure.kind === 'auth' || failure.kind === 'channel') return WAIT_CAP_MS
  return Math.min(WAIT_CAP_MS, FIRST_WAIT_MS * 2 ** (times - 1))
}

function problemOf(channel: string, failure: SlackFailure & { readonly kind: 'auth' | 'channel' }): string {
  if (failure.kind === 'auth') return `Slack takes no messages from Mayday (${failure.code}). ${remedy(failure).hint}`
  return `Mayday cannot post in channel ${channel} (${failure.code}). Invite it with /invite, or unarchive the channel.`
}

/** What Slack will never take. Content that was put meanwhile has not been refused and keeps its chance. */
async function giveUp(desk: Desk, row: OutboxRow, because: string, maybe: boolean): Promise<void> {
  const { key, channel } = row.posting
  const now = desk.clock.now()
  const current = (await desk.outbox.pending(channel, now, 500)).find((one) => one.posting.key === key)
  const newer = current !== undefined && current.version !== row.version
  desk.log.error('Slack does not take a message; it was given up', { key, because, newer })
  await desk.outbox.failed(key, newer ? now : null, because, maybe)
  desk.failures.delete(key)
}
