/** A purge from its plan to its undo, on a real Redis. */
import { describe, expect, test } from 'vitest'
import type { KeyTarget } from '../../src/ports/keys.js'
import { ALEX, confirmed, contents, createRig, planned, type Rig, SAM, seedSessions } from './rig.js'

/**
 * Does something once, after so many entries are gone: a person who presses, a writer, a crash. Where the worker is to see
 * what people want while there is something left, it looks before every slice: `saveEveryMs: 0`.
 */
function afterRemoving(count: number, act: () => Promise<void>): (target: KeyTarget) => KeyTarget {
  let removed = 0
  let isDone = false
  return (target) => ({
    ...target,
    remove: async (frames, quantumMs) => {
      const removal = await target.remove(frames, quantumMs)
      removed += removal.removed
      if (removed >= count && !isDone) {
        isDone = true
        await act()
      }
      return removal
    },
  })
}

test('removes exactly what was planned, archives it first, and puts it back byte for byte', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 3_000)
  await rig.redis.mset('config:a', '1', 'sessions', '2', 'Session:1', '3', 'session', '4')
  await rig.redis.set('session:short', 'x', 'EX', 86_400)
  await rig.redis.hset('session:hash', { a: '1', b: '\u0000\u00ff' })
  const before = await contents(rig.redis)
  const { id, job } = await rig.purge('sessions')
  expect(job).toMatchObject({ state: 'done', progress: { removed: 3_002 }, verification: { remaining: 0, back: 0 } })
  expect((await rig.redis.keys('*')).sort()).toEqual(['Session:1', 'config:a', 'session', 'sessions'])
  await rig.purging.undo(id, SAM)
  await rig.work()
  expect((await rig.purging.get(id)).job.undo).toMatchObject({ state: 'done', restored: 3_002, occupied: 0, failed: 0 })
  expect(await contents(rig.redis)).toEqual(before)
  expect(await rig.redis.ttl('session:short')).toBeGreaterThan(86_000)
})

test('no key is removed before its archive is on the disk', async () => {
  const seen: boolean[] = []
  let isOnDisk = async (_frames: Buffer): Promise<boolean> => false
  const rig = await createRig({
    wrapTarget: (target) => ({
      ...target,
      remove: async (frames, quantumMs) => {
        seen.push(await isOnDisk(frames))
        return target.remove(frames, quantumMs)
      },
    }),
  })
  await seedSessions(rig.redis, 9_000)
  const purge = await confirmed(rig, await planned(rig, 'sessions'))
  isOnDisk = async (frames) => {
    const { batches } = await rig.archives.index(purge.job.plan.folder)
    const bodies = await Promise.all(batches.map((batch) => rig.archives.load(purge.job.plan.folder, batch)))
    return bodies.some((body) => body.includes(frames))
  }
  await rig.work()
  expect(await rig.redis.dbsize()).toBe(0)
  expect(seen.length).toBeGreaterThan(5)
  expect(seen.every(Boolean)).toBe(true)
})

test('without an archive it removes the same, and cannot be undone', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 2_000)
  await rig.redis.set('config:a', '1')
  const { id, job } = await rig.purge('sessions', { archive: false })
  expect(job).toMatchObject({ state: 'done', progress: { removed: 2_000, archiveBytes: 0 } })
  expect(await rig.redis.keys('*')).toEqual(['config:a'])
  await expect(rig.purging.undo(id, SAM)).rejects.toMatchObject({ message: expect.stringContaining('kept no archive') })
})

test('keys born after the plan survive, also while it runs, and under a name that was removed', async () => {
  let rig: Rig | undefined
  const wrapTarget = afterRemoving(1_000, async () => {
    await rig?.redis.mset('session:born-during', 'a', 'session:0', 'written anew')
    await rig?.redis.del('session:1')
    await rig?.redis.set('session:1', 'written anew')
  })
  rig = await createRig({ wrapTarget })
  await seedSessions(rig.redis, 9_000)
  const purge = await planned(rig, 'sessions')
  await rig.redis.set('session:born-after', 'b')
  await confirmed(rig, purge)
  await rig.work()
  const { job } = await rig.purging.get(purge.id)
  expect(job.state).toBe('done')
  const left = (await rig.redis.keys('session:*')).sort()
  expect(left).toEqual(expect.arrayContaining(['session:born-after', 'session:born-during']))
  // Removed names that live again are told, and are the only others.
  expect(left.length - 2).toBe(job.verification?.back)
})

