/**
 * Takes Rpush's two queues out of the daemon's sight and puts them back. RENAMENX is O(1) whatever they hold, and every
 * command here is one that any user of the queues has; a crash at any point leaves keys from which the next call goes on.
 *
 * What the application pushes while delivery is on hold starts a new queue, which the daemon sees: call `hold` again to
 * take that aside too.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeliveryHold } from '../../../ports/keys.js'
import type { KeyedCommand, RedisServers } from '../connect.js'
import { expectValue, isRefusal } from '../failure.js'
import { prefixOf } from '../glob.js'
import type { Arg } from '../session.js'
import { rpushNames } from './names.js'

/** Members moved in one transaction: a fraction of a millisecond. */
const STEP = 100

interface Queue {
  readonly open: string
  readonly held: string
  /** What came meanwhile, on its way to where it belongs. */
  readonly moving: string
}

/** `pattern`: the rpush target's. Throws `TARGET_*`. */
export function createDeliveryHold(servers: RedisServers, pattern: string): DeliveryHold {
  const names = rpushNames(prefixOf(pattern))
  const queues = [
    { open: names.pending, held: names.heldPending, moving: `${names.heldPending}:moving` },
    { open: names.retryable, held: names.heldRetryable, moving: `${names.heldRetryable}:moving` },
  ]
  const ask = async (key: string, command: string, ...args: Arg[]) => {
    const [reply] = await servers.batch([on(key, command, key, ...args)])
    return expectValue(reply, 'the target')
  }
  const sizes = async (pick: (queue: Queue) => string) => {
    const counts = await Promise.all(queues.map((queue) => ask(pick(queue), 'ZCARD')))
    return counts.reduce<number>((sum, count) => sum + Number(count), 0)
  }
  const isHeld = async () => Number(await ask(names.since, 'EXISTS', ...queues.slice(0, 1).map(({ held }) => held))) > 0

  return {
    isHeld,
    async hold() {
      // First the marker: from here on, what is restored goes behind the hold.
      await ask(names.since, 'SET', Date.now(), 'NX')
      for (const queue of queues) {
        await empty(servers, queue.moving, queue.held)
        if (await rename(servers, queue.open, queue.held)) continue
        if (await rename(servers, queue.open, queue.moving)) await empty(servers, queue.moving, queue.held)
      }
      return { held: await sizes(({ held }) => held) }
    },
    async release() {
      const released = await sizes(({ held }) => held)
      const arrivedMeanwhile = await sizes(({ open }) => open)
      for (const queue of queues) await putBack(servers, queue, ask)
      await ask(names.since, 'UNLINK')
      return { released, arrivedMeanwhile }
    },
  }
}

/** The smaller queue is poured into the larger, and the daemon never sees an entry twice or misses one. */
async function putBack(
  servers: RedisServers,
  { open, held, moving }: Queue,
  ask: (key: string, command: string) => Promise<unknown>,
): Promise<void> {
  const [waiting, arrived] = [Number(await ask(held, 'ZCARD')), Number(await ask(open, 'ZCARD'))]
  if (waiting > arrived) {
    // why: with the arrivals out of sight there is no moment in which the daemon could claim one that is being moved.
    await rename(servers, open, moving)
    await rename(servers, held, open)
  }
  await empty(servers, moving, open)
  await empty(servers, held, open)
}

/** Answers whether there was something to rename and nothing in its place. */
async function rename(servers: RedisServers, from: string, to: string): Promise<boolean> {
  const [reply] = await servers.batch([on(from, 'RENAMENX', from, to)])
  if (isRefusal(reply) && /no such key/u.test(reply.message)) return false
  return Number(expectValue(reply, 'the target')) === 1
}

/**
 * Pours one sorted set into another, a step at a time. Both keys are in one slot, and a transaction adds and takes away in
 * one go: an entry is in exactly one of them at any moment.
 */
async function empty(servers: RedisServers, from: string, to: string): Promise<void> {
  const node = await servers.owner(Buffer.from(from))
  for (;;) {
    const session = await node.session()
    const began = performance.now()
    const page = await session.call('ZRANGE', from, 0, STEP - 1, 'WITHSCORES')
    const pairs = Array.isArray(page) ? page.map(String) : []
    if (pairs.length === 0) return
    const members = pairs.filter((_, index) => index % 2 === 0)
    const scored = members.flatMap((member, index) => [pairs[2 * index + 1] ?? '0', member])
    const replies = await session.batch([
      ['MULTI'],
      ['ZADD', to, 'NX', ...scored],
      ['ZREM', from, ...members],
      ['EXEC'],
    ])
    for (const reply of replies) expectValue(reply, 'the target')
    // Rests as long as it worked, so that a large queue does not take the server from everybody else.
    await sleep(performance.now() - began)
  }
}

function on(key: string, ...words: KeyedCommand['words']): KeyedCommand {
  return { key: Buffer.from(key), words }
}
