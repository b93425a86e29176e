/** The buttons under a purge, and the options of a plan, as people press and type them. */
import { Redis } from 'ioredis'
import { afterEach, describe, expect, test } from 'vitest'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { eventually } from '../support/eventually.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { createStage, type Stage, type StageOptions, type Thread } from '../support/stage.js'
import { seedSessions } from './rig.js'

// The smallest budget, so that there is time to press something.
const SLOW = 'purge:\n  sessions: { pattern: "session:*", latency_budget: 0.1ms }\n'

let stage: Stage
let server: RedisServer
let redis: Redis

afterEach(async () => {
  await stage.close()
  redis.disconnect()
  await server.stop()
})

async function open(options: StageOptions, seed: () => Promise<unknown>): Promise<void> {
  server = await startRedis()
  redis = new Redis(server.port, '127.0.0.1')
  await seed()
  stage = await createStage({ ...options, env: { NOTIFICATIONS_REDIS_URL: server.url } })
}

async function type(text: string, answer: RegExp, user = stage.people.alex) {
  const before = stage.slack.ephemerals(user).length
  await stage.slack.slash({ user, channel: stage.channel, command: '/purge-push', text })
  return eventually(() => {
    const said = stage.slack.ephemerals(user).slice(before)
    const hit = said.find((one) => answer.test(one.text))
    expect(hit, `no answer like ${answer} among:\n${said.map((one) => `- ${one.text}`).join('\n')}`).toBeDefined()
    return hit as NonNullable<typeof hit>
  })
}

const toldAlone = (user: string) =>
  stage.slack
    .ephemerals(user)
    .map((one) => one.text)
    .join('\n')

/** A purge under way in an emergency's thread. */
async function running(keys: number): Promise<Thread> {
  const thread = stage.say('customers get every push four times')
  await thread.expect(/is paging Alex/)
  await type('plan', /The plan is in the thread/)
  await thread.press('purge.confirm')
  const { id } = await eventually(() => {
    const view = stage.slack.views(stage.people.alex).findLast((one) => one.open)
    expect(view).toBeDefined()
    return view as NonNullable<typeof view>
  })
  const values = { confirmation: { confirmation: `purge ${keys}` } }
  await stage.slack.submit({ user: stage.people.alex, viewId: id, values })
  await thread.expect(/^Purge 1 of sessions: .* removed/)
  return thread
}

const buttonsOf = (thread: Thread): readonly string[] =>
  [...JSON.stringify(thread.replies().map((one) => one.blocks)).matchAll(/"action_id":"(purge\.\w+)"/gu)].map(
    ([, action]) => action ?? '',
  )

const kinds = async (): Promise<readonly string[]> =>
  ((await stage.bots[0]?.ports.store.facts.ofIncident(1 as never)) ?? []).map((fact) => fact.kind)

