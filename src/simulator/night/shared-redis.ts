/** The Redis of the night: a real one, filled as that of July 2021, with everybody at work who shares it. */
import { Redis } from 'ioredis'
import { DELIVERY } from '../keyspace/job.js'
import { type KeyspaceSize, seedKeyspace } from '../keyspace/keyspace.js'
import { type Part, type Picture, takePicture } from '../keyspace/picture.js'
import { startRpushTraffic, type Traffic } from '../keyspace/rpush-daemon.js'
import { type JobTraffic, startJobTraffic } from '../keyspace/sidekiq-traffic.js'
import { startVisitors, type Visitors } from '../keyspace/visitors.js'
import { RedisServerError } from '../redis-error.js'
import { type RedisServer, startRedis } from '../redis-server.js'

export interface SharedRedis {
  readonly url: string
  /** Of the server. */
  readonly pid: number
  /** As `7.0.15`. */
  readonly version: string
  readonly size: KeyspaceSize
  readonly seededInMs: number
  /** Rpush's daemon, with its defaults: up to 100 every 2 s; and the bad deploy, which pushes more until it is told to calm. */
  readonly rpush: Traffic
  /** Other parts of the application queue their jobs; the workers are stopped. */
  readonly clients: JobTraffic
  readonly visitors: Visitors
  picture(of: Part): Promise<Picture>
  /** Notifications that Rpush would be given; all there are; the last id that was given to one. */
  counts(): Promise<{ readonly inSight: number; readonly all: number; readonly lastId: number }>
  /** The jobs of other classes, by the place they wait in, first to be worked last. */
  otherJobs(): Promise<ReadonlyMap<string, readonly string[]>>
  /** Workers take what is queued, from now on. */
  startWorkers(): JobTraffic
  /** Ends everybody and the server, and removes every file. Safe to repeat. */
  stop(): Promise<void>
}

/** The night had 1.2 million notifications among 4 million keys of the cache. */
const CACHE_KEYS_EACH = 4 / 1.2
const JOBS_EACH = 1 / 25
const OLDEST = [6, 2] as const

/** Starts and fills it. Throws `RedisServerError` with what to do when there is none, or it is too old. */
export async function startSharedRedis(notifications: number, say: (line: string) => void): Promise<SharedRedis> {
  const began = performance.now()
  const server = await startRedis({ say })
  const client = new Redis(server.url, { protocol: 2, disableClientInfo: true, retryStrategy: () => null })
  // Whoever waits for an answer is told; a connection that ends between two has nobody to tell.
  client.on('error', () => undefined)
  try {
    const version = await versionOf(client)
    const size = sizeOf(notifications)
    await seedKeyspace(server.url, size)
    return fill({ server, client, version, size, seededInMs: performance.now() - began })
  } catch (error) {
    client.disconnect()
    await server.stop()
    throw error
  }
}

function sizeOf(notifications: number): KeyspaceSize {
  return {
    notifications,
    cacheKeys: Math.round(notifications * CACHE_KEYS_EACH),
    jobs: Math.max(60, Math.round(notifications * JOBS_EACH)),
  }
}

async function versionOf(client: Redis): Promise<string> {
  const info = await client.info('server')
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? ''
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return version
  throw new RedisServerError(
    `The Redis here is ${version}, and Mayday purges from ${OLDEST.join('.')} on. Name a newer one in MAYDAY_REDIS_BIN.`,
  )
}

function fill(
  o: Pick<SharedRedis, 'version' | 'size' | 'seededInMs'> & {
    readonly client: Redis
    readonly server: RedisServer
  },
): SharedRedis {
  const { server, client, size } = o
  const { url } = server
  const rpush = startRpushTraffic(url, { batch: 100, pushes: 20, restMs: 2_000 })
  const clients = startJobTraffic(url, { takes: 0, pushes: 1, restMs: 20, deliveries: false })
  const visitors = startVisitors(url, size.cacheKeys)
  const workers: JobTraffic[] = []
  let stopping: Promise<void> | undefined
  const stop = async () => {
    await Promise.allSettled([rpush, clients, visitors, ...workers].map((one) => one.stop()))
    client.disconnect()
    await server.stop()
  }
  return {
    url,
    pid: server.pid,
    ...{ version: o.version, size, seededInMs: o.seededInMs },
    ...{ rpush, clients, visitors },
    picture: (of) => takePicture(client, of),
    otherJobs: () => otherJobs(client),
    counts: async () => ({
      inSight: await client.zcard('rpush:notifications:pending'),
      all: await client.scard('rpush:notifications:all'),
      lastId: Number(await client.get('rpush:notifications_id_seq')),
    }),
    startWorkers() {
      const started = startJobTraffic(url, { takes: 3, pushes: 0, restMs: 5 })
      workers.push(started)
      return started
    },
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
}

async function otherJobs(client: Redis): Promise<ReadonlyMap<string, readonly string[]>> {
  const places = new Map<string, readonly string[]>()
  const keep = (place: string, jobs: readonly string[]) =>
    places.set(
      place,
      jobs.filter((job) => !isDelivery(job)),
    )
  for (const queue of ['queue:default', 'queue:push']) keep(queue, await client.lrange(queue, 0, -1))
  for (const set of ['schedule', 'retry', 'dead']) keep(set, await client.zrange(set, '0', '-1'))
  return places
}

function isDelivery(json: string): boolean {
  const job: unknown = JSON.parse(json)
  if (typeof job !== 'object' || job === null) return false
  return ('class' in job && job.class === DELIVERY) || ('wrapped' in job && job.wrapped === DELIVERY)
}
