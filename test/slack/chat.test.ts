import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChat } from '../../src/adapters/slack/chat.js'
import { createLanes } from '../../src/adapters/slack/lanes.js'
import type { Chat } from '../../src/ports.js'
import type { SimPersonKind } from '../../src/simulator/slack/types.js'
import { handClock, type Night, night } from './rig.js'

let n: Night
let chat: Chat
const clock = handClock()
beforeEach(async () => {
  n = await night()
  const lanes = createLanes({ botToken: n.slack.botToken, apiUrl: n.slack.apiUrl, log: n.log, timeoutMs: 1_000 })
  chat = createChat({ lanes, clock, teamId: () => n.slack.teamId })
})
afterEach(async () => {
  await n.end()
})
const say = (text: string, more: object = {}) =>
  n.slack.say({ channel: n.emergency.id, user: n.alice.id, text, deliver: false, ...more })
const textsOf = (page: { readonly messages: readonly Readonly<Record<string, unknown>>[] }) =>
  page.messages.map((message) => message['text'])

describe('people', () => {
  it.each<[SimPersonKind, string]>([
    ['member', 'member'],
    ['admin', 'admin'],
    ['owner', 'admin'],
    ['guest', 'guest'],
    ['single_channel_guest', 'guest'],
    ['stranger', 'stranger'],
    ['bot', 'bot'],
  ])('a %s of Slack is a %s here', async (kind, seen) => {
    const bob = n.slack.addPerson({ name: 'bob', realName: 'Bob B.', email: 'bob@example.com', kind })
    expect(await chat.person(bob.id)).toMatchObject({ id: bob.id, kind: seen })
  })

  it('come with the name that people see, and their address', async () => {
    const bob = n.slack.addPerson({ name: 'bob', realName: 'Bob B.', email: 'bob@example.com' })
    expect(await chat.person(bob.id)).toMatchObject({ name: expect.stringMatching(/bob/i), email: 'bob@example.com' })
  })

  it('that Slack does not know are nobody', async () => {
    expect(await chat.person('UNOBODY')).toBeUndefined()
  })

  it('are asked for once in five minutes', async () => {
    await Promise.all([chat.person(n.alice.id), chat.person(n.alice.id)])
    clock.forward(5 * 60_000 - 1)
    await chat.person(n.alice.id)
    expect(n.slack.calls('users.info')).toHaveLength(1)
    clock.forward(1)
    await chat.person(n.alice.id)
    expect(n.slack.calls('users.info')).toHaveLength(2)
  })

  it('are asked for again after Slack did not answer', async () => {
    n.slack.fault({ method: 'users.info', status: 500, times: 2 })
    await expect(chat.person(n.alice.id)).rejects.toMatchObject({ code: 'SLACK_UNAVAILABLE', retry: true })
    expect(await chat.person(n.alice.id)).toMatchObject({ kind: 'member' })
  })

  it('are nobody to trust while the own workspace is unknown', async () => {
    const lanes = createLanes({ botToken: n.slack.botToken, apiUrl: n.slack.apiUrl, log: n.log })
    const blind = createChat({ lanes, clock, teamId: () => undefined })
    await expect(blind.person(n.alice.id)).rejects.toMatchObject({ code: 'SLACK_UNAVAILABLE' })
  })
})

