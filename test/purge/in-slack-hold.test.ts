/** Delivery on hold, as people ask for it, with the daemon and the application at work meanwhile. */
import { Redis } from 'ioredis'
import { afterEach, expect, test } from 'vitest'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { startRpushTraffic, type Traffic } from '../../src/simulator/keyspace/rpush-daemon.js'
import { eventually } from '../support/eventually.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { createStage, type Stage } from '../support/stage.js'

const PENDING = 'rpush:notifications:pending'

let stage: Stage
let server: RedisServer
let redis: Redis
let traffic: Traffic[] = []

afterEach(async () => {
  await Promise.all(traffic.map((one) => one.stop()))
  traffic = []
  await stage.close()
  redis.disconnect()
  await server.stop()
})

async function type(text: string, answer: RegExp, user = stage.people.alex): Promise<string> {
  const before = stage.slack.ephemerals(user).length
  await stage.slack.slash({ user, channel: stage.channel, command: '/purge-push', text })
  return eventually(() => {
    const said = stage.slack.ephemerals(user).slice(before)
    const hit = said.find((one) => answer.test(one.text))
    expect(hit, `no answer like ${answer} among:\n${said.map((one) => `- ${one.text}`).join('\n')}`).toBeDefined()
    return hit?.text ?? ''
  })
}

test('what waits is not sent until the release, what arrives is taken aside, and nothing is lost or sent twice', async () => {
  server = await startRedis()
  redis = new Redis(server.port, '127.0.0.1')
  const { states } = await seedKeyspace(server.url, { notifications: 3_000, cacheKeys: 50, jobs: 0 })
  const waiting = states.pending + states.retrying
  stage = await createStage({ env: { NOTIFICATIONS_REDIS_URL: server.url }, replicas: 2 })
  const said = await type('hold', /is on hold/)
  expect(said).toContain(`${waiting.toLocaleString('en')} wait aside`)
  expect(said).toMatch(/what Rpush claims in between, and the batch that it has in hand, still goes out/)
  // The application goes on; the daemon looks as often as Rpush's does.
  const app = startRpushTraffic(server.url, { batch: 0, pushes: 2, restMs: 20 })
  const daemon = startRpushTraffic(server.url, { batch: 100, pushes: 0, restMs: 2_000 })
  traffic = [app, daemon]
  const arrived = await eventually(async () => {
    const [, number = '0'] =
      /on hold since .* by <@U\w+>; ([\d,]+) came since/.exec(await type('status', /on hold/)) ?? []
    expect(Number(number.replaceAll(',', ''))).toBeGreaterThan(300)
    return Number(number.replaceAll(',', ''))
  })
  // Whoever purges and undoes while it is on hold restores behind it; a second hold is the same hold.
  await type('hold', /is on hold/)
  const { pushed } = await app.stop()
  const { delivered: early } = await daemon.stop()
  expect(early.filter((id) => id <= 3_000)).toEqual([])
  await eventually(async () => expect(await redis.exists(PENDING)).toBe(0))
  const answer = await type('release', /goes on/)
  const [, before = '', meanwhile = ''] = /: ([\d,]+) that were on hold and ([\d,]+) that came/.exec(answer) ?? []
  const number = (text: string) => Number(text.replaceAll(',', ''))
  expect(number(before) + number(meanwhile)).toBe(waiting + pushed.length - early.length)
  expect(number(meanwhile)).toBeGreaterThanOrEqual(arrived)
  await type('status', /^No purge is under way\.$/)
  const rest = startRpushTraffic(server.url, { batch: 500, pushes: 0, restMs: 1 })
  traffic = [rest]
  await eventually(async () => expect(await redis.zcard(PENDING)).toBe(0))
  const { delivered, dangling } = await rest.stop()
  const all = [...early, ...delivered]
  expect(new Set(all).size).toBe(all.length)
  expect(all.length + (await redis.zcard('rpush:notifications:retryable'))).toBe(waiting + pushed.length)
  expect(dangling).toEqual([])
  expect(await redis.keys('mayday:hold:*')).toEqual([])
})

test('a replica that dies in the middle of a release leaves what the other one puts back', async () => {
  server = await startRedis()
  redis = new Redis(server.port, '127.0.0.1')
  const { states } = await seedKeyspace(server.url, { notifications: 500, cacheKeys: 10, jobs: 0 })
  stage = await createStage({ env: { NOTIFICATIONS_REDIS_URL: server.url } })
  await type('hold', /is on hold/)
  // The first step of a release, and then nothing.
  await redis.del('mayday:hold:{rpush:notifications:pending}:since')
  await eventually(async () => expect(await redis.zcard(PENDING)).toBe(states.pending))
  await eventually(async () => expect(await redis.keys('mayday:hold:*')).toEqual([]))
  await eventually(async () => expect(await type('status', /^No purge/)).toBe('No purge is under way.'))
})