describe('the buttons under a purge', () => {
  const KEYS = 60_000

  test('pause, go on, end and put back; each only while it makes sense, and an old press sets nothing going', async () => {
    await open({ yaml: SLOW, replicas: 2 }, () => seedSessions(redis, KEYS))
    const thread = await running(KEYS)
    expect(buttonsOf(thread)).toEqual(['purge.pause', 'purge.cancel'])
    await thread.press('purge.pause')
    const paused = await thread.expect(/is paused: .* Resume or cancel it/)
    const resume = /"action_id":"purge\.resume".*?"value":"([^"]+)"/u.exec(JSON.stringify(paused.blocks))?.[1] ?? ''
    await thread.press('purge.resume')
    await thread.expect(/^Purge 1 of sessions: .* removed/)
    await thread.press('purge.pause')
    await eventually(async () => expect((await kinds()).filter((kind) => kind === 'purge_paused')).toHaveLength(2))
    // What a client still shows, or somebody kept, from the pause before.
    const press = { user: stage.people.alex, channel: stage.channel, ts: paused.ts, actionId: 'purge.resume' }
    await stage.slack.press({ ...press, value: resume, stale: true })
    await eventually(() => expect(toldAlone(stage.people.alex)).toMatch(/has gone on since that button was shown/))
    await thread.press('purge.cancel')
    await thread.expect(/was cancelled: .* The archive can be put back/)
    expect(buttonsOf(thread)).toEqual(['purge.undo'])
    await thread.press('purge.undo')
    await thread.expect(/^Undo of purge 1 of sessions is done/)
    expect(buttonsOf(thread)).toEqual([])
    expect(await redis.dbsize()).toBe(KEYS)
    expect((await kinds()).filter((kind) => kind === 'purge_resumed')).toHaveLength(1)
  })

  test('are not for a member off call, a guest or a stranger, nor of another purge', async () => {
    await open({ yaml: SLOW }, () => seedSessions(redis, KEYS))
    const thread = await running(KEYS)
    const { sam, guest, stranger, alex } = stage.people
    for (const who of [sam, guest, stranger]) {
      await thread.press('purge.pause', who)
      await thread.press('purge.cancel', who)
      await eventually(() =>
        expect(
          toldAlone(who).match(/Nothing was done: you (are not on call|are a guest|belong to another)/gu),
        ).toHaveLength(2),
      )
    }
    expect(await kinds()).not.toContain('purge_paused')
    expect((await kinds()).filter((kind) => kind === 'refused')).toHaveLength(6)
    await thread.press('purge.pause')
    await thread.expect(/is paused/)
    const ts = thread.replies().find((one) => /is paused/.test(one.text))?.ts ?? ''
    for (const value of [`1:${'0'.repeat(64)}:1`, `7:${'0'.repeat(64)}:1`, '1', `1:${'0'.repeat(64)}`]) {
      forge(alex, ts, value)
    }
    for (const refusal of [/from another purge/, /no purge 7/, /older Mayday[\s\S]*older Mayday/])
      await eventually(() => expect(toldAlone(alex)).toMatch(refusal))
    expect(await kinds()).not.toContain('purge_resumed')
  })
})

describe('what a plan is asked for', () => {
  test('undelivered and no-archive are said in the plan, in any order, and as Slack rewrites the hyphens', async () => {
    let pending = 0
    await open({}, async () => {
      const { states } = await seedKeyspace(server.url, { notifications: 500, cacheKeys: 50, jobs: 0 })
      pending = states.pending + states.retrying
    })
    await type('count undelivered', new RegExp(`exactly ${pending} notifications never delivered`))
    const plan = await type('\u2014no-archive undelivered', /^Plan of purge 1/)
    expect(plan.text).toMatch(
      new RegExp(`${pending} notifications of push \\(rpush:notifications:\\*, undelivered only\\)`),
    )
    expect(plan.text).toMatch(/No archive is kept: it cannot be undone/)
    expect((await stage.bots[0]?.ports.store.purges.get(1))?.value).toMatchObject({
      plan: { archive: false, scope: { mode: 'undelivered' } },
    })
    await type('plan push', /^Plan of purge 2: .*500 notifications of push/)
  })

  test('undelivered is refused where nobody can tell', async () => {
    await open({ yaml: SLOW }, () => seedSessions(redis, 20))
    await type('plan sessions undelivered', /Only of Rpush's notifications can Mayday tell/)
    await type('count nonsense undelivered', /There is no target "nonsense"/)
  })
})

/** A press as a client could send it that does not keep to what it was shown. */
function forge(user: string, ts: string, value: string): void {
  stage.slack.emitRaw({
    type: 'interactive',
    payload: {
      type: 'block_actions',
      team: { id: stage.slack.teamId, domain: 'x' },
      user: { id: user, name: 'x', team_id: stage.slack.teamId },
      channel: { id: stage.channel, name: 'emergency' },
      container: { type: 'message', message_ts: ts, channel_id: stage.channel },
      trigger_id: `forged.${value}`,
      actions: [{ type: 'button', action_id: 'purge.resume', block_id: 'b', action_ts: `${value.length}.1`, value }],
    },
  })
}
