import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { pack } from '../../src/simulator/keyspace/msgpack.js'
import { eventually } from '../support/eventually.js'
import { pictureOf, type RedisServer, redisClient, startRedis } from '../support/redis.js'

const servers: RedisServer[] = []
afterEach(async () => {
  delete process.env['MAYDAY_REDIS_BIN']
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

async function started(): Promise<RedisServer> {
  const server = await startRedis()
  servers.push(server)
  return server
}

describe('the keys of July 2021', () => {
  it('are the same for the same seed, and others for another', async () => {
    const pictures = []
    for (const seed of [1, 1, 2]) {
      const server = await started()
      const client = redisClient(server.url)
      await seedKeyspace(server.url, { notifications: 300, cacheKeys: 300, jobs: 90, seed })
      pictures.push(Object.fromEntries([...(await pictureOf(client)).keys].sort()))
      client.disconnect()
    }
    expect(pictures[1]).toEqual(pictures[0])
    expect(pictures[2]).not.toEqual(pictures[0])
  })

  it('hold what Rpush and Sidekiq hold', async () => {
    const server = await started()
    const client = redisClient(server.url)
    const { states } = await seedKeyspace(server.url, { notifications: 400, cacheKeys: 0, jobs: 60 })
    expect(Object.values(states).reduce((a, b) => a + b, 0)).toBe(400)
    expect(await client.scard('rpush:notifications:all')).toBe(400)
    expect(await client.zcard('rpush:notifications:pending')).toBe(states.pending)
    expect(await client.zcard('rpush:notifications:retryable')).toBe(states.retrying)
    expect(await client.get('rpush:notifications_id_seq')).toBe('400')
    // A token of 64 digits is longer than a listpack's values may be, so the hash is a real table, as on the night.
    expect(await client.call('OBJECT', 'ENCODING', 'rpush:notifications:1')).toBe('hashtable')
    const id = await client.hgetBuffer('rpush:notifications:300', 'id')
    expect(id?.toString('latin1')).toBe(pack(300))
    expect(await client.smembers('queues')).toEqual(expect.arrayContaining(['default', 'push']))
    client.disconnect()
  })

  it('stops at the first key that Redis refuses', async () => {
    const server = await startRedis({ args: ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction'] })
    servers.push(server)
    const filling = seedKeyspace(server.url, { notifications: 20_000, cacheKeys: 0, jobs: 0 })
    await expect(filling).rejects.toThrow(/Redis refused a key: -OOM/u)
  })
})

describe('a Redis of one’s own', () => {
  it('ends with the process that started it, and leaves no files', async () => {
    const code = `import { startRedis } from './src/simulator/redis-server.ts'
      const server = await startRedis()
      console.log(server.pid)
      setInterval(() => undefined, 1_000)`
    const child = spawn('node', ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [pid] = await once(createInterface({ input: child.stdout }), 'line')
    expect(existsSync(`/proc/${pid}`)).toBe(true)
    child.kill('SIGKILL')
    await eventually(async () => expect(existsSync(`/proc/${pid}`)).toBe(false))
  })

  it('keeps its keys over a restart, and loses what came since when it is killed', async () => {
    const server = await started()
    const client = redisClient(server.url)
    await client.set('a', 'kept')
    client.disconnect()
    await server.restart()
    const again = redisClient(server.url)
    expect(await again.get('a')).toBe('kept')
    await again.set('b', 'lost')
    again.disconnect()
    await server.kill()
    await server.restart()
    const last = redisClient(server.url)
    expect(await last.get('b')).toBeNull()
    last.disconnect()
  })

  it('says in one line what to do when the program it was told to use is none', async () => {
    process.env['MAYDAY_REDIS_BIN'] = '/nowhere/redis-server'
    await expect(startRedis()).rejects.toThrow(/MAYDAY_REDIS_BIN names \/nowhere\/redis-server/u)
  })
})
