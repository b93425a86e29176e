import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openDb, openStore } from '../../src/adapters/store/store.js'
import type { Store } from '../../src/ports.js'
import { linesOf, openThrice, startWriter } from './processes.js'
import { storeContract } from './store.contract.js'
import { aNote, aPage, NIGHT } from './values.js'

let home: string
let files = 0
const newFile = (): string => {
  files += 1
  return join(home, `mayday-${files}.db`)
}
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
const open = (url: string, owner = makeOwner()): Promise<Store> => openStore({ url, owner })

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'mayday-store-'))
})
afterAll(() => {
  rmSync(home, { recursive: true, force: true })
})

describe('the store in a file', () => {
  storeContract(async () => newFile())

  it('is made once by three processes that start together', async () => {
    const urls = Array.from({ length: 20 }, newFile)
    expect(await openThrice(urls)).toEqual(Array(3).fill('opened 20'))
  })

  it('makes its directory, and lets nobody else read it', async () => {
    const file = join(home, 'made', 'mayday.db')
    const store = await open(file)
    await store.notes.set('a', 'b')
    expect(modeOf(join(home, 'made'))).toBe('700')
    for (const name of readdirSync(join(home, 'made'))) expect(modeOf(join(home, 'made', name))).toBe('600')
    await store.close()
    // Everything is in the one file, so that a copy of it is a backup.
    for (const name of readdirSync(join(home, 'made'))) {
      if (name !== 'mayday.db')
        expect(statSync(join(home, 'made', name)).size === 0 || name.endsWith('-shm')).toBe(true)
    }
  })
})

describe('when the file fails', () => {
  const unavailable = (hint: string) => ({
    code: 'STORE_UNAVAILABLE',
    retry: true,
    hint: expect.stringContaining(hint),
  })

  it('says so when the directory is out of reach', async () => {
    await expect(open(join(home, 'no', 'such', 'mayday.db'))).rejects.toMatchObject(unavailable('MAYDAY_DATA_DIR'))
    expect(existsSync(join(home, 'no'))).toBe(false)
    const file = newFile()
    writeFileSync(file, '')
    await expect(open(join(file, 'mayday.db'))).rejects.toMatchObject(unavailable('MAYDAY_DATA_DIR'))
  })

  it('says so when the directory may not be written', async () => {
    const directory = join(home, 'locked')
    mkdirSync(directory)
    chmodSync(directory, 0o555)
    chmodSync(home, 0o755)
    // Root may write everywhere; somebody else may not.
    const root = process.geteuid?.() === 0
    if (root) process.seteuid?.(65_534)
    try {
      await expect(open(join(directory, 'mayday.db'))).rejects.toMatchObject(unavailable('MAYDAY_DATA_DIR'))
    } finally {
      if (root) process.seteuid?.(0)
    }
  })

  it('says that a damaged file is damaged', async () => {
    const file = newFile()
    writeFileSync(file, 'this is no database. '.repeat(500))
    await expect(open(file)).rejects.toMatchObject({ code: 'STORE_DAMAGED' })
  })

  it('refuses writes on a full disk, still reads, and goes on when there is space', async () => {
    const db = await openDb(newFile())
    await db.all('create table t(n integer primary key, value text not null)')
    await db.all('pragma max_page_count = 20')
    const fill = async (): Promise<void> => {
      for (let n = 1; n < 1000; n += 1) await db.all('insert into t(n, value) values ($1, $2)', n, 'x'.repeat(1000))
    }
    await expect(fill()).rejects.toMatchObject(unavailable('Free space'))
    const [row] = await db.all('select count(*) as n, max(n) as last from t')
    expect(Number(row?.['n'])).toBeGreaterThan(0)
    expect(row?.['last']).toBe(row?.['n'])
    await db.all('pragma max_page_count = 100000')
    await db.all('insert into t(n, value) values ($1, $2)', 5000, 'x'.repeat(1000))
    await db.close()
  })

  it('loses nothing that it acknowledged when its process may write no further', async () => {
    const file = newFile()
    const child = startWriter(['write', file, 'k'], 'ulimit -f 2000')
    const [opened, ...said] = await linesOf(child)
    expect(opened).toBe('opened')
    expect(said.at(-1)).toBe('failed STORE_UNAVAILABLE')
    const store = await open(file)
    const keys = said.slice(0, -1)
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(await store.pages.byDedupKey(key), key).toBeDefined()
    await store.close()
  })

  it('waits for another process that writes, but not for ever', async () => {
    const file = newFile()
    const store = await open(file)
    const other = await openDb(file)
    let letGo = (): void => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    // Longer than any call of the store may take.
    const holder = other.tx(() => held, 60_000)
    await expect(store.notes.set('a', 'b')).rejects.toMatchObject(unavailable('Close other programs'))
    expect(await store.notes.get('a')).toBeUndefined()
    const waiting = store.notes.set('a', 'c')
    letGo()
    await Promise.all([holder, waiting])
    expect(await store.notes.get('a')).toBe('c')
    await store.close()
    await other.close()
  })
})

describe('after a restart', () => {
  /** Holds one of everything for a long time, as a process does that is killed. */
  async function hold(store: Store, owner: string): Promise<void> {
    await store.leases.take('sender', owner, 3_600_000)
    await store.inbox.claim('message', { text: 'x' })
    await store.pages.create(aPage(), NIGHT)
    await store.pages.claimDue(NIGHT, owner, 3_600_000, 10)
    await store.facts.append(aNote('fact', 1))
    await store.facts.claimUnreacted(owner, 3_600_000, 10)
  }
  /** What another process gets of it. */
  async function get(store: Store, owner: string): Promise<readonly unknown[]> {
    return [
      await store.leases.take('sender', owner, 1000),
      (await store.inbox.reclaim(3_600_000, 10)).length,
      (await store.pages.claimDue(NIGHT, owner, 1000, 10)).length,
      (await store.facts.claimUnreacted(owner, 1000, 10)).length,
    ]
  }
  async function takeOver(file: string, former: string): Promise<readonly unknown[]> {
    const before = await open(file, former)
    await hold(before, former)
    await before.close()
    const owner = makeOwner()
    const after = await open(file, owner)
    const got = await get(after, owner)
    await after.close()
    return got
  }

  it('goes on at once with what a dead process of this machine held', async () => {
    const { pid } = spawnSync('true')
    expect(await takeOver(newFile(), `${hostname()}:${pid}:abc`)).toEqual([true, 1, 1, 1])
  })

  it('knows an earlier start that had the same process id', async () => {
    expect(await takeOver(newFile(), `${hostname()}:${process.pid}:abc`)).toEqual([true, 1, 1, 1])
  })

  it('leaves alone what the living hold, here and elsewhere', async () => {
    const none = [false, 0, 0, 0]
    expect(await takeOver(newFile(), `${hostname()}:${process.ppid}:abc`)).toEqual(none)
    expect(await takeOver(newFile(), `another-machine:${process.pid}:abc`)).toEqual(none)
    const file = newFile()
    const former = makeOwner()
    const before = await open(file, former)
    await hold(before, former)
    const after = await open(file)
    expect(await get(after, makeOwner())).toEqual(none)
    await after.close()
    await before.close()
  })
})
