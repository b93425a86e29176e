/**
 * The one path of everything that Slack sends, whichever way it came: claim it, tell Slack that it is safe, run the
 * listeners, mark it handled. What was claimed and not handled is run again until it is.
 */
import type { App } from '@slack/bolt'
import { describe, MaydayError } from '../../errors.js'
import type { Clock, Inbox, Log } from '../../ports.js'
import { type Rec, textOf } from './api.js'
import type { Ack, Delivery } from './connection.js'
import { changesPlace, channelOfMessage, envelopeFor, inboxKey, innerEvent, isOwn, tidy } from './event.js'
import type { Place } from './place.js'
import { backoff, settled } from './waiting.js'

/** Why a listener sees a message: Slack sent it, the history had it, or a process left it unfinished. */
type Source = 'live' | 'catch_up' | 'reclaimed'

export interface PostOfficeDeps {
  readonly app: Pick<App, 'processEvent'>
  readonly inbox: Inbox
  readonly place: Place
  readonly clock: Clock
  readonly log: Log
  /** How long a claim may take before the listeners run without it, ms. */
  readonly claimMs: number
  /** Slack dropped events for this long, ms: read the history. */
  readonly onGap: (ms: number) => void
  /** Mayday's place in the channel, or the channel itself, has changed. */
  readonly onPlaceChanged: () => void
}

export interface PostOffice {
  /** Never rejects. */
  deliver(delivery: Delivery): Promise<void>
  replay(event: Rec, because: 'catch_up' | 'reclaimed'): Promise<'handled' | 'known'>
  /** Runs what was claimed at least 10 s ago and not finished. Returns how many were run. Throws what the inbox throws. */
  reclaim(): Promise<number>
  /** Slack has said who Mayday is and where: runs what waited for that. Never throws. */
  resume(): void
  /** Waits until nothing is under way, at most this long, ms. True: nothing is. */
  drain(ms: number): Promise<boolean>
}

const RECLAIM_AGE_MS = 10_000
const RECLAIM_LIMIT = 50
/** why: `reclaim` of another replica takes over after `RECLAIM_AGE_MS`; a message that waited for longer is its. */
const RESUME_AGE_MS = 8_000
const RECALL_EVENTS = 2_000
// A message whose listeners fail every time is tried ever more rarely, but for ever.
const AGAIN_MS = 10_000
const AGAIN_CAP_MS = 5 * 60_000

interface Counter extends PostOfficeDeps {
  /** Messages whose listeners run in this process now. */
  readonly underWay: Map<string, Promise<void>>
  readonly others: Set<Promise<void>>
  /** Event ids of what the inbox does not hold; Slack repeats those too. */
  readonly seen: Set<string>
  readonly failing: Map<string, { readonly times: number; readonly nextAt: number }>
  /** Messages that nobody could judge yet, and since when this process has them, by `performance.now()`. */
  readonly waiting: Map<string, { readonly since: number; readonly run: () => Promise<void> }>
}

/** Everything behind the receivers. */
export function createPostOffice(deps: PostOfficeDeps): PostOffice {
  const counter: Counter = {
    ...deps,
    underWay: new Map(),
    others: new Set(),
    seen: new Set(),
    failing: new Map(),
    waiting: new Map(),
  }
  return {
    deliver(delivery) {
      const work = route(counter, delivery)
        .catch((error: unknown) => {
          counter.log.error('A payload from Slack could not be handled', { because: describe(error) })
        })
        .finally(() => counter.others.delete(work))
      counter.others.add(work)
      return work
    },
    replay: (event, because) => replay(counter, event, because),
    reclaim: () => reclaim(counter),
    resume: () => resume(counter),
    drain: (ms) => settled([...counter.others, ...counter.underWay.values()], ms),
  }
}

async function route(counter: Counter, delivery: Delivery): Promise<void> {
  const { body, ack } = delivery
  const event = innerEvent(body)
  // why: Slack sends app_rate_limited without an inner event; its own samples show one.
  if (body['type'] === 'app_rate_limited' || event?.['type'] === 'app_rate_limited') return flooded(counter, ack)
  if (event === undefined) return interact(counter, delivery)
  const { place } = counter
  if (isOwn(event, place.identity())) return safeAck(counter, ack)
  const channel = channelOfMessage(event)
  const key = inboxKey(event)
  const where = place.channelId()
  if (key !== undefined && (where === undefined || channel === where)) return takeMessage(counter, delivery, event, key)
  return passOn(counter, delivery, event)
}

