import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import { describe as tell } from '../../src/errors.js'
import type { Store } from '../../src/ports.js'
import { createWire, startPostgres, type TestPostgres } from '../support/postgres.js'
import { openThrice } from './processes.js'
import { storeContract } from './store.contract.js'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
}, 300_000)
afterAll(async () => {
  await postgres?.stop()
})

describe('the store on Postgres', () => {
  storeContract(() => postgres.database())

  it('is made once by three replicas that start together', async () => {
    const urls: string[] = []
    for (let n = 0; n < 5; n += 1) urls.push(await postgres.database())
    expect(await openThrice(urls)).toEqual(Array(3).fill('opened 5'))
  })
})

describe('when Postgres fails', () => {
  let url: string
  let store: Store
  beforeEach(async () => {
    url = await postgres.database()
    store = await openStore({ url, owner: makeOwner() })
    await store.notes.set('before', 'yes')
  })
  afterEach(async () => {
    await store.close()
  })
  const unavailable = { code: 'STORE_UNAVAILABLE', retry: true, hint: expect.stringContaining('DATABASE_URL') }

  it('says so while the server is down, and works when it is back', async () => {
    await postgres.kill()
    await expect(store.notes.get('before')).rejects.toMatchObject(unavailable)
    await expect(store.tx(({ notes }) => notes.set('during', 'x'))).rejects.toMatchObject(unavailable)
    await expect(store.ping()).rejects.toMatchObject(unavailable)
    await postgres.restart()
    expect(await store.notes.get('before')).toBe('yes')
    await store.tx(({ notes }) => notes.set('after', 'x'))
    expect([await store.notes.get('during'), await store.notes.get('after')]).toEqual([undefined, 'x'])
  })

  it('says so when the server dies in the middle of a transaction', async () => {
    const torn = store.tx(async ({ notes }) => {
      await notes.set('half', 'x')
      await postgres.kill()
      await notes.set('other half', 'x')
    })
    await expect(torn).rejects.toMatchObject(unavailable)
    await postgres.restart()
    expect(await store.notes.get('half')).toBeUndefined()
  })

  it('says so when the network goes silent, and works when it speaks again', async () => {
    const wire = await createWire(url)
    const far = await openStore({ url: wire.url, owner: makeOwner() })
    try {
      wire.cut()
      await expect(far.notes.get('before')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retry: true })
      await expect(far.tx(({ notes }) => notes.set('x', 'y'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
      wire.mend()
      expect(await far.notes.get('before')).toBe('yes')
      wire.cut()
    } finally {
      // Closing ends although nobody answers.
      await far.close()
      await wire.close()
    }
  }, 30_000)

  it('does not wait for a lock longer than its limit', async () => {
    const other = await openStore({ url, owner: makeOwner() })
    let letGo = (): void => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let taken = (): void => undefined
    const locked = new Promise<void>((resolve) => {
      taken = resolve
    })
    const holder = other.tx(async ({ lock }) => {
      await lock('C0EMERGENCY')
      taken()
      await held
    })
    await locked
    await expect(store.tx(({ lock }) => lock('C0EMERGENCY'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await store.tx(({ lock }) => lock('C0OTHER'))
    letGo()
    await holder
    await store.tx(({ lock }) => lock('C0EMERGENCY'))
    await other.close()
  })

  it('says what to look at when there is no such database, and never tells the password', async () => {
    const wrong = new URL(url)
    wrong.pathname = '/nowhere'
    wrong.password = 'hunter2'
    const error: unknown = await openStore({ url: wrong.href, owner: makeOwner() }).catch((reason: unknown) => reason)
    expect(error).toMatchObject(unavailable)
    expect(tell(error)).toContain('3D000')
    wrong.port = '1'
    const refused: unknown = await openStore({ url: wrong.href, owner: makeOwner() }).catch((reason: unknown) => reason)
    expect(refused).toMatchObject(unavailable)
    const broken: unknown = await openStore({ url: 'postgres://ana:hunter2@[x/y', owner: 'a' }).catch((e: unknown) => e)
    expect(broken).toMatchObject({ code: 'CONFIG_INVALID' })
    for (const each of [error, refused, broken])
      expect(`${tell(each)} ${JSON.stringify(each)}`).not.toContain('hunter2')
  })
})
