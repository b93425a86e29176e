/** `/purge-push impact`, at the wire: figures for members, and never a token. */
import { afterEach, expect, test } from 'vitest'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { eventually } from '../support/eventually.js'
import { timeline } from '../support/heard.js'
import { type RedisServer, redisClient, startRedis } from '../support/redis.js'
import { createStage, type Stage } from '../support/stage.js'

let stage: Stage
let server: RedisServer

afterEach(async () => {
  await stage.close()
  await server.stop()
})

async function type(text: string, answer: RegExp, user = stage.people.alex): Promise<string> {
  const before = stage.slack.ephemerals(user).length
  await stage.slack.slash({ user, channel: stage.channel, command: '/purge-push', text })
  return eventually(() => {
    const said = stage.slack.ephemerals(user).slice(before)
    const hit = said.find((one) => answer.test(one.text))
    expect(hit, `no answer like ${answer} among:\n${said.map((one) => one.text).join('\n')}`).toBeDefined()
    return hit?.text ?? ''
  })
}

test('figures from the archive for a member, on the timeline too; the devices only at a terminal', async () => {
  server = await startRedis()
  await seedKeyspace(server.url, { notifications: 400, cacheKeys: 0, jobs: 0 })
  const redis = redisClient(server.url)
  const tokens: string[] = []
  for (const key of await redis.keys('rpush:notifications:*'))
    if (/:\d+$/.test(key)) tokens.push(...(JSON.stringify(await redis.hgetall(key)).match(/[0-9a-f]{64,}/g) ?? []))
  redis.disconnect()
  expect(tokens.length).toBe(400)
  stage = await createStage({ env: { NOTIFICATIONS_REDIS_URL: server.url } })
  const thread = stage.say('customers get every push four times')
  await thread.expect(/is paging Alex/)
  await type('plan', /The plan is in the thread/)
  await thread.press('purge.confirm')
  const view = await eventually(() => {
    const open = stage.slack.views(stage.people.alex).findLast((one) => one.open)
    expect(open).toBeDefined()
    return open as NonNullable<typeof open>
  })
  const values = { confirmation: { confirmation: 'purge 400' } }
  await stage.slack.submit({ user: stage.people.alex, viewId: view.id, values })
  await thread.expect(/is done: 400 of 400/)

  const said = await type('impact 1', /^Impact of what purge 1 of push removed/, stage.people.kim)
  expect(said).toMatch(/400 notifications for 400 different devices/)
  expect(said).toMatch(/a terminal only.*`npx mayday purge impact 1 --devices FILE`/)
  await type('impact', /Say which: `\/purge-push impact NUMBER`; nothing was read/)
  await type('impact 9', /There is no purge 9/)
  await type('impact 1', /Full members of this workspace may/, stage.people.guest)
  expect(await timeline(stage)).toContainEqual(
    expect.objectContaining({
      ...{ kind: 'purge_impact_counted', purge: 1, notifications: 400, devices: 400 },
      actor: `slack:${stage.people.kim}`,
    }),
  )
  const wire = JSON.stringify([stage.slack.calls(), stage.pagerduty.requests()])
  expect(wire).toContain('400 different devices')
  for (const token of tokens) expect(wire).not.toContain(token)
})
