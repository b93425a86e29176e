import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget, Targets } from '../../src/ports/keys.js'
import { type Keyspace, seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { pack } from '../../src/simulator/keyspace/msgpack.js'
import { startRpushTraffic } from '../../src/simulator/keyspace/rpush-daemon.js'
import { pictureOf, type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { namesIn, purgeAll, removeAll, restoreAll, statesOf, walkAll } from './walking.js'

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
  let seeded: Keyspace

  beforeEach(async () => {
    await client.flushall()
    seeded = await seedKeyspace(server.url, { notifications: 1_000, cacheKeys: 400, jobs: 0 })
    targets = createTargets(server.url.replace('//', `//${user}`), [
      { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] },
    ])
    const target = targets.target('push')
    if (target === undefined) throw new Error('no target')
    push = target
    return () => targets.close()
  })

  const byState = async () => statesOf(push)

  it('tells types, apps and states apart by the packed fields', async () => {
    expect(await byState()).toEqual(seeded.states)
    const { kinds } = await walkAll(push, await push.scope('all'), 'names')
    expect(Object.keys(kinds)).toContain('Rpush::Apns2::Notification (app 1)/pending')
    expect(Object.keys(kinds)).toContain('Rpush::Fcm::Notification (app 2)/delivered')
    expect(await push.estimate()).toEqual({ about: 1_000, margin: 0 })
  })

  it('leaves the counter, the apps, look-alikes and whatever is born later', async () => {
    const scope = await push.scope('all')
    expect(scope).toEqual({ mode: 'all', upToId: 1_000 })
    const traffic = startRpushTraffic(server.url, { batch: 0, pushes: 3 })
    const gone = await purgeAll(push, scope)
    const { pushed } = await traffic.stop()
    expect(gone).toMatchObject({ removed: 1_000, changed: 0 })
    expect(pushed.length).toBeGreaterThan(0)
    expect(await client.exists(...pushed.map((id) => `rpush:notifications:${id}`))).toBe(pushed.length)
    expect((await client.smembers('rpush:notifications:all')).map(Number).sort((a, b) => a - b)).toEqual(pushed)
    expect(await client.get('rpush:notifications_id_seq')).toBe(`${1_000 + pushed.length}`)
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
    expect(done).toMatchObject({ removed: 998, changed: 2, gone: 0 })
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
    expect((await walkAll(push, scope, 'count')).found).toBe(1_001)
    expect(await purgeAll(push, scope)).toMatchObject({ removed: 1_001, gone: 0 })
    expect(await client.keys('rpush:notifications:[0-9]*')).toEqual([])
  })

  it('scans where the counter is lost', async () => {
    await client.del('rpush:notifications_id_seq')
    const scope = await push.scope('all')
    expect(scope).toEqual({ mode: 'all' })
    expect((await walkAll(push, scope, 'count')).found).toBe(1_000)
  })

  it('removes by name alone, with the index entries', async () => {
    const { frames } = await walkAll(push, await push.scope('all'), 'names')
    expect(await removeAll(push, Buffer.concat(frames))).toMatchObject({ removed: 1_000, changed: 0, gone: 0 })
    expect(await client.exists('rpush:notifications:all', PENDING, 'rpush:notifications:retryable')).toBe(0)
  })

  it('removes a range without asking what is there, and claims what waits in a queue', async () => {
    await client.del('rpush:notifications:3', 'rpush:notifications:4')
    expect(await purgeAll(push, await push.scope('all'), 'bare')).toMatchObject({ removed: 998, gone: 2, changed: 0 })
    expect(await client.exists('rpush:notifications:all', PENDING, 'rpush:notifications:retryable')).toBe(0)
    await seedKeyspace(server.url, { notifications: 1_000, cacheKeys: 0, jobs: 0 })
    const traffic = startRpushTraffic(server.url, { batch: 20, pushes: 0, restMs: 1 })
    const gone = await purgeAll(push, await push.scope('undelivered'), 'bare')
    const seen = await traffic.stop()
    expect(seen.dangling).toEqual([])
    expect(gone.removed + seen.delivered.length).toBe(seeded.states.pending + seeded.states.retrying)
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
})
