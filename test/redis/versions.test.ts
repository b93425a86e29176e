/** What kind of server it is, and whether it can read what another one wrote. */
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decodeFrames, encodeFrame } from '../../src/adapters/redis/frames.js'
import { placesLength } from '../../src/adapters/redis/rpush/entry.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { Targets } from '../../src/ports/keys.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { walkAll } from './walking.js'

let server: RedisServer
let client: Redis
let targets: Targets

beforeAll(async () => {
  server = await startRedis()
  client = redisClient(server.url)
  await seedKeyspace(server.url, { notifications: 50, cacheKeys: 100, jobs: 40 })
  targets = createTargets(server.url, [
    { layout: 'keys', name: 'cache', pattern: 'cache:*', protect: [] },
    { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] },
    { layout: 'sidekiq', name: 'jobs', className: 'PushNotifications::DeliveryWorker' },
  ])
})
afterAll(async () => {
  await targets.close()
  client.disconnect()
  await server.stop()
})

it('is named with its kind and version, Valkey too', async () => {
  const info = await client.info('server')
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'mu').exec(info)?.[1]
  const valkey = field('valkey_version')
  const seen = await targets.target('cache')?.inspect()
  expect(seen?.version).toBe(valkey === undefined ? `Redis ${field('redis_version')}` : `Valkey ${valkey}`)
  expect(seen?.commandsOf).toBe(field('redis_version'))
})

/** The same frames from a server of the future: the RDB version behind the value is higher. `places`: bytes behind it. */
function newer(frames: Buffer, places: (payload: Buffer) => number): Buffer {
  const all = decodeFrames(frames).map(({ name, ttlMs, payload }) => {
    const value = Buffer.from(payload)
    value.writeUInt16LE(0x7f00, value.length - places(value) - 2)
    return encodeFrame(name, ttlMs, value)
  })
  return Buffer.concat(all)
}

it.each([
  { name: 'cache', places: () => 0 },
  { name: 'push', places: (payload: Buffer) => placesLength(payload, payload.length) },
])('$name: knows before anything is put back whether it can read an archive, and creates nothing', async (given) => {
  const target = targets.target(given.name)
  if (target === undefined) throw new Error('no target')
  const before = await client.dbsize()
  const frames = Buffer.concat((await walkAll(target, await target.scope('all'), 'entries')).frames)
  expect(await target.understands(frames)).toBe(true)
  expect(await target.understands(newer(frames, given.places))).toBe(false)
  expect(await client.dbsize()).toBe(before)
})

it('takes jobs back whatever the server is: they are text', async () => {
  expect(await targets.target('jobs')?.understands(Buffer.alloc(0))).toBe(true)
})
