import { expect, it } from 'vitest'
import { aPosting, NIGHT } from '../values.js'
import type { Ground } from './ground.js'

export function outboxContract({ current }: Ground): void {
  const C = 'C0EMERGENCY'
  const waiting = async (now = NIGHT) => (await current().outbox.pending(C, now, 10)).map((row) => row.posting.key)

  it('keeps a posting until Slack has it', async () => {
    const { outbox } = current()
    const card = aPosting('card:1', { blocks: [{ type: 'divider' }], broadcast: true })
    await outbox.put(card)
    expect(await outbox.dueChannels(NIGHT)).toEqual([C])
    expect(await outbox.pending(C, NIGHT, 10)).toEqual([{ posting: card, version: 1, attempts: 0, maybePosted: false }])
    expect([await outbox.depth(), await outbox.tsOf('card:1')]).toEqual([1, undefined])
    await outbox.sent('card:1', 1, '5.5')
    expect([await outbox.depth(), await outbox.tsOf('card:1'), await waiting()]).toEqual([0, '5.5', []])
    expect(await outbox.dueChannels(NIGHT)).toEqual([])
  })

  it('makes a new version of new content only', async () => {
    const { outbox } = current()
    await outbox.put(aPosting('card:1', { blocks: [{ a: 1, b: [1, 2] }] }))
    await outbox.sent('card:1', 1, '5.5')
    await outbox.put({ blocks: [{ b: [1, 2], a: 1 }], text: 'This is card:1.', channel: C, key: 'card:1' })
    expect(await waiting()).toEqual([])
    await outbox.put(aPosting('card:1', { text: 'acknowledged' }))
    expect(await outbox.pending(C, NIGHT, 10)).toMatchObject([
      { version: 2, ts: '5.5', posting: { text: 'acknowledged' } },
    ])
  })

  it('still owes the newest content when an older version was sent in the meantime', async () => {
    const { outbox } = current()
    await outbox.put(aPosting('card:1', { text: 'sending' }))
    await outbox.put(aPosting('card:1', { text: 'accepted' }))
    await outbox.sent('card:1', 1, '5.5')
    expect(await outbox.pending(C, NIGHT, 10)).toMatchObject([{ version: 2, ts: '5.5', posting: { text: 'accepted' } }])
    await outbox.sent('card:1', 2, '5.5')
    expect(await waiting()).toEqual([])
  })

  it('hands out urgent postings first, then in the order of their first put', async () => {
    const { outbox } = current()
    for (const key of ['b', 'a', 'c']) await outbox.put(aPosting(key))
    await outbox.put(aPosting('loud', { urgent: true }))
    await outbox.put(aPosting('b', { text: 'changed' }))
    expect(await waiting()).toEqual(['loud', 'b', 'a', 'c'])
    await outbox.put(aPosting('elsewhere', { channel: 'C0OTHER' }))
    expect(await outbox.dueChannels(NIGHT)).toEqual([C, 'C0OTHER'])
    await outbox.put(aPosting('alarm', { channel: 'C0OTHER', urgent: true }))
    await outbox.sent('loud', 1, '1.1')
    expect(await outbox.dueChannels(NIGHT)).toEqual(['C0OTHER', C])
    expect((await outbox.pending(C, NIGHT, 2)).map((row) => row.posting.key)).toEqual(['b', 'a'])
  })

  it('waits after a failure and remembers that the message may be there', async () => {
    const { outbox } = current()
    await outbox.put(aPosting('a'))
    await outbox.failed('a', NIGHT + 1000, 'HTTP 503', true)
    expect([await waiting(NIGHT + 999), await outbox.dueChannels(NIGHT + 999)]).toEqual([[], []])
    expect(await outbox.pending(C, NIGHT + 1000, 10)).toMatchObject([{ attempts: 1, maybePosted: true }])
    await outbox.put(aPosting('a'))
    expect(await waiting(NIGHT + 999)).toEqual([])
    await outbox.put(aPosting('a', { text: 'news' }))
    expect(await outbox.pending(C, NIGHT, 10)).toMatchObject([{ version: 2, attempts: 0, maybePosted: true }])
    expect(await outbox.depth()).toBe(1)
  })

  it('gives up for good, until somebody puts it again', async () => {
    const { outbox } = current()
    await outbox.put(aPosting('a'))
    await outbox.failed('a', null, 'channel_not_found', false)
    expect([await waiting(NIGHT * 2), await outbox.depth()]).toEqual([[], 0])
    await outbox.put(aPosting('a'))
    expect(await outbox.pending(C, NIGHT, 10)).toMatchObject([{ version: 1, attempts: 0 }])
  })

  it('does not give up content that was put while older content was refused', async () => {
    const { outbox } = current()
    await outbox.put(aPosting('a', { text: 'too long' }))
    await outbox.pending(C, NIGHT, 10)
    await outbox.put(aPosting('a', { text: 'short' }))
    await outbox.failed('a', null, 'msg_too_long', false)
    expect(await outbox.pending(C, NIGHT, 10)).toMatchObject([{ posting: { text: 'short' } }])
    await outbox.failed('a', null, 'msg_too_long', false)
    expect(await waiting()).toEqual([])
  })

  it('holds a reply back until the message above it is posted, or was given up', async () => {
    const { outbox } = current()
    await outbox.put(aPosting('reply', { thread: { under: 'root' } }))
    expect([await waiting(), await outbox.dueChannels(NIGHT)]).toEqual([[], []])
    await outbox.put(aPosting('root'))
    await outbox.put(aPosting('plain', { thread: { ts: '1.1' } }))
    expect(await waiting()).toEqual(['root', 'plain'])
    await outbox.failed('root', null, 'not_in_channel', false)
    expect(await waiting()).toEqual(['reply', 'plain'])
    await outbox.put(aPosting('root', { text: 'once more' }))
    expect(await waiting()).toEqual(['root', 'plain'])
    await outbox.sent('root', 2, '5.5')
    expect(await waiting()).toEqual(['reply', 'plain'])
  })
}
