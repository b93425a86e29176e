/** What a Sidekiq client and its workers do to a queue: LPUSH at one end, BRPOP (here RPOP) at the other. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { drawJob, jobJson } from './job.js'
import { createRandom } from './random.js'

export interface JobTraffic {
  stop(): Promise<{ readonly pushed: readonly string[]; readonly done: readonly string[] }>
}

export interface JobTrafficOptions {
  readonly queue?: string
  /** Jobs taken and jobs pushed per round. */
  readonly takes?: number
  readonly pushes?: number
  readonly restMs?: number
}

export function startJobTraffic(url: string, options: JobTrafficOptions = {}): JobTraffic {
  const { queue = 'default', takes = 3, pushes = 3, restMs = 2 } = options
  const redis = new Redis(url, { protocol: 2, disableClientInfo: true })
  const random = createRandom(11)
  const pushed: string[] = []
  const done: string[] = []
  let running = true
  const work = (async () => {
    while (running) {
      for (let times = 0; times < pushes; times += 1) {
        const job = jobJson(drawJob(random, queue, Date.now() / 1_000), random)
        await redis.multi().sadd('queues', queue).lpush(`queue:${queue}`, job).exec()
        pushed.push(job)
      }
      for (let times = 0; times < takes; times += 1) {
        const job = await redis.rpop(`queue:${queue}`)
        if (job !== null) done.push(job)
      }
      await sleep(restMs)
    }
  })()
  return {
    async stop() {
      running = false
      await work
      redis.disconnect()
      return { pushed, done }
    },
  }
}