/** A message in the emergency channel, or in any while it is not known which one that is. */
async function takeMessage(counter: Counter, delivery: Delivery, event: Rec, key: string): Promise<void> {
  const claimed = await claim(counter, key, event)
  if (claimed === undefined) {
    // why: not acked, so that Slack sends it again when the store is back; meanwhile the page goes out all the same.
    await runOnce(counter, key, () =>
      run(counter, delivery, { source: 'live', unclaimed: true }).catch(() => undefined),
    )
    return
  }
  await safeAck(counter, delivery.ack)
  if (claimed === 'new') await runOnce(counter, key, () => runClaimed(counter, delivery, key, 'live'))
  else counter.log.debug('Slack delivered a message again', { key, state: claimed })
}

/** Undefined: the store did not say in time. A claim that lands later is found by `reclaim`. */
async function claim(counter: Counter, key: string, event: Rec): Promise<'new' | 'open' | 'finished' | undefined> {
  let answer: 'new' | 'open' | 'finished' | undefined
  const asked = counter.inbox.claim(key, event).then(
    (state) => {
      answer = state
    },
    (error: unknown) => {
      counter.log.error('A message could not be stored; it is handled without', { key, because: describe(error) })
    },
  )
  if (!(await settled([asked], counter.claimMs))) {
    counter.log.error('The store is too slow to take a message; it is handled without', { key })
  }
  return answer
}

/** Runs the listeners of a claimed message and marks it handled; a failure leaves it for `reclaim`. */
async function runClaimed(counter: Counter, delivery: Delivery, key: string, source: Source): Promise<void> {
  const since = performance.now()
  if (!(await placeKnown(counter, key))) {
    counter.waiting.set(key, { since, run: () => runClaimed(counter, delivery, key, source) })
    return
  }
  try {
    await run(counter, delivery, { source, inboxKey: key })
  } catch {
    const times = (counter.failing.get(key)?.times ?? 0) + 1
    const waitMs = backoff(times - 1, AGAIN_MS, AGAIN_CAP_MS, 1)
    counter.failing.set(key, { times, nextAt: counter.clock.now() + waitMs })
    counter.log.error('A message was not handled; it will be tried again', { key, times, waitMs })
    return
  }
  counter.failing.delete(key)
  try {
    await counter.inbox.finish(key)
  } catch (error) {
    counter.log.warn('A handled message could not be marked so; it will be handled again', {
      key,
      because: describe(error),
    })
  }
}

/** Without these no listener can tell an emergency from small talk: ask, and otherwise leave it in the inbox. */
async function placeKnown({ place, log }: Counter, key: string): Promise<boolean> {
  if (isKnown(place)) return true
  await place.refresh()
  if (isKnown(place)) return true
  log.error('A message waits because Slack has not said who Mayday is and which channel is the emergency channel', {
    key,
  })
  return false
}

function isKnown(place: Place): boolean {
  return place.channelId() !== undefined && place.identity() !== undefined
}

function resume(counter: Counter): void {
  if (!isKnown(counter.place)) return
  for (const [key, { since, run }] of counter.waiting) {
    counter.waiting.delete(key)
    if (performance.now() - since > RESUME_AGE_MS) continue
    const work = runOnce(counter, key, run).finally(() => counter.others.delete(work))
    counter.others.add(work)
  }
}

async function runOnce(counter: Counter, key: string, work: () => Promise<void>): Promise<void> {
  if (counter.underWay.has(key)) return
  const running = work().finally(() => counter.underWay.delete(key))
  counter.underWay.set(key, running)
  await running
}

/** Hands it to the listeners; rejects when one of them failed. */
async function run(counter: Counter, delivery: Delivery, properties: Record<string, unknown>): Promise<void> {
  await counter.app.processEvent({
    body: tidy(delivery.body),
    // Bolt acks an event before its listeners run; the real ack has been decided on before.
    ack: () => Promise.resolve(),
    customProperties: properties,
    ...(delivery.retryNum === undefined ? {} : { retryNum: delivery.retryNum }),
    ...(delivery.retryReason === undefined ? {} : { retryReason: delivery.retryReason }),
  })
}

