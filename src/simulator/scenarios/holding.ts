/** The Redis of the night: delivery on hold, the jobs that would fill it again removed, and everything let go again. */
import type { Night } from '../night/acts.js'
import { NightError } from '../night/error.js'
import { span } from '../night/narrator.js'
import { readFigures, thousands } from '../night/proof.js'
import type { SharedRedis } from '../night/shared-redis.js'
import type { Scene } from './scenario.js'
import { PUSH, tick, tickedItself } from './ticking.js'

/** Rpush looks every 2 s. */
const LOOK_WITHIN_MS = 20_000

export function redisOf({ redis }: Night): SharedRedis {
  if (redis === undefined) throw new NightError('there is a Redis for this scene', 'there is none')
  return redis
}

export const theSource: Scene = {
  at: '02:15',
  title: 'Stop what makes them',
  needs: 'redis',
  play: async (night) => {
    const redis = redisOf(night)
    night.tell.acts('Sam Park', 'rolls the deploy back, stops Sidekiq’s workers, and ticks "Stop what makes them"')
    redis.rpush.calm()
    await tick(night, 'sam', PUSH, 'stop-source')
    const { delivered, pushed } = redis.rpush.seen()
    const sent = `Rpush has sent ${thousands(delivered.length)} since this replay began and goes on`
    night.tell.note(`${sent}; the deploy had queued ${thousands(pushed.length)} more.`)
  },
}

export const held: Scene = {
  at: '02:16',
  title: 'Nothing more goes out: the queue is taken out of Rpush’s sight',
  needs: 'redis',
  play: async (night) => {
    const { tell, people } = night
    const { rpush, visitors } = redisOf(night)
    const began = performance.now()
    const reply = await night.types('alex', '/purge-push hold', 'delivery is on hold', /^Delivery of push is on hold/)
    const atHold = rpush.seen().delivered.length
    const looks = rpush.seen().looks
    tell.shows(reply, { label: `only for ${people.alex.name}:` })
    await night.until('Rpush looks into its queue again', () => rpush.seen().looks > looks, {
      seen: () => 'it has not looked',
      withinMs: LOOK_WITHIN_MS,
    })
    const { delivered, looks: looksBefore } = rpush.seen()
    const inHand = delivered.length - atHold
    tell.seen(
      inHand === 0
        ? 'Rpush looks into its queue again and is given nothing'
        : `The ${inHand} that Rpush had in hand still went out; now its queue is empty`,
    )
    night.proof.hold = { sentBefore: delivered.length, looksBefore, since: performance.now() }
    night.proof.idle = visitors.waited(began, performance.now())
    await tickedItself(night, PUSH, 'Hold delivery', /because delivery of push was put on hold/)
    await tick(night, 'kim', PUSH, 'hands-off')
  },
}

export const theJobs: Scene = {
  at: '02:18',
  title: 'The Sidekiq jobs that would make more, from a terminal, which works without Slack too',
  needs: 'redis',
  play: async (night) => {
    const { tell, people } = night
    const { otherJobs, clients } = redisOf(night)
    const before = await otherJobs()
    const type = async (words: readonly string[]) => {
      tell.acts(people.alex.name, `types in a terminal: npx mayday ${words.join(' ')}`)
      const typed = await night.terminal(words)
      night.check(`mayday ${words.join(' ')} says that it is done`, typed.status === 0, typed.lines.join(' / '))
      return typed.lines
    }
    const plan = await type(['jobs', 'plan', 'push-delivery'])
    for (const line of plan) if (/jobs of push-delivery|By kind|Stay:/.test(line)) tell.shows(line.trim())
    const [, number = '', digest = ''] = /Plan of purge (\d+), digest (\w+)/.exec(plan.join('\n')) ?? []
    await tick(night, 'alex', PUSH, 'jobs-plan')
    const [done = ''] = (await type(['jobs', 'remove', number, '--yes', '--digest', digest])).slice(-1)
    tell.shows(done)
    const figures = readFigures(done)
    if (figures !== undefined) night.proof.done.push({ what: 'Jobs of one class', ...figures })
    // The last one may still be on its way.
    const queued = clients.pushed().slice(0, -1)
    checkJobs(night, before, await otherJobs(), queued)
    await tickedItself(night, PUSH, 'Remove these jobs', /because purge \d+ of push-delivery was verified/)
  },
}

