/** `/purge-push` as people type and press it, and what those try who may not. */
import { Redis } from 'ioredis'
import { afterEach, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { type RedisServer, startRedis } from '../support/redis.js'
import { createStage, type Stage, type StageOptions, type Thread } from '../support/stage.js'
import { seedSessions } from './rig.js'

const TARGETS = 'purge:\n  sessions: { pattern: "session:*" }\n'

let stage: Stage
let server: RedisServer
let redis: Redis

afterEach(async () => {
  await stage.close()
  redis.disconnect()
  await server.stop()
})

async function open(options: StageOptions = {}, keys = 200): Promise<void> {
  server = await startRedis()
  redis = new Redis(server.port, '127.0.0.1')
  await seedSessions(redis, keys)
  await redis.set('config:a', '1')
  stage = await createStage({ yaml: TARGETS, ...options, env: { NOTIFICATIONS_REDIS_URL: server.url } })
}

/** Types a command and waits for an answer, seen by the person alone, that reads like this. */
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

/** What a person is told alone from now on, by a press or a form. */
async function told(user: string, pattern: RegExp): Promise<void> {
  await eventually(() =>
    expect(
      stage.slack
        .ephemerals(user)
        .map((one) => one.text)
        .join('\n'),
    ).toMatch(pattern),
  )
}

async function form(user: string) {
  return eventually(() => {
    const view = stage.slack.views(user).findLast((one) => one.open)
    expect(view, 'no form is open').toBeDefined()
    return view as NonNullable<typeof view>
  })
}

const submit = (user: string, viewId: string, typed: string) =>
  stage.slack.submit({ user, viewId, values: { confirmation: { confirmation: typed } } })

const errorsOf = (viewId: string) =>
  Object.values(stage.slack.views().find((one) => one.id === viewId)?.errors ?? {}).join()

async function emergency(): Promise<Thread> {
  const thread = stage.say('customers get every push four times')
  await thread.expect(/is paging Alex/)
  return thread
}

/** A plan in the emergency's thread. */
async function planInThread(): Promise<Thread> {
  const thread = await emergency()
  await type('plan', /The plan is in the thread of emergency #1/)
  await thread.expect(/^Plan of purge 1: 200 keys of sessions/)
  return thread
}

const kinds = async (): Promise<readonly string[]> =>
  ((await stage.bots[0]?.ports.store.facts.ofIncident(1 as never)) ?? []).map((fact) => fact.kind)

describe('from count to undo', () => {
  test('about, then exactly; a plan; a typed confirmation; one message that follows it; and everything back', async () => {
    await open()
    const thread = await emergency()
    await type('count', /exactly 200 keys/)
    await type('', /The plan is in the thread/)
    const plan = await thread.expect(/^Plan of purge 1: 200 keys of sessions.*type "purge 200" within/s)
    expect(await redis.dbsize()).toBe(201)
    await thread.press('purge.confirm')
    const { id } = await form(stage.people.alex)
    await submit(stage.people.alex, id, 'purge 200')
    const done = await thread.expect(
      /^Purge 1 of sessions is done: 200 of 200 keys removed.*none of the planned ones is left/s,
    )
    // The plan became the progress became the outcome: one message.
    expect(done.ts).toBe(plan.ts)
    expect(await redis.keys('*')).toEqual(['config:a'])
    await type('undo 1', /Undo of purge 1/)
    await thread.expect(/^Undo of purge 1 of sessions is done: 200 of 200 keys put back/)
    expect(await redis.dbsize()).toBe(201)
    await type('history', /Purge 1|Undo of purge 1/)
    await eventually(async () =>
      expect(await kinds()).toEqual(
        expect.arrayContaining([
          ...['purge_planned', 'purge_confirmed', 'purge_started', 'purge_done', 'purge_undo_started', 'purge_undone'],
        ]),
      ),
    )
  })

  test('without an emergency the plan is for the person alone, and the purge has a message of its own', async () => {
    await open()
    const plan = await type('plan', /^Plan of purge 1: 200 keys/)
    expect(stage.told().join()).not.toMatch(/Plan of purge/)
    await stage.slack.press({ user: stage.people.alex, channel: stage.channel, ts: plan.ts, actionId: 'purge.confirm' })
    const { id } = await form(stage.people.alex)
    await submit(stage.people.alex, id, 'purge 200')
    await eventually(() => expect(stage.told().join()).toMatch(/Purge 1 of sessions is done/))
    expect(await redis.dbsize()).toBe(1)
  })

  test('says what it does not know, and that jobs and patterns are not typed in chat', async () => {
    await open()
    await type('plan session:*', /There is no target "session:\*"; nothing was done\. Targets: `sessions`/)
    await type('everything', /There is no `\/purge-push everything`/)
    await type('undo', /Say which/)
    await type('undo 9', /There is no purge 9/)
    await type('pause', /No purge is under way/)
    await type('hold', /Only Rpush's queue can be held/)
    await type('help', /\/purge-push plan \[TARGET\]/)
  })
})

describe('who may', () => {
  test('a member who is not on call may look and plan, and nothing more; the refusal is recorded', async () => {
    await open()
    const thread = await emergency()
    const { sam } = stage.people
    await type('count', /exactly 200/, sam)
    await type('plan', /The plan is in the thread/, sam)
    await thread.expect(/^Plan of purge 1/)
    await thread.press('purge.confirm', sam)
    await told(sam, /Nothing was done: you are not on call now.*on call may, and owners and admins/)
    expect(stage.slack.views(sam)).toEqual([])
    for (const words of ['undo 1', 'cancel', 'hold', 'release'])
      await type(words, /Nothing was done: you are not on call/, sam)
    expect(await kinds()).toContain('refused')
    expect(await redis.dbsize()).toBe(201)
  })

  test('a guest and a stranger may not even look', async () => {
    await open()
    const thread = await planInThread()
    for (const who of [stage.people.guest, stage.people.stranger]) {
      await type('count', /Nothing was done: you (are a guest|belong to another)/, who)
      await thread.press('purge.confirm', who)
      await told(who, /Nothing was done: you (are a guest|belong to another)/)
      expect(stage.slack.views(who)).toEqual([])
    }
  })

  test('an admin may, and whoever the configuration names, by name or by user group; then nobody else', async () => {
    let group = ''
    await open({
      yaml: (people) => {
        group = 'S0PUSHERS'
        return `${TARGETS}permissions: { purge: { users: [${people.sam}], usergroups: [${group}] } }\n`
      },
    })
    const kate = stage.slack.addPerson({ name: 'kate', email: 'kate@example.com' }).id
    stage.slack.addUserGroup({ id: group, handle: 'pushers', users: [kate] })
    await type('cancel', /No purge is under way/, stage.people.sam)
    await type('cancel', /No purge is under way/, kate)
    await type('cancel', /Nothing was done: you are not among those who may\. May: <@U/, stage.people.alex)
  })

  test('an owner or admin of the workspace may without being on call', async () => {
    await open()
    const owner = stage.slack.addPerson({ name: 'olga', kind: 'admin' }).id
    await type('cancel', /No purge is under way/, owner)
  })
})

describe('attempts to get around the confirmation', () => {
  test('a wrong count, an edited button and a form of another plan remove nothing', async () => {
    await open()
    const thread = await planInThread()
    const { alex } = stage.people
    await thread.press('purge.confirm')
    const { id, privateMetadata } = await form(alex)
    for (const typed of ['purge', 'purge 20', 'yes', 'purge 201']) {
      await submit(alex, id, typed)
      expect(errorsOf(id), typed).toMatch(/does not confirm this plan.*Type: purge 200/)
    }
    const [number, digest = ''] = privateMetadata.split(':')
    const forged = `${number}:${digest.replace(/^./, (one) => (one === '0' ? '1' : '0'))}`
    const purging = stage.bots[0]?.ports
    expect(purging).toBeDefined()
    await sendForm(alex, forged, 'purge 200')
    await sendForm(alex, `2:${digest}`, 'purge 200')
    await sendForm(alex, 'x', 'purge 200')
    expect(await redis.dbsize()).toBe(201)
  })

  test('whoever holds a form without having been let press the button is refused', async () => {
    await open()
    const thread = await planInThread()
    await thread.press('purge.confirm')
    const { privateMetadata } = await form(stage.people.alex)
    await sendForm(stage.people.sam, privateMetadata, 'purge 200')
    await sendForm(stage.people.guest, privateMetadata, 'purge 200')
    expect(await redis.dbsize()).toBe(201)
    expect((await kinds()).filter((kind) => kind === 'refused').length).toBe(2)
  })

  test('a form that is submitted twice confirms once', async () => {
    await open({ replicas: 2 })
    const thread = await planInThread()
    await thread.press('purge.confirm')
    const { privateMetadata } = await form(stage.people.alex)
    await Promise.all([1, 2, 3].map(() => sendForm(stage.people.alex, privateMetadata, 'purge 200')))
    await thread.expect(/is done: 200 of 200/)
    await sendForm(stage.people.alex, privateMetadata, 'purge 200')
    expect((await kinds()).filter((kind) => kind === 'purge_confirmed')).toHaveLength(1)
    expect((await kinds()).filter((kind) => kind === 'purge_done')).toHaveLength(1)
  })

  test('a plan that has expired, or that no longer holds, is refused with the difference', async () => {
    await open()
    const thread = await planInThread()
    const { alex } = stage.people
    await thread.press('purge.confirm')
    const { id } = await form(alex)
    await seedSessions(redis, 500, 1_000)
    await submit(alex, id, 'purge 200')
    expect(errorsOf(id)).toMatch(/no longer holds.*there are (about )?\d+ keys now, and 200 keys were planned/)
    stage.clock.forward('16m')
    await submit(alex, id, 'purge 200')
    expect(errorsOf(id)).toMatch(/older than 15 minutes/)
    await thread.press('purge.confirm')
    await told(alex, /This plan has expired/)
    expect(await redis.dbsize()).toBe(701)
  })

  test('approvals: 1 needs a second, different person', async () => {
    await open({ yaml: `${TARGETS}permissions: { approvals: 1 }\n` })
    const thread = await planInThread()
    const { alex, kim } = stage.people
    await thread.press('purge.confirm', alex)
    const first = await form(alex)
    await submit(alex, first.id, 'purge 200')
    await thread.expect(/1 of 2 people have confirmed it/)
    await sendForm(alex, first.privateMetadata, 'purge 200')
    await thread.press('purge.confirm', alex)
    await told(alex, /confirmed this purge already; it needs a second/)
    expect(await redis.dbsize()).toBe(201)
    await thread.press('purge.confirm', kim)
    const second = await form(kim)
    await submit(kim, second.id, 'purge 200')
    await thread.expect(/is done: 200 of 200/)
  })
})

test('without a Redis the command says so', async () => {
  server = await startRedis()
  redis = new Redis(server.port, '127.0.0.1')
  stage = await createStage()
  await type('plan', /NOTIFICATIONS_REDIS_URL is not set/)
})

/** Sends a form as a client could that does not keep to what it was shown. */
async function sendForm(user: string, privateMetadata: string, typed: string): Promise<void> {
  stage.slack.emitRaw({
    type: 'interactive',
    payload: {
      type: 'view_submission',
      team: { id: stage.slack.teamId, domain: 'x' },
      user: { id: user, name: 'x', team_id: stage.slack.teamId },
      trigger_id: `forged.${Math.floor(stage.clock.now())}.${user}.${typed.length}.${privateMetadata.slice(-6)}`,
      view: {
        id: 'VFORGED',
        type: 'modal',
        callback_id: 'purge.confirm',
        private_metadata: privateMetadata,
        state: { values: { confirmation: { confirmation: { type: 'plain_text_input', value: typed } } } },
      },
    },
  })
  const sent = stage.slack.deliveries.length
  await eventually(() =>
    expect(stage.slack.deliveries.slice(sent - 1).every((one) => one.ackedAt !== undefined)).toBe(true),
  )
}
