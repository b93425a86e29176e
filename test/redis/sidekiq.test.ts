import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget, Targets } from '../../src/ports/keys.js'
import { DELIVERY } from '../../src/simulator/keyspace/job.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { startJobTraffic } from '../../src/simulator/keyspace/sidekiq-traffic.js'
import { type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { purgeAll, removeAll, restoreAll, walkAll } from './walking.js'

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

const isOurs = (text: string) => {
  const job = JSON.parse(text)
  return job.class === DELIVERY || job.wrapped === DELIVERY
}
const queue = () => client.lrange('queue:default', 0, -1)

describe.each([
  { who: 'with scripts', user: '' },
  { who: 'without EVAL', user: 'plain:secret@' },
])('jobs of one class, $who', ({ user }) => {
  let targets: Targets
  let jobs: KeyTarget

  beforeEach(async () => {
    await client.flushall()
    await seedKeyspace(server.url, { notifications: 0, cacheKeys: 0, jobs: 4_000 })
    targets = createTargets(server.url.replace('//', `//${user}`), [
      { layout: 'sidekiq', name: 'jobs', className: DELIVERY },
    ])
    const target = targets.target('jobs')
    if (target === undefined) throw new Error('no target')
    jobs = target
    return () => targets.close()
  })

  it('counts by queue and state, wrapped ones too, and no job that only mentions the class', async () => {
    const { kinds } = await walkAll(jobs, await jobs.scope('all'), 'count')
    expect(Object.keys(kinds).sort()).toEqual([
      'default/dead',
      'default/queued',
      'default/retrying',
      'push/queued',
      'push/scheduled',
    ])
    expect(kinds['default/queued']).toBe((await queue()).filter(isOurs).length)
    const mentioned = (await queue()).filter((text) => text.includes(DELIVERY)).length
    expect(kinds['default/queued']).toBeLessThan(mentioned)
  })

  it('keeps the order of everybody else, and of its own when they come back', async () => {
    const before = await queue()
    const gone = await purgeAll(jobs, await jobs.scope('all'))
    expect(await queue()).toEqual(before.filter((text) => !isOurs(text)))
    await restoreAll(jobs, gone.archive)
    const after = await queue()
    expect(after.filter((text) => !isOurs(text))).toEqual(before.filter((text) => !isOurs(text)))
    expect(after.filter(isOurs)).toEqual(before.filter(isOurs))
    expect(after.length).toBe(before.length)
  })

  it('leaves a queue of its own class alone exactly as it was after an undo', async () => {
    await client.del('queue:push')
    const own = (await queue()).filter(isOurs)
    await client.rpush('queue:push', ...own)
    const before = await client.lrange('queue:push', 0, -1)
    const gone = await purgeAll(jobs, await jobs.scope('all'))
    expect(await client.exists('queue:push')).toBe(0)
    await restoreAll(jobs, gone.archive)
    expect(await client.lrange('queue:push', 0, -1)).toEqual(before)
  })

  it('does not put a job back twice when a batch is repeated', async () => {
    const gone = await purgeAll(jobs, await jobs.scope('all'))
    const [first] = [gone.archive.subarray(0, lengthOf(gone.archive, 200))]
    await restoreAll(jobs, first)
    const before = await queue()
    expect(await restoreAll(jobs, first)).toMatchObject({ restored: 0, occupied: 200 })
    expect(await queue()).toEqual(before)
  })

  it('loses no job and removes none twice while workers take and clients push', async () => {
    const all = [...(await queue()), ...(await client.lrange('queue:push', 0, -1))]
    const shelves = (await Promise.all(['schedule', 'retry', 'dead'].map((key) => client.zrange(key, 0, '-1')))).flat()
    const scope = await jobs.scope('all')
    const traffic = startJobTraffic(server.url, { takes: 4, pushes: 4, restMs: 1 })
    const gone = await purgeAll(jobs, scope)
    const { pushed, done } = await traffic.stop()
    const left = [...(await queue()), ...(await client.lrange('queue:push', 0, -1))]
    const archived = payloads(gone.archive)
    const removed = archived.filter((text) => !done.includes(text))
    expect(gone.removed + gone.gone).toBe(archived.length)
    expect([...left, ...done, ...removed].sort()).toEqual([...all, ...pushed, ...shelves.filter(isOurs)].sort())
    // Born after the scope: theirs to do.
    expect(removed.filter((text) => pushed.includes(text))).toEqual([])
  })

  it('leaves a retry whose time was moved since it was archived', async () => {
    const { frames } = await walkAll(jobs, await jobs.scope('all'), 'names')
    const [moved = ''] = (await client.zrange('retry', 0, '-1')).filter(isOurs)
    await client.zadd('retry', 2_000_000_000, moved)
    const shelfFrames = frames.filter((part) => part.toString('latin1', 16, 21) === 'retry')
    const done = await removeAll(jobs, Buffer.concat(shelfFrames))
    expect(done.changed).toBe(1)
    expect(await client.zscore('retry', moved)).toBe('2000000000')
  })
})

function payloads(frames: Buffer): string[] {
  const list: string[] = []
  for (let at = 0; at < frames.length; ) {
    const start = at + 16 + frames.readUInt32LE(at)
    const end = start + frames.readUInt32LE(at + 12)
    list.push(frames.toString('utf8', start, end))
    at = end
  }
  return list
}

function lengthOf(frames: Buffer, count: number): number {
  let at = 0
  for (let left = count; left > 0; left -= 1) at += 16 + frames.readUInt32LE(at) + frames.readUInt32LE(at + 12)
  return at
}
