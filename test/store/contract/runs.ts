import { expect, it } from 'vitest'
import type { IncidentId } from '../../../src/incidents/incident.js'
import type { Ground } from './ground.js'

export function runsContract({ current }: Ground): void {
  it('keeps a checklist run and its changes', async () => {
    const store = current()
    expect(await store.runs.create('run-1', 1 as IncidentId, { steps: [] })).toBe(true)
    expect(await store.runs.create('run-1', 1 as IncidentId, { steps: ['other'] })).toBe(false)
    await store.runs.create('run-2', 1 as IncidentId, { steps: ['b'] })
    await store.tx(async ({ runs }) => {
      expect(await runs.take('run-1')).toEqual({ steps: [] })
      expect(await runs.take('run-3')).toBeUndefined()
      await runs.save('run-1', { steps: ['done'] })
    })
    expect(await store.runs.ofIncident(1 as IncidentId)).toEqual([{ steps: ['done'] }, { steps: ['b'] }])
    expect(await store.runs.ofIncident(2 as IncidentId)).toEqual([])
  })
}
