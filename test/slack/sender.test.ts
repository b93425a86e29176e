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

describe('messages on their way to Slack', () => {
  it('go out in the order of their first put, urgent ones first', async () => {
    await put('card:1', 'card')
    await put('list:1', 'checklist')
    await put('loud:1', '<!channel> nobody could be paged', { urgent: true })
    await senderOf().tick()
    expect(shown()).toEqual(['<!channel> nobody could be paged', 'card', 'checklist'])
    expect(await n.store.outbox.depth()).toBe(0)
  })

  it('go into their thread, also into that of a message that is itself still on its way', async () => {
    const root = n.slack.say({ channel: n.emergency.id, user: n.alice.id, text: 'push is down' })
    await put('card:1', 'card', { thread: { ts: root.ts } })
    await put('root:2', 'an incident from a terminal')
    await put('card:2', 'its card', { thread: { under: 'root:2' }, broadcast: true })
    await senderOf().tick()
    expect(n.slack.thread(n.emergency.id, root.ts).map((m) => m.text)).toEqual(['push is down', 'card'])
    const second = (await n.store.outbox.tsOf('root:2')) ?? ''
    expect(n.slack.thread(n.emergency.id, second).map((m) => m.text)).toEqual([
      'an incident from a terminal',
      'its card',
    ])
    expect(n.slack.thread(n.emergency.id, second)[1]?.subtype).toBe('thread_broadcast')
  })

  it('are changed in place, and only the last of several contents is sent', async () => {
    const sender = senderOf()
    await put('card:1', 'sending', { blocks: section('sending') })
    await sender.tick()
    await put('card:1', 'accepted', { blocks: section('accepted') })
    await put('card:1', 'confirmed', { blocks: section('confirmed') })
    await put('card:1', 'acknowledged')
    await sender.tick()
    const [message] = n.slack.messages(n.emergency.id)
    expect(message).toMatchObject({ text: 'acknowledged', edits: 1 })
    // The old blocks would contradict the new text.
    expect(message?.blocks ?? []).toEqual([])
    expect(posts()).toHaveLength(1)
    await put('card:1', 'acknowledged')
    await sender.tick()
    expect(n.slack.calls('chat.update')).toHaveLength(1)
  })

  it('call nobody by a name that was quoted, and unfurl nothing', async () => {
    await put('card:1', 'look at https://example.com @alice')
    await senderOf().tick()
    expect(posts()[0]?.args).toMatchObject({ unfurl_links: 'false', unfurl_media: 'false', link_names: 'false' })
    expect(posts()[0]?.args['parse']).toBe('none')
  })

  it('are cut at 4,000 characters, never inside one', async () => {
    await put('card:1', `${'x'.repeat(3_998)}😀😀`)
    await senderOf().tick()
    const text = shown()[0] ?? ''
    expect(text.length).toBeLessThanOrEqual(4_000)
    expect(text.endsWith('x…')).toBe(true)
  })

  it('do not wait for one another across channels', async () => {
    const other = n.slack.addChannel({ name: 'drills' })
    const off = n.slack.fault({
      method: 'chat.postMessage',
      delayMs: 250,
      only: (args) => args['channel'] === n.emergency.id,
    })
    await put('card:1', 'slow')
    await n.store.outbox.put({ key: 'card:2', channel: other.id, text: 'fast' })
    const ticking = senderOf().tick()
    await until('the fast one', () => shown(other.id).length === 1)
    expect(shown()).toEqual([])
    await ticking
    off()
    expect(shown()).toEqual(['slow'])
  })

  it('are sent once by two replicas that tick together', async () => {
    for (let i = 0; i < 10; i += 1) await put(`m:${i}`, `m${i}`)
    const [one, two] = [senderOf(undefined, 'here:1:a'), senderOf(undefined, 'there:2:b')]
    await Promise.all([one.tick(), two.tick(), one.tick(), two.tick()])
    await one.tick()
    await two.tick()
    expect(shown()).toEqual(Array.from({ length: 10 }, (_, i) => `m${i}`))
  })

  it('go on after a restart', async () => {
    n.slack.outage(true)
    await put('card:1', 'card')
    const before = senderOf()
    await before.tick()
    await before.stop()
    n.slack.outage(false)
    const after = senderOf(undefined, 'here:3:c')
    clock.forward(60_000)
    await after.tick()
    expect(shown()).toEqual(['card'])
  })
})

describe('when Slack limits', () => {
  it('the channel waits as long as Slack says, and another channel does not', async () => {
    const other = n.slack.addChannel({ name: 'drills' })
    n.slack.fault({ method: 'chat.postMessage', retryAfter: 30, times: 1 })
    await put('card:1', 'card')
    await put('list:1', 'checklist')
    const sender = senderOf()
    await sender.tick()
    await n.store.outbox.put({ key: 'card:2', channel: other.id, text: 'elsewhere' })
    await sender.tick()
    expect([shown(), shown(other.id)]).toEqual([[], ['elsewhere']])
    clock.forward(29_999)
    await sender.tick()
    expect(posts()).toHaveLength(2)
    // The sender looks again by itself when the time is over.
    clock.forward(1)
    await until('sent', () => shown().length === 2)
    expect(shown()).toEqual(['card', 'checklist'])
  })

  it('changes of a card do not silence a loud message', async () => {
    const sender = senderOf()
    await put('card:1', 'sending')
    await sender.tick()
    n.slack.fault({ method: 'chat.update', retryAfter: 60, times: 1 })
    await put('card:1', 'accepted')
    await sender.tick()
    await put('loud:1', 'nobody could be paged', { urgent: true })
    await sender.tick()
    expect(shown()).toEqual(['sending', 'nobody could be paged'])
  })
})
