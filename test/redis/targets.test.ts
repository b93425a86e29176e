import type { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget, Targets } from '../../src/ports/keys.js'
import { DELIVERY } from '../../src/simulator/keyspace/job.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { pictureOf, type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { namesIn, purgeAll, removeAll, restoreAll, walkAll } from './walking.js'

let server: RedisServer
let client: Redis

beforeAll(async () => {
  server = await startRedis()
  client = redisClient(server.url)
  // Everything that the README's line gives, and no EVAL.
  await client.call('ACL', 'SETUSER', 'plain', 'on', '>secret', '~*', '+@all', '-@scripting')
})
afterAll(async () => {
  client?.disconnect()
  await server?.stop()
})

const SPECS = [
  { layout: 'keys', name: 'keys', pattern: 'cache:user:*', protect: [] },
  { layout: 'rpush', name: 'rpush', pattern: 'rpush:notifications:*', protect: [] },
  { layout: 'sidekiq', name: 'sidekiq', className: DELIVERY },
] as const

/** What belongs to each target, read without it. */
async function truth(name: string): Promise<string[]> {
  const keys = (await client.keys('*')).sort()
  if (name === 'keys') return keys.filter((key) => key.startsWith('cache:user:'))
  if (name === 'rpush') return keys.filter((key) => /^rpush:notifications:\d+$/u.test(key))
  const queues = await Promise.all(['default', 'push'].map((queue) => client.lrange(`queue:${queue}`, 0, -1)))
  const shelves = await Promise.all(['schedule', 'retry', 'dead'].map((shelf) => client.zrange(shelf, 0, '-1')))
  return [...queues, ...shelves].flat().filter((text) => {
    const job = JSON.parse(text)
    return job.class === DELIVERY || job.wrapped === DELIVERY
  })
}

describe.each(SPECS)('a $layout target', (spec) => {
  describe.each([
    { who: 'with scripts', user: '' },
    { who: 'for a user without EVAL', user: 'plain:secret@' },
  ])('$who', ({ user }) => {
    let targets: Targets
    let target: KeyTarget

    beforeEach(async () => {
      await client.flushall()
      await seedKeyspace(server.url, { notifications: 600, cacheKeys: 1_200, jobs: 900 })
      targets = createTargets(server.url.replace('//', `//${user}`), [spec])
      const found = targets.target(spec.name)
      if (found === undefined) throw new Error('no target')
      target = found
      return () => targets.close()
    })

    it('knows whether it may run scripts, and misses no command', async () => {
      const state = await target.inspect()
      expect(state).toMatchObject({ scripting: user === '', missing: [], masters: 1, role: 'master', database: 0 })
      expect(state.keys).toBe(await client.dbsize())
    })

    it('counts exactly what is there, and changes nothing', async () => {
      const before = await pictureOf(client)
      const expected = await truth(spec.name)
      const scope = await target.scope('all')
      expect((await walkAll(target, scope, 'count')).found).toBe(expected.length)
      const named = await walkAll(target, scope, 'names')
      expect(named.found).toBe(expected.length)
      expect(Object.values(named.kinds).reduce((a, b) => a + b, 0)).toBe(expected.length)
      if (spec.layout !== 'sidekiq') expect([...new Set(namesIn(named.frames))].sort()).toEqual(expected)
      expect((await pictureOf(client)).keys).toEqual(before.keys)
    })

    it('estimates within its margin', async () => {
      const { about, margin } = await target.estimate()
      // More than twice the margin that 95 of 100 samples keep: a fair sample is outside of it once in a million.
      expect(Math.abs(about - (await truth(spec.name)).length)).toBeLessThanOrEqual(2.5 * margin)
    })

    it('surveys its neighbours, weights and samples', async () => {
      const survey = await target.survey()
      expect(survey.samples.length).toBeGreaterThan(0)
      expect(survey.bytesPerEntry).toBeGreaterThan(50)
      expect(survey.prefixes.some(({ own }) => own)).toBe(true)
      expect(survey.createdPerSecond).toBe(0)
    })

    it('removes every entry and nothing else, and puts it all back', async () => {
      const before = await pictureOf(client)
      const expected = await truth(spec.name)
      const gone = await purgeAll(target, await target.scope('all'))
      expect(gone).toMatchObject({ removed: expected.length, changed: 0, gone: 0, left: [] })
      expect(await truth(spec.name)).toEqual([])
      await expectNeighboursUntouched(spec.layout, before.keys)

      expect(await restoreAll(target, gone.archive)).toEqual({ restored: expected.length, occupied: 0, failed: 0 })
      const after = await pictureOf(client)
      // Jobs that shared a queue with others go behind them; everything else is as it was.
      const queues = spec.layout === 'sidekiq' ? ['queue:default', 'queue:push'] : []
      expect(without(after.keys, queues)).toEqual(without(before.keys, queues))
      expect((await truth(spec.name)).sort()).toEqual(expected.sort())
      for (const [key, at] of before.expiries)
        expect(Math.abs((after.expiries.get(key) ?? 0) - at)).toBeLessThan(30_000)
    })

    it('removes the same without an archive', async () => {
      const before = await pictureOf(client)
      const expected = await truth(spec.name)
      const gone = await purgeAll(target, await target.scope('all'), 'bare')
      expect(gone).toMatchObject({ removed: expected.length, changed: 0, gone: 0 })
      expect(await truth(spec.name)).toEqual([])
      await expectNeighboursUntouched(spec.layout, before.keys)
    })

    it('does not put back what lives again', async () => {
      const gone = await purgeAll(target, await target.scope('all'))
      const size = gone.removed
      await restoreAll(target, gone.archive)
      const before = await pictureOf(client)
      // Jobs are known again among the newest of their queue, which is as far as one batch of an undo reaches.
      if (spec.layout === 'sidekiq') return
      expect(await restoreAll(target, gone.archive)).toEqual({ restored: 0, occupied: size, failed: 0 })
      expect((await pictureOf(client)).keys).toEqual(before.keys)
    })

    it('says that what is gone is gone', async () => {
      const { archive, removed } = await purgeAll(target, await target.scope('all'))
      expect(await removeAll(target, archive)).toMatchObject({ removed: 0, changed: 0, gone: removed })
    })
  })
})

function without(keys: ReadonlyMap<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries([...keys].filter(([key]) => !names.includes(key)).sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function expectNeighboursUntouched(layout: string, before: ReadonlyMap<string, string>): Promise<void> {
  const own = {
    keys: /^cache:user:/u,
    rpush: /^rpush:notifications:(\d+|all|pending|retryable)$/u,
    sidekiq: /^(queue:.*|schedule|retry|dead)$/u,
  }[layout]
  const others = [...before.keys()].filter((key) => !own?.test(key))
  const after = await pictureOf(client)
  expect(others.length).toBeGreaterThan(500)
  for (const key of others) expect([key, after.keys.get(key)]).toEqual([key, before.get(key)])
}
