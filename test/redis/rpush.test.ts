import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { DeliveryHold, KeyTarget, Targets } from '../../src/ports/keys.js'
import { type Keyspace, seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { pack } from '../../src/simulator/keyspace/msgpack.js'
import { startRpushTraffic } from '../../src/simulator/keyspace/rpush-daemon.js'
import { pictureOf, type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { namesIn, purgeAll, removeAll, restoreAll, walkAll } from './walking.js'

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

const PENDING = 'rpush:notifications:pending'
const raw = (text: string) => Buffer.from(text, 'latin1')

describe.each([
  { who: 'with scripts', user: '' },
  { who: 'without EVAL', user: 'plain:secret@' },
])('notifications of Rpush, $who', ({ user }) => {
  let targets: Targets
  let push: KeyTarget
  let delivery: DeliveryHold
  let seeded: Keyspace

  beforeEach(async () => {
    await client.flushall()
    seeded = await seedKeyspace(server.url, { notifications: 2_000, cacheKeys: 2_000, jobs: 0 })
    targets = createTargets(server.url.replace('//', `//${user}`), [
      { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] },
    ])
    const [target, hold] = [targets.target('push'), targets.hold('push')]
    if (target === undefined || hold === undefined) throw new Error('no target')
    push = target
    delivery = hold
    return () => targets.close()
  })

  async function byState(): Promise<Record<string, number>> {
    const { kinds } = await walkAll(push, await push.scope('all'), 'names')
    const states: Record<string, number> = {}
    for (const [kind, times] of Object.entries(kinds)) {
      const state = kind.split('/').at(-1) ?? ''
      states[state] = (states[state] ?? 0) + times
    }
    return states
  }

  it('tells types, apps and states apart by the packed fields', async () => {
    expect(await byState()).toEqual(seeded.states)
    const { kinds } = await walkAll(push, await push.scope('all'), 'names')
    expect(Object.keys(kinds)).toContain('Rpush::Apns2::Notification (app 1)/pending')
    expect(Object.keys(kinds)).toContain('Rpush::Fcm::Notification (app 2)/delivered')
    expect(await push.estimate()).toEqual({ about: 2_000, margin: 0 })
  })

  it('leaves the counter, the apps, look-alikes and whatever is born later', async () => {
    const scope = await push.scope('all')
    expect(scope).toEqual({ mode: 'all', upToId: 2_000 })
    const traffic = startRpushTraffic(server.url, { batch: 0, pushes: 3 })
    const gone = await purgeAll(push, scope)
    const { pushed } = await traffic.stop()
    expect(gone).toMatchObject({ removed: 2_000, changed: 0 })
    expect(pushed.length).toBeGreaterThan(0)
    expect(await client.exists(...pushed.map((id) => `rpush:notifications:${id}`))).toBe(pushed.length)
    expect((await client.smembers('rpush:notifications:all')).map(Number).sort((a, b) => a - b)).toEqual(pushed)
    expect(await client.get('rpush:notifications_id_seq')).toBe(`${2_000 + pushed.length}`)
    expect(await client.exists('rpush:apps:1', 'rpush:apps:2', 'rpush:apps:all', 'rpush:apps_id_seq')).toBe(4)
    expect(await client.mget('rpush:notifications-archive:1', 'xrpush:notifications:1')).toEqual(['kept', 'kept'])
  })

  it('never lets the daemon claim what is gone, and never takes what it claimed', async () => {
    const traffic = startRpushTraffic(server.url, { batch: 20, pushes: 0, restMs: 1 })
    const gone = await purgeAll(push, await push.scope('undelivered'))
    const seen = await traffic.stop()
    expect(seen.dangling).toEqual([])
    const removed = new Set(namesIn([gone.archive]).map((name) => Number(name.split(':').at(-1))))
    for (const name of gone.left) removed.delete(Number(name.toString().split(':').at(-1)))
    expect(seen.delivered.filter((id) => removed.has(id))).toEqual([])
    const { pending, retrying } = seeded.states
    expect(gone.removed + seen.delivered.length).toBe(pending + retrying)
    expect(await client.zcard(PENDING)).toBe(0)
  })

  it('takes only what was never delivered when asked for that', async () => {
    const gone = await purgeAll(push, await push.scope('undelivered'))
    expect(gone.removed).toBe(seeded.states.pending + seeded.states.retrying)
    const { delivered, failed, 'in flight': inFlight } = seeded.states
    expect(await byState()).toEqual({ delivered, failed, 'in flight': inFlight })
    expect(await client.scard('rpush:notifications:all')).toBe(delivered + failed + inFlight)
  })

  it('leaves what was claimed or saved between archive and removal', async () => {
    const { frames } = await walkAll(push, await push.scope('all'), 'entries')
    const [claimed = ''] = await client.zrange(PENDING, 0, '0')
    await client.zrem(PENDING, claimed)
    const [, saved = ''] = await client.zrange(PENDING, 0, '1')
    await client.hset(`rpush:notifications:${saved}`, 'delivered', raw(pack(true)))
    const done = await removeAll(push, Buffer.concat(frames))
    expect(done).toMatchObject({ removed: 1_998, changed: 2, gone: 0 })
    expect(done.left.map(String).sort()).toEqual([claimed, saved].map((id) => `rpush:notifications:${id}`).sort())
    expect(await client.zscore(PENDING, saved)).toBe(saved)
    expect(await client.exists(`rpush:notifications:${claimed}`)).toBe(1)
  })

  it('finds what a daemon saved again after it was removed', async () => {
    await purgeAll(push, await push.scope('all'))
    await client.hset('rpush:notifications:7', 'delivered', raw(pack(true)))
    expect(await byState()).toEqual({ zombie: 1 })
    expect(await purgeAll(push, await push.scope('all'))).toMatchObject({ removed: 1 })
  })

  it('looks in the index where ids are sparse, and then for what the index does not know', async () => {
    await client.set('rpush:notifications_id_seq', 50_000_000)
    await client.srem('rpush:notifications:all', '5', '6')
    await client.hset('rpush:notifications:49999999', 'id', raw(pack(49_999_999)))
    const scope = await push.scope('all')
    expect((await walkAll(push, scope, 'count')).found).toBe(2_001)
    expect(await purgeAll(push, scope)).toMatchObject({ removed: 2_001, gone: 0 })
    expect(await client.keys('rpush:notifications:[0-9]*')).toEqual([])
  })

  it('scans where the counter is lost', async () => {
    await client.del('rpush:notifications_id_seq')
    const scope = await push.scope('all')
    expect(scope).toEqual({ mode: 'all' })
    expect((await walkAll(push, scope, 'count')).found).toBe(2_000)
  })

  it('removes by name alone, with the index entries', async () => {
    const { frames } = await walkAll(push, await push.scope('all'), 'names')
    expect(await removeAll(push, Buffer.concat(frames))).toMatchObject({ removed: 2_000, changed: 0, gone: 0 })
    expect(await client.exists('rpush:notifications:all', PENDING, 'rpush:notifications:retryable')).toBe(0)
  })

  it('refuses frames that are not of its own', async () => {
    const name = Buffer.from('rpush:apps:1')
    const head = Buffer.alloc(16)
    head.writeUInt32LE(name.length, 0)
    head.writeBigInt64LE(-1n, 4)
    expect(await removeAll(push, Buffer.concat([head, name]))).toMatchObject({ removed: 0, changed: 1 })
    expect(await client.exists('rpush:apps:1')).toBe(1)
  })

  it('keeps the sets of an older Modis in step', async () => {
    await client.sadd('rpush:notifications:raw_notification:all', '1', '2', '9999')
    const before = await pictureOf(client)
    const { archive } = await purgeAll(push, await push.scope('all'))
    expect(await client.smembers('rpush:notifications:raw_notification:all')).toEqual(['9999'])
    await restoreAll(push, archive)
    expect((await pictureOf(client)).keys).toEqual(before.keys)
  })

  describe('while delivery is on hold', () => {
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
      expect(await byState()).toEqual(seeded.states)
      const gone = await purgeAll(push, await push.scope('undelivered'))
      expect(gone.removed).toBe(seeded.states.pending + seeded.states.retrying)
      await restoreAll(push, gone.archive)
      expect(await client.exists(PENDING)).toBe(0)
      expect((await pictureOf(client)).keys).toEqual(before.keys)
    })
  })
})
