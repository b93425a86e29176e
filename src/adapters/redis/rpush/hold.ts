/**
 * Takes Rpush's two queues out of the daemon's sight and puts them back. RENAMENX is O(1) whatever they hold, and every
 * command here is one that any user of the queues has; a crash at any point leaves keys from which the next call goes on.
 *
 * What the application pushes while delivery is on hold starts a new queue, which the daemon sees until `keep` takes that
 * aside too. Each change is a transaction that watches the queue's gate: nothing is taken aside once a release has begun,
 * and nothing put back once the next hold has.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeliveryHold } from '../../../ports/keys.js'
import type { RedisServers } from '../connect.js'
import { expectValue } from '../failure.js'
import { prefixOf } from '../glob.js'
import type { Arg, Words } from '../session.js'
import { rpushNames } from './names.js'

/** Members moved in one transaction: a fraction of a millisecond. */
const STEP = 100

interface Queue {
  readonly open: string
  readonly held: string
  /** What came meanwhile, on its way to where it belongs. */
  readonly moving: string
  /** There while this queue is to be out of sight; in a cluster it lives where the queue does. */
  readonly gate: string
}

/** `servers`: connections for this alone, because a transaction watches keys on them. Throws `TARGET_*`. */
export function createDeliveryHold(servers: RedisServers, pattern: string): DeliveryHold {
  const names = rpushNames(prefixOf(pattern))
  const queueOf = (open: string, held: string): Queue => ({
    open,
    held,
    moving: `${held}:moving`,
    gate: `${held}:since`,
  })
  const pending = queueOf(names.pending, names.heldPending)
  const retryable = queueOf(names.retryable, names.heldRetryable)
  const queues = [pending, retryable]
  const ask = async (key: string, command: string, ...args: Arg[]) => {
    const [reply] = await servers.batch([{ key: Buffer.from(key), words: [command, key, ...args] }])
    return expectValue(reply, 'the target')
  }
  const sizes = async (...picks: readonly ((queue: Queue) => string)[]) => {
    const keys = queues.flatMap((queue) => picks.map((pick) => pick(queue)))
    return (await Promise.all(keys.map((key) => ask(key, 'ZCARD')))).reduce<number>(
      (sum, size) => sum + Number(size),
      0,
    )
  }
  const takeAll = async () => {
    let taken = 0
    for (const queue of queues) taken += await patiently(servers, () => takeAside(servers, queue))
    return taken
  }
  const putAllBack = async () => {
    for (const queue of queues) await patiently(servers, () => putBack(servers, queue))
  }
  const inTurn = createTurns()
  return {
    isHeld: async () => (await ask(pending.gate, 'EXISTS').then(Number)) > 0,
    hold: () =>
      inTurn(async () => {
        // First the gates: from here on, what is restored goes behind the hold.
        await ask(pending.gate, 'SET', Date.now(), 'NX')
        await patiently(servers, () => align(servers, pending, retryable))
        await takeAll()
        return { held: await sizes((queue) => queue.held) }
      }),
    keep: () =>
      inTurn(async () => {
        const isHeld = await patiently(servers, () => align(servers, pending, retryable))
        if (isHeld) return takeAll()
        await putAllBack()
        return undefined
      }),
    release: () =>
      inTurn(async () => {
        const released = await sizes(
          (queue) => queue.held,
          (queue) => queue.moving,
        )
        const arrivedMeanwhile = await sizes((queue) => queue.open)
        for (const { gate } of queues) await ask(gate, 'UNLINK')
        await putAllBack()
        return { released, arrivedMeanwhile }
      }),
    close: () => servers.close(),
  }
}

/** why: two transactions at once on one connection would end each other's watch. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
}

/** A slot with a handful of keys moves within milliseconds; a cluster that takes longer is told of. */
const MOVES_MS = { every: 50, most: 5_000 } as const

/** why: a transaction cannot follow keys that are half here and half there; nothing of it is done, and later all of it is. */
async function patiently<T>(servers: RedisServers, work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += MOVES_MS.every) {
    try {
      return await work()
    } catch (error) {
      if (!servers.cluster || waited >= MOVES_MS.most || !isOnItsWay(error)) throw error
      servers.refresh()
      await sleep(MOVES_MS.every)
    }
  }
}

function isOnItsWay(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const said = error.cause instanceof Error ? error.cause.message : String(error.cause)
  return /^(MOVED|ASK|TRYAGAIN|EXECABORT)\b/u.test(said)
}

/**
 * Brings the second gate to where the first stands, whatever a crash or another process left between the two. Answers
 * whether delivery is on hold. why: in a cluster the two queues are on different masters, out of one transaction's reach.
 */
