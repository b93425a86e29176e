import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLanes } from '../../src/adapters/slack/lanes.js'
import { createSender, type Sender } from '../../src/adapters/slack/sender.js'
import type { Outbox } from '../../src/ports/outbox.js'
import type { Posting } from '../../src/ports.js'
import { handClock, type Night, night, until } from './rig.js'

let n: Night
let clock: ReturnType<typeof handClock>
const made: Sender[] = []
beforeEach(async () => {
  n = await night()
  clock = handClock()
})
afterEach(async () => {
  await Promise.all(made.splice(0).map((sender) => sender.stop()))
  await n.end()
})

const senderOf = (outbox: Outbox = n.store.outbox, owner = 'here:1:a', timeoutMs = 5_000) => {
  const lanes = createLanes({ botToken: n.slack.botToken, apiUrl: n.slack.apiUrl, log: n.log, timeoutMs })
  const sender = createSender({ outbox, leases: n.store.leases, lanes, clock, log: n.log, owner })
  made.push(sender)
  return sender
}
const put = (key: string, text: string, more: Partial<Posting> = {}) =>
  n.store.outbox.put({ key, channel: n.emergency.id, text, ...more })
const shown = (channel = n.emergency.id) => n.slack.messages(channel).map((message) => message.text)
const posts = () => n.slack.calls('chat.postMessage')
const section = (text: string) => [{ type: 'section', text: { type: 'mrkdwn', text } }]

describe('when an answer is lost', () => {
  it.each([
    ['hangs', { hang: true }],
    ['breaks off', { reset: true }],
    ['answers 500', { status: 500 }],
    ['says internal_error', { error: 'internal_error' }],
  ])('a message is not posted twice although Slack %s after posting it', async (_what, fault) => {
    const root = n.slack.say({ channel: n.emergency.id, user: n.alice.id, text: 'push is down' })
    n.slack.fault({ method: 'chat.postMessage', ...fault, apply: true, times: 2 })
    await put('card:1', 'in a thread', { thread: { ts: root.ts } })
    await put('top:1', 'at the top')
    const sender = 'hang' in fault ? senderOf(undefined, undefined, 300) : senderOf()
    for (let i = 0; i < 6; i += 1) {
      await sender.tick()
      clock.forward(10_000)
    }
    await sender.tick()
    expect(shown()).toEqual(['push is down', 'in a thread', 'at the top'])
    expect(await n.store.outbox.depth()).toBe(0)
    await put('top:1', 'changed')
    await sender.tick()
    expect(shown()).toEqual(['push is down', 'in a thread', 'changed'])
  })

  it('a message is not posted twice by the process that comes after a crash between post and record', async () => {
    const dying: Outbox = { ...n.store.outbox, sent: () => Promise.reject(new Error('killed')) }
    await put('card:1', 'card')
    await expect(senderOf(dying).tick()).rejects.toThrow()
    expect(shown()).toEqual(['card'])
    await n.store.leases.release(`outbox:${n.emergency.id}`, 'here:1:a')
    await senderOf(undefined, 'here:2:b').tick()
    expect(shown()).toEqual(['card'])
    expect(await n.store.outbox.depth()).toBe(0)
  })

  it('a message that never got there is posted', async () => {
    n.slack.fault({ method: 'chat.postMessage', reset: true, times: 1 })
    await put('card:1', 'card')
    const sender = senderOf()
    await sender.tick()
    clock.forward(1_000)
    await until('posted', () => shown().length === 1)
    expect(shown()).toEqual(['card'])
  })
})

