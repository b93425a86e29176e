import { expect, it } from 'vitest'
import type { IncidentId } from '../../../src/incidents/incident.js'
import { aNote } from '../values.js'
import { type Ground, MINUTE, OVER } from './ground.js'

export function factsContract({ current, replica }: Ground): void {
  const idsOf = (facts: readonly { readonly id: string }[]) => facts.map(({ id }) => id)

  it('stores a fact once and tells them in the order they were stored', async () => {
    const { facts } = current()
    for (const id of ['c', 'a', 'b']) expect(await facts.append(aNote(id, 1))).toBe(true)
    expect(await facts.append(aNote('a', 1, 'other words'))).toBe(false)
    await facts.append(aNote('d', 2))
    expect(idsOf(await facts.ofIncident(1 as IncidentId))).toEqual(['c', 'a', 'b'])
    expect((await facts.ofIncident(1 as IncidentId))[1]).toEqual(aNote('a', 1))
  })

  it('hands out facts oldest first, until their consequences are drawn', async () => {
    const { facts } = current()
    for (const id of ['c', 'a', 'b']) await facts.append(aNote(id, 1))
    expect(idsOf(await facts.claimUnreacted('w', MINUTE, 10))).toEqual(['c', 'a', 'b'])
    for (const id of ['c', 'a', 'b']) await facts.reacted(id)
    expect(await facts.claimUnreacted('w', OVER, 10)).toEqual([])
    expect(await facts.ofIncident(1 as IncidentId)).toHaveLength(3)
  })

  it('keeps the order within an incident: nobody gets a later fact while an earlier one is worked on', async () => {
    const { facts } = current()
    for (const id of ['a', 'b', 'c']) await facts.append(aNote(id, 1))
    expect(idsOf(await facts.claimUnreacted('w', MINUTE, 2))).toEqual(['a', 'b'])
    await facts.append(aNote('z', 2))
    expect(idsOf(await facts.claimUnreacted('v', MINUTE, 10))).toEqual(['z'])
    await facts.reacted('a')
    expect(await facts.claimUnreacted('v', MINUTE, 10)).toEqual([])
    await facts.reacted('b')
    expect(idsOf(await facts.claimUnreacted('v', MINUTE, 10))).toEqual(['c'])
  })

  it('hands out again, in order, what a dead worker held', async () => {
    const { facts } = current()
    for (const id of ['a', 'b']) await facts.append(aNote(id, 1))
    await facts.claimUnreacted('w', OVER, 1)
    expect(idsOf(await facts.claimUnreacted('v', MINUTE, 10))).toEqual(['a', 'b'])
  })

  it('never splits an incident between workers that ask at the same time', async () => {
    const stores = [current(), await replica(), await replica()]
    for (let n = 0; n < 40; n += 1) await current().facts.append(aNote(`fact-${n}`, n % 4))
    const claims = await Promise.all(stores.map((store, n) => store.facts.claimUnreacted(`w${n}`, MINUTE, 3)))
    const incidents = claims.map((claim) => new Set(claim.map(({ incidentId }) => incidentId)))
    const all = incidents.flatMap((set) => [...set])
    expect(new Set(all).size).toBe(all.length)
  })
}
