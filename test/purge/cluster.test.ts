/** The whole engine on a cluster of three masters that does not stand still. */
import type { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { slotOf } from '../../src/adapters/redis/slot.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget } from '../../src/ports/keys.js'
import { notificationFields } from '../../src/simulator/keyspace/notification.js'
import { createRandom } from '../../src/simulator/keyspace/random.js'
import { pictureOf, type RedisCluster, type RedisServer, startCluster } from '../support/redis.js'
import { confirmed, createRig, planned, type Replica, SAM } from './rig.js'
import { DELIVERY, PUSH, SESSIONS } from './values.js'

const KEYS = 3_000
const THIRD = 5_462

/** A cluster takes no writes in its first two seconds: one for all that leave it as it was. */
let shared: RedisCluster
let cluster: RedisCluster
let follower: { readonly server: RedisServer; readonly client: Redis } | undefined
let moved: (() => Promise<void>)[] = []

beforeAll(async () => {
  shared = await startCluster()
})
beforeEach(() => {
  cluster = shared
  follower = undefined
})
afterEach(async () => {
  for (const client of shared.clients) await client.flushall()
  for (const back of moved) await back()
  moved = []
})
afterAll(() => shared.stop())

/** As `migrate`; moved back after the test. */
async function move(slot: number, from: number, to: number, between?: () => Promise<void>): Promise<void> {
  moved.push(() => cluster.migrate(slot, to, from))
  await cluster.migrate(slot, from, to, between)
}

function home(key: string): Redis {
  const client = cluster.clients[Math.floor(slotOf(Buffer.from(key)) / THIRD)]
  if (client === undefined) throw new TypeError('no master')
  return client
}

async function fill(): Promise<void> {
  const sessions = Array.from({ length: KEYS }, (_, i) => [`session:${i}`, `value ${i} `.repeat(20)] as const)
  await Promise.all(sessions.map(([key, value]) => home(key).set(key, value)))
  const others = Array.from({ length: 300 }, (_, i) => `cache:${i}`)
  await Promise.all(others.map((key) => home(key).set(key, key, 'PX', 10_000_000)))
}

/** Every key of every master, wherever it is now. */
async function everything(): Promise<Readonly<Record<string, string>>> {
  const clients = [...cluster.clients, ...(follower === undefined ? [] : [follower.client])]
  const pictures = await Promise.all(
    clients.map(async (client) => {
      const role = await client.role().catch(() => ['gone'])
      return role[0] === 'master' ? pictureOf(client) : { keys: new Map<string, string>() }
    }),
  )
  return Object.fromEntries(pictures.flatMap(({ keys }) => [...keys]).sort(([a], [b]) => (a < b ? -1 : 1)))
}

const sessionsIn = (all: Readonly<Record<string, string>>) =>
  Object.keys(all).filter((key) => key.startsWith('session:'))

/** `once` runs in the middle of the removal. */
async function engine(once: () => Promise<void> = async () => undefined): Promise<Replica> {
  let removed = 0
  const wrapTarget = (target: KeyTarget): KeyTarget => ({
    ...target,
    remove: async (...args) => {
      const removal = await target.remove(...args)
      removed += removal.removed
      if (removed > 300) {
        removed = Number.NEGATIVE_INFINITY
        await once()
      }
      return removal
    },
  })
  const rig = await createRig()
  return rig.replica({ wrapTarget, otherTargets: () => createTargets(cluster.url, [SESSIONS, DELIVERY, PUSH]) })
}

async function purge(replica: Replica) {
  const { id } = await confirmed(replica, await planned(replica, 'sessions'))
  await replica.work()
  return { id, job: (await replica.purging.get(id)).job }
}

async function undo({ purging, work }: Replica, id: number) {
  await purging.undo(id, SAM)
  await work()
  return (await purging.get(id)).job.undo
}

describe('a cluster of three masters', () => {
  test('is planned, purged, verified and put back as a whole, all masters at the same time', async () => {
    await fill()
    const before = await everything()
    const replica = await engine()
    const { id, job } = await purge(replica)
    expect(job).toMatchObject({ state: 'done', progress: { removed: KEYS }, verification: { remaining: 0, back: 0 } })
    expect(sessionsIn(await everything())).toEqual([])
    expect(await undo(replica, id)).toMatchObject({ state: 'done', restored: KEYS, occupied: 0, failed: 0 })
    expect(await everything()).toEqual(before)
  })

  test('one slice asks every master', async () => {
    await fill()
    for (const client of cluster.clients) await client.config('RESETSTAT')
    const targets = createTargets(cluster.url, [SESSIONS])
    const slice = await targets.target('sessions')?.slice({ mode: 'all' }, undefined, 0.2, 'names')
    await targets.close()
    const asked = await Promise.all(
      cluster.clients.map(async (client) => /cmdstat_eval[^:]*:calls=\d+/.test(await client.info('commandstats'))),
    )
    expect(asked).toEqual([true, true, true])
    expect(slice?.found).toBeGreaterThan(0)
  })

  test('a slot moves while it is purged: every planned key is found where it is', async () => {
    await fill()
    const before = await everything()
    const slot = slotOf(Buffer.from('session:1'))
    const from = Math.floor(slot / THIRD)
    const replica = await engine(() => move(slot, from, (from + 1) % 3))
    const { id, job } = await purge(replica)
    expect(job).toMatchObject({ state: 'done', verification: { remaining: 0, back: 0 } })
    expect(job.progress.removed).toBe(KEYS)
    expect(sessionsIn(await everything())).toEqual([])
    expect(await undo(replica, id)).toMatchObject({ state: 'done', restored: KEYS, failed: 0 })
    expect(await everything()).toEqual(before)
  })

  test('a slot is on its way from before the plan until after the undo', async () => {
    await fill()
    // Half of these are on the other side already, and there they stay until the end.
    for (let i = 0; i < 20; i++) await home('session:2').set(`session:{session:2}:${i}`, `${i}`)
    const before = await everything()
    const slot = slotOf(Buffer.from('session:2'))
    const from = Math.floor(slot / THIRD)
    const replica = await engine()
    await move(slot, from, (from + 2) % 3, async () => {
      const { id, job } = await purge(replica)
      expect(job).toMatchObject({ state: 'done', progress: { removed: KEYS + 20 }, verification: { remaining: 0 } })
      expect(job.verification).not.toHaveProperty('moved')
      expect(sessionsIn(await everything())).toEqual([])
      expect(await undo(replica, id)).toMatchObject({ state: 'done', restored: KEYS + 20, failed: 0 })
    })
    expect(await everything()).toEqual(before)
  })

  test('notifications, whose indexes live on other masters than they do, while a slot of theirs moves', async () => {
    await fill()
    const random = createRandom(1)
    for (let id = 1; id <= 600; id++) {
      const key = `rpush:notifications:${id}`
      await home(key).hset(key, ...notificationFields(id, 'pending', random).map((text) => Buffer.from(text, 'latin1')))
      await home('rpush:notifications:all').sadd('rpush:notifications:all', `${id}`)
      await home('rpush:notifications:pending').zadd('rpush:notifications:pending', id, `${id}`)
    }
    await home('rpush:notifications_id_seq').set('rpush:notifications_id_seq', 600)
    const before = await everything()
    const slot = slotOf(Buffer.from('rpush:notifications:1'))
    const from = Math.floor(slot / THIRD)
    const replica = await engine(() => move(slot, from, (from + 1) % 3))
    const { id } = await confirmed(replica, await planned(replica, 'push'))
    await replica.work()
    const { job } = await replica.purging.get(id)
    expect(job).toMatchObject({ state: 'done', progress: { removed: 600 }, verification: { remaining: 0 } })
    const left = Object.keys(await everything()).filter((key) => key.startsWith('rpush:'))
    expect(left).toEqual(['rpush:notifications_id_seq'])
    expect(await undo(replica, id)).toMatchObject({ state: 'done', restored: 600, failed: 0 })
    expect(await everything()).toEqual(before)
  })

  test('Sidekiq refuses to run on a cluster, so jobs of it are not looked for here', async () => {
    const replica = await engine()
    await expect(planned(replica, 'push-delivery')).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringMatching(/Sidekiq does not run on Redis Cluster/),
    })
  })
})

