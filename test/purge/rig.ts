/** A real Redis, a real store and real archives, with the shipped engine between them. Everything is gone after the test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { createArchives } from '../../src/adapters/archive/archives.js'
import { digestOf, pauseFor } from '../../src/adapters/pausing.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import { dismiss, makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import { createLog, createNewId } from '../../src/adapters/system.js'
import type { KeyTarget, Targets } from '../../src/ports/keys.js'
import type { Archives } from '../../src/ports/purges.js'
import type { Clock, Store } from '../../src/ports.js'
import type { PurgeDeps } from '../../src/purge/deps.js'
import type { TargetSettings } from '../../src/purge/plan.js'
import { createPurging, type Purging } from '../../src/purge/purge.js'
import type { Purge } from '../../src/purge/record.js'
import { createPurgeWorker, type PurgeWorker } from '../../src/purge/worker.js'
import { createStageClock, type StageClock } from '../support/clock.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { DELIVERY, PUSH, SESSIONS } from './values.js'

export const SAM = 'slack:U0SAM'
export const ALEX = 'slack:U0ALEX'

export interface RigOptions {
  readonly settings?: readonly TargetSettings[]
  readonly approvals?: 0 | 1
  /** Of the Redis. */
  readonly password?: string
  /** Stands between the engine and a target; tests make it fail or slow there. */
  readonly wrapTarget?: (target: KeyTarget) => KeyTarget
  readonly wrapArchives?: (archives: Archives, dir: string) => Archives
  /** Instead of those of the rig's own Redis. */
  readonly otherTargets?: () => Targets
  readonly wrapStore?: (store: Store) => Store
}

/** One copy of Mayday, as far as purges go. */
export interface Replica {
  readonly store: Store
  readonly purging: Purging
  readonly worker: PurgeWorker
  readonly archives: Archives
  readonly owner: string
  /** Takes up and carries to its end, or to a halt, whatever is due. */
  work(): Promise<void>
  stop(): Promise<void>
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
  const auth =
    options.password === undefined ? {} : { args: ['--requirepass', options.password], password: options.password }
  const server = await startRedis(auth)
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

async function createReplica(
  at: { readonly url: string; readonly storeDir: string; readonly dir: string; readonly clock: Clock },
  options: RigOptions,
): Promise<Replica> {
  const { clock } = at
  const owner = makeOwner()
  const opened = await openStore({ url: join(at.storeDir, 'mayday.db'), owner })
  const store = (options.wrapStore ?? ((one) => one))(opened)
  const settings = options.settings ?? [PUSH, SESSIONS, DELIVERY]
  const archives = (options.wrapArchives ?? ((one) => one))(createArchives({ dir: at.dir }), at.dir)
  const deps: PurgeDeps = {
    store,
    targets: wrapped(options.otherTargets?.() ?? createTargets(at.url, settings), options.wrapTarget),
    settings,
    approvals: options.approvals ?? 0,
    archives,
    clock,
    log: createLog({ level: process.env['MAYDAY_TEST_LOG'] ?? 'silent', pretty: false, secrets: [] }),
    newId: createNewId(clock),
    owner,
    pause: pauseFor,
    digest: digestOf,
    random: Math.random,
    changed: () => undefined,
  }
  const purging = createPurging(deps)
  const worker = createPurgeWorker({ ...deps, show: purging.show })
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await worker.stop()
    await deps.targets.close()
    await opened.close()
  }
  return {
    store,
    purging,
    worker,
    archives,
    owner,
    stop: () => (stopped ??= stop()),
    work: async () => {
      await worker.tick()
      await worker.idle()
    },
  }
}

function wrapped(targets: Targets, wrap: RigOptions['wrapTarget']): Targets {
  if (wrap === undefined) return targets
  return {
    ...targets,
    target: (name) => {
      const target = targets.target(name)
      return target === undefined ? undefined : wrap(target)
    },
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
