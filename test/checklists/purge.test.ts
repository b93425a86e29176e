/** The steps of a purge tick themselves, by what really happened to a real Redis. */
import { afterEach, expect, it } from 'vitest'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { eventually } from '../support/eventually.js'
import { timeline } from '../support/heard.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { createStage, type Stage } from '../support/stage.js'

let stage: Stage
let server: RedisServer

afterEach(async () => {
  await stage.close()
  await server.stop()
})

it('delivery held, purge verified, delivery let go on, purge undone: each says why on the card', async () => {
  server = await startRedis()
  await seedKeyspace(server.url, { notifications: 200, cacheKeys: 20, jobs: 0 })
  stage = await createStage({ env: { NOTIFICATIONS_REDIS_URL: server.url } })
  const { alex } = stage.people
  const type = (command: string, text: string) =>
    stage.slack.slash({ user: alex, channel: stage.channel, command, text })
  const thread = stage.say('everybody gets push notifications sent twice')
  await thread.expect(/^Checklist On-call: /)
  await type('/incident-checklist', 'start push-notifications')
  const shows = (text: string) =>
    eventually(async () =>
      expect(JSON.stringify((await thread.expect(/^Checklist Unwanted push/)).blocks)).toMatch(new RegExp(text)),
    )
  await shows('☐ \\*2. Hold delivery')
  await type('/purge-push', 'hold')
  await shows('Done\\* 2. Hold delivery, Mayday at .*, because delivery of push was put on hold')
  await type('/purge-push', 'plan')
  await thread.expect(/^Plan of purge 1: 200 /)
  await thread.press('purge.confirm')
  const { id } = await eventually(() => stage.slack.views(alex).find((view) => view.open) ?? expect.unreachable())
  await stage.slack.submit({ user: alex, viewId: id, values: { confirmation: { confirmation: 'purge 200' } } })
  await shows('Done\\* 8. Purge, Mayday at .*, because purge 1 of push was verified: none of what was planned is left')
  await type('/purge-push', 'release')
  await shows('Done\\* 11. Let delivery go on, Mayday at .*, because delivery of push was let go on')
  await type('/purge-push', 'undo 1')
  await shows('☐ \\*8. Purge')
  expect((await timeline(stage)).findLast((fact) => fact.kind === 'step_undone')).toMatchObject({
    step: 'purge',
    because: 'purge 1 of push was undone',
  })
})