describe('a master that is lost', () => {
  beforeEach(async () => {
    cluster = await startCluster()
    follower = await cluster.replicaOf(1)
  })
  afterEach(() => cluster.stop())

  test('a master hands over to its replica while it is purged', async () => {
    await fill()
    const before = await everything()
    const heir = follower?.client ?? expect.unreachable()
    const replica = await engine(async () => {
      await heir.call('CLUSTER', 'FAILOVER')
      while ((await heir.role())[0] !== 'master') await new Promise((resolve) => setTimeout(resolve, 20))
    })
    const { id, job } = await purge(replica)
    expect(job).toMatchObject({ state: 'done', verification: { remaining: 0, back: 0 } })
    expect(sessionsIn(await everything())).toEqual([])
    expect(job.progress.removed + job.progress.gone).toBe(KEYS)
    expect(await undo(replica, id)).toMatchObject({ state: 'done', failed: 0 })
    expect(await everything()).toEqual(before)
  })

  test('a master dies while it is purged, and its replica takes over', async () => {
    await fill()
    const before = await everything()
    const replica = await engine(async () => {
      // What the replica has not heard of yet would come back to life with it; that is told, and no fault of the purge.
      await cluster.clients[1]?.wait(1, 5_000)
      await cluster.nodes[1]?.kill()
    })
    const { id, job } = await purge(replica)
    expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
    expect(sessionsIn(await everything())).toHaveLength(job.verification?.back ?? -1)
    expect(await undo(replica, id)).toMatchObject({ state: 'done', failed: 0 })
    expect(await everything()).toEqual(before)
  })
})
