/** What Rpush's daemon and an application that pushes do to Redis, command by command as Modis sends them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { pack } from './msgpack.js'
import { notificationFields } from './notification.js'
import { createRandom, type Random } from './random.js'

export interface Traffic {
  /** What it has seen so far. */
  seen(): TrafficSeen
  /** The application pushes nothing more by itself; the daemon goes on. */
  calm(): void
  /** The application pushes so many, just after the daemon has looked; resolves with their ids, fewer when it has ended. */
  push(count: number): Promise<readonly number[]>
  /** Ends it and answers what it saw. */
  stop(): Promise<TrafficSeen>
}

export interface TrafficSeen {
  readonly delivered: readonly number[]
  /** Ids that were claimed and whose notification was not there: "Couldn't find … with id=". */
  readonly dangling: readonly number[]
  readonly pushed: readonly number[]
  /** How often the daemon has looked into its queue. */
  readonly looks: number
}

export interface TrafficOptions {
  /** Notifications that the daemon claims at once; 0: no daemon. */
  readonly batch?: number
  /** Notifications that the application pushes per round; 0: none. */
  readonly pushes?: number
  /** Rest between rounds, ms. */
  readonly restMs?: number
}

interface Round {
  readonly redis: Redis
  readonly random: Random
  readonly delivered: number[]
  readonly dangling: number[]
  readonly pushed: number[]
}

/** Claims, delivers and saves as `lib/rpush/client/redis` and `lib/rpush/daemon/store/redis.rb` do. */
export function startRpushTraffic(url: string, options: TrafficOptions = {}): Traffic {
  const { batch = 20, restMs = 2 } = options
  const redis = new Redis(url, { protocol: 2, disableClientInfo: true })
  const round: Round = { redis, random: createRandom(7), delivered: [], dangling: [], pushed: [] }
  const end = new AbortController()
  const wanted: { readonly count: number; readonly done: (ids: readonly number[]) => void }[] = []
  let pushes = options.pushes ?? 5
  let looks = 0
  let ended = false
  const work = (async () => {
    while (!end.signal.aborted) {
      for (let times = 0; times < pushes; times += 1) await push(round)
      if (batch > 0) await deliver(round, batch)
      looks += 1
      for (const { count, done } of wanted.splice(0)) {
        const ids: number[] = []
        while (ids.length < count) ids.push(await push(round))
        done(ids)
      }
      await sleep(restMs, undefined, { signal: end.signal }).catch(() => undefined)
    }
  })()
  // Told to whoever stops it; until then a Redis that is gone is nobody's surprise.
  void work
    .catch(() => undefined)
    .finally(() => {
      for (const { done } of wanted.splice(0)) done([])
      ended = true
    })
  const seen = () => ({ delivered: round.delivered, dangling: round.dangling, pushed: round.pushed, looks })
  return {
    seen,
    calm: () => {
      pushes = 0
    },
    push: (count) => new Promise((done) => (ended ? done([]) : wanted.push({ count, done }))),
    async stop() {
      end.abort()
      try {
        await work
      } finally {
        redis.disconnect()
      }
      return seen()
    },
  }
}

async function deliver({ redis, delivered, dangling }: Round, batch: number): Promise<void> {
  // why: exactly the store's claim: read the lowest ids and take them away in one transaction.
  const claimed = await redis
    .multi()
    .zrange('rpush:notifications:pending', 0, `${batch - 1}`)
    .zremrangebyrank('rpush:notifications:pending', 0, `${batch - 1}`)
    .exec()
  const ids = claimed?.[0]?.[1]
  for (const id of Array.isArray(ids) ? ids.map(Number) : []) {
    const fields = await redis.hgetall(`rpush:notifications:${id}`)
    if (fields['id'] === undefined) {
      dangling.push(id)
      continue
    }
    delivered.push(id)
    const saved = ['delivered', pack(true), 'delivered_at', pack([2021, 7, 7, 12, 0, 0, 0])]
    await redis.hset(`rpush:notifications:${id}`, ...saved.map((text) => Buffer.from(text, 'latin1')))
  }
}

async function push({ redis, random, pushed }: Round): Promise<number> {
  const id = await redis.incr('rpush:notifications_id_seq')
  const fields = notificationFields(id, 'pending', random).map((text) => Buffer.from(text, 'latin1'))
  await redis
    .multi()
    .hset(`rpush:notifications:${id}`, ...fields)
    .sadd('rpush:notifications:all', `${id}`)
    .zadd('rpush:notifications:pending', id, id)
    .exec()
  pushed.push(id)
  return id
}
