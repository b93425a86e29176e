/** Delivery on hold in a cluster, where each queue is on a master of its own and its slot may move. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { slotOf } from '../../src/adapters/redis/slot.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { DeliveryHold, Targets } from '../../src/ports/keys.js'
import { eventually } from '../support/eventually.js'
import { type RedisCluster, startCluster } from '../support/redis.js'

const PENDING = 'rpush:notifications:pending'
const RETRYABLE = 'rpush:notifications:retryable'
const SLOT = slotOf(Buffer.from(PENDING))
const FROM = Math.floor(SLOT / 5_462)
const TO = (FROM + 1) % 3

let cluster: RedisCluster
let targets: Targets
let delivery: DeliveryHold

beforeAll(async () => {
  cluster = await startCluster()
  targets = createTargets(cluster.url, [
    { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] },
  ])
  const hold = targets.hold('push')
  if (hold === undefined) throw new Error('no hold')
  delivery = hold
})
afterAll(async () => {
  await targets?.close()
  await cluster?.stop()
})

function at(index: number) {
  const client = cluster.clients[index]
  if (client === undefined) throw new Error('no master')
  return client
}

async function arrive(index: number, ...ids: readonly number[]): Promise<void> {
  for (const id of ids) await at(index).zadd(PENDING, id, `${id}`)
}

/** Begins something, and waits until the master of a slot that is on its way has sent it elsewhere. */
async function untilRefused(index: number, begin: () => void): Promise<void> {
  const refused = async () => {
    const stats = await at(index).info('errorstats')
    return [...stats.matchAll(/errorstat_(?:ASK|TRYAGAIN):count=(\d+)/gu)].reduce((sum, [, n]) => sum + Number(n), 0)
  }
  const before = await refused()
  begin()
  await eventually(async () => expect(await refused()).toBeGreaterThan(before))
}

it('takes both queues aside, and what arrives, through a move of a slot, and puts all of it back', async () => {
  const other = Math.floor(slotOf(Buffer.from(RETRYABLE)) / 5_462)
  expect(other).not.toBe(FROM)
  await arrive(FROM, 1, 2, 3)
  await at(other).zadd(RETRYABLE, 100, '9')
  expect(await delivery.hold()).toEqual({ held: 4 })
  expect(await at(FROM).exists(PENDING)).toBe(0)
  expect(await at(other).exists(RETRYABLE)).toBe(0)
  await arrive(FROM, 4)
  expect(await delivery.keep()).toBe(1)

  // The queue's slot goes to another master while one more has arrived: half of its keys are there, half are not.
  await arrive(FROM, 5)
  let keeping: Promise<number | undefined> = Promise.resolve(0)
  await cluster.migrate(SLOT, FROM, TO, async () => {
    await untilRefused(FROM, () => {
      keeping = delivery.keep()
    })
  })
  expect(await keeping).toBe(1)
  expect(await at(TO).exists(PENDING)).toBe(0)
  await arrive(TO, 6)
  expect(await delivery.keep()).toBe(1)

  let releasing: ReturnType<DeliveryHold['release']> | undefined
  await cluster.migrate(SLOT, TO, FROM, async () => {
    await untilRefused(TO, () => {
      releasing = delivery.release()
    })
  })
  expect(await releasing).toEqual({ released: 7, arrivedMeanwhile: 0 })
  expect(await at(FROM).zrange(PENDING, '0', '-1', 'WITHSCORES')).toEqual(
    [1, 2, 3, 4, 5, 6].flatMap((id) => [`${id}`, `${id}`]),
  )
  expect(await at(other).zscore(RETRYABLE, '9')).toBe('100')
  for (const client of cluster.clients) expect(await client.keys('mayday:hold:*')).toEqual([])
  expect(await delivery.keep()).toBeUndefined()
})