/** Events that the inbox does not hold: acked at once, run at most once by this process. */
async function passOn(counter: Counter, delivery: Delivery, event: Rec): Promise<void> {
  await safeAck(counter, delivery.ack)
  // A message by its own name: Slack may deliver one under several event ids.
  const id = inboxKey(event) ?? textOf(delivery.body['event_id'])
  if (id !== undefined && counter.seen.has(id)) return
  if (id !== undefined) recall(counter.seen, id)
  if (changesPlace(event, counter.place.channelId(), counter.place.identity())) counter.onPlaceChanged()
  await run(counter, delivery, { source: 'live' })
}

function recall(seen: Set<string>, id: string): void {
  seen.add(id)
  for (const oldest of seen) {
    if (seen.size <= RECALL_EVENTS) return
    seen.delete(oldest)
  }
}

/** Commands, clicks, modals, shortcuts: the listener acks, because the ack is the answer that the person sees. */
async function interact(counter: Counter, delivery: Delivery): Promise<void> {
  let acked = false
  const ack: Ack = (response) => {
    acked = true
    return delivery.ack(response)
  }
  try {
    await counter.app.processEvent({ body: tidy(delivery.body), ack, customProperties: { source: 'live' } })
  } catch (error) {
    // A command that is not acked shows as "operation_timeout", which tells the person nothing. A click or a modal is
    // left alone: Slack shows that it failed and keeps what was typed, and an ack would say that it worked.
    if (!acked && delivery.body['command'] !== undefined) await safeAck(counter, ack, sorry(error))
    return
  }
  if (!acked)
    counter.log.warn('Nothing answers this kind of request', { type: textOf(delivery.body['type']) ?? 'command' })
}

function sorry(error: unknown): object {
  const known = error instanceof MaydayError
  const text = known ? describe(error) : 'Mayday failed on this command. Look at `/mayday status` before repeating it.'
  return { response_type: 'ephemeral', text }
}

async function flooded(counter: Counter, ack: Ack): Promise<void> {
  await safeAck(counter, ack)
  // why: above 30,000 events an hour Slack drops what is left of the minute; only the history still has it.
  counter.log.warn('Slack limits the events it delivers to Mayday; the history is read instead')
  counter.onGap(60_000)
}

async function safeAck(counter: Counter, ack: Ack, response?: unknown): Promise<void> {
  try {
    await ack(response)
  } catch (error) {
    counter.log.warn('An ack did not reach Slack; it will deliver again', { because: describe(error) })
  }
}

async function replay(counter: Counter, event: Rec, because: 'catch_up' | 'reclaimed'): Promise<'handled' | 'known'> {
  const key = inboxKey(event)
  if (key === undefined) {
    throw new MaydayError('MESSAGE_UNREADABLE', { what: 'An event without type, channel or ts cannot be replayed.' })
  }
  if (isOwn(event, counter.place.identity())) {
    if (because === 'reclaimed') await counter.inbox.finish(key)
    return 'known'
  }
  if (counter.underWay.has(key)) return 'known'
  if (because === 'catch_up' && (await counter.inbox.claim(key, event)) !== 'new') return 'known'
  const delivery = { body: envelopeFor(event, counter.place.identity()), ack: () => Promise.resolve() }
  await runOnce(counter, key, () => runClaimed(counter, delivery, key, because))
  return 'handled'
}

async function reclaim(counter: Counter): Promise<number> {
  const found = await counter.inbox.reclaim(RECLAIM_AGE_MS, RECLAIM_LIMIT)
  const due = found.filter(({ key }) => (counter.failing.get(key)?.nextAt ?? 0) <= counter.clock.now())
  // All at once: a message behind one whose page hangs must not wait for it.
  const results = await Promise.allSettled(due.map(({ event }) => replay(counter, event, 'reclaimed')))
  const broken = results.find((result) => result.status === 'rejected')
  if (broken !== undefined) throw broken.reason
  const ran = results.filter((result) => result.status === 'fulfilled' && result.value === 'handled').length
  if (ran > 0) counter.log.info('Messages that were left unfinished were handled', { messages: ran })
  return ran
}
