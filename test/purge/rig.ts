/** A real Redis, a real store and real archives, with the shipped engine between them. Everything is gone after the test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { dismiss } from '../../src/adapters/store/owner.js'
import type { Purge } from '../../src/purge/record.js'
import { createStageClock, type StageClock } from '../support/clock.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { createReplica, type Replica, type ReplicaOptions } from './replica.js'

export type { Replica } from './replica.js'

export const SAM = 'slack:U0SAM'
export const ALEX = 'slack:U0ALEX'

export interface RigOptions extends ReplicaOptions {
  /** Of the Redis. */
  readonly password?: string
  /** Added to the command line of the Redis. */
  readonly args?: readonly string[]
}

export interface Rig extends Replica {
  readonly server: RedisServer
  readonly redis: Redis
  readonly clock: StageClock
  readonly dir: string
  /** One more copy on the same store; with `dir`, on a machine of its own. */
  replica(options?: RigOptions & { readonly dir?: string }): Promise<Replica>
  /** Its process is dead: whatever it held is free for whoever opens the store next. */
  bury(replica: Replica): void
  /** Before the end of the test, where one test needs many. */
  end(): Promise<void>
  /** Plans, confirms and carries out. */
  purge(target: string, options?: { readonly archive?: boolean; readonly mode?: 'all' | 'undelivered' }): Promise<Purge>
}

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-purge-'))
  const secret = options.password === undefined ? [] : ['--requirepass', options.password]
  const server = await startRedis({
    args: [...secret, ...(options.args ?? [])],
    ...(options.password === undefined ? {} : { password: options.password }),
  })
  const password = options.password === undefined ? {} : { password: options.password }
  const redis = new Redis(server.port, '127.0.0.1', { maxRetriesPerRequest: null, ...password })
  redis.on('error', () => undefined)
  const clock = createStageClock()
  const replicas: Replica[] = []
  let ended: Promise<void> | undefined
  const buried = new Set<Replica>()
  const end = async (): Promise<void> => {
    // A copy whose power was cut never ends its work.
    await Promise.all(replicas.filter((one) => !buried.has(one)).map((one) => one.stop()))
    redis.disconnect()
    await server.stop()
    rmSync(dir, { recursive: true, force: true })
  }
  const endOnce = (): Promise<void> => (ended ??= end())
  onTestFinished(endOnce)
  const replica: Rig['replica'] = async (own = {}) => {
    const one = await createReplica(
      { url: server.url, storeDir: dir, dir: own.dir ?? dir, clock },
      { ...options, ...own },
    )
    replicas.push(one)
    return one
  }
  const first = await replica()
  return {
    ...{ ...first, server, redis, clock, dir, replica, end: endOnce },
    bury: (one) => {
      buried.add(one)
      dismiss(one.owner)
    },
    purge: (target, how) => purgeAt(first, target, how),
  }
}

/** A plan that is confirmed by its digest and its count, as a person would. */
export async function planned(
  { purging }: Replica,
  target: string,
  { archive = true, mode = 'all' as const }: { readonly archive?: boolean; readonly mode?: 'all' | 'undelivered' } = {},
): Promise<Purge> {
  return purging.plan(target, { archive, mode }, { by: SAM })
}

export async function confirmed(
  replica: Replica,
  { id, job }: Purge,
  by: typeof SAM | typeof ALEX = SAM,
): Promise<Purge> {
  return replica.purging.confirm({ id, digest: job.digest, typed: `purge ${job.plan.count}`, by })
}

async function purgeAt(replica: Replica, target: string, how: Parameters<Rig['purge']>[1] = {}): Promise<Purge> {
  const purge = await confirmed(replica, await planned(replica, target, how))
  await replica.work()
  return replica.purging.get(purge.id)
}

/** Session keys `session:<from>` and on, and strangers beside them. */
export async function seedSessions(redis: Redis, count: number, from = 0): Promise<void> {
  const pipeline = redis.pipeline()
  for (let i = from; i < from + count; i++) pipeline.set(`session:${i}`, `value ${i} `.repeat(5))
  await pipeline.exec()
}

/** Every key with its value and whether it expires, so that two states can be held against each other. */
export async function contents(redis: Redis): Promise<Readonly<Record<string, string>>> {
  const keys = (await redis.keys('*')).sort()
  const pipeline = redis.pipeline()
  for (const key of keys) pipeline.dump(key).expiretime(key)
  const replies = (await pipeline.exec()) ?? []
  const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)))
  return Object.fromEntries(
    keys.map((key, i) => [
      key,
      `${dumps[i]?.toString('hex') ?? ''} ${Number(replies[2 * i + 1]?.[1]) > 0 ? 'expires' : 'stays'}`,
    ]),
  )
}
