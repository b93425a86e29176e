/**
 * Carries the outbox to Slack: one message at a time per channel, urgent ones first, several channels side by side.
 * Slack has no idempotency key for a post, so that a posting is marked before it is tried and looked up by its key
 * before it is tried again.
 */
import type { WebClient } from '@slack/web-api'
import { describe } from '../../errors.js'
import type { OutboxRow } from '../../ports/outbox.js'
import { type Desk, file, type Hold, isHeld, type Round, type SenderDeps } from './desk.js'
import { failureOf, inWords, type SlackFailure } from './failure.js'
import { lookUp, post, update } from './posting.js'

export interface Sender {
  /** Sends what is due. Throws `STORE_UNAVAILABLE`; what Slack does is filed in the outbox. May overlap with itself. */
  tick(): Promise<void>
  /** The same without waiting; call it after a `put`. */
  kick(): void
  /** What a person must mend before messages go out again, one sentence each. */
  problems(): readonly string[]
  /** Starts nothing more, waits for what is under way (each call ends within 8 s). */
  stop(): Promise<void>
}

const LEASE_MS = 30_000
const RENEW_MS = 10_000
const LOOK_AHEAD = 20
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed'])
/** The only writer of Mayday's messages. */
export function createSender(deps: SenderDeps): Sender {
  const desk: Desk = {
    ...deps,
    busy: new Map(),
    holds: new Map(),
    failures: new Map(),
    problems: new Map(),
    ticks: new Set(),
    stopped: false,
    wake: undefined,
  }
  const kick = () => {
    tick(desk, kick).catch((error: unknown) => {
      desk.log.warn('Messages for Slack wait for the store', { because: describe(error) })
    })
  }
  return {
    tick: () => tick(desk, kick),
    kick,
    problems: () => [...new Set(desk.problems.values())],
    async stop() {
      desk.stopped = true
      desk.wake?.cancel()
      await Promise.allSettled([...desk.ticks])
    },
  }
}

function tick(desk: Desk, kick: () => void): Promise<void> {
  const work = sendDue(desk)
    .finally(() => desk.ticks.delete(work))
    .finally(() => wakeAgain(desk, kick))
  desk.ticks.add(work)
  return work
}

async function sendDue(desk: Desk): Promise<void> {
  if (desk.stopped) return
  const due = await desk.outbox.dueChannels(desk.clock.now())
  const results = await Promise.allSettled(due.map((channel) => drain(desk, channel)))
  const broken = results.find((result) => result.status === 'rejected')
  if (broken !== undefined) throw broken.reason
}

/** When the next hold ends, somebody has to look again. */
function wakeAgain(desk: Desk, kick: () => void): void {
  const now = desk.clock.now()
  for (const [channel, hold] of desk.holds) if (hold.until <= now) desk.holds.delete(channel)
  const at = Math.min(...[...desk.holds.values()].map((hold) => hold.until))
  if (desk.stopped || !Number.isFinite(at) || desk.wake?.at === at) return
  desk.wake?.cancel()
  const cancel = desk.clock.after(at - now, () => {
    desk.wake = undefined
    kick()
  })
  desk.wake = { at, cancel }
}

/** Sends what is due in a channel; joins in when that is being done. */
function drain(desk: Desk, channel: string): Promise<void> {
  const running = desk.busy.get(channel)
  if (running !== undefined) {
    running.again = true
    return running.done
  }
  const go = async () => {
    do {
      round.again = false
      await sendChannel(desk, channel)
    } while (round.again)
  }
  const round: Round = {
    again: false,
    done: Promise.resolve()
      .then(go)
      .finally(() => desk.busy.delete(channel)),
  }
  desk.busy.set(channel, round)
  return round.done
}