type Jobs = ReadonlyMap<string, readonly string[]>

/** `queued`: by the application until a moment before `after`. */
function checkJobs(night: Night, before: Jobs, after: Jobs, queued: readonly string[]): void {
  let kept = 0
  const there = new Set([...after.values()].flat())
  for (const [place, jobs] of before) {
    const old = new Set(jobs)
    const now = (after.get(place) ?? []).filter((job) => old.has(job))
    const same = now.length === jobs.length && now.every((job, index) => job === jobs[index])
    night.check(
      `the other jobs of ${place} are there, in their order`,
      same,
      `${jobs.length} before, ${now.length} now`,
    )
    kept += jobs.length
  }
  const lost = queued.filter((job) => !there.has(job)).length
  night.check('what was queued meanwhile is there', lost === 0, `${lost} are not`)
  const queuedMeanwhile = there.size - kept
  night.proof.jobs = { kept, queuedMeanwhile }
  night.tell.seen(
    `${thousands(kept)} jobs of other classes are there, in their order, and the ${queuedMeanwhile} queued meanwhile`,
  )
}

export const released: Scene = {
  at: '02:29',
  title: 'Delivery goes on: only what is wanted goes out',
  needs: 'redis',
  play: async (night) => {
    const { tell, people, proof } = night
    const redis = redisOf(night)
    const wanted = proof.wanted ?? []
    const { sentBefore, looksBefore, since } = proof.hold ?? { sentBefore: 0, looksBefore: 0, since: 0 }
    const quiet = redis.rpush.seen()
    const sentMeanwhile = quiet.delivered.length - sentBefore
    const looks = quiet.looks - looksBefore
    night.check('nothing was sent while delivery was on hold', sentMeanwhile === 0, `${sentMeanwhile} were sent`)
    proof.released = { sentMeanwhile, looks, ms: performance.now() - since, arrived: wanted.length }
    tell.seen(`In ${span(proof.released.ms)} on hold Rpush looked ${looks} times, and nothing was sent`)
    const reply = await night.types('kim', '/purge-push release', 'delivery goes on', /^Delivery of push goes on/)
    tell.shows(reply, { label: `only for ${people.kim.name}:` })
    const sent = () => redis.rpush.seen().delivered.slice(sentBefore)
    await night.until('Rpush sends what came meanwhile', () => wanted.every((id) => sent().includes(id)), {
      seen: () => `it sent ${sent().length} of ${wanted.length}`,
      withinMs: LOOK_WITHIN_MS,
    })
    night.check('and nothing else', sent().length === wanted.length, `it sent ${sent().length}`)
    const { dangling } = redis.rpush.seen()
    night.check('Rpush was given no id without its notification', dangling.length === 0, `${dangling.length} of them`)
    tell.seen(`Rpush sends the ${wanted.length} wanted ones, once each, and nothing else`)
    await tickedItself(night, PUSH, 'Let delivery go on', /because delivery of push was let go on/)
    await tick(night, 'sam', PUSH, 'test')
    await workersAgain(night, redis)
  },
}

async function workersAgain(night: Night, redis: SharedRedis): Promise<void> {
  const { tell, proof } = night
  tell.acts('Sam Park', 'starts Sidekiq’s workers again')
  const workers = redis.startWorkers()
  await night.idle(300)
  const { done } = await workers.stop()
  tell.seen(`They have done ${thousands(done.length)} jobs by now, none of the class that was removed`)
  const deliveries = done.filter((job) => job.includes('DeliveryWorker","args') || job.includes('"wrapped":"Push'))
  night.check('no job of the removed class is worked', deliveries.length === 0, `${deliveries.length} were`)
  const neighbours = await redis.picture('neighbours')
  const { lastId } = await redis.counts()
  const expected = (proof.before?.lastId ?? 0) + (proof.wanted?.length ?? 0)
  night.check('the counter of ids went on where it was', lastId === expected, `it is ${lastId}, not ${expected}`)
  proof.after = { neighbours, lastId }
  const was = proof.before?.neighbours
  night.check(
    'every other key is as it was before anything was removed',
    was !== undefined && was.keys === neighbours.keys && was.digest === neighbours.digest,
    `${was?.keys} keys with digest ${was?.digest} before, ${neighbours.keys} with ${neighbours.digest} after`,
  )
  tell.seen(`${thousands(neighbours.keys)} keys of others: value by value and expiry by expiry as before`)
}
