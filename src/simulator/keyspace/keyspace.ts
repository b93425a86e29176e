/** Fills a Redis as the one of July 2021 was: Rpush's notifications and Sidekiq's jobs between a cache's keys. */
import { type Bulk, openBulk } from './bulk.js'
import { drawJob, jobJson } from './job.js'
import { pack } from './msgpack.js'
import { drawState, notificationFields, type State } from './notification.js'
import { createRandom, type Random } from './random.js'

export interface KeyspaceSize {
  /** `rpush:notifications:<id>`, ids from 1. */
  readonly notifications: number
  readonly cacheKeys: number
  /** Sidekiq jobs: nine of ten in two queues, the rest scheduled, retrying and dead. */
  readonly jobs: number
}

export interface KeyspaceOptions extends Partial<KeyspaceSize> {
  /** The same seed makes the same keys. */
  readonly seed?: number
  /** Told about every 50,000 commands. */
  readonly onProgress?: (done: number) => void
}

export interface Keyspace {
  /** Notifications by state. */
  readonly states: Readonly<Record<State, number>>
  readonly jobs: number
}

const MANY = 100

/** Adds to what is there; nothing is flushed. */
export async function seedKeyspace(url: string, options: KeyspaceOptions = {}): Promise<Keyspace> {
  const { notifications = 12_000, cacheKeys = 40_000, jobs = 2_000, seed = 20_210_707 } = options
  const random = createRandom(seed)
  const bulk = await openBulk(url)
  let done = 0
  const pace = async () => {
    done += 1
    if (done % 200 === 0) await bulk.drain()
    if (done % 50_000 === 0) options.onProgress?.(done)
  }
  const states = await seedRpush(bulk, random, notifications, pace)
  await seedCache(bulk, random, cacheKeys, pace)
  await seedSidekiq(bulk, random, jobs, pace)
  await bulk.end()
  return { states, jobs }
}

async function seedRpush(bulk: Bulk, random: Random, count: number, pace: () => Promise<void>) {
  const states: Record<State, number> = { pending: 0, retrying: 0, delivered: 0, failed: 0, 'in flight': 0 }
  if (count > 0) seedApps(bulk)
  let all: number[] = []
  let pending: number[] = []
  for (let id = 1; id <= count; id += 1) {
    const state = drawState(random)
    states[state] += 1
    bulk.write('HSET', `rpush:notifications:${id}`, ...notificationFields(id, state, random))
    all.push(id)
    if (state === 'pending') pending.push(id, id)
    if (state === 'retrying')
      bulk.write('ZADD', 'rpush:notifications:retryable', 1_625_650_000 + random.below(9_000), id)
    if (all.length >= MANY || id === count) {
      bulk.write('SADD', 'rpush:notifications:all', ...all)
      if (pending.length > 0) bulk.write('ZADD', 'rpush:notifications:pending', ...pending)
      all = []
      pending = []
    }
    await pace()
  }
  if (count > 0) bulk.write('SET', 'rpush:notifications_id_seq', count)
  return states
}

function seedApps(bulk: Bulk): void {
  const apps = [
    {
      id: 1,
      type: 'Rpush::Apns2::App',
      name: 'ios',
      environment: 'production',
      certificate: '-----BEGIN CERTIFICATE-----',
    },
    { id: 2, type: 'Rpush::Fcm::App', name: 'android', connections: 1 },
  ]
  for (const app of apps) {
    bulk.write('HSET', `rpush:apps:${app.id}`, ...Object.entries(app).flatMap(([field, value]) => [field, pack(value)]))
    bulk.write('SADD', 'rpush:apps:all', app.id)
    bulk.write('SADD', `rpush:apps:index:name:"${app.name}"`, app.id)
  }
  bulk.write('SET', 'rpush:apps_id_seq', apps.length)
}

/** Half of them expire; the look-alikes share letters with the notifications and are somebody else's. */
async function seedCache(bulk: Bulk, random: Random, count: number, pace: () => Promise<void>): Promise<void> {
  const lookAlikes = [
    'rpush:notifications-archive:1',
    'rpush:notification:1',
    'xrpush:notifications:1',
    'rpush:notifications_old:7',
  ]
  for (const key of count > 0 ? lookAlikes : []) bulk.write('SET', key, 'kept')
  for (let index = 1; index <= count; index += 1) {
    const key = index % 5 === 0 ? `cache:session:${random.hex(16)}` : `cache:user:${index}:profile`
    const value = random.hex(32).repeat(3).padEnd(100, '-')
    if (index % 2 === 0) bulk.write('SET', key, value, 'EX', 86_400 + random.below(86_400))
    else bulk.write('SET', key, value)
    await pace()
  }
}

async function seedSidekiq(bulk: Bulk, random: Random, count: number, pace: () => Promise<void>): Promise<void> {
  if (count === 0) return
  bulk.write('SADD', 'queues', 'default', 'push')
  bulk.write('SET', 'stat:processed', 1_000_000 + random.below(1_000_000))
  for (let index = 0; index < count; index += 1) {
    const queue = index % 3 === 0 ? 'push' : 'default'
    const createdAt = 1_625_600_000 + index
    const json = jobJson(drawJob(random, queue, createdAt), random)
    const shelf = ['schedule', 'retry', 'dead'][index % 30]
    if (shelf === undefined) bulk.write('LPUSH', `queue:${queue}`, json)
    else bulk.write('ZADD', shelf, createdAt + 3_600 + random.next(), json)
    await pace()
  }
}
