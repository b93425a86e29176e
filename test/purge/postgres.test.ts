/** Two copies of Mayday on one Postgres: whoever works, the other one steers, sees the same, and takes over. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.js'
import { createWire, startPostgres, type TestPostgres } from '../support/postgres.js'
import { confirmed, contents, createRig, planned, type Replica, type Rig, SAM, seedSessions } from './rig.js'

let postgres: TestPostgres

beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres?.stop()
})

const KEYS = 40_000

interface Pair {
  readonly rig: Rig
  /** Works, and halts in the middle until it is let go on. */
  readonly worker: Replica
  readonly other: Replica
  /** Resolves when the worker is in the middle of it. */
  readonly halfway: Promise<void>
  goOn(): void
  /** As if half a minute had passed without a word from whoever works. */
  expireLease(): Promise<void>
}

function gate(): readonly [Promise<void>, () => void] {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return [opened, open]
}

/** `wired`: how the worker reaches the store, where another way than the other's. */
async function pair(wired?: (url: string) => Promise<string>): Promise<Pair> {
  const url = await postgres.database()
  const rig = await createRig({ storeUrl: url })
  await seedSessions(rig.redis, KEYS)
  await rig.redis.set('config:a', '1')
  const [halfway, arrived] = gate()
  const [going, goOn] = gate()
  let removals = 0
  const worker = await rig.replica({
    saveEveryMs: 0,
    ...(wired === undefined ? {} : { storeUrl: await wired(url) }),
    wrapTarget: (target) => ({
      ...target,
      remove: async (...args) => {
        removals += 1
        if (removals === 3) {
          arrived()
          await going
        }
        return target.remove(...args)
      },
    }),
  })
  const expireLease = async (): Promise<void> => {
    const client = new pg.Client(url)
    await client.connect()
    await client.query('update mayday_lease set lease_until = 0')
    await client.end()
  }
  return { rig, worker, other: rig, halfway, goOn, expireLease }
}

async function begun({ worker, halfway }: Pair): Promise<{ readonly id: number; readonly end: Promise<void> }> {
  const { id } = await confirmed(worker, await planned(worker, 'sessions'))
  const end = worker.work()
  await halfway
  return { id, end }
}

async function undone(replica: Replica, id: number): Promise<void> {
  await replica.purging.undo(id, SAM)
  await replica.work()
  expect((await replica.purging.get(id)).job.undo).toMatchObject({ state: 'done', restored: KEYS, failed: 0 })
}

describe('two copies on one Postgres', () => {
  test('pause, resume and cancel from the one that does not work', async () => {
    const both = await pair()
    const { rig, worker, other } = both
    const before = await contents(rig.redis)
    const { id, end } = await begun(both)
    await other.purging.pause(id, SAM)
    both.goOn()
    await end
    const { job } = await other.purging.get(id)
    expect(job.state).toBe('paused')
    const left = (await rig.redis.keys('session:*')).length
    expect(left).toBeGreaterThan(0)
    expect(job.progress.removed).toBe(KEYS - left)
    await worker.work()
    expect((await rig.redis.keys('session:*')).length, 'nothing goes on while it is paused').toBe(left)
    await other.purging.resume(id, SAM)
    await worker.work()
    expect((await other.purging.get(id)).job).toMatchObject({
      ...{ state: 'done', progress: { removed: KEYS }, verification: { remaining: 0 } },
    })
    await undone(other, id)
    expect(await contents(rig.redis)).toEqual(before)
  })

  test('cancelled by the other one in the middle: it ends where it is, and all comes back', async () => {
    const both = await pair()
    const { rig, other } = both
    const before = await contents(rig.redis)
    const { id, end } = await begun(both)
    await other.purging.cancel(id, SAM)
    both.goOn()
    await end
    const { job } = await other.purging.get(id)
    expect(job).toMatchObject({ state: 'cancelled', endedBy: SAM })
    expect((await rig.redis.keys('session:*')).length).toBe(KEYS - job.progress.removed)
    await other.purging.undo(id, SAM)
    await other.work()
    expect(await contents(rig.redis)).toEqual(before)
  })

  test('both at work at once, and confirmed on both: one works, it is done once', async () => {
    const both = await pair()
    const { rig, worker, other } = both
    const plan = await planned(worker, 'sessions')
    both.goOn()
    const answers = await Promise.allSettled([confirmed(worker, plan), confirmed(other, plan)])
    expect(answers.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
    await Promise.all([worker.work(), other.work(), worker.work(), other.work()])
    await Promise.all([worker.work(), other.work()])
    const { job } = await other.purging.get(plan.id)
    expect(job).toMatchObject({ state: 'done', progress: { removed: KEYS, gone: 0 }, fence: 1 })
    expect(await rig.redis.keys('*')).toEqual(['config:a'])
  })

  test('the one that works loses the database, its lease runs out, and the other one takes over: nobody does it twice', async () => {
    const wires: Awaited<ReturnType<typeof createWire>>[] = []
    const both = await pair(async (url) => {
      const wire = await createWire(url)
      wires.push(wire)
      return wire.url
    })
    const { rig, worker, other } = both
    const before = await contents(rig.redis)
    const { id, end } = await begun(both)
    for (const wire of wires) wire.cut()
    await other.work()
    expect((await other.purging.get(id)).job.fence, 'the lease still holds').toBe(1)
    // A renewal that was on its way when the wire was cut may still arrive.
    await eventually(async () => {
      await both.expireLease()
      await other.work()
      expect((await other.purging.get(id)).job.fence).toBe(2)
    })
    const taken = (await other.purging.get(id)).job
    expect(taken).toMatchObject({ state: 'done', fence: 2, verification: { remaining: 0 } })
    expect(taken.progress.removed + taken.progress.gone).toBe(KEYS)
    for (const wire of wires) wire.mend()
    both.goOn()
    await end
    await worker.work()
    const { job } = await other.purging.get(id)
    expect(job, 'whoever lost it has changed nothing').toEqual(taken)
    await undone(other, id)
    expect(await contents(rig.redis)).toEqual(before)
    for (const wire of wires) await wire.close()
  })

  test('the database dies and comes back while it works: it is taken up again and ends', async () => {
    const both = await pair()
    const { rig, worker } = both
    const { id, end } = await begun(both)
    await postgres.kill()
    both.goOn()
    await end
    await postgres.restart()
    await eventually(async () => {
      await worker.work()
      expect((await worker.purging.get(id)).job.state).toBe('done')
    }, 60_000)
    expect((await worker.purging.get(id)).job.verification).toMatchObject({ remaining: 0 })
    expect(await rig.redis.keys('*')).toEqual(['config:a'])
    await undone(worker, id)
  })
})
