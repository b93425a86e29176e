/**
 * A process of its own for the tests of the store. As the command says, it
 * - `write URL NAME`: stores emergencies without end and prints the key of each one that was acknowledged;
 * - `open URL…`: waits for a byte on its input and then opens one store after the other.
 */
import { readSync, writeSync } from 'node:fs'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import { MaydayError } from '../../src/errors.js'
import type { PageId } from '../../src/incidents/incident.js'
import type { Store } from '../../src/ports.js'
import { anIncident, aPage } from './values.js'

const [, , command, url = '', ...rest] = process.argv
const say = (line: string) => writeSync(1, `${line}\n`)
const open = (address: string) => openStore({ url: address, owner: makeOwner() })

async function write(store: Store, name: string): Promise<void> {
  for (let n = 1; ; n += 1) {
    const key = `${name}${n}`
    await store.tx(async ({ incidents, pages }) => {
      const { id } = await incidents.create(anIncident({ threadTs: key }))
      await pages.create(aPage({ id: key as PageId, dedupKey: key, incidentId: id }), n)
    })
    say(key)
  }
}

try {
  if (command === 'write') {
    const store = await open(url)
    say('opened')
    await write(store, rest[0] ?? '')
  } else {
    say('ready')
    readSync(0, Buffer.alloc(1))
    const stores: Store[] = []
    for (const address of [url, ...rest]) stores.push(await open(address))
    say(`opened ${stores.length}`)
    for (const store of stores) await store.close()
  }
} catch (error) {
  say(error instanceof MaydayError ? `failed ${error.code}` : `failed ${String(error)}`)
  process.exitCode = 1
}
