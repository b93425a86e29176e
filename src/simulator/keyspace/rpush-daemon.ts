/** What Rpush's daemon and an application that pushes do to Redis, command by command as Modis sends them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { pack } from './msgpack.js'
import { notificationFields } from './notification.js'
import { createRandom } from './random.js'

export interface Traffic {
  /** Ends it and answers what it saw. */
  stop(): Promise<TrafficSeen>
}

export interface TrafficSeen {
  readonly delivered: readonly number[]
  /** Ids that were claimed and whose notification was not there: "Couldn't find … with id=". */
  readonly dangling: readonly number[]
  readonly pushed: readonly number[]
}

export interface TrafficOptions {
  /** Notifications that the daemon claims at once; 0: no daemon. */
  readonly batch?: number
  /** Notifications that the application pushes per round; 0: none. */
  readonly pushes?: number
  /** Rest between rounds, ms. */
  readonly restMs?: number
}

/** Claims, delivers and saves as `lib/rpush/client/redis` and `lib/rpush/daemon/store/redis.rb` do. */
export function startRpushTraffic(url: string, options: TrafficOptions = {}): Traffic {
  const { batch = 20, pushes = 5, restMs = 2 } = options
  const redis = new Redis(url, { protocol: 2, disableClientInfo: true })
  const random = createRandom(7)
  const delivered: number[] = []
  const dangling: number[] = []
  const pushed: number[] = []
  let running = true

  async function deliver(): Promise<void> {
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
  async function push(): Promise<void> {
    const id = await redis.incr('rpush:notifications_id_seq')
    const fields = notificationFields(id, 'pending', random).map((text) => Buffer.from(text, 'latin1'))
    await redis
      .multi()
      .hset(`rpush:notifications:${id}`, ...fields)
      .sadd('rpush:notifications:all', `${id}`)
      .zadd('rpush:notifications:pending', id, id)
      .exec()
    pushed.push(id)
  }
  const work = (async () => {
    while (running) {
      for (let times = 0; times < pushes; times += 1) await push()
      if (batch > 0) await deliver()
      await sleep(restMs)
    }
  })()
  return {
    async stop() {
      running = false
      await work
      redis.disconnect()
      return { delivered, dangling, pushed }
    },
  }
}
