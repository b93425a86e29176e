import { expect, it } from 'vitest'
import { openDb } from '../../../src/adapters/store/store.js'
import { type Ground, MINUTE, OVER } from './ground.js'

export function inboxContract({ current, address }: Ground): void {
  const event = { type: 'message', text: 'push is down' }

  it('knows a message that was delivered before', async () => {
    const { inbox } = current()
    expect(await inbox.claim('T0:C0:1.1', event)).toBe('new')
    expect(await inbox.claim('T0:C0:1.1', { ...event, again: true })).toBe('open')
    await inbox.finish('T0:C0:1.1')
    expect(await inbox.claim('T0:C0:1.1', event)).toBe('finished')
    expect(await inbox.claim('T0:C0:1.2', event)).toBe('new')
  })

  it('gives back what a dead process left, once', async () => {
    const { inbox } = current()
    await inbox.claim('a', event)
    await inbox.claim('b', event)
    await inbox.finish('b')
    expect(await inbox.reclaim(MINUTE, 10)).toEqual([])
    expect(await inbox.reclaim(OVER, 10)).toEqual([{ key: 'a', event }])
    expect(await inbox.reclaim(MINUTE, 10)).toEqual([])
  })

  it('gives back no more than it was asked for', async () => {
    const { inbox } = current()
    for (const key of ['a', 'b', 'c']) await inbox.claim(key, event)
    expect(await inbox.reclaim(OVER, 2)).toHaveLength(2)
  })

  it('remembers a finished message for 25 hours, whatever it is told', async () => {
    const store = current()
    const url = address()
    await store.inbox.claim('old', event)
    await store.inbox.finish('old')
    await store.inbox.claim('young', event)
    await store.inbox.finish('young')
    await store.inbox.claim('unfinished', event)
    const db = await openDb(url)
    await db.all('update mayday_inbox set finished_at = finished_at - $1 where key = $2', 26 * 60 * MINUTE, 'old')
    await db.close()
    expect(await store.inbox.sweep(0)).toBe(1)
    expect(await store.inbox.claim('old', event)).toBe('new')
    expect(await store.inbox.claim('young', event)).toBe('finished')
    expect(await store.inbox.claim('unfinished', event)).toBe('open')
  })
}
