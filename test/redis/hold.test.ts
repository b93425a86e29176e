import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { DeliveryHold, KeyTarget, Targets } from '../../src/ports/keys.js'
import { type Keyspace, seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { startRpushTraffic } from '../../src/simulator/keyspace/rpush-daemon.js'
import { pictureOf, type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { purgeAll, restoreAll, statesOf } from './walking.js'

const PENDING = 'rpush:notifications:pending'

let server: RedisServer
let client: Redis

beforeAll(async () => {
  server = await startRedis()
  client = redisClient(server.url)
  await client.call('ACL', 'SETUSER', 'plain', 'on', '>secret', '~*', '+@all', '-@scripting')
})
afterAll(async () => {
  client?.disconnect()
  await server?.stop()
})

describe.each([
  { who: 'with scripts', user: '' },
  { who: 'without EVAL', user: 'plain:secret@' },
])('while delivery is on hold, $who', ({ user }) => {
  let targets: Targets
  let push: KeyTarget
  let delivery: DeliveryHold
  let seeded: Keyspace

  beforeEach(async () => {
    await client.flushall()
    seeded = await seedKeyspace(server.url, { notifications: 2_000, cacheKeys: 100, jobs: 0 })
    targets = createTargets(server.url.replace('//', `//${user}`), [
      { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] },
    ])
    const [target, hold] = [targets.target('push'), targets.hold('push')]
    if (target === undefined || hold === undefined) throw new Error('no target')
    push = target
    delivery = hold
    return () => targets.close()
  })

  it('leaves the daemon nothing, and puts everything back with what came meanwhile', async () => {
    const before = await pictureOf(client)
    const waiting = seeded.states.pending + seeded.states.retrying
    expect(await delivery.isHeld()).toBe(false)
    expect(await delivery.hold()).toEqual({ held: waiting })
    expect(await delivery.isHeld()).toBe(true)
    expect(await client.exists(PENDING, 'rpush:notifications:retryable')).toBe(0)
    expect(await delivery.release()).toEqual({ released: waiting, arrivedMeanwhile: 0 })
    expect(await delivery.isHeld()).toBe(false)
    expect((await pictureOf(client)).keys).toEqual(before.keys)
  })

  it('loses nothing that arrives and delivers nothing twice', async () => {
    const { held } = await delivery.hold()
    const traffic = startRpushTraffic(server.url, { batch: 10, pushes: 30, restMs: 1 })
    await client.zadd(PENDING, 3_001, '3001', 3_002, '3002')
    await delivery.hold()
    await delivery.release()
    const { delivered, pushed } = await traffic.stop()
    expect(new Set(delivered).size).toBe(delivered.length)
    const left = await client.zcard(PENDING)
    const retryable = await client.zcard('rpush:notifications:retryable')
    const known = delivered.filter((id) => id <= 2_000 || pushed.includes(id)).length
    const strangers =
      2 - ((await client.zscore(PENDING, '3001')) ? 0 : 1) - ((await client.zscore(PENDING, '3002')) ? 0 : 1)
    expect(left - strangers + retryable + known).toBe(held + pushed.length)
    expect(await client.keys('mayday:hold:*')).toEqual([])
  })

  it('still knows what is pending, purges it, and puts it back behind the hold', async () => {
    await delivery.hold()
    const before = await pictureOf(client)
    expect(await statesOf(push)).toEqual(seeded.states)
    const gone = await purgeAll(push, await push.scope('undelivered'))
    expect(gone.removed).toBe(seeded.states.pending + seeded.states.retrying)
    await restoreAll(push, gone.archive)
    expect(await client.exists(PENDING)).toBe(0)
    expect((await pictureOf(client)).keys).toEqual(before.keys)
  })
})
