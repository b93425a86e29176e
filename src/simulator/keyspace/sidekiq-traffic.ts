/** What a Sidekiq client and its workers do to a queue: LPUSH at one end, BRPOP (here RPOP) at the other. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { DELIVERY, drawJob, jobJson } from './job.js'
import { createRandom } from './random.js'

export interface JobTraffic {
  /** Pushed so far, or about to be. */
  pushed(): readonly string[]
  stop(): Promise<{ readonly pushed: readonly string[]; readonly done: readonly string[] }>
}

export interface JobTrafficOptions {
  readonly queue?: string
  /** Jobs taken and jobs pushed per round. */
  readonly takes?: number
  readonly pushes?: number
  readonly restMs?: number
  /** False: only jobs of other classes than the delivery of notifications are pushed. */
  readonly deliveries?: boolean
}

export function startJobTraffic(url: string, options: JobTrafficOptions = {}): JobTraffic {
  const { queue = 'default', takes = 3, pushes = 3, restMs = 2, deliveries = true } = options
  const redis = new Redis(url, { protocol: 2, disableClientInfo: true })
  const random = createRandom(11)
  const pushed: string[] = []
  const done: string[] = []
  let running = true
  const work = (async () => {
    while (running) {
      for (let times = 0; times < pushes; times += 1) {
        const wish = drawJob(random, queue, Date.now() / 1_000)
        if (!deliveries && wish.className === DELIVERY) continue
        const job = jobJson(wish, random)
        // First, so that whoever finds it in the queue finds it here.
        pushed.push(job)
        await redis.multi().sadd('queues', queue).lpush(`queue:${queue}`, job).exec()
      }
      for (let times = 0; times < takes; times += 1) {
        const job = await redis.rpop(`queue:${queue}`)
        if (job !== null) done.push(job)
      }
      await sleep(restMs)
    }
  })()
  // Told to whoever stops it.
  work.catch(() => undefined)
  return {
    pushed: () => pushed,
    async stop() {
      running = false
      try {
        await work
      } finally {
        redis.disconnect()
      }
      return { pushed, done }
    },
  }
}
