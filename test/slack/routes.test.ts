import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inboxKey } from '../../src/adapters/slack/event.js'
import { type Night, night, until } from './rig.js'

let n: Night
beforeEach(async () => {
  n = await night()
})
afterEach(async () => {
  await n.end()
})

const acks = () => n.slack.deliveries.filter((one) => one.outcome === 'acked').length

describe('everything else', () => {
  it('reaches its listener, and a message elsewhere is not put in the inbox', async () => {
    const elsewhere = n.slack.addChannel({ name: 'random' })
    const gate = n.listening()
    const kinds: string[] = []
    gate.app.event('reaction_added', async () => void kinds.push('reaction'))
    await gate.start()
    const { ts } = n.slack.say({ channel: elsewhere.id, user: n.alice.id, text: 'lunch?', deliveries: 3 })
    n.slack.react({ channel: elsewhere.id, ts, user: n.alice.id, name: 'pizza' })
    await until('acked', () => acks() === 4)
    await until('reaction', () => kinds.length === 1)
    expect(n.heard).toEqual([{ text: 'lunch?', source: 'live', unclaimed: false }])
    expect(await n.store.inbox.claim(`msg:${elsewhere.id}:${ts}`, {})).toBe('new')
  })

  it('lets a command answer in its ack', async () => {
    const gate = n.gate()
    gate.app.command('/mayday', async ({ ack, command }) => ack(`you said ${command.text}`))
    await gate.start()
    const result = await n.slack.slash({
      user: n.alice.id,
      channel: n.emergency.id,
      command: '/mayday',
      text: 'status',
    })
    expect(result).toMatchObject({ acked: true, response: { text: 'you said status' } })
  })

  it('tells the person when a command fails, instead of a time-out', async () => {
    const gate = n.gate()
    gate.app.command('/mayday', async () => {
      throw new Error('SECRET')
    })
    await gate.start()
    const result = await n.slack.slash({
      user: n.alice.id,
      channel: n.emergency.id,
      command: '/mayday',
      text: 'status',
    })
    expect(result).toMatchObject({ acked: true, response: { text: expect.stringMatching(/failed/) } })
    expect(JSON.stringify([result, n.log.lines])).not.toContain('SECRET')
  })

  it('lets a modal answer with its errors', async () => {
    const gate = n.gate()
    gate.app.shortcut('ask', async ({ ack, shortcut, client }) => {
      await ack()
      const input = { type: 'plain_text_input', action_id: 'a' } as const
      const block = {
        type: 'input',
        block_id: 'b',
        label: { type: 'plain_text', text: 'Why' },
        element: input,
      } as const
      const title = { type: 'plain_text', text: 'Ask' } as const
      await client.views.open({
        trigger_id: shortcut.trigger_id,
        view: { type: 'modal', callback_id: 'ask', title, submit: title, blocks: [block] },
      })
    })
    gate.app.view('ask', async ({ ack }) => ack({ response_action: 'errors', errors: { b: 'Say more' } }))
    await gate.start()
    await n.slack.shortcut({ user: n.alice.id, callbackId: 'ask' })
    await until('open', () => n.slack.views(n.alice.id).length === 1)
    const viewId = n.slack.views(n.alice.id)[0]?.id ?? ''
    await n.slack.submit({ user: n.alice.id, viewId, values: { b: { a: 'x' } } })
    expect(n.slack.views(n.alice.id)[0]?.errors).toEqual({ b: 'Say more' })
  })
})

describe('the name of a message', () => {
  const channel = 'C1'
  it.each([
    ['plain', { ts: '1.1' }, 'msg:C1:1.1'],
    ['with a file, the same message', { ts: '1.1', subtype: 'file_share' }, 'msg:C1:1.1'],
    [
      'an edit',
      { ts: '9.9', event_ts: '9.9', subtype: 'message_changed', message: { ts: '1.1' } },
      'msg:C1:1.1:message_changed:9.9',
    ],
    [
      'a deletion',
      { ts: '9.9', event_ts: '9.9', subtype: 'message_deleted', deleted_ts: '1.1' },
      'msg:C1:1.1:message_deleted:9.9',
    ],
    ['no timestamp', {}, undefined],
  ])('%s', (_what, event, key) => {
    expect(inboxKey({ type: 'message', channel, ...event })).toBe(key)
  })
})
