import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slotOf } from '../../src/adapters/redis/slot.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget, Targets } from '../../src/ports/keys.js'
import { notificationFields } from '../../src/simulator/keyspace/notification.js'
import { createRandom } from '../../src/simulator/keyspace/random.js'
import { pictureOf, type RedisCluster, startCluster } from '../support/redis.js'
import { purgeAll, removeAll, restoreAll, walkAll } from './walking.js'

let cluster: RedisCluster
let targets: Targets

beforeAll(async () => {
  cluster = await startCluster()
  targets = createTargets(cluster.url, [
    { layout: 'keys', name: 'cache', pattern: 'cache:user:*', protect: [] },
    { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] },
    { layout: 'sidekiq', name: 'jobs', className: 'X' },
  ])
})
afterAll(async () => {
  await targets?.close()
  await cluster?.stop()
})

function named(name: string): KeyTarget {
  const target = targets.target(name)
  if (target === undefined) throw new Error('no target')
  return target
}

function home(key: string) {
  const client = cluster.clients[Math.floor(slotOf(Buffer.from(key)) / 5_462)]
  if (client === undefined) throw new Error('no master')
  return client
}

async function everything(): Promise<Record<string, string>> {
  const pictures = await Promise.all(cluster.clients.map(pictureOf))
  return Object.fromEntries(pictures.flatMap(({ keys }) => [...keys]).sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function fill(): Promise<void> {
  for (const client of cluster.clients) await client.flushall()
  const keys = Array.from({ length: 3_000 }, (_, i) => (i % 3 === 0 ? `cache:session:${i}` : `cache:user:${i}`))
  await Promise.all(keys.map((key, index) => home(key).set(key, `value ${index}`, 'PX', 1_000_000 + index)))
}

describe('a cluster of three masters', () => {
  it('walks every master, removes and puts back', async () => {
    await fill()
    const cache = named('cache')
    const before = await everything()
    expect(await cache.inspect()).toMatchObject({ masters: 3, scripting: true, missing: [], keys: 3_000 })
    const { about, margin } = await cache.estimate()
    expect(Math.abs(about - 2_000)).toBeLessThanOrEqual(2.5 * margin)
    expect((await walkAll(cache, { mode: 'all' }, 'count')).found).toBe(2_000)
    const gone = await purgeAll(cache, { mode: 'all' })
    expect(gone).toMatchObject({ removed: 2_000, changed: 0, gone: 0 })
    expect(Object.keys(await everything())).toHaveLength(1_000)
    expect(await restoreAll(cache, gone.archive)).toEqual({ restored: 2_000, occupied: 0, failed: 0 })
    expect(await everything()).toEqual(before)
    expect(await restoreAll(cache, gone.archive)).toEqual({ restored: 0, occupied: 2_000, failed: 0 })
  })

  it('removes every key of a slot that moves while it works, and puts them back where they belong', async () => {
    await fill()
    const cache = named('cache')
    const slot = slotOf(Buffer.from('cache:user:1'))
    for (let index = 0; index < 40; index += 1) {
      const key = `cache:user:{cache:user:1}:${index}`
      await home('cache:user:1').set(key, 'tagged')
    }
    const { frames } = await walkAll(cache, { mode: 'all' }, 'entries')
    const archive = Buffer.concat(frames)
    const from = Math.floor(slot / 5_462)
    await cluster.migrate(slot, from, (from + 1) % 3, async () => {
      // Some of its keys have gone, some have not: all of them are seen where they are.
      for (const what of ['count', 'names', 'entries'] as const)
        expect((await walkAll(cache, { mode: 'all' }, what)).found, what).toBe(2_040)
      expect(await removeAll(cache, archive.subarray(0, 0))).toMatchObject({ removed: 0 })
      const done = await removeAll(cache, archive)
      expect(done).toMatchObject({ removed: 2_040, changed: 0, gone: 0 })
    })
    expect((await walkAll(cache, { mode: 'all' }, 'names')).found).toBe(0)
    expect(await restoreAll(cache, archive)).toEqual({ restored: 2_040, occupied: 0, failed: 0 })
    expect((await walkAll(cache, { mode: 'all' }, 'count')).found).toBe(2_040)
    await cluster.migrate(slot, (from + 1) % 3, from)
  })

  it('walks again when a slot moved behind its back, and counts anew', async () => {
    await fill()
    const cache = named('cache')
    const slot = slotOf(Buffer.from('cache:user:2'))
    const from = Math.floor(slot / 5_462)
    let moved = false
    let removed = 0
    await walkAll(cache, { mode: 'all' }, 'entries', async (slice) => {
      removed += (await removeAll(cache, slice.frames)).removed
      if (!moved) await cluster.migrate(slot, from, (from + 1) % 3)
      moved = true
    })
    expect(removed).toBe(2_000)
    const keys = Object.keys(await everything())
    expect(keys.filter((key) => key.startsWith('cache:user:'))).toEqual([])

    await cluster.migrate(slot, (from + 1) % 3, from)
    await fill()
    let at = (await cache.slice({ mode: 'all' }, undefined, 0.01, 'count')).next
    expect(at).toBeDefined()
    await cluster.migrate(slot, from, (from + 1) % 3)
    const rest = async () => {
      while (at !== undefined) at = (await cache.slice({ mode: 'all' }, at, 0.5, 'count')).next
    }
    await expect(rest()).rejects.toMatchObject({ code: 'TARGET_CHANGED' })
    await cluster.migrate(slot, (from + 1) % 3, from)
  })

  it('purges notifications whose indexes live on another master', async () => {
    for (const client of cluster.clients) await client.flushall()
    const random = createRandom(1)
    for (let id = 1; id <= 600; id += 1) {
      const key = `rpush:notifications:${id}`
      const fields = notificationFields(id, 'pending', random).map((text) => Buffer.from(text, 'latin1'))
      await home(key).hset(key, ...fields)
      await home('rpush:notifications:all').sadd('rpush:notifications:all', `${id}`)
      await home('rpush:notifications:pending').zadd('rpush:notifications:pending', id, `${id}`)
    }
    await home('rpush:notifications_id_seq').set('rpush:notifications_id_seq', 600)
    const push = named('push')
    const before = await everything()
    for (const mode of ['all', 'undelivered'] as const) {
      const scope = await push.scope(mode)
      expect((await walkAll(push, scope, 'names')).kinds).toMatchObject({
        'Rpush::Apns2::Notification (app 1)/pending': expect.any(Number),
      })
      const gone = await purgeAll(push, scope)
      expect(gone).toMatchObject({ removed: 600, changed: 0, gone: 0 })
      expect(Object.keys(await everything())).toEqual(['rpush:notifications_id_seq'])
      await restoreAll(push, gone.archive)
      expect(await everything()).toEqual(before)
    }
    const hold = targets.hold('push')
    expect(await hold?.hold()).toEqual({ held: 600 })
    expect(await hold?.release()).toEqual({ released: 600, arrivedMeanwhile: 0 })
    expect(await everything()).toEqual(before)
  })

  it('says that Sidekiq is not here', async () => {
    await expect(named('jobs').estimate()).rejects.toMatchObject({ code: 'TARGET_REFUSED' })
  })

  it('waits for the others to say who follows a master that died', async () => {
    await fill()
    const cache = named('cache')
    const dead = cluster.nodes[2]
    await dead?.kill()
    await expect(walkAll(cache, { mode: 'all' }, 'count')).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
      retry: true,
    })
  })
})