describe('when Slack fails', () => {
  it('tries come after 1, 2, 4 s up to 60 s, and the order is kept', async () => {
    const off = n.slack.fault({ method: 'chat.postMessage', status: 503 })
    await put('card:1', 'card')
    await put('list:1', 'checklist')
    const sender = senderOf()
    await sender.tick()
    for (const [waitMs, tries] of [
      [999, 1],
      [1, 2],
      [1_999, 2],
      [1, 3],
      [3_999, 3],
      [1, 4],
    ] as const) {
      clock.forward(waitMs)
      await sender.tick()
      await until(`try ${tries}`, () => posts().length >= tries)
      expect(posts()).toHaveLength(tries)
    }
    off()
    clock.forward(60_000)
    await sender.tick()
    await until('both', () => shown().length === 2)
    expect(shown()).toEqual(['card', 'checklist'])
  })

  it('a loud message does not wait for the next try of a card', async () => {
    n.slack.fault({ method: 'chat.postMessage', status: 503, times: 1 })
    await put('card:1', 'card')
    const sender = senderOf()
    await sender.tick()
    await put('loud:1', 'nobody could be paged', { urgent: true })
    await sender.tick()
    expect(shown()[0]).toBe('nobody could be paged')
  })

  it.each(['invalid_blocks', 'msg_blocks_too_long'])('the text goes alone on %s', async (error) => {
    n.slack.fault({ method: 'chat.postMessage', error, times: 1 })
    await put('card:1', 'the whole truth', { blocks: section('the whole truth') })
    const sender = senderOf()
    await sender.tick()
    expect(n.slack.messages(n.emergency.id)).toMatchObject([{ text: 'the whole truth' }])
    expect(n.log.has('error', /refused the blocks/)).toBe(true)
    await put('card:1', 'still the truth', { blocks: [{ type: 'nonsense' }] })
    await sender.tick()
    expect(shown()).toEqual(['still the truth'])
    expect(JSON.stringify(n.log.lines)).not.toContain('truth')
  })

  it('a card that somebody deleted is posted anew', async () => {
    const sender = senderOf()
    await put('card:1', 'sending')
    await sender.tick()
    const ts = (await n.store.outbox.tsOf('card:1')) ?? ''
    n.slack.erase({ channel: n.emergency.id, ts })
    await put('card:1', 'accepted')
    await sender.tick()
    const alive = n.slack.messages(n.emergency.id).filter((message) => !message.deleted)
    expect(alive.map((message) => message.text)).toEqual(['accepted'])
    expect(await n.store.outbox.tsOf('card:1')).not.toBe(ts)
  })

  it('what a person must mend is a problem with its remedy until it is mended', async () => {
    n.slack.setMembership(n.emergency.id, false)
    await put('card:1', 'card')
    const sender = senderOf()
    await sender.tick()
    expect(sender.problems()).toEqual([expect.stringMatching(/not_in_channel.*\/invite/)])
    n.slack.setMembership(n.emergency.id, true)
    clock.forward(60_000)
    await until('sent', () => shown().length === 1)
    await until('mended', () => sender.problems().length === 0)
  })

  it('a refused token is a problem, and nothing is lost', async () => {
    n.slack.revokeTokens()
    await put('card:1', 'card')
    const sender = senderOf()
    await sender.tick()
    expect(sender.problems()).toEqual([expect.stringMatching(/invalid_auth.*SLACK_BOT_TOKEN/)])
    expect(await n.store.outbox.depth()).toBe(1)
  })

  it('what Slack will never take is given up with a line in the log, and what comes behind goes on', async () => {
    n.slack.fault({ method: 'chat.postMessage', error: 'no_text', times: 1 })
    await put('card:1', 'never')
    await put('reply:1', 'under it', { thread: { under: 'card:1' } })
    await put('list:1', 'checklist')
    const sender = senderOf()
    await sender.tick()
    await sender.tick()
    expect(shown().sort()).toEqual(['checklist', 'under it'])
    expect(n.log.has('error', /given up/)).toBe(true)
    expect(await n.store.outbox.depth()).toBe(0)
    // New content was not refused.
    await put('card:1', 'better')
    await sender.tick()
    expect(shown()).toContain('better')
  })

  it('content that was put while the old one was being refused keeps its chance', async () => {
    n.slack.fault({ method: 'chat.postMessage', error: 'no_text', delayMs: 60, times: 1 })
    await put('card:1', 'bad')
    const sender = senderOf()
    const ticking = sender.tick()
    await until('asked', () => n.log.lines.length >= 0 && posts().length === 1)
    await put('card:1', 'good')
    await ticking
    await sender.tick()
    expect(shown()).toEqual(['good'])
  })

  it('the store failing is the caller’s to know', async () => {
    const down: Outbox = { ...n.store.outbox, dueChannels: () => Promise.reject(new Error('down')) }
    const sender = senderOf(down)
    await expect(sender.tick()).rejects.toThrow('down')
    sender.kick()
    await until('said', () => n.log.has('warn', /wait for the store/))
  })
})
