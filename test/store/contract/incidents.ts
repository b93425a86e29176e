import { expect, it } from 'vitest'
import type { Incident, IncidentId } from '../../../src/incidents/incident.js'
import { anIncident } from '../values.js'
import type { Ground } from './ground.js'

export function incidentsContract({ current }: Ground): void {
  it('counts incidents up from 1 and gives each back as it was', async () => {
    const { incidents } = current()
    const first = await incidents.create(anIncident())
    const { threadTs: _, ...threadless } = anIncident()
    const second = await incidents.create(threadless)
    expect([first.id, second.id]).toEqual([1, 2])
    expect(await incidents.get(first.id)).toEqual({ ...anIncident(), id: 1 })
    expect(await incidents.get(second.id)).toEqual({ ...threadless, id: 2 })
    expect(await incidents.get(3 as IncidentId)).toBeUndefined()
  })

  it('gives no number away for an incident that was not stored', async () => {
    const store = current()
    const failing = store.tx(async (tables) => {
      await tables.incidents.create(anIncident())
      throw new Error('the caller changed its mind')
    })
    await expect(failing).rejects.toThrow('changed its mind')
    expect((await store.incidents.create(anIncident())).id).toBe(1)
  })

  it('tells open incidents and recent ones, newest first', async () => {
    const { incidents } = current()
    const first = await incidents.create(anIncident({ threadTs: '1.1' }))
    const second = await incidents.create(anIncident({ threadTs: '1.2' }))
    const third = await incidents.create(anIncident({ threadTs: '1.3' }))
    await incidents.save({ ...second, state: 'resolved' })
    expect((await incidents.open()).map(({ id }) => id)).toEqual([third.id, first.id])
    expect((await incidents.recent(2)).map(({ id }) => id)).toEqual([third.id, second.id])
    await incidents.save({ ...second, state: 'acknowledged' })
    expect(await incidents.open()).toHaveLength(3)
  })

  it('refuses to save what it never created', async () => {
    const unknown: Incident = { ...anIncident(), id: 7 as IncidentId }
    await expect(current().incidents.save(unknown)).rejects.toMatchObject({ code: 'BUG' })
  })
}
