import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRedisServers } from '../../src/adapters/redis/connect.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import { MaydayError } from '../../src/errors.js'
import type { KeyTarget } from '../../src/ports/keys.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { freePort } from '../../src/simulator/redis-server.js'
import { eventually } from '../support/eventually.js'
import { pictureOf, type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { purgeAll, removeAll, restoreAll, walkAll } from './walking.js'

const PUSH = { layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [] } as const
const CACHE = { layout: 'keys', name: 'cache', pattern: 'cache:user:*', protect: [] } as const

let server: RedisServer
let client: Redis
const open: { close(): Promise<void> }[] = []

function target(url: string, spec: typeof PUSH | typeof CACHE = PUSH): KeyTarget {
  const targets = createTargets(url, [spec])
  open.push(targets)
  const found = targets.target(spec.name)
  if (found === undefined) throw new Error('no target')
  return found
}

async function failure(work: Promise<unknown>): Promise<MaydayError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(MaydayError)
  return error instanceof MaydayError ? error : new MaydayError('BUG')
}

beforeAll(async () => {
  server = await startRedis()
  client = redisClient(server.url)
  await seedKeyspace(server.url, { notifications: 500, cacheKeys: 500, jobs: 100 })
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((targets) => targets.close()))
})
afterAll(async () => {
  client?.disconnect()
  await server?.stop()
})

describe('a Redis that refuses', () => {
  it('says that the password is wrong, and never shows it', async () => {
    await client.call('ACL', 'SETUSER', 'ops', 'on', '>right', '~*', '+@all')
    const error = await failure(target(server.url.replace('//', '//ops:wr0ng@')).inspect())
    expect(error.code).toBe('TARGET_REFUSED')
    expect(error.message).toContain(`127.0.0.1:${server.port} refused the user or password`)
    expect(`${error.message}${error.hint}`).not.toContain('wr0ng')
    expect(error.retry).toBe(false)
  })

  it('says that it wants a password', async () => {
    const closed = await startRedis({ args: ['--requirepass', 'x'] })
    const error = await failure(target(closed.url).estimate())
    await closed.stop()
    expect(error.message).toContain('wants a password')
  })

  it('names each command that the user may not call', async () => {
    await client.call('ACL', 'SETUSER', 'reader', 'on', '>r', '~*', '+@read', '+info', '+ping', '+scan', '+dbsize')
    const reader = target(server.url.replace('//', '//reader:r@'))
    expect((await reader.inspect()).missing).toEqual(['UNLINK', 'RESTORE', 'SREM', 'ZREM', 'ZADD'])
    const { frames, found } = await walkAll(reader, await reader.scope('all'), 'entries')
    expect(found).toBe(500)
    const error = await failure(reader.remove(Buffer.concat(frames), 0.5))
    expect(error.code).toBe('TARGET_REFUSED')
    expect(error.message).toMatch(/does not let this user run (ZREM|UNLINK)/u)
    expect(await client.scard('rpush:notifications:all')).toBe(500)
  })

  it('works with exactly the commands of the README, without EVAL, KEYS or CONFIG', async () => {
    const commands =
      '+ping +info +dbsize +scan +randomkey +memory|usage +type +exists +get +hmget +dump +pttl +unlink +restore +scard +sscan +smismember +srem +sadd +zcard +zscan +zmscore +zrem +zadd +zrange +zrevrange +renamenx +set +multi +exec +select'
    const keys = ['~rpush:notifications*', '~mayday:hold:*']
    await client.call('ACL', 'SETUSER', 'mayday', 'on', '>m', ...keys, '-@all', ...commands.split(' '))
    const limited = target(server.url.replace('//', '//mayday:m@'))
    expect(await limited.inspect()).toMatchObject({ missing: [], scripting: false })
    const before = await pictureOf(client)
    const gone = await purgeAll(limited, await limited.scope('all'))
    expect(gone.removed).toBe(500)
    await restoreAll(limited, gone.archive)
    expect((await pictureOf(client)).keys).toEqual(before.keys)
    expect((await limited.survey()).bytesPerEntry).toBeGreaterThan(100)
  })

  it('says that a replica is one, counts there, and removes nothing', async () => {
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', `${server.port}`] })
    const there = redisClient(replica.url)
    await eventually(async () => expect(await there.dbsize()).toBe(await client.dbsize()))
    const given = target(replica.url)
    expect(await given.inspect()).toMatchObject({ role: 'replica', missing: [] })
    const { frames, found } = await walkAll(given, await given.scope('all'), 'entries')
    expect(found).toBe(500)
    const error = await failure(given.remove(Buffer.concat(frames), 0.5))
    expect(error.code).toBe('TARGET_REFUSED')
    expect(error.message).toContain('read-only replica')
    // The master sees it, with its lag.
    const master = target(server.url)
    await eventually(async () => expect((await master.inspect()).replicas).toMatchObject([{ online: true }]))
    there.disconnect()
    await replica.stop()
  })

  it('stops putting back at the memory limit, and says how far it came', async () => {
    const small = await startRedis()
    await seedKeyspace(small.url, { notifications: 0, cacheKeys: 3_000, jobs: 0 })
    const there = redisClient(small.url)
    const cache = target(small.url, CACHE)
    const { archive } = await purgeAll(cache, await cache.scope('all'))
    const used = Number(/used_memory:(\d+)/u.exec(await there.info('memory'))?.[1])
    await there.call('CONFIG', 'SET', 'maxmemory', used + 150_000)
    const error = await failure(restoreAll(cache, archive))
    expect(error.message).toContain('memory limit')
    await there.call('CONFIG', 'SET', 'maxmemory', 0)
    const rest = await restoreAll(cache, archive)
    expect(rest.failed).toBe(0)
    expect(rest.restored + rest.occupied).toBe(2_400)
    expect(await there.keys('cache:user:*')).toHaveLength(2_400)
    there.disconnect()
    await small.stop()
  })

  it('says that the database of the URL is not there', async () => {
    const error = await failure(target(`${server.url}/99`).estimate())
    expect(error.message).toContain('no database of the number')
  })
})

