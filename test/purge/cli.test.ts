/** Purges from a terminal, with Slack down: the same plan, the same confirmation, the same history. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { runCli } from '../../src/cli/cli.js'
import { bar } from '../../src/cli/follow-purge.js'
import { startRedis } from '../support/redis.js'
import { contents, seedSessions } from './rig.js'

const ME = `terminal:${userInfo().username}`

interface Typed {
  readonly exit: number
  readonly out: string
  readonly err: string
  json(): Record<string, unknown>
}

async function createTerminal(yaml = '') {
  const home = mkdtempSync(join(tmpdir(), 'mayday-purge-cli-'))
  const server = await startRedis()
  const redis = new Redis(server.port, '127.0.0.1')
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  })
  writeFileSync(join(home, 'mayday.yml'), `purge:\n  sessions: { pattern: "session:*" }\n${yaml}`)
  const env = {
    PAGERDUTY_ROUTING_KEY: 'R'.repeat(32),
    MAYDAY_DATA_DIR: join(home, 'data'),
    MAYDAY_CONFIG: join(home, 'mayday.yml'),
    NOTIFICATIONS_REDIS_URL: server.url,
  }
  const type = async (line: string, answer?: string, change: Readonly<Record<string, string>> = {}): Promise<Typed> => {
    const out: string[] = []
    const err: string[] = []
    const exit = await runCli(line.split(' '), {
      env: { ...env, ...change },
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      isTerminal: answer !== undefined,
      ...(answer === undefined ? {} : { ask: async () => answer, progress: () => undefined }),
    })
    return { exit, out: out.join('\n'), err: err.join('\n'), json: () => JSON.parse(out.join('\n')) }
  }
  return { redis, type, home }
}

test('counts, plans, asks for the typed count, purges, verifies and undoes', async () => {
  const { redis, type } = await createTerminal()
  await seedSessions(redis, 1_000)
  await redis.set('config:a', '1')
  const before = await contents(redis)
  expect(await type('purge count')).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/sessions: exactly 1,000 keys\./),
  })
  const plan = await type('purge plan sessions')
  expect(plan.out).toMatch(/1,000 keys of sessions \(session:\*\) in database 0/)
  expect(plan.out).toMatch(/type "purge 1000" within/)
  expect(await type('purge run', 'purge 999')).toMatchObject({
    exit: 1,
    err: expect.stringMatching(/does not confirm.*\n?.*purge 1000/),
  })
  expect(await redis.dbsize()).toBe(1_001)
  const run = await type('purge run', 'purge 1000')
  expect(run).toMatchObject({ exit: 0, out: expect.stringMatching(/is done: 1,000 of 1,000 keys removed \(100 %\)/) })
  expect(await redis.keys('*')).toEqual(['config:a'])
  const history = (await type('purge history --json')).json() as {
    purges: { purge: number; state: string; plannedBy: string; approvals: { by: string }[] }[]
  }
  const done = history.purges.find((one) => one.state === 'done')
  expect(done).toMatchObject({ plannedBy: ME, approvals: [{ by: ME }] })
  expect(await type(`purge undo ${done?.purge}`)).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/1,000 of 1,000 keys put back/),
  })
  expect(await contents(redis)).toEqual(before)
})

test('without a person it needs the number and the digest of a plan that was seen', async () => {
  const { redis, type } = await createTerminal()
  await seedSessions(redis, 50)
  expect(await type('purge run')).toMatchObject({ exit: 2, err: expect.stringMatching(/Nobody is at a terminal/) })
  expect(await type('purge run --yes')).toMatchObject({
    exit: 2,
    err: expect.stringMatching(/confirms a plan that was seen/),
  })
  const plan = (await type('purge plan --json')).json() as { purge: number; digest: string; plan: { count: number } }
  expect(plan.plan.count).toBe(50)
  const wrong = await type(`purge run ${plan.purge} --yes --digest ${'0'.repeat(12)}`)
  expect(wrong).toMatchObject({ exit: 1, err: expect.stringMatching(/is not this plan's/) })
  expect(await type(`purge run ${plan.purge} --yes --digest ${plan.digest.slice(0, 4)}`)).toMatchObject({ exit: 1 })
  expect(await redis.dbsize()).toBe(50)
  const right = await type(`purge run ${plan.purge} --yes --digest ${plan.digest.slice(0, 12)} --json`)
  expect(right.json()).toMatchObject({ state: 'done', progress: { removed: 50 }, verification: { remaining: 0 } })
  expect(await redis.dbsize()).toBe(0)
})

test('with approvals: 1 the same user cannot confirm twice', async () => {
  const { redis, type } = await createTerminal('permissions: { approvals: 1 }\n')
  await seedSessions(redis, 5)
  const first = await type('purge run', 'purge 5')
  expect(first).toMatchObject({
    exit: 1,
    out: expect.stringMatching(/Confirmed by 1 of 2: a second, different person/),
  })
  const number = /purge (\d+)\.$/.exec(first.out)?.[1]
  expect(await type(`purge run ${number}`, 'purge 5')).toMatchObject({
    exit: 1,
    err: expect.stringMatching(/confirmed this purge already/),
  })
  expect(await redis.dbsize()).toBe(5)
})

test('where users of this machine are named, only they may', async () => {
  const { redis, type } = await createTerminal('permissions: { purge: { users: ["terminal:somebody-else"] } }\n')
  await seedSessions(redis, 5)
  for (const words of ['purge run', 'purge undo 1', 'purge cancel 1']) {
    expect(await type(words, 'purge 5'), words).toMatchObject({
      exit: 1,
      err: expect.stringMatching(/may not purge.*\n.*somebody-else/),
    })
  }
  expect(await type('purge plan')).toMatchObject({ exit: 0 })
  expect(await redis.dbsize()).toBe(5)
})

test('jobs of one class leave their queue, and come back to their places', async () => {
  const { redis, type } = await createTerminal()
  const job = (name: string, i: number) =>
    JSON.stringify({
      class: name,
      jid: `${name}-${i}`,
      args: [i],
      queue: 'default',
      created_at: 1_625_000_000,
      retry: true,
    })
  await redis.sadd('queues', 'default')
  for (let i = 0; i < 20; i++)
    await redis.lpush('queue:default', job(i % 2 === 0 ? 'PushNotifications::DeliveryWorker' : 'BillingWorker', i))
  const before = await redis.lrange('queue:default', 0, -1)
  expect(await type('jobs count')).toMatchObject({ out: expect.stringMatching(/exactly 10 jobs/) })
  expect(await type('jobs remove', 'purge 10')).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/is done: 10 of 10 jobs/),
  })
  expect(await redis.llen('queue:default')).toBe(10)
  expect((await redis.lrange('queue:default', 0, -1)).join()).not.toContain('PushNotifications')
  const { purges } = (await type('purge history --json')).json() as { purges: { purge: number }[] }
  expect(await type(`jobs undo ${purges[0]?.purge}`)).toMatchObject({ exit: 0 })
  expect((await redis.lrange('queue:default', 0, -1)).toSorted()).toEqual(before.toSorted())
})

test('says what is missing, and what it does not know', async () => {
  const { type } = await createTerminal()
  expect(await type('purge status', undefined, { NOTIFICATIONS_REDIS_URL: '' })).toMatchObject({
    exit: 2,
    err: expect.stringMatching(/NOTIFICATIONS_REDIS_URL is not set/),
  })
  expect(await type('purge everything')).toMatchObject({ exit: 2, err: expect.stringMatching(/not known here/) })
  expect(await type('purge plan other')).toMatchObject({ exit: 1, err: expect.stringMatching(/There is: sessions/) })
  expect(await type('purge undo')).toMatchObject({ exit: 2, err: expect.stringMatching(/by its number/) })
  expect(await type('purge undo 7')).toMatchObject({ exit: 1, err: expect.stringMatching(/There is no purge 7/) })
  expect(await type('purge status')).toMatchObject({ exit: 0, out: 'No purge is under way.' })
  const away = { NOTIFICATIONS_REDIS_URL: 'redis://:s3cret-pass@127.0.0.1:1' }
  const gone = await type('purge count', undefined, away)
  expect(gone).toMatchObject({ exit: 1, err: expect.stringMatching(/127\.0\.0\.1:1/) })
  expect(gone.err + gone.out).not.toContain('s3cret')
})

test('the bar never lies about what is left', () => {
  expect([bar(0), bar(0.999), bar(1), bar(7)].map((one) => one.slice(-5))).toEqual(['  0 %', ' 99 %', '100 %', '100 %'])
})

test('undelivered is asked of Rpush alone, and status tells of a hold, as it does in Slack', async () => {
  const { redis, type } = await createTerminal()
  await seedSessions(redis, 5)
  for (const words of ['purge count sessions --undelivered', 'purge plan sessions --undelivered'])
    expect(await type(words), words).toMatchObject({
      exit: 2,
      err: expect.stringMatching(/Only of Rpush's notifications/),
    })
  const rpush = await createTerminal('  push: { pattern: "rpush:notifications:*", layout: rpush }\n')
  await rpush.redis.zadd('rpush:notifications:pending', 1, '1')
  await rpush.redis.hset('rpush:notifications:1', 'id', '\u0001')
  await rpush.redis.sadd('rpush:notifications:all', 1)
  expect((await rpush.type('purge count push --undelivered')).out).toMatch(
    /push: 1 in all; counting exactly\.\npush: exactly 1 notification never delivered and never failed for good\./,
  )
  await rpush.type('purge hold push')
  const status = await rpush.type('purge status')
  expect(status.out).toMatch(
    new RegExp(`^No purge is under way\\.\nDelivery of push is on hold since .* UTC, by ${ME}; 0 came since`),
  )
  expect((await rpush.type('purge status --json')).json()).toMatchObject({
    purges: [],
    holds: [{ target: 'push', by: ME }],
  })
  const plan = await rpush.type('purge plan push')
  expect(plan.out).toMatch(/\n {2}No replica follows it\.\n/)
  expect(plan.out).toMatch(/in slices that keep others waiting 1 ms at most, but for 1 in 100/)
})
