import { expect, it } from 'vitest'
import type { IncidentId, PageId } from '../../../src/incidents/incident.js'
import type { Tables } from '../../../src/ports.js'
import { anIncident, aPage, aPosting, NIGHT } from '../values.js'
import type { Ground } from './ground.js'

export function transactionsContract({ current, replica }: Ground): void {
  it('stores all or nothing', async () => {
    const store = current()
    const failing = store.tx(async (tables) => {
      await tables.incidents.create(anIncident())
      await tables.pages.create(aPage(), NIGHT)
      await tables.outbox.put(aPosting('card:1'))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect([await store.incidents.recent(9), await store.pages.followed(), await store.outbox.depth()]).toEqual([
      [],
      [],
      0,
    ])
    const id = await store.tx(async (tables) => (await tables.incidents.create(anIncident())).id)
    expect(await store.incidents.get(id)).toBeDefined()
  })

  it('stores nothing when a statement failed and the caller looked away', async () => {
    const store = current()
    const careless = store.tx(async ({ notes, incidents }) => {
      await notes.set('half', 'done')
      await incidents.get(0.5 as IncidentId).catch(() => undefined)
    })
    await expect(careless).rejects.toMatchObject({ code: 'BUG' })
    expect(await store.notes.get('half')).toBeUndefined()
  })

  it('refuses the store itself inside a transaction, and the handle after it', async () => {
    const store = current()
    const outer = store.tx(async () => store.notes.get('x'))
    await expect(outer).rejects.toMatchObject({ code: 'BUG' })
    const nested = store.tx(() => store.tx(async () => undefined))
    await expect(nested).rejects.toMatchObject({ code: 'BUG' })
    const kept = await store.tx(async (tables) => tables)
    await expect(kept.notes.set('late', 'x')).rejects.toMatchObject({ code: 'BUG' })
    expect(await store.notes.get('late')).toBeUndefined()
  })

  it('locks and takes inside a transaction only', async () => {
    const { incidents, pages, runs, lock } = current()
    const calls = [lock('C0'), incidents.take(1 as IncidentId), pages.take('p' as PageId), runs.take('r')]
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'BUG' } })
    }
  })

  /** Many replicas read, decide and write the same thing; each decision must see the one before it. */
  async function countTogether(step: (tables: Tables) => Promise<void>): Promise<void> {
    const stores = [current(), await replica(), await replica()]
    await Promise.all(Array.from({ length: 8 }, () => stores.map((store) => store.tx(step))).flat())
  }

  it('lets replicas decide about one channel one after the other', async () => {
    await countTogether(async ({ lock, notes }) => {
      await lock('C0EMERGENCY')
      await notes.set('count', String(Number((await notes.get('count')) ?? 0) + 1))
    })
    expect(await current().notes.get('count')).toBe('24')
  })

  it('lets replicas change one incident, page or run one after the other', async () => {
    const store = current()
    const { id } = await store.incidents.create(anIncident({ text: '' }))
    await store.pages.create(aPage(), NIGHT)
    await store.runs.create('run-1', id, { n: 0 })
    await countTogether(async ({ incidents }) => {
      const incident = await incidents.take(id)
      if (incident) await incidents.save({ ...incident, text: `${incident.text}x` })
    })
    await countTogether(async ({ pages }) => {
      const page = await pages.take(aPage().id)
      if (page) await pages.save({ ...page, attempts: page.attempts + 1 }, NIGHT)
    })
    await countTogether(async ({ runs }) => {
      const run = await runs.take('run-1')
      await runs.save('run-1', { n: Number(Object.values(run ?? {})[0]) + 1 })
    })
    expect((await store.incidents.get(id))?.text).toHaveLength(24)
    expect((await store.pages.get(aPage().id))?.attempts).toBe(24)
    expect(await store.runs.ofIncident(id)).toEqual([{ n: 24 }])
  })

  it('numbers incidents of several replicas without a gap or a double', async () => {
    const stores = [current(), await replica(), await replica()]
    const made = await Promise.all([...stores, ...stores].map((store) => store.incidents.create(anIncident())))
    expect(made.map(({ id }) => id).sort()).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('ends a transaction that does not end, and goes on', async () => {
    const store = current()
    const endless = store.tx(async ({ notes }) => {
      await notes.set('half', 'done')
      await new Promise(() => undefined)
    })
    const behind = store.notes.get('half').catch((error: unknown) => error)
    await expect(endless).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retry: true })
    await behind
    expect(await store.notes.get('half')).toBeUndefined()
  })
}
