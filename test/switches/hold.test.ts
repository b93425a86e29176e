/** A switch that holds an Rpush queue in a real Redis: one truth, whichever way it is held and released. */
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { startDesk } from '../cli/rig.js'
import { eventually } from '../support/eventually.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { createStage, type Stage } from '../support/stage.js'

const PENDING = 'rpush:notifications:pending'
const YAML = 'switches:\n  sending: { kind: rpush_hold, target: push }\n'

async function startQueue(): Promise<{ readonly server: RedisServer; readonly redis: Redis }> {
  const server = await startRedis()
  const redis = new Redis(server.port, '127.0.0.1')
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
  })
  for (let id = 1; id <= 5; id += 1) await redis.zadd(PENDING, id, `${id}`)
  return { server, redis }
}

async function type(stage: Stage, command: '/mayday' | '/purge-push', text: string, answer: RegExp): Promise<string> {
  const user = stage.people.alex
  const before = stage.slack.ephemerals(user).length
  await stage.slack.slash({ user, channel: stage.channel, command, text })
  return eventually(() => {
    const said = stage.slack.ephemerals(user).slice(before)
    const hit = said.find((one) => answer.test(one.text))
    expect(hit, `no answer like ${answer} among:\n${said.map((one) => `- ${one.text}`).join('\n')}`).toBeDefined()
    return hit?.text ?? ''
  })
}

test('off is the hold of /purge-push, on its release, and each way is told by the other', async () => {
  const { server, redis } = await startQueue()
  const stage = await createStage({
    yaml: (people) => `${YAML}permissions: { purge: { users: [${people.alex}] } }\n`,
    env: { NOTIFICATIONS_REDIS_URL: server.url },
  })
  onTestFinished(() => stage.close())
  const thread = stage.say('customers get every push four times')
  await thread.expect(/is paging Alex/)

  await type(
    stage,
    '/mayday',
    'switch sending off',
    /\*sending\* is \*off\*: turned off by <@U\w+> and read back .*on hold/,
  )
  expect(await redis.exists(PENDING)).toBe(0)
  await type(stage, '/purge-push', 'status', /Delivery of `push` is on hold since .* by <@U\w+>/)
  await type(stage, '/mayday', 'switch sending on', /\*sending\* is \*on\*: turned on by <@U\w+> and read back/)
  expect(await redis.zcard(PENDING)).toBe(5)
  await type(stage, '/purge-push', 'status', /^No purge is under way\.$/)

  // The other way: the switch knows who and when, and the thread is told once.
  await type(stage, '/purge-push', 'hold', /is on hold: 5 wait aside/)
  await type(stage, '/mayday', 'switch', /\*sending\*: \*off\* since .*turned off by <@U\w+>/)
  await thread.expect(/^\*sending\* is \*off\*: turned off by <@U\w+>/)
  await thread.expect(/^Emergency #1.*sending is off since/s)
  await type(stage, '/purge-push', 'release', /goes on: 5 that were on hold/)
  await type(stage, '/mayday', 'switch', /\*sending\*: \*on\*/)
  await eventually(() =>
    expect(thread.replies().find((one) => /^Emergency #1/.test(one.text))?.text).not.toMatch(/sending is off/),
  )
  // The card may change before the thread is told.
  const told = await eventually(() => {
    const all = thread.history().filter((text) => /^\*sending\* is/.test(text))
    expect(all.map((text) => /is \*(off|on)\*: turned/.exec(text)?.[1])).toEqual(['off', 'on', 'off', 'on'])
    return all
  })
  expect(told.join()).not.toMatch(/not turned (off|on) by Mayday/)

  // Whatever people do behind its back, it shows what Redis says.
  await redis.set('mayday:hold:{rpush:notifications:pending}:since', '1')
  await type(stage, '/mayday', 'switch', /\*sending\*: \*off\*.*on hold/)
})

test('from a terminal, with Slack down', async () => {
  const { server, redis } = await startQueue()
  const desk = await startDesk()
  desk.configure(YAML)
  const env = { NOTIFICATIONS_REDIS_URL: server.url, SLACK_BOT_TOKEN: undefined, SLACK_APP_TOKEN: undefined }
  expect((await desk.type(['purge', 'hold', 'push'], env)).exit).toBe(0)
  expect((await desk.type(['switch'], env)).text).toMatch(
    /sending: off since 20\d\d-.* UTC, turned off by \w+ \(at a terminal\)/,
  )
  expect(await desk.type(['switch', 'sending', 'on'], env)).toMatchObject({ exit: 0 })
  expect(await redis.zcard(PENDING)).toBe(5)
  expect((await desk.type(['switch', 'sending', 'off'], env)).text).toMatch(
    /sending is off: turned off by \w+ \(at a terminal\)/,
  )
  expect(await redis.exists(PENDING)).toBe(0)
  expect((await desk.type(['purge', 'release', 'push'], env)).text).toMatch(/goes on: 5/)
  expect((await desk.type(['switch'], env)).text).toMatch(/sending: on/)
  const gone = await desk.type(['switch'], { ...env, NOTIFICATIONS_REDIS_URL: 'redis://127.0.0.1:1' })
  expect(gone).toMatchObject({ exit: 1 })
  expect(gone.text).toMatch(/sending: not known .*nothing listens on that port/)
})
