/** The whole engine behind sentinels, and as a user who may do no more than the README says. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { eventually } from '../support/eventually.js'
import { pictureOf, redisClient, startRedis } from '../support/redis.js'
import { confirmed, createRig, planned, type Replica, SAM, seedSessions } from './rig.js'
import { DELIVERY, PUSH, SESSIONS } from './values.js'

async function undone({ purging, work }: Replica, id: number): Promise<void> {
  await purging.undo(id, SAM)
  await work()
  expect((await purging.get(id)).job.undo).toMatchObject({ state: 'done', failed: 0 })
}

test('the sentinels make another one the master while it is purged: it goes on there, and everything comes back', async () => {
  const rig = await createRig()
  const heir = await startRedis({ args: ['--replicaof', '127.0.0.1', `${rig.server.port}`] })
  const sentinel = await startRedis({
    config: `sentinel monitor main 127.0.0.1 ${rig.server.port} 1\nsentinel down-after-milliseconds main 1000\n`,
    args: ['--sentinel'],
  })
  const watcher = redisClient(sentinel.url)
  let there = redisClient(heir.url)
  try {
    await seedSessions(rig.redis, 4_000)
    await rig.redis.set('config:a', '1')
    await eventually(async () => expect(await there.dbsize()).toBe(4_001))
    await eventually(async () => expect(await watcher.call('SENTINEL', 'REPLICAS', 'main')).toHaveLength(1))
    const before = (await pictureOf(rig.redis)).keys
    let removals = 0
    const replica = await rig.replica({
      otherTargets: () => createTargets(`redis+sentinel://127.0.0.1:${sentinel.port}/main`, [SESSIONS]),
      wrapTarget: (target) => ({
        ...target,
        remove: async (...args) => {
          removals += 1
          if (removals === 3) {
            await eventually(async () => expect(await watcher.call('SENTINEL', 'FAILOVER', 'main')).toBe('OK'))
            await eventually(async () => {
              // The sentinels cut every connection when they change a role.
              there.disconnect()
              there = redisClient(heir.url)
              expect(await there.role()).toEqual(expect.arrayContaining(['master']))
              const named = await watcher.call('SENTINEL', 'get-master-addr-by-name', 'main')
              expect(named).toEqual(['127.0.0.1', `${heir.port}`])
            }, 30_000)
          }
          return target.remove(...args)
        },
      }),
    })
    const { id } = await confirmed(replica, await planned(replica, 'sessions'))
    await replica.work()
    const { job } = await replica.purging.get(id)
    expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
    expect(removals, 'the failover came in the middle').toBeGreaterThan(3)
    expect(await there.keys('session:*')).toHaveLength(job.verification?.back ?? -1)
    await undone(replica, id)
    expect((await pictureOf(there)).keys).toEqual(before)
  } finally {
    for (const client of [watcher, there]) client.disconnect()
    await Promise.all([heir.stop(), sentinel.stop()])
  }
})

/** The rights that the README tells people to give. */
function rights(): readonly string[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const line = /^ACL SETUSER mayday (.*)$/mu.exec(readme)?.[1] ?? ''
  expect(line).toContain('>PASSWORD')
  return [...line.replace('>PASSWORD', '>pw').split(' '), '~session:*']
}

test.each(['with', 'without'])(
  'a user of the README’s rights, %s EVAL: plan, purge, undo and hold of every layout',
  async (scripts) => {
    const rig = await createRig()
    await seedKeyspace(rig.server.url, { notifications: 400, cacheKeys: 400, jobs: 300 })
    await seedSessions(rig.redis, 400)
    const given = rights().filter((one) => scripts === 'with' || !/^\+(eval|script)/u.test(one))
    await rig.redis.call('ACL', 'SETUSER', 'mayday', 'reset', ...given)
    const url = rig.server.url.replace('redis://', 'redis://mayday:pw@')
    const replica = await rig.replica({ otherTargets: () => createTargets(url, [PUSH, SESSIONS, DELIVERY]) })
    const before = (await pictureOf(rig.redis)).keys
    const jobs = async () => {
      const queues = (await rig.redis.keys('queue:*')).sort()
      return Promise.all(queues.map(async (name) => (await rig.redis.lrange(name, 0, -1)).sort()))
    }
    const queued = await jobs()
    for (const target of ['push', 'sessions', 'push-delivery']) {
      const plan = await planned(replica, target)
      const against = plan.job.objections.map((one) => one.guard).filter((guard) => guard !== 'not_on_hold')
      expect(against, target).toEqual(scripts === 'with' ? [] : ['no_scripting'])
      const { id } = await confirmed(replica, plan)
      await replica.work()
      const { job } = await replica.purging.get(id)
      expect(job, target).toMatchObject({ state: 'done', verification: { remaining: 0 } })
      expect(job.progress.removed, target).toBe(plan.job.plan.count)
      await undone(replica, id)
    }
    expect(await replica.purging.hold('push', { by: SAM })).toBeGreaterThan(0)
    await replica.purging.release('push', { by: SAM })
    const after = (await pictureOf(rig.redis)).keys
    // Jobs come back behind those that wait now.
    const others = (picture: typeof after) => [...picture].filter(([name]) => !name.startsWith('queue:')).sort()
    expect(others(after)).toEqual(others(before))
    expect(await jobs()).toEqual(queued)
    const denied = /acl_access_denied_(cmd|key):(?!0)/.exec(await rig.redis.info('stats'))
    expect(scripts === 'with' ? denied : null, 'nothing was asked for that is not in the README').toBeNull()
  },
)
