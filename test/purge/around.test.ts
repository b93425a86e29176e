/** What people try who want a purge without what it asks for: at the wire, as Slack would send it. */
import { Redis } from 'ioredis'
import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { createStage, type Stage, type StageOptions, type Thread } from '../support/stage.js'
import { ALEX, confirmed, createRig, planned, SAM, seedSessions } from './rig.js'
import { SESSIONS } from './values.js'

const TARGETS = 'purge:\n  sessions: { pattern: "session:*" }\n'
const KEYS = 200

let stage: Stage
let server: RedisServer
let redis: Redis

async function open(options: StageOptions = {}): Promise<void> {
  server = await startRedis()
  redis = new Redis(server.port, '127.0.0.1')
  await seedSessions(redis, KEYS)
  stage = await createStage({ yaml: TARGETS, ...options, env: { NOTIFICATIONS_REDIS_URL: server.url } })
}
async function close(): Promise<void> {
  await stage.close()
  redis.disconnect()
  await server.stop()
}

/** A plan in an emergency's thread, and its open form. */
async function formOf(
  user = stage.people.alex,
): Promise<{ readonly thread: Thread; readonly metadata: string; readonly id: string }> {
  const thread = stage.say('customers get every push four times')
  await thread.expect(/is paging Alex/)
  await stage.slack.slash({ user, channel: stage.channel, command: '/purge-push', text: 'plan' })
  await thread.expect(/^Plan of purge 1: 200 keys/)
  return { thread, ...(await press(thread, user)) }
}

async function press(thread: Thread, user: string) {
  await thread.press('purge.confirm', user)
  return eventually(() => {
    const view = stage.slack.views(user).findLast((one) => one.open)
    expect(view, 'no form is open').toBeDefined()
    return { metadata: view?.privateMetadata ?? '', id: view?.id ?? '' }
  })
}

const submit = (user: string, viewId: string) =>
  stage.slack.submit({ user, viewId, values: { confirmation: { confirmation: `purge ${KEYS}` } } })

let forgeries = 0

/** A form as a client could send it that does not keep to what it was shown; resolves when it was answered. */
async function forge(
  user: string,
  metadata: string,
  typed = `purge ${KEYS}`,
  teamId = stage.slack.teamId,
): Promise<void> {
  const before = stage.slack.deliveries.length
  forgeries += 1
  stage.slack.emitRaw({
    type: 'interactive',
    payload: {
      type: 'view_submission',
      team: { id: stage.slack.teamId, domain: 'x' },
      user: { id: user, name: 'x', team_id: teamId },
      trigger_id: `around.${forgeries}.${user}`,
      view: {
        ...{ id: 'VFORGED', type: 'modal', callback_id: 'purge.confirm', private_metadata: metadata },
        state: { values: { confirmation: { confirmation: { type: 'plain_text_input', value: typed } } } },
      },
    },
  })
  await eventually(() => {
    const sent = stage.slack.deliveries.slice(before)
    expect(sent.length).toBeGreaterThan(0)
    expect(sent.every((one) => one.ackedAt !== undefined)).toBe(true)
  })
}

const kinds = async () => ((await stage.bots[0]?.ports.store.facts.ofIncident(1 as never)) ?? []).map((one) => one.kind)
const times = async (kind: string) => (await kinds()).filter((one) => one === kind).length
const left = async () => (await redis.keys('session:*')).length

