/** What every store promises, whatever it is built on. Each engine's test file runs this suite on a real one. */
import { afterEach, beforeEach, describe } from 'vitest'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import type { Store } from '../../src/ports.js'
import { factsContract } from './contract/facts.js'
import type { Ground } from './contract/ground.js'
import { inboxContract } from './contract/inbox.js'
import { incidentsContract } from './contract/incidents.js'
import { leasesContract } from './contract/leases.js'
import { outboxContract } from './contract/outbox.js'
import { pagesContract } from './contract/pages.js'
import { processesContract } from './contract/processes.js'
import { purgesContract } from './contract/purges.js'
import { runsContract } from './contract/runs.js'
import { transactionsContract } from './contract/transactions.js'

/** `make` answers the address of a new, empty database. */
export function storeContract(make: () => Promise<string>): void {
  let url: string
  let store: Store
  let opened: Store[]

  async function replica(): Promise<Store> {
    const another = await openStore({ url, owner: makeOwner() })
    opened.push(another)
    return another
  }

  beforeEach(async () => {
    opened = []
    url = await make()
    store = await replica()
  })
  afterEach(async () => {
    for (const each of opened) await each.close()
  })

  const ground: Ground = { current: () => store, address: () => url, replica }
  describe('inbox', () => inboxContract(ground))
  describe('incidents', () => incidentsContract(ground))
  describe('pages', () => pagesContract(ground))
  describe('facts', () => factsContract(ground))
  describe('checklist runs', () => runsContract(ground))
  describe('purges', () => purgesContract(ground))
  describe('outbox', () => outboxContract(ground))
  describe('leases and notes', () => leasesContract(ground))
  describe('transactions', () => transactionsContract(ground))
  describe('processes', () => processesContract(ground))
}