async function align(servers: RedisServers, first: Queue, second: Queue): Promise<boolean> {
  const node = await servers.owner(Buffer.from(second.open))
  const session = await node.session()
  for (;;) {
    // The second is watched before the first is read: a hold that begins meanwhile writes the second, and this ends.
    const [, known] = (
      await session.batch([
        ['WATCH', second.gate],
        ['GET', second.gate],
      ])
    ).map((reply) => expectValue(reply, 'the target'))
    const [reply] = await servers.batch([{ key: Buffer.from(first.gate), words: ['GET', first.gate] }])
    const wanted = expectValue(reply, 'the target')
    if (String(known) === String(wanted)) {
      await session.call('UNWATCH')
      return wanted !== null
    }
    const write: Words = wanted === null ? ['UNLINK', second.gate] : ['SET', second.gate, String(wanted)]
    const done = (await session.batch([['MULTI'], write, ['EXEC']])).at(-1)
    if (expectValue(done, 'the target') !== null) return wanted !== null
  }
}

/** Answers how many were in the daemon's sight. */
async function takeAside(servers: RedisServers, queue: Queue): Promise<number> {
  const { open, held, moving } = queue
  // What a crash left on its way.
  await pour(servers, queue, { isHeld: true, from: moving, to: held })
  for (const to of [held, moving]) {
    const done = await change(servers, queue, { isHeld: true }, () => [
      ['RENAMENX', open, to],
      ['ZCARD', to],
    ])
    if (Number(done?.[0]) !== 1) continue
    await pour(servers, queue, { isHeld: true, from: moving, to: held })
    return Number(done?.[1])
  }
  return 0
}

/** The smaller queue is poured into the larger, and the daemon never sees an entry twice or misses one. */
async function putBack(servers: RedisServers, queue: Queue): Promise<void> {
  const { open, held, moving } = queue
  const node = await servers.owner(Buffer.from(open))
  const session = await node.session()
  const [waiting, arrived] = [Number(await session.call('ZCARD', held)), Number(await session.call('ZCARD', open))]
  if (waiting > arrived) {
    await change(servers, queue, { isHeld: false }, () => [
      ['RENAMENX', open, moving],
      ['RENAMENX', held, open],
    ])
  }
  await pour(servers, queue, { isHeld: false, from: moving, to: open })
  await pour(servers, queue, { isHeld: false, from: held, to: open })
}

/**
 * Pours one sorted set into another, a step at a time. Both keys are in one slot, and a transaction adds and takes away in
 * one go: an entry is in exactly one of them at any moment.
 */
async function pour(
  servers: RedisServers,
  queue: Queue,
  { isHeld, from, to }: { readonly isHeld: boolean; readonly from: string; readonly to: string },
): Promise<void> {
  for (;;) {
    const began = performance.now()
    const page: Words = ['ZRANGE', from, 0, STEP - 1, 'WITHSCORES']
    const done = await change(servers, queue, { isHeld, watch: from, read: page }, (reply) => {
      const pairs = Array.isArray(reply) ? reply.map(String) : []
      const members = pairs.filter((_, index) => index % 2 === 0)
      const scored = members.flatMap((member, index) => [pairs[2 * index + 1] ?? '0', member])
      if (members.length === 0) return undefined
      return [
        ['ZADD', to, 'NX', ...scored],
        ['ZREM', from, ...members],
      ]
    })
    if (done === undefined) return
    // Rests as long as it worked, so that a large queue does not take the server from everybody else.
    await sleep(performance.now() - began)
  }
}

interface Condition {
  /** Whether delivery must be on hold for this. */
  readonly isHeld: boolean
  /** Read, and not to be changed by anybody before the transaction. */
  readonly watch?: string
  readonly read?: Words
}

/**
 * One transaction that happens only while the gate stands as it must. Answers the replies, where a refused command is an
 * error among them. Undefined: the gate stands otherwise, or `write` has nothing to do.
 */
async function change(
  servers: RedisServers,
  { gate, open }: Queue,
  { isHeld, watch, read = ['EXISTS', gate] }: Condition,
  write: (reply: unknown) => readonly Words[] | undefined,
): Promise<readonly unknown[] | undefined> {
  const node = await servers.owner(Buffer.from(open))
  const session = await node.session()
  for (;;) {
    const watched = watch === undefined ? [gate] : [gate, watch]
    const replies = await session.batch([['WATCH', ...watched], ['EXISTS', gate], read])
    const [, stands, seen] = replies.map((reply) => expectValue(reply, 'the target'))
    const commands = Number(stands) > 0 === isHeld ? write(seen) : undefined
    if (commands === undefined) {
      await session.call('UNWATCH')
      return undefined
    }
    const done = (await session.batch([['MULTI'], ...commands, ['EXEC']])).at(-1)
    if (done !== null) return readReplies(expectValue(done, 'the target'))
  }
}

function readReplies(done: unknown): readonly unknown[] {
  return Array.isArray(done) ? done : []
}
