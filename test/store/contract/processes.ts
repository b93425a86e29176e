import { expect, it } from 'vitest'
import { makeOwner } from '../../../src/adapters/store/owner.js'
import { openDb, openStore } from '../../../src/adapters/store/store.js'
import type { IncidentId } from '../../../src/incidents/incident.js'
import { linesOf, startWriter } from '../processes.js'
import { anIncident, aPage, NIGHT } from '../values.js'
import type { Ground } from './ground.js'

export function processesContract({ current, address }: Ground): void {
  it('keeps every acknowledged emergency when its process is killed', async () => {
    const store = current()
    const url = address()
    for (const name of ['first-', 'second-']) {
      const acknowledged = await killWriter(url, name, 40)
      for (const key of acknowledged) {
        const page = await store.pages.byDedupKey(key)
        const incident = page && (await store.incidents.get(page.incidentId))
        expect(incident?.threadTs).toBe(key)
      }
    }
    for (const { id } of await store.incidents.recent(100_000)) {
      expect(await store.pages.ofIncident(id)).toHaveLength(1)
    }
  })

  it('opens again with everything in it', async () => {
    const store = current()
    const url = address()
    await store.notes.set('cursor', '1.1')
    const again = await openStore({ url, owner: makeOwner() })
    await again.ping()
    expect(await again.notes.get('cursor')).toBe('1.1')
    await again.close()
    await again.close()
    await expect(again.ping()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('says so when a stored value is not what was stored', async () => {
    const store = current()
    const url = address()
    await store.incidents.create(anIncident())
    await store.pages.create(aPage(), NIGHT)
    const db = await openDb(url)
    await db.all(`update mayday_incident set value = '{"id":1'`)
    await db.all(`update mayday_page set value = '{"id":"page-1"}'`)
    await db.close()
    await expect(store.incidents.get(1 as IncidentId)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
    await expect(store.pages.get(aPage().id)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  })
}

/** Kills a writer in the middle of its work and answers every key that it had acknowledged. */
async function killWriter(url: string, name: string, enough: number): Promise<readonly string[]> {
  const [said, ...keys] = await linesOf(startWriter(['write', url, name]), enough)
  expect(said).toBe('opened')
  expect(keys.length).toBeGreaterThanOrEqual(enough - 1)
  return keys
}
