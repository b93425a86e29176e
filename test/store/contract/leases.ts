import { expect, it } from 'vitest'
import { type Ground, MINUTE, OVER } from './ground.js'

export function leasesContract({ current, replica }: Ground): void {
  it('gives a lease to one owner until it is released or over', async () => {
    const { leases } = current()
    expect(await leases.take('sender', 'a', MINUTE)).toBe(true)
    expect(await leases.take('sender', 'a', MINUTE)).toBe(true)
    expect(await leases.take('sender', 'b', MINUTE)).toBe(false)
    await leases.release('sender', 'b')
    expect(await leases.take('sender', 'b', MINUTE)).toBe(false)
    await leases.release('sender', 'a')
    expect(await leases.take('sender', 'b', OVER)).toBe(true)
    expect(await leases.take('sender', 'a', MINUTE)).toBe(true)
    expect(await leases.take('catch-up', 'b', MINUTE)).toBe(true)
  })

  it('gives a lease to one of several replicas that ask at the same time', async () => {
    const stores = [current(), await replica(), await replica()]
    const answers = await Promise.all(stores.map((store, n) => store.leases.take('sender', `owner-${n}`, MINUTE)))
    expect(answers.filter(Boolean)).toHaveLength(1)
  })

  it('keeps notes', async () => {
    const { notes } = current()
    expect(await notes.get('cursor')).toBeUndefined()
    await notes.set('cursor', '1.1')
    await notes.set('cursor', 'ünï "quoted"')
    expect(await notes.get('cursor')).toBe('ünï "quoted"')
  })
}