describe('a Redis that is away', () => {
  it('says that nothing listens there', async () => {
    const error = await failure(target(`redis://127.0.0.1:${await freePort()}`).estimate())
    expect(error).toMatchObject({ code: 'TARGET_UNAVAILABLE', retry: true })
    expect(error.message).toContain('nothing listens on that port')
  })

  it('says that there is no such host', async () => {
    const error = await failure(target('redis://no-such-host.invalid:6379').estimate())
    expect(error.message).toMatch(/no host of that name|cannot be looked up/u)
  })

  it('does not wait for ever for one that stopped answering', async () => {
    const frozen = await startRedis()
    const servers = createRedisServers(frozen.url, { connectMs: 300, replyMs: 300 })
    open.push(servers)
    const [node] = await servers.masters()
    const session = await node?.session()
    frozen.pause()
    // The second waits on a connection that was given up for the first, the third comes too late for it: one reason for all.
    const waiting = [session?.call('PING'), session?.batch([['PING']])].map((call) => failure(Promise.resolve(call)))
    const errors = await Promise.all(waiting)
    errors.push(await failure(Promise.resolve(session?.call('PING'))))
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'TARGET_UNAVAILABLE', retry: true })
      expect(error.message).toContain('did not answer within 0.3 s')
    }
    frozen.resume()
    await eventually(async () => expect(String(await (await node?.session())?.call('PING'))).toBe('PONG'))
    await frozen.stop()
  })

  it('begins a walk anew after a restart, because a cursor means nothing to another process', async () => {
    const mortal = await startRedis()
    await seedKeyspace(mortal.url, { notifications: 0, cacheKeys: 3_000, jobs: 0 })
    const cache = target(mortal.url, CACHE)
    const before = await cache.inspect()
    const { next } = await cache.slice({ mode: 'all' }, undefined, 0.1, 'count')
    await mortal.restart()
    await eventually(async () => {
      const error = await failure(cache.slice({ mode: 'all' }, next, 0.5, 'count'))
      expect(error.code).toBe('TARGET_CHANGED')
    })
    expect((await walkAll(cache, { mode: 'all' }, 'count')).found).toBe(2_400)
    expect((await cache.inspect()).identity).not.toBe(before.identity)
    await mortal.stop()
  })

  it('finds the master that the sentinels name', async () => {
    const sentinel = await startRedis({
      config: `sentinel monitor main 127.0.0.1 ${server.port} 1\n`,
      args: ['--sentinel'],
    })
    const found = target(`redis+sentinel://127.0.0.1:${sentinel.port}/main`)
    expect((await found.inspect()).keys).toBe(await client.dbsize())
    const error = await failure(target(`redis+sentinel://127.0.0.1:${sentinel.port}/other`).inspect())
    expect(error.code).toBe('TARGET_UNAVAILABLE')
    await sentinel.stop()
  })
})

