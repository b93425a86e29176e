import { expect, it } from 'vitest'
import type { IncidentId, Page, PageId } from '../../../src/incidents/incident.js'
import { aPage, NIGHT } from '../values.js'
import { type Ground, MINUTE, OVER } from './ground.js'

export function pagesContract({ current, replica }: Ground): void {
  const other = (n: number, given: Partial<Page> = {}) =>
    aPage({ id: `page-${n}` as PageId, dedupKey: `slack:T0:C0:${n}`, ...given })

  it('makes one page of one message', async () => {
    const { pages } = current()
    expect(await pages.create(aPage(), NIGHT)).toBe(true)
    expect(await pages.create(aPage(), NIGHT)).toBe(false)
    expect(await pages.create(aPage({ id: 'page-2' as PageId }), NIGHT)).toBe(false)
    expect(await pages.byDedupKey(aPage().dedupKey)).toEqual(aPage())
    expect(await pages.get('page-2' as PageId)).toBeUndefined()
  })

  it('makes one page of one message that three replicas got at the same time', async () => {
    const stores = [current(), await replica(), await replica()]
    for (let round = 1; round <= 10; round += 1) {
      const tries = [...stores, ...stores].map((store, n) =>
        store.tx((tables) =>
          tables.pages.create(aPage({ id: `page-${round}-${n}` as PageId, dedupKey: `slack:${round}` }), NIGHT),
        ),
      )
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1)
    }
  })

  it('does not take two pages for one because they share an id', async () => {
    const { pages } = current()
    await pages.create(aPage(), NIGHT)
    await expect(pages.create(aPage({ dedupKey: 'slack:another' }), NIGHT)).rejects.toMatchObject({ code: 'BUG' })
  })

  it('finds pages by incident, by what PagerDuty calls them, and those still followed', async () => {
    const { pages } = current()
    const pager = { id: 'Q1', url: 'https://example.pagerduty.com/incidents/Q1', assignees: ['Ana'] }
    await pages.create(other(1), NIGHT)
    await pages.create(other(2, { incidentId: 2 as IncidentId, requestedAt: NIGHT + 1 }), NIGHT)
    await pages.create(other(3, { requestedAt: NIGHT + 2, state: 'shadowed' }), NIGHT)
    await pages.save(other(1, { state: 'confirmed', pager }), null)
    expect((await pages.ofIncident(1 as IncidentId)).map(({ id }) => id)).toEqual(['page-1', 'page-3'])
    expect((await pages.followed()).map(({ id }) => id)).toEqual(['page-1', 'page-2'])
    expect((await pages.byPagerId('Q1'))?.pager).toEqual(pager)
    expect(await pages.byPagerId('Q2')).toBeUndefined()
    expect(await pages.requestedSince(NIGHT + 1)).toBe(2)
    await pages.save(other(2, { state: 'resolved' }), null)
    expect((await pages.followed()).map(({ id }) => id)).toEqual(['page-1'])
  })

  it('hands out pages when they are due, the longest waiting first', async () => {
    const { pages } = current()
    await pages.create(other(1), NIGHT + 20)
    await pages.create(other(2), NIGHT + 10.7)
    await pages.create(other(3), NIGHT + 30)
    await pages.create(other(4), NIGHT)
    await pages.save(other(4), null)
    expect(await pages.claimDue(NIGHT + 9, 'a', MINUTE, 10)).toEqual([])
    expect(await pages.claimDue(NIGHT + 30, 'a', MINUTE, 2)).toEqual(['page-2', 'page-1'])
    expect(await pages.claimDue(NIGHT + 30, 'a', MINUTE, 2)).toEqual(['page-3'])
  })

  it('hands a page to one worker until that worker lets go or is gone', async () => {
    const { pages } = current()
    await pages.create(other(1), NIGHT)
    expect(await pages.claimDue(NIGHT, 'a', MINUTE, 10)).toEqual(['page-1'])
    expect(await pages.claimDue(NIGHT, 'b', MINUTE, 10)).toEqual([])
    expect(await pages.release('page-1' as PageId, 'b')).toBe(false)
    expect(await pages.release('page-1' as PageId, 'a')).toBe(true)
    expect(await pages.claimDue(NIGHT, 'b', OVER, 10)).toEqual(['page-1'])
    expect(await pages.claimDue(NIGHT, 'c', MINUTE, 10)).toEqual(['page-1'])
    expect(await pages.release('page-1' as PageId, 'b')).toBe(false)
  })

  it('hands no page to two workers that ask at the same time', async () => {
    const stores = [current(), await replica(), await replica()]
    for (let n = 1; n <= 30; n += 1) await current().pages.create(other(n), NIGHT)
    const claims = await Promise.all(stores.map((store, n) => store.pages.claimDue(NIGHT, `worker-${n}`, MINUTE, 20)))
    const ids = claims.flat()
    expect(new Set(ids).size).toBe(ids.length)
    for (const claim of claims) expect(claim.length).toBeLessThanOrEqual(20)
  })
}
