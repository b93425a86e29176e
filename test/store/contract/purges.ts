import { expect, it } from 'vitest'
import type { Ground } from './ground.js'

export function purgesContract({ current, replica }: Ground): void {
  it('numbers purges, keeps them and their changes, and knows which are to be worked on', async () => {
    const { purges, tx } = current()
    const one = await purges.create('push', { state: 'planned' })
    const two = await purges.create('sessions', { state: 'planned' })
    expect([one, two]).toEqual([1, 2])
    expect(await purges.active()).toEqual([])
    await tx(async (t) => {
      expect(await t.purges.take(one)).toEqual({ id: one, value: { state: 'planned' } })
      expect(await t.purges.take(99)).toBeUndefined()
      await t.purges.save(one, true, { state: 'running' })
    })
    expect(await purges.active()).toEqual([{ id: one, value: { state: 'running' } }])
    expect((await purges.recent(1)).map((row) => row.id)).toEqual([two])
    expect(await purges.get(two)).toEqual({ id: two, value: { state: 'planned' } })
    expect(await purges.get(99)).toBeUndefined()
    await purges.save(one, false, { state: 'done' })
    expect(await purges.active()).toEqual([])
  })

  it('gives no number twice', async () => {
    const stores = [current(), await replica(), await replica()]
    const ids = await Promise.all(stores.flatMap((store) => [1, 2].map((n) => store.purges.create('push', { n }))))
    expect(new Set(ids).size).toBe(6)
  })

  it('refuses to change what is not there, and to hold a purge outside a transaction', async () => {
    const { purges } = current()
    await expect(purges.save(5, true, {})).rejects.toMatchObject({ code: 'BUG' })
    await expect(purges.take(5)).rejects.toMatchObject({ code: 'BUG' })
  })
}
