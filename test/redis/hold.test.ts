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

  it('takes aside all that arrives', async () => {
    const { held } = await delivery.hold()
    const app = startRpushTraffic(server.url, { batch: 0, pushes: 20, restMs: 1 })
    let taken = 0
    while (taken < 500) taken += (await delivery.keep()) ?? 0
    const { pushed } = await app.stop()
    taken += (await delivery.keep()) ?? 0
    expect(taken).toBe(pushed.length)
    expect(await client.exists(PENDING)).toBe(0)
    expect(await delivery.release()).toEqual({ released: held + pushed.length, arrivedMeanwhile: 0 })
    expect(await client.zcard(PENDING)).toBe(seeded.states.pending + pushed.length)
    expect(await client.keys('mayday:hold:*')).toEqual([])
    expect(await delivery.keep()).toBeUndefined()
  })

  it('with several who hold, keep and release at once sends each once, and leaves nothing aside at the end', async () => {
    const others = [1, 2].map(() =>
      createTargets(server.url.replace('//', `//${user}`), [
        { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] },
      ]),
    )
    const hands = [delivery, ...others.map((one) => one.hold('push'))].filter((one) => one !== undefined)
    const traffic = startRpushTraffic(server.url, { batch: 7, pushes: 15, restMs: 1 })
    for (let round = 0; round < 60; round += 1) {
      await Promise.all([
        ...hands.map((hand) => hand.keep()),
        ...(round % 3 === 0 ? [hands[0]?.hold()] : []),
        ...(round % 3 === 1 ? [hands[1]?.release()] : []),
        ...(round % 3 === 2 ? [hands[2]?.hold(), hands[1]?.release()] : []),
      ])
    }
    await delivery.release()
    const { delivered, pushed, dangling } = await traffic.stop()
    expect(await delivery.keep()).toBeUndefined()
    expect(dangling).toEqual([])
    expect(new Set(delivered).size).toBe(delivered.length)
    const left = (await client.zcard(PENDING)) + (await client.zcard('rpush:notifications:retryable'))
    expect(left + delivered.length).toBe(seeded.states.pending + seeded.states.retrying + pushed.length)
    expect(await client.keys('mayday:hold:*')).toEqual([])
    await Promise.all(others.map((one) => one.close()))
  })

  it('goes on from whatever a crash left, to a whole hold or a whole release', async () => {
    const before = await pictureOf(client)
    // In the middle of a hold: the first gate stands, one queue is aside, arrivals are on their way.
    await delivery.hold()
    await client.del('mayday:hold:{rpush:notifications:retryable}:since')
    await client.rename('mayday:hold:{rpush:notifications:retryable}', 'rpush:notifications:retryable')
    await client.zadd('mayday:hold:{rpush:notifications:pending}:moving', 9_001, '9001')
    await delivery.keep()
    expect(await client.exists(PENDING, 'rpush:notifications:retryable')).toBe(0)
    expect(await client.zscore('mayday:hold:{rpush:notifications:pending}', '9001')).toBe('9001')
    // In the middle of a release: the first gate is gone, nothing is back yet.
    await client.del('mayday:hold:{rpush:notifications:pending}:since')
    expect(await delivery.isHeld()).toBe(false)
    expect(await delivery.keep()).toBeUndefined()
    expect(await client.zrem(PENDING, '9001')).toBe(1)
    expect((await pictureOf(client)).keys).toEqual(before.keys)
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
