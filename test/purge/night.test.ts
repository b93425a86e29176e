/** The Redis of the night, small: Rpush's notifications and Sidekiq's jobs among a cache's keys, with everybody at work. */
import type { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { startRpushTraffic } from '../../src/simulator/keyspace/rpush-daemon.js'
import { createRig, planned, SAM } from './rig.js'

/** Every key with its value, whatever order its hash or set has inside. */
async function digest(redis: Redis): Promise<Readonly<Record<string, string>>> {
  const rows: [string, string][] = []
  for (const key of (await redis.keys('*')).sort())
    rows.push([key, `${await read(redis, key)} ${(await redis.ttl(key)) > 0}`])
  return Object.fromEntries(rows)
}

async function read(redis: Redis, key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'hash':
      return JSON.stringify(
        Object.entries(await redis.hgetallBuffer(key))
          .map(([name, value]) => [name, value.toString('hex')])
          .sort(),
      )
    case 'set':
      return JSON.stringify((await redis.smembers(key)).sort())
    case 'zset':
      return JSON.stringify(await redis.zrange(key, '0', '-1', 'WITHSCORES'))
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1))
    default:
      return (await redis.getBuffer(key))?.toString('hex') ?? ''
  }
}

const NIGHT = { notifications: 3_000, cacheKeys: 1_000, jobs: 600 }

test('push: every notification goes with its places in the indexes, the apps and the counter stay, and all comes back', async () => {
  const rig = await createRig()
  await seedKeyspace(rig.server.url, NIGHT)
  const before = await digest(rig.redis)
  const { id, job } = await rig.purge('push')
  expect(job).toMatchObject({
    state: 'done',
    plan: { count: 3_000 },
    progress: { removed: 3_000 },
    verification: { remaining: 0 },
  })
  expect(Object.keys(job.plan.kinds).join()).toMatch(/\/pending/)
  const left = await rig.redis.keys('rpush:*')
  expect(left.filter((key) => /^rpush:notifications:\d+$/.test(key))).toEqual([])
  expect(left).toEqual(expect.arrayContaining(['rpush:notifications_id_seq']))
  expect(left.some((key) => key.startsWith('rpush:apps:'))).toBe(true)
  expect(await rig.redis.zcard('rpush:notifications:pending')).toBe(0)
  await rig.purging.undo(id, SAM)
  await rig.work()
  expect((await rig.purging.get(id)).job.undo).toMatchObject({ state: 'done', restored: 3_000, occupied: 0, failed: 0 })
  expect(await digest(rig.redis)).toEqual(before)
})

test('push, undelivered only: what was delivered or failed for good stays', async () => {
  const rig = await createRig()
  const { states } = await seedKeyspace(rig.server.url, NIGHT)
  const { job } = await rig.purge('push', { mode: 'undelivered' })
  expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
  expect(job.progress.removed).toBe(states.pending + states.retrying)
  const payload = (await rig.redis.keys('rpush:notifications:*')).filter((key) => /:\d+$/.test(key))
  expect(payload).toHaveLength(3_000 - job.progress.removed)
})

test('with a daemon that delivers and an application that pushes: no dangling id is met, and what is born later stays', async () => {
  const rig = await createRig()
  await seedKeyspace(rig.server.url, NIGHT)
  const traffic = startRpushTraffic(rig.server.url)
  const { job } = await rig.purge('push')
  const seen = await traffic.stop()
  expect(job.state).toBe('done')
  expect(seen.dangling).toEqual([])
  const highest = job.plan.scope.upToId ?? 0
  const there = new Set(
    (await rig.redis.keys('rpush:notifications:*')).map((key) => Number(key.split(':').at(-1) ?? '')),
  )
  for (const id of seen.pushed.filter((one) => one > highest))
    expect(there.has(id), `born after the plan: ${id}`).toBe(true)
})

test('hold, purge, release: nothing is sent while it is held, and what arrived meanwhile is', async () => {
  const rig = await createRig()
  await seedKeyspace(rig.server.url, NIGHT)
  const pending = await rig.redis.zcard('rpush:notifications:pending')
  const before = await planned(rig, 'push')
  expect(before.job.objections.map((one) => one.guard)).toContain('not_on_hold')
  expect(await rig.purging.hold('push', { by: SAM })).toBeGreaterThanOrEqual(pending)
  expect(await rig.redis.zcard('rpush:notifications:pending')).toBe(0)
  expect((await planned(rig, 'push')).job.objections.map((one) => one.guard)).not.toContain('not_on_hold')
  const { job } = await rig.purge('push')
  expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
  await rig.redis.zadd('rpush:notifications:pending', 9_999, '9999')
  await rig.purging.release('push', { by: SAM })
  expect(await rig.redis.zrange('rpush:notifications:pending', '0', '-1')).toEqual(['9999'])
})

describe('jobs', () => {
  test('of one class leave every place they wait in; all others stay in their order; and they come back', async () => {
    const rig = await createRig()
    await seedKeyspace(rig.server.url, NIGHT)
    const before = await digest(rig.redis)
    const { id, job } = await rig.purge('push-delivery')
    expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
    expect(job.progress.removed).toBe(job.plan.count)
    expect(job.plan.count).toBeGreaterThan(0)
    const after = await digest(rig.redis)
    const changed = Object.keys(before).filter((key) => before[key] !== after[key])
    expect(changed.every((key) => /^(queue:|schedule$|retry$|dead$)/.test(key))).toBe(true)
    await rig.purging.undo(id, SAM)
    await rig.work()
    const restored = await digest(rig.redis)
    expect(Object.keys(restored)).toEqual(Object.keys(before))
    for (const key of changed) {
      const [was, is] = [before[key], restored[key]].map((text) => (text ?? '').length)
      expect(is, key).toBe(was)
    }
  })
})
