/** What is said of those who share the database with what was purged. */
import type { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { OF_PURGES } from '../../src/incidents/timeline/of-purges.js'
import { neighbourChanges, neighbourWords } from '../../src/purge/neighbours.js'
import { standing } from '../../src/purge/telling.js'
import { confirmed, createRig, planned, seedSessions } from './rig.js'
import { aPlan, aSurvey } from './values.js'

async function seed(redis: Redis, prefix: string, count: number): Promise<void> {
  const pipeline = redis.pipeline()
  for (let i = 0; i < count; i++) pipeline.set(`${prefix}${i}`, 'value')
  await pipeline.exec()
}

test('each neighbour is counted before and after: unchanged, explained by what expired or was written, or doubtful', async () => {
  const rig = await createRig()
  const { redis } = rig
  await seedSessions(redis, 500)
  for (const prefix of ['calm:', 'brief:', 'busy:', 'lost:']) await seed(redis, prefix, 40)
  const purge = await planned(rig, 'sessions')
  await seed(redis, 'busy:more:', 25)
  await seed(redis, 'busy:', 60)
  for (let i = 0; i < 10; i++) await redis.pexpire(`brief:${i}`, 1)
  for (let i = 0; i < 10; i++) while ((await redis.exists(`brief:${i}`)) === 1) await redis.ping()
  await redis.del('lost:1', ...Array.from({ length: 14 }, (_, i) => `lost:${i + 2}`))
  await confirmed(rig, purge)
  await rig.work()
  const { job } = await rig.purging.get(purge.id)
  const seen = (job.verification?.neighbours ?? []).toSorted((a, b) => a.prefix.localeCompare(b.prefix))
  expect(seen).toMatchObject([
    { prefix: 'brief:', before: 40, after: 30, margin: 0, verdict: 'explained' },
    { prefix: 'busy:', before: 40, after: 60, margin: 0, verdict: 'explained', because: 'written meanwhile' },
    { prefix: 'calm:', before: 40, after: 40, margin: 0, verdict: 'unchanged' },
    { prefix: 'lost:', before: 40, after: 25, margin: 0, verdict: 'doubtful' },
  ])
  expect(seen[0]?.because).toMatch(/^10 keys of this server expired/)
  const said = standing(purge.id, job)
  expect(said).toMatch(/Neighbours \(counted\): 1 of 4 unchanged; lost: has 15 fewer, doubtful: only 10 keys/)
  expect(said).toMatch(/Mayday took session:\* alone; b\w+: has \d+ \w+, explained: /)
})

test('Sidekiq: jobs of other classes in the same places are counted apart from those of the class', async () => {
  const rig = await createRig()
  const job = (name: string, jid: number) =>
    JSON.stringify({ class: name, args: [], jid: `j${jid}`, queue: 'push', created_at: 1, enqueued_at: 1 })
  await rig.redis.sadd('queues', 'push', 'mail')
  for (let i = 0; i < 30; i++) {
    await rig.redis.lpush('queue:push', job(i % 3 === 0 ? 'Other::Worker' : 'PushNotifications::DeliveryWorker', i))
    await rig.redis.zadd('retry', i, job(i % 2 === 0 ? 'Other::Worker' : 'PushNotifications::DeliveryWorker', 100 + i))
    await rig.redis.lpush('queue:mail', job('Mail::Worker', 200 + i))
  }
  const purge = await planned(rig, 'push-delivery')
  await rig.redis.rpop('queue:mail', 5)
  await confirmed(rig, purge)
  await rig.work()
  const { job: done } = await rig.purging.get(purge.id)
  const seen = (done.verification?.neighbours ?? []).toSorted((a, b) => a.prefix.localeCompare(b.prefix))
  expect(seen).toMatchObject([
    { prefix: 'queue:mail', before: 30, after: 25, verdict: 'doubtful' },
    { prefix: 'queue:push', before: 10, after: 10, verdict: 'unchanged' },
    { prefix: 'retry', before: 15, after: 15, verdict: 'unchanged' },
  ])
  expect(standing(purge.id, done)).toMatch(
    /Other jobs in its places \(counted\): 2 of 3 unchanged; queue:mail has 5 fewer/,
  )
})

test('in a database too large to be counted a sample says it with its margin', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 3_000)
  await seed(rig.redis, 'calm:', 3_000)
  await seed(rig.redis, 'lost:', 3_000)
  const purge = await planned(rig, 'sessions')
  await rig.redis.eval("for i = 0, 2799 do redis.call('UNLINK', 'lost:' .. i) end", 0)
  await seed(rig.redis, 'calm:more', 3_000)
  await confirmed(rig, purge)
  await rig.work()
  const { job } = await rig.purging.get(purge.id)
  const of = (prefix: string) => job.verification?.neighbours?.find((one) => one.prefix === prefix)
  expect(of('lost:')).toMatchObject({ verdict: 'doubtful' })
  expect(of('calm:')).toMatchObject({ verdict: 'explained' })
  expect(of('lost:')?.margin).toBeGreaterThan(100)
  expect(standing(purge.id, job)).toMatch(
    /Neighbours \(by a sample\): 0 of 2 unchanged; lost: has about .* \(± .*\) fewer/,
  )
})

test('a difference within the margin is none, and a plan without margins says nothing', () => {
  const plan = aPlan({
    survey: aSurvey({ prefixes: [{ prefix: 'cache:', about: 4_000, margin: 300, own: false }] }),
    lost: { expired: 100, evicted: 0 },
  })
  const now = (about: number) =>
    neighbourChanges(plan, [{ prefix: 'cache:', about, margin: 400 }], { expired: 100, evicted: 0 })
  expect(now(4_840)).toMatchObject([{ verdict: 'unchanged', margin: 850 }])
  expect(now(3_160)).toMatchObject([{ verdict: 'unchanged' }])
  expect(now(3_140)).toMatchObject([{ verdict: 'doubtful' }])
  expect(now(4_860)).toMatchObject([{ verdict: 'explained' }])
  const restarted = neighbourChanges(plan, [{ prefix: 'cache:', about: 100, margin: 10 }], undefined)
  expect(restarted).toMatchObject([
    { verdict: 'doubtful', because: expect.stringMatching(/how many expired is not told/) },
  ])
  expect(neighbourChanges(aPlan(), [{ prefix: 'cache:', about: 1, margin: 0 }], undefined)).toEqual([])
  expect(neighbourWords([], 'keys')).toBe('')
})

test('the timeline tells of doubtful neighbours', () => {
  const told = (doubtful: readonly string[]) =>
    OF_PURGES.purge_done(
      {
        ...{
          id: 'f',
          incidentId: 1 as never,
          at: 0,
          actor: 'mayday',
          kind: 'purge_done',
          purge: 1,
          target: 'sessions',
        },
        ...{ removed: 500, remaining: 0, neighbours: { counted: 4, doubtful } },
      },
      { text: (words) => words } as Parameters<typeof OF_PURGES.purge_done>[1],
    )
  expect(told([])).toMatch(/none of the plan left; its 4 neighbours are unchanged or explained$/)
  expect(told(['lost:'])).toMatch(/none of the plan left; doubtful: lost:$/)
})