describe('the history', () => {
  it('holds every top-level message after the cursor, page by page, in order', async () => {
    const first = say('before')
    const said = Array.from({ length: 450 }, (_, i) => say(`m${i}`) && `m${i}`)
    const read: string[] = []
    let cursor: string | undefined
    let pages = 0
    do {
      const page = await chat.history(n.emergency.id, first.ts, cursor)
      const ts = page.messages.map((message) => Number(message['ts']))
      expect(ts).toEqual([...ts].sort((a, b) => a - b))
      read.push(...textsOf(page).map(String))
      cursor = page.next
      pages += 1
    } while (cursor !== undefined)
    expect(pages).toBeGreaterThan(2)
    expect(read.sort()).toEqual(said.sort())
  })

  it('of a thread holds the replies after the cursor and not the message above them', async () => {
    const { ts } = say('push is down')
    const one = say('looking', { threadTs: ts })
    say('found it', { threadTs: ts })
    expect(textsOf(await chat.replies(n.emergency.id, ts, '0'))).toEqual(['looking', 'found it'])
    expect(textsOf(await chat.replies(n.emergency.id, ts, one.ts))).toEqual(['found it'])
  })

  it('is read after a short rate limit, and not waited for after a long one', async () => {
    say('push is down')
    n.slack.fault({ method: 'conversations.history', retryAfter: 1, times: 1 })
    expect(textsOf(await chat.history(n.emergency.id, '0'))).toEqual(['push is down'])
    n.slack.fault({ method: 'conversations.history', retryAfter: 60, times: 1 })
    await expect(chat.history(n.emergency.id, '0')).rejects.toMatchObject({
      code: 'SLACK_UNAVAILABLE',
      retry: true,
      hint: expect.stringContaining('60 s'),
    })
  })

  it.each([
    ['hangs', { hang: true }],
    ['breaks off', { reset: true }],
    ['answers 503', { status: 503 }],
    ['answers nonsense', { body: '<html>' }],
  ])('is tried twice when Slack %s, and then is an error that may pass', async (_what, fault) => {
    say('push is down')
    const off = n.slack.fault({ method: 'conversations.history', ...fault, times: 1 })
    expect(textsOf(await chat.history(n.emergency.id, '0'))).toEqual(['push is down'])
    off()
    n.slack.fault({ method: 'conversations.history', ...fault })
    const error = await chat.history(n.emergency.id, '0').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SLACK_UNAVAILABLE', retry: true })
    expect(String(error)).not.toContain('html')
  })

  it('goes on by timestamps where Slack says that there is more and gives no cursor', async () => {
    const all = Array.from({ length: 5 }, (_, i) => say(`message ${i}`).ts)
    const short = (method: string, kept: (messages: readonly { ts: string }[]) => readonly object[]) =>
      n.slack.fault({
        method,
        times: 1,
        status: 200,
        body: JSON.stringify({ ok: true, has_more: true, messages: kept(all.map((ts) => ({ ts, text: `at ${ts}` }))) }),
      })
    short('conversations.history', (messages) => messages.slice(-2).toReversed())
    const newest = await chat.history(n.emergency.id, '0')
    expect(newest.messages.map((message) => message['ts'])).toEqual(all.slice(-2))
    const rest = await chat.history(n.emergency.id, '0', newest.next)
    expect(rest.messages.map((message) => message['ts'])).toEqual(all.slice(0, 3))
    expect(rest.next).toBeUndefined()

    const [root = ''] = all
    const replies = ['one', 'two', 'three'].map((text) => say(text, { threadTs: root }).ts)
    n.slack.fault({
      method: 'conversations.replies',
      times: 1,
      status: 200,
      body: JSON.stringify({ ok: true, has_more: true, messages: [{ ts: root }, { ts: replies[0], text: 'one' }] }),
    })
    const first = await chat.replies(n.emergency.id, root, '0')
    const others = await chat.replies(n.emergency.id, root, '0', first.next)
    expect([...first.messages, ...others.messages].map((message) => message['ts'])).toEqual(replies)

    short('conversations.history', () => [])
    await expect(chat.history(n.emergency.id, '0')).rejects.toMatchObject({ code: 'SLACK_UNAVAILABLE', retry: true })
  })

  it('that cannot be read is not carried on in the error, which the log tells', async () => {
    say('what nobody but the channel may read')
    const half = '{"ok":true,"messages":[{"text":"what nobody but the channel may read"'
    n.slack.fault({ method: 'conversations.history', times: 2, status: 200, body: half })
    const error: unknown = await chat.history(n.emergency.id, '0').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SLACK_UNAVAILABLE' })
    expect(inspect(error, { depth: 9 })).not.toContain('nobody but the channel')
  })

  it('of a channel that is out of reach says what to do', async () => {
    await expect(chat.history('CNOWHERE', '0')).rejects.toMatchObject({
      code: 'CHANNEL_NOT_FOUND',
      retry: false,
      hint: expect.stringContaining('/invite'),
    })
  })
})

describe('what one person sees', () => {
  it('is whispered into the thread', async () => {
    const { ts } = say('push is down')
    await chat.whisper({ channel: n.emergency.id, user: n.alice.id, threadTs: ts }, { text: 'you may not do that' })
    expect(n.slack.ephemerals(n.alice.id)).toMatchObject([{ text: 'you may not do that', threadTs: ts }])
  })

  it('is whispered as text when Slack refuses the blocks', async () => {
    const to = { channel: n.emergency.id, user: n.alice.id }
    await chat.whisper(to, { text: 'plain', blocks: [{ type: 'nonsense' }] })
    expect(n.slack.ephemerals(n.alice.id)).toMatchObject([{ text: 'plain' }])
  })

  it('is an error when Slack does not show it, and is tried once', async () => {
    n.slack.fault({ method: 'chat.postEphemeral', status: 500, times: 1 })
    const to = { channel: n.emergency.id, user: n.alice.id }
    await expect(chat.whisper(to, { text: 'x' })).rejects.toMatchObject({ code: 'SLACK_UNAVAILABLE' })
    expect(n.slack.calls('chat.postEphemeral')).toHaveLength(1)
  })

  it('is a form that opens, once per click', async () => {
    const gate = n.gate()
    let trigger = ''
    gate.app.command('/mayday', async ({ ack, command }) => {
      trigger = command.trigger_id
      await ack()
    })
    await gate.start()
    await n.slack.slash({ user: n.alice.id, channel: n.emergency.id, command: '/mayday' })
    const title = { type: 'plain_text', text: 'Purge' }
    const view = { type: 'modal', title, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'Really?' } }] }
    await chat.openView(trigger, view)
    expect(n.slack.views(n.alice.id)).toHaveLength(1)
    await expect(chat.openView(trigger, view)).rejects.toMatchObject({ code: 'SLACK_REFUSED' })
  })

  it('tells a refused token and a missing scope from an outage', async () => {
    n.slack.setScopes([])
    await expect(chat.history(n.emergency.id, '0')).rejects.toMatchObject({
      code: 'SLACK_AUTH',
      hint: expect.stringMatching(/scope channels:history/),
    })
    n.slack.revokeTokens()
    await expect(chat.history(n.emergency.id, '0')).rejects.toMatchObject({ code: 'SLACK_AUTH', retry: false })
  })
})