test('a value that changes between archive and removal is not lost: its new value is archived before it goes', async () => {
  let isFirst = true
  let rig: Rig | undefined
  const wrapTarget = (target: KeyTarget): KeyTarget => ({
    ...target,
    remove: async (frames, quantumMs) => {
      if (isFirst) {
        isFirst = false
        await rig?.redis.set('session:3', 'the last word')
      }
      return target.remove(frames, quantumMs)
    },
  })
  rig = await createRig({ wrapTarget })
  await seedSessions(rig.redis, 20)
  const { id, job } = await rig.purge('sessions')
  expect(job).toMatchObject({ state: 'done', progress: { removed: 20, passes: 2 }, verification: { remaining: 0 } })
  await rig.purging.undo(id, SAM)
  await rig.work()
  expect(await rig.redis.get('session:3')).toBe('the last word')
  expect(await rig.redis.dbsize()).toBe(20)
})

describe('people steer it', () => {
  test('pause from one replica, resume from another, and nothing is done twice or forgotten', async () => {
    let press = async (): Promise<void> => {}
    const rig = await createRig({ saveEveryMs: 0, wrapTarget: afterRemoving(4_000, () => press()) })
    await seedSessions(rig.redis, 20_000)
    const other = await rig.replica()
    const purge = await confirmed(rig, await planned(rig, 'sessions'))
    press = async () => {
      await other.purging.pause(purge.id, ALEX)
    }
    await rig.work()
    const paused = (await other.purging.get(purge.id)).job
    expect(paused.state).toBe('paused')
    const left = await rig.redis.dbsize()
    expect(left).toBeGreaterThan(0)
    expect(paused.progress.removed).toBe(20_000 - left)
    await other.work()
    expect(await rig.redis.dbsize()).toBe(left)
    await other.purging.resume(purge.id, ALEX)
    await other.work()
    expect((await rig.purging.get(purge.id)).job).toMatchObject({ state: 'done', progress: { removed: 20_000 } })
    expect(await rig.redis.dbsize()).toBe(0)
  })

  test('cancel ends it where it is; what went is in the archive, and the next plan may begin', async () => {
    let cancel = async (): Promise<void> => {}
    const rig = await createRig({ saveEveryMs: 0, wrapTarget: afterRemoving(4_000, () => cancel()) })
    await seedSessions(rig.redis, 20_000)
    const before = await contents(rig.redis)
    const purge = await confirmed(rig, await planned(rig, 'sessions'))
    cancel = async () => {
      await rig.purging.cancel(purge.id, ALEX)
    }
    await rig.work()
    const { job } = await rig.purging.get(purge.id)
    expect(job).toMatchObject({ state: 'cancelled', endedBy: ALEX })
    expect(job.progress.removed).toBe(20_000 - (await rig.redis.dbsize()))
    await expect(rig.purging.pause(purge.id, SAM)).rejects.toMatchObject({ code: 'PURGE_REFUSED' })
    await rig.purging.undo(purge.id, SAM)
    await rig.work()
    expect(await contents(rig.redis)).toEqual(before)
    expect((await rig.purge('sessions')).job.state).toBe('done')
  })

  test('undo leaves alone what lives there again, and says how many', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, 100)
    const { id } = await rig.purge('sessions')
    await rig.redis.mset('session:5', 'new', 'session:6', 'new')
    await rig.purging.undo(id, SAM)
    await expect(rig.purging.undo(id, SAM)).rejects.toMatchObject({
      message: expect.stringContaining('being undone already'),
    })
    await rig.work()
    expect((await rig.purging.get(id)).job.undo).toMatchObject({ state: 'done', restored: 98, occupied: 2, failed: 0 })
    expect(await rig.redis.get('session:5')).toBe('new')
    await expect(rig.purging.undo(id, SAM)).rejects.toMatchObject({
      message: expect.stringContaining('undone already'),
    })
  })

  test('the history tells who planned, who confirmed, and what became of it', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, 10)
    const first = await rig.purge('sessions')
    await seedSessions(rig.redis, 10)
    const second = await planned(rig, 'sessions')
    const history = await rig.purging.history(10)
    expect(history.map(({ id, job }) => [id, job.state])).toEqual([
      [second.id, 'planned'],
      [first.id, 'done'],
    ])
    expect(history[1]?.job).toMatchObject({ plannedBy: SAM, approvals: [{ by: SAM }], plan: { count: 10 } })
  })
})

describe('on other machines', () => {
  test('only the machine with the plan and the archive works on it; others can steer it', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, 100)
    const away = await rig.replica({ dir: `${rig.dir}/elsewhere` })
    const purge = await confirmed(away, await planned(rig, 'sessions'))
    await away.work()
    expect(await rig.redis.dbsize()).toBe(100)
    await rig.work()
    expect((await away.purging.get(purge.id)).job.state).toBe('done')
  })

  test('two copies on one machine never work on one target at once', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, 10_000)
    const twin = await rig.replica()
    const purge = await confirmed(rig, await planned(rig, 'sessions'))
    await Promise.all([rig.work(), twin.work(), twin.work()])
    const { job } = await rig.purging.get(purge.id)
    expect(job).toMatchObject({ state: 'done', fence: 1, progress: { removed: 10_000, gone: 0 } })
  })
})