describe('a failover', () => {
  it('leads to the new master, where the walk begins anew', async () => {
    const first = await startRedis()
    const second = await startRedis({ args: ['--replicaof', '127.0.0.1', `${first.port}`] })
    let there = redisClient(second.url)
    await seedKeyspace(first.url, { notifications: 0, cacheKeys: 2_000, jobs: 0 })
    await eventually(async () => expect(await there.dbsize()).toBe(2_004))
    // After the replica has joined: a sentinel asks a master who its replicas are every 10 s, and at once at its start.
    const sentinel = await startRedis({
      config: `sentinel monitor main 127.0.0.1 ${first.port} 1\nsentinel down-after-milliseconds main 1000\n`,
      args: ['--sentinel'],
    })
    const watcher = redisClient(sentinel.url)
    await eventually(async () => expect(await watcher.call('SENTINEL', 'REPLICAS', 'main')).toHaveLength(1))
    const cache = target(`redis+sentinel://127.0.0.1:${sentinel.port}/main`, CACHE)
    const { frames, next } = await cache.slice({ mode: 'all' }, undefined, 0.2, 'entries')
    await eventually(async () => expect(await watcher.call('SENTINEL', 'FAILOVER', 'main')).toBe('OK'))
    await eventually(async () => {
      // The sentinels cut every connection when they change a role.
      there.disconnect()
      there = redisClient(second.url)
      expect(await there.role()).toEqual(expect.arrayContaining(['master']))
    })
    await eventually(async () => {
      const error = await failure(cache.slice({ mode: 'all' }, next, 0.5, 'entries'))
      expect(error.code).toBe('TARGET_CHANGED')
    })
    // What was archived before is removed from the new master as well, and from nowhere else.
    const removed = (await removeAll(cache, frames)).removed
    const rest = await purgeAll(cache, { mode: 'all' })
    expect(removed + rest.removed).toBe(1_600)
    expect(await there.keys('cache:user:*')).toEqual([])
    for (const client of [watcher, there]) client.disconnect()
    await Promise.all([first, second, sentinel].map((each) => each.stop()))
  })
})

describe('which keys', () => {
  it('looks only into the database of the URL', async () => {
    await seedKeyspace(`${server.url}/3`, { notifications: 0, cacheKeys: 100, jobs: 0 })
    const third = target(`${server.url}/3`, CACHE)
    expect(await third.inspect()).toMatchObject({ database: 3, keys: 104 })
    const before = await pictureOf(client)
    expect((await purgeAll(third, await third.scope('all'))).removed).toBe(80)
    expect((await pictureOf(client)).keys).toEqual(before.keys)
  })

  it('takes every character before the last star literally, and any bytes behind it', async () => {
    const odd = await startRedis()
    const there = redisClient(odd.url)
    const ours = [Buffer.from('a[1]*?\\^-:x'), Buffer.from([...Buffer.from('a[1]*?\\^-:'), 0, 255, 128, 10, 13])]
    const others = ['a1*?\\^-:x', 'a[1]xy\\^-:x', 'a[1]*?^-:x', 'A[1]*?\\^-:x']
    for (const key of [...ours, ...others]) await there.set(key, Buffer.from([0, 1, 254, 255]), 'PX', 100_000)
    const targets = createTargets(odd.url, [{ layout: 'keys', name: 'odd', pattern: 'a[1]*?\\^-:*', protect: [] }])
    open.push(targets)
    const target = targets.target('odd')
    if (target === undefined) throw new Error('no target')
    const before = await pictureOf(there)
    const gone = await purgeAll(target, await target.scope('all'))
    expect(gone.removed).toBe(2)
    expect((await there.keys('*')).sort()).toEqual([...others].sort())
    await restoreAll(target, gone.archive)
    expect((await pictureOf(there)).keys).toEqual(before.keys)
    expect((await target.survey()).samples.every((name) => !/[\0\n]/u.test(name))).toBe(true)
    there.disconnect()
    await odd.stop()
  })

  it('keeps every kind of value byte for byte', async () => {
    const kinds = await startRedis()
    const there = redisClient(kinds.url)
    await there.set('cache:user:s', 'text')
    await there.rpush('cache:user:l', ...Array.from({ length: 500 }, (_, index) => `item ${index}`))
    await there.sadd('cache:user:is', '1', '2', '3')
    await there.zadd('cache:user:z', 1.5, 'a', -2e300, 'b', 'inf', 'c')
    await there.hset('cache:user:h', 'short', 'listpack')
    await there.xadd('cache:user:x', '1-1', 'field', 'value')
    await there.setbit('cache:user:b', 1_000, 1)
    await there.pexpire('cache:user:z', 500_000)
    const cache = target(kinds.url, CACHE)
    const before = await pictureOf(there)
    const { kinds: types } = await walkAll(cache, { mode: 'all' }, 'entries')
    expect(types).toEqual({ string: 2, list: 1, set: 1, zset: 1, hash: 1, stream: 1 })
    const gone = await purgeAll(cache, await cache.scope('all'))
    expect(await there.dbsize()).toBe(0)
    await restoreAll(cache, gone.archive)
    expect((await pictureOf(there)).keys).toEqual(before.keys)
    there.disconnect()
    await kinds.stop()
  })

  it('leaves a key that was written since it was archived', async () => {
    const cache = target(server.url, CACHE)
    const { frames, found } = await walkAll(cache, { mode: 'all' }, 'entries')
    await client.set('cache:user:1:profile', 'news')
    const done = await cache.remove(Buffer.concat(frames), 1_000)
    expect(done).toMatchObject({ removed: found - 1, changed: 1 })
    expect(done.left.map(String)).toEqual(['cache:user:1:profile'])
    expect(await client.get('cache:user:1:profile')).toBe('news')
  })
})