async function sendChannel(desk: Desk, channel: string): Promise<void> {
  if ((await nextOf(desk, channel)) === undefined) return
  const lease = `outbox:${channel}`
  let leasedAt = Number.NEGATIVE_INFINITY
  try {
    while (!desk.stopped) {
      if (performance.now() - leasedAt > RENEW_MS) {
        // Another replica is at it; it sends this too.
        if (!(await desk.leases.take(lease, desk.owner, LEASE_MS))) return
        leasedAt = performance.now()
      }
      // Read anew under the lease: another replica may have sent it, or something louder has come.
      const row = await nextOf(desk, channel)
      if (row === undefined) return
      await send(desk, row)
    }
  } finally {
    if (leasedAt > 0) await release(desk, lease)
  }
}

async function nextOf(desk: Desk, channel: string): Promise<OutboxRow | undefined> {
  const rows = await desk.outbox.pending(channel, desk.clock.now(), LOOK_AHEAD)
  return rows.find((row) => !isHeld(desk, row))
}

async function release(desk: Desk, lease: string): Promise<void> {
  try {
    await desk.leases.release(lease, desk.owner)
  } catch (error) {
    desk.log.warn('A lease could not be given back; it runs out by itself', { lease, because: describe(error) })
  }
}

/** One message, from look-up to filing. Throws what the store throws. */
async function send(desk: Desk, row: OutboxRow): Promise<void> {
  const { posting, version } = row
  const lane = posting.urgent === true ? desk.lanes.loud : desk.lanes.normal
  let method: Hold['method'] = row.ts === undefined ? 'post' : 'update'
  // After a look-up that failed it is as unsure as before; after a post that failed, Slack's answer says.
  let unsure = row.maybePosted
  let ts: string | undefined
  try {
    const threadTs = await threadOf(desk, row)
    const known = row.ts ?? (row.maybePosted ? await slack(lookUp(desk.lanes.reads, posting, threadTs)) : undefined)
    if (known !== undefined) {
      method = 'update'
      ts = await change(desk, lane, row, known)
    }
    if (ts === undefined) {
      method = 'post'
      // Before the call: whoever finds this row after a crash looks in Slack first.
      if (!row.maybePosted) await desk.outbox.failed(posting.key, desk.clock.now(), 'being posted', true)
      unsure = false
      ts = await slack(post(lane, posting, threadTs, desk.log))
    }
  } catch (error) {
    if (!(error instanceof SlackSaid)) throw error
    const { failure } = error
    const maybe = unsure || (method === 'post' && failure.kind === 'unreachable' && failure.maybeDone)
    return file(desk, row, failure, method, maybe)
  }
  await desk.outbox.sent(posting.key, version, ts)
  desk.failures.delete(posting.key)
  desk.problems.delete(posting.channel)
  if (desk.holds.get(posting.channel)?.because === 'trouble') desk.holds.delete(posting.channel)
}

/** Undefined: Slack no longer has the message, it is to be posted anew. */
async function change(desk: Desk, lane: WebClient, row: OutboxRow, ts: string): Promise<string | undefined> {
  try {
    return await slack(update(lane, row.posting, ts, desk.log))
  } catch (error) {
    const gone = error instanceof SlackSaid && error.failure.kind === 'refused' && GONE.has(error.failure.code)
    if (!gone) throw error
    desk.log.warn('A message is gone from Slack; it is posted anew', { key: row.posting.key })
    return undefined
  }
}

/** The message above is known by now, or was given up: then this one stands in the channel rather than nowhere. */
async function threadOf(desk: Desk, { posting }: OutboxRow): Promise<string | undefined> {
  if (posting.thread === undefined) return undefined
  return 'ts' in posting.thread ? posting.thread.ts : desk.outbox.tsOf(posting.thread.under)
}

/** Tells Slack's failures from the store's. */
class SlackSaid extends Error {
  readonly failure: SlackFailure

  constructor(failure: SlackFailure) {
    super(inWords(failure))
    this.failure = failure
  }
}

async function slack<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw new SlackSaid(failureOf(error))
  }
}