describe('in Slack', () => {
  afterEach(close)

  test('a form of a purge that is done, undone or cancelled sets nothing in motion again', async () => {
    await open()
    const { alex } = stage.people
    const { thread, metadata, id } = await formOf()
    await submit(alex, id)
    await thread.expect(/is done: 200 of 200/)
    await seedSessions(redis, KEYS)
    await forge(alex, metadata)
    expect(await left(), 'replayed after the purge').toBe(KEYS)
    await redis.flushall()
    await stage.slack.slash({ user: alex, channel: stage.channel, command: '/purge-push', text: 'undo 1' })
    await thread.expect(/^Undo of purge 1 of sessions is done/)
    await forge(alex, metadata)
    expect(await left(), 'replayed after the undo').toBe(KEYS)
    await stage.slack.slash({ user: alex, channel: stage.channel, command: '/purge-push', text: 'plan' })
    await thread.expect(/^Plan of purge 2/)
    const second = await press(thread, alex)
    await stage.bots[0]?.ports.store.purges.get(2)
    await forge(alex, second.metadata.replace(/^2:/, '1:'))
    await forge(alex, metadata.replace(/^1:/, '2:'))
    expect(await left(), 'the number of one plan and the digest of another').toBe(KEYS)
    expect(await times('purge_confirmed')).toBe(1)
  })

  test('whoever lost the right between the button and the form is refused, and so is whoever never had it', async () => {
    const group = 'S0PUSHERS'
    await open({ yaml: `${TARGETS}permissions: { purge: { users: [], usergroups: [${group}] } }\n` })
    const { alex, kim, guest, stranger } = stage.people
    stage.slack.addUserGroup({ id: group, handle: 'pushers', users: [alex, guest, stranger] })
    const { metadata, id } = await formOf()
    stage.slack.setUserGroup(group, [kim, guest, stranger])
    await submit(alex, id)
    expect(Object.values(stage.slack.views().find((one) => one.id === id)?.errors ?? {}).join()).toMatch(
      /you are not among those who may/,
    )
    // In the group, and a guest or of another workspace all the same.
    await forge(guest, metadata)
    await forge(stranger, metadata, undefined, 'T0OTHER')
    await forge('U0NOBODY', metadata)
    expect(await left()).toBe(KEYS)
    expect(await times('purge_confirmed')).toBe(0)
    expect(await times('refused')).toBe(4)
    await forge(kim, metadata)
    await eventually(async () => expect(await left()).toBe(0))
  })

  test('approvals: 1 counts people, not presses: one person on two copies at once, a guest, and a plan that got old', async () => {
    await open({ replicas: 2, yaml: `${TARGETS}permissions: { approvals: 1 }\n` })
    const { alex, kim, guest, sam } = stage.people
    const { thread, metadata } = await formOf()
    await Promise.all([1, 2, 3, 4].map(() => forge(alex, metadata)))
    await thread.expect(/1 of 2 people have confirmed it/)
    for (const who of [guest, sam, alex]) await forge(who, metadata)
    expect(await times('purge_confirmed')).toBe(1)
    expect(await left()).toBe(KEYS)
    stage.clock.forward('15m')
    stage.clock.forward('1s')
    await forge(kim, metadata)
    expect(await times('purge_confirmed'), 'a second person, too late').toBe(1)
    expect(await left()).toBe(KEYS)
  })

  test('what was typed is measured by the plan that is stored, whatever the form says', async () => {
    await open()
    const { alex } = stage.people
    const { metadata } = await formOf()
    for (const typed of ['', 'purge', 'purge 199', 'purge 2000', 'purge 0', 'purge *', 'purge 200 keys', '200'])
      await forge(alex, metadata, typed)
    expect(await left()).toBe(KEYS)
    expect(await times('purge_confirmed')).toBe(0)
  })
})

describe('behind Slack', () => {
  test('a plan that was changed in the store is not the one that was shown', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, 50)
    const { id, job } = await planned(rig, 'sessions')
    for (const change of [
      { count: 49 },
      { what: '*' },
      { scope: { mode: 'undelivered' as const } },
      { expiresAt: 4e12 },
    ]) {
      await rig.store.purges.save(id, false, { ...job, plan: { ...job.plan, ...change } })
      const by = { id, digest: job.digest, typed: `purge ${change.count ?? 50}`, by: SAM } as const
      await expect(rig.purging.confirm(by)).rejects.toMatchObject({
        ...{ code: 'PURGE_REFUSED', message: expect.stringMatching(/not the plan that is stored/) },
      })
    }
    expect(await rig.redis.dbsize()).toBe(50)
  })

  test('a copy whose configuration means other keys by that name does not confirm, nor one that protects others', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, 50)
    const plan = await planned(rig, 'sessions')
    const wider = await rig.replica({ settings: [{ ...SESSIONS, pattern: 'sess*' }] })
    await expect(confirmed(wider, plan)).rejects.toMatchObject({
      ...{ code: 'PLAN_STALE', message: expect.stringMatching(/means sess\* now, and meant session:\*/) },
    })
    const other = await rig.replica({ settings: [{ ...SESSIONS, protect: ['session:1'] }] })
    await expect(confirmed(other, plan)).rejects.toMatchObject({ code: 'PLAN_STALE' })
    const none = await rig.replica({ settings: [{ ...SESSIONS, name: 'others' }] })
    await expect(confirmed(none, plan)).rejects.toMatchObject({ code: 'TARGET_UNKNOWN' })
    expect(await rig.redis.dbsize()).toBe(50)
  })

  test('two people confirm two plans of one target at the same moment on two copies: one of them begins', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, 50)
    const other = await rig.replica()
    const [one, two] = [await planned(rig, 'sessions'), await planned(other, 'sessions')]
    const answers = await Promise.allSettled([confirmed(rig, one, SAM), confirmed(other, two, ALEX)])
    expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(answers.find((answer) => answer.status === 'rejected')).toMatchObject({ reason: { code: 'PURGE_RUNNING' } })
    await Promise.all([rig.work(), other.work()])
    expect(await rig.redis.dbsize()).toBe(0)
  })
})
