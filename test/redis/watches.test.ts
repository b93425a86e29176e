/** What is watched between its archiving and its removal: gone when nobody wrote to it, left alone when somebody did. */
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createRedisServers } from '../../src/adapters/redis/connect.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget, Slice, TargetSpec } from '../../src/ports/keys.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { namesIn } from './walking.js'

const CACHE: TargetSpec = { layout: 'keys', name: 'cache', pattern: 'cache:user:*', protect: [] }
const PUSH: TargetSpec = { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] }

let server: RedisServer
let client: Redis
let end: (() => Promise<void>)[] = []

beforeAll(async () => {
  server = await startRedis()
  client = redisClient(server.url)
})
beforeEach(async () => {
  await client.flushall()
  await seedKeyspace(server.url, { notifications: 60, cacheKeys: 60, jobs: 0 })
})
afterEach(async () => {
  for (const close of end) await close()
  end = []
})
afterAll(async () => {
  client?.disconnect()
  await server?.stop()
})

function open(spec: TargetSpec, url = server.url): KeyTarget {
  const targets = createTargets(url, [spec])
  end.push(() => targets.close())
  const target = targets.target(spec.name)
  if (target === undefined) throw new TypeError('no target')
  return target
}

/** The first slice with something in it. */
async function read(target: KeyTarget): Promise<Slice> {
  const scope = await target.scope('all')
  for (let at: string | undefined; ; ) {
    const slice = await target.slice(scope, at, 5, 'entries')
    if (slice.found > 0) return slice
    if (slice.next === undefined) throw new TypeError('nothing there')
    at = slice.next
  }
}

const calls = async (command: string): Promise<number> => {
  const line = new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'mu').exec(await client.info('commandstats'))
  return Number(line?.[1] ?? 0)
}

for (const spec of [CACHE, PUSH]) {
  it(`${spec.name}: what nobody wrote to goes without being read again`, async () => {
    const target = open(spec)
    const { frames, guard } = await read(target)
    expect(guard).toBeDefined()
    const dumps = await calls('dump')
    const done = await target.remove(frames, 5, guard)
    expect(done).toMatchObject({ consumed: frames.length, removed: namesIn([frames]).length, changed: 0, gone: 0 })
    expect(await calls('dump')).toBe(dumps)
  })

  it(`${spec.name}: what was written to since is left, and all else goes`, async () => {
    const target = open(spec)
    const { frames, guard } = await read(target)
    const [first = '', ...others] = namesIn([frames])
    if (spec === CACHE) await client.set(first, 'news')
    else await client.hset(first, 'retries', 'news')
    const done = await target.remove(frames, 50, guard)
    expect(done).toMatchObject({ removed: others.length, changed: 1 })
    expect(done.left.map(String)).toEqual([first])
    expect(await client.exists(first)).toBe(1)
  })

  it(`${spec.name}: a guard holds once, and for nothing that it did not see`, async () => {
    const target = open(spec)
    const { frames, guard } = await read(target)
    const [first = ''] = namesIn([frames])
    await target.remove(frames, 50, guard)
    if (spec === CACHE) await client.set(first, 'born anew')
    else await client.hset(first, 'retries', 'born anew')
    expect(await target.remove(frames, 50, guard)).toMatchObject({ removed: 0, changed: 1 })
    expect(await client.exists(first)).toBe(1)
  })
}

it('a notification that the daemon claimed since is left to it, with its hash', async () => {
  const target = open(PUSH)
  const { frames, guard } = await read(target)
  const [claimed = ''] = await client.zrange('rpush:notifications:pending', 0, '0')
  await client.zrem('rpush:notifications:pending', claimed)
  const done = await target.remove(frames, 50, guard)
  expect(done.left.map(String)).toEqual([`rpush:notifications:${claimed}`])
  expect(await client.exists(`rpush:notifications:${claimed}`)).toBe(1)
})

it('two who ask in the same moment get a connection each, and what was given back cannot be claimed', async () => {
  const servers = createRedisServers(server.url)
  end.push(() => servers.close())
  const watches = (await servers.masters())[0]?.watches
  const before = await watches?.open(10, 10)
  if (watches === undefined || before === undefined) throw new TypeError('no watch')
  watches.release(before)
  const asked = [watches.open(10, 10), watches.open(10, 10)]
  expect(watches.claim(before.token)).toBeUndefined()
  const [one, other] = await Promise.all(asked)
  expect(one?.session).toBe(before.session)
  expect(other?.session.alive()).toBe(true)
  expect(other?.session).not.toBe(one?.session)
})

it('a server with few connections to spare is asked for none: values are compared', async () => {
  const small = await startRedis({ args: ['--maxclients', '100'] })
  end.push(() => small.stop())
  await seedKeyspace(small.url, { notifications: 0, cacheKeys: 60, jobs: 0 })
  const target = open(CACHE, small.url)
  const { frames, guard } = await read(target)
  expect(guard).toBeUndefined()
  expect(await target.remove(frames, 50)).toMatchObject({ removed: namesIn([frames]).length, changed: 0 })
  await target.close()
})
