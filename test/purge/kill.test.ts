/** kill -9, for real: of Mayday at every step that leaves a trace, and of Redis, which comes back with what its log kept. */
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { archivedHoldings, everyKeyIsAccountedFor, type Holdings, holdings, startToKill } from './kill.js'
import type { KillCut, KillOrder } from './kill-child.js'
import { confirmed, contents, createRig, planned, type Replica, type Rig, SAM } from './rig.js'

const KEYS = 900

/** Values that no archive makes small, so that these have several batches; some of them expire some day. */
async function seedLarge(redis: Redis): Promise<void> {
  const pipeline = redis.pipeline()
  for (let i = 0; i < KEYS; i++) {
    const value = randomBytes(2_000)
    if (i % 3 === 0) pipeline.set(`session:${i}`, value, 'PX', 10_000_000)
    else pipeline.set(`session:${i}`, value)
  }
  pipeline.set('config:a', '1').set('sessions:look-alike', '1')
  await pipeline.exec()
}

interface Scene {
  readonly rig: Rig
  readonly before: Readonly<Record<string, string>>
  readonly held: Holdings
}

async function open(args: readonly string[] = []): Promise<Scene> {
  const rig = await createRig({ args })
  await seedLarge(rig.redis)
  return { rig, before: await contents(rig.redis), held: await holdings(rig.redis, 'session:*') }
}

const orderAt = ({ rig }: Scene, order: Pick<KillOrder, 'act'> & Partial<KillOrder>): KillOrder => ({
  ...{ url: rig.server.url, dir: rig.dir, target: 'sessions' },
  ...order,
})

async function folderOf({ purging }: Replica): Promise<string | undefined> {
  return (await purging.history(1))[0]?.job.plan.folder
}

async function account({ rig, held }: Scene, replica: Replica = rig): Promise<void> {
  const folder = await folderOf(replica)
  const at = { redis: rig.redis, pattern: 'session:*', archives: replica.archives }
  await everyKeyIsAccountedFor(held, folder === undefined ? at : { ...at, folder })
}

/** Whoever starts next carries it to its end; what was not even confirmed is purged anew. */
async function carryOn(scene: Scene): Promise<{ readonly replica: Replica; readonly id: number }> {
  const replica = await scene.rig.replica()
  await replica.work()
  const [latest] = await replica.purging.history(1)
  if (latest?.job.state === 'done') return { replica, id: latest.id }
  expect(['planned', undefined]).toContain(latest?.job.state)
  expect(await contents(scene.rig.redis)).toEqual(scene.before)
  const { id } = await confirmed(replica, await planned(replica, 'sessions'))
  await replica.work()
  return { replica, id }
}

async function isDoneAndBack(scene: Scene, { replica, id }: { replica: Replica; id: number }): Promise<void> {
  const { job } = await replica.purging.get(id)
  expect(job).toMatchObject({ state: 'done', verification: { remaining: 0, back: 0, damage: [] } })
  expect(job.progress.removed + job.progress.gone).toBe(KEYS)
  expect((await scene.rig.redis.keys('*')).sort()).toEqual(['config:a', 'sessions:look-alike'])
  await account(scene, replica)
  await replica.purging.undo(id, SAM)
  await replica.work()
  expect((await replica.purging.get(id)).job.undo).toMatchObject({ state: 'done', restored: KEYS, failed: 0 })
  expect(await contents(scene.rig.redis)).toEqual(scene.before)
}

/** The first, one in the middle and the last time that each step was taken, on every side of it. */
function cutsOf(steps: readonly string[]): readonly KillCut[] {
  const names = [...new Set(steps)].filter((name) => !['ready', 'planned', 'confirmed'].includes(name))
  return names.flatMap((step) => {
    const times = steps.filter((one) => one === step).length
    const last = times > 1 ? ([{ step, nth: times, side: 'after' }] as const) : []
    const middle = Math.ceil(times / 2)
    const half = step.endsWith('write') ? ([{ step, nth: middle, side: 'half' }] as const) : []
    const first = [
      { step, nth: 1, side: 'before' },
      { step, nth: 1, side: 'after' },
    ] as const
    return [
      ...first,
      ...half,
      ...(middle > 1 && half.length === 0 ? [{ step, nth: middle, side: 'before' } as const] : []),
      ...last,
    ]
  })
}

/** Two at a time, each with a Redis and a disk of its own. */
async function eachCut(cuts: readonly KillCut[], work: (cut: KillCut) => Promise<void>): Promise<void> {
  const waiting = [...cuts]
  const lane = async (): Promise<void> => {
    for (let cut = waiting.shift(); cut !== undefined; cut = waiting.shift()) {
      await work(cut).catch((error: unknown) => {
        throw new Error(`killed ${cut?.side} ${cut?.step} number ${cut?.nth}`, { cause: error })
      })
    }
  }
  await Promise.all([lane(), lane()])
}

describe('Mayday is killed', () => {
  test('at every step of plan, confirmation, archive, removal and count: the next one ends it, and all comes back', async () => {
    const free = await open()
    const whole = startToKill(orderAt(free, { act: 'purge' }))
    expect(await whole.ended).toBe(0)
    await isDoneAndBack(free, { replica: await free.rig.replica(), id: 1 })
    await free.rig.end()
    const kinds = [
      'plan write',
      'plan sync',
      'store',
      'slice names',
      'slice entries',
      'archive write',
      'archive sync',
      'remove',
    ]
    expect([...new Set(whole.steps)]).toEqual(expect.arrayContaining(kinds))
    await eachCut(cutsOf(whole.steps), async (cut) => {
      const scene = await open()
      const doomed = startToKill(orderAt(scene, { act: 'purge', cut }))
      // How many slices a walk takes hangs on the pace: it may have been through before the last of them.
      expect(['SIGKILL', ...(cut.nth > 1 ? [0] : [])]).toContain(await doomed.ended)
      await account(scene)
      await isDoneAndBack(scene, await carryOn(scene))
      await scene.rig.end()
    })
  })

  test('at every step of the undo: what is back stays back, and the rest follows', async () => {
    const free = await open()
    await free.rig.purge('sessions')
    const whole = startToKill(orderAt(free, { act: 'undo', id: 1 }))
    expect(await whole.ended).toBe(0)
    expect(await contents(free.rig.redis)).toEqual(free.before)
    await free.rig.end()
    await eachCut(cutsOf(whole.steps), async (cut) => {
      const scene = await open()
      await scene.rig.purge('sessions')
      const doomed = startToKill(orderAt(scene, { act: 'undo', id: 1, cut }))
      expect(['SIGKILL', ...(cut.nth > 1 ? [0] : [])]).toContain(await doomed.ended)
      await account(scene)
      const replica = await scene.rig.replica()
      await replica.work()
      const { job } = await replica.purging.get(1)
      if (job.undo === undefined) await replica.purging.undo(1, SAM)
      await replica.work()
      expect((await replica.purging.get(1)).job.undo).toMatchObject({ state: 'done', failed: 0 })
      expect(await contents(scene.rig.redis)).toEqual(scene.before)
      await scene.rig.end()
    })
  })

  test('again and again at any moment, then let be', async () => {
    const scene = await open()
    const { id } = await confirmed(scene.rig, await planned(scene.rig, 'sessions'))
    let kills = 0
    for (let delay = 5; ; delay = (delay * 7) % 97) {
      const doomed = startToKill(orderAt(scene, { act: 'work' }))
      const timer = setInterval(() => {
        if (kills === 8 || !doomed.steps.includes('ready')) return
        clearInterval(timer)
        setTimeout(doomed.kill, delay + 10 * kills)
      }, 1)
      const ended = await doomed.ended
      clearInterval(timer)
      await account(scene)
      if (ended === 0) break
      kills += 1
    }
    expect(kills).toBeGreaterThan(0)
    await isDoneAndBack(scene, { replica: await scene.rig.replica(), id })
  })
})

/** Runs `once` when about so many were removed. */
async function during(rig: Rig, removed: number, once: () => Promise<void>): Promise<Replica> {
  let left = removed
  return rig.replica({
    wrapTarget: (target) => ({
      ...target,
      remove: async (...args) => {
        const removal = await target.remove(...args)
        left -= removal.removed
        if (left <= 0) {
          left = Number.POSITIVE_INFINITY
          await once()
        }
        return removal
      },
      restore: async (...args) => {
        const restoration = await target.restore(...args)
        left -= restoration.restored
        if (left <= 0) {
          left = Number.POSITIVE_INFINITY
          await once()
        }
        return restoration
      },
    }),
  })
}

/** kill -9, and a start that reads what its log kept. */
async function dieAndComeBack(rig: Rig): Promise<void> {
  await rig.server.kill()
  await rig.server.restart()
}

describe('Redis is killed', () => {
  test.each(['always', 'everysec'])(
    'with its log synced %s, while it is purged and while it is undone',
    async (sync) => {
      const scene = await open(['--appendonly', 'yes', '--appendfsync', sync])
      const { rig } = scene
      const purging = await during(rig, 300, () => dieAndComeBack(rig))
      const { id } = await confirmed(purging, await planned(purging, 'sessions'))
      await purging.work()
      await account(scene, purging)
      const undoing = await during(rig, 300, () => dieAndComeBack(rig))
      const { job } = await undoing.purging.get(id)
      expect(job).toMatchObject({ state: 'done', verification: { remaining: 0, back: 0 } })
      expect(job.progress.removed + job.progress.gone).toBe(KEYS)
      await undoing.purging.undo(id, SAM)
      await undoing.work()
      expect((await undoing.purging.get(id)).job.undo).toMatchObject({ state: 'done', failed: 0 })
      expect(await contents(rig.redis)).toEqual(scene.before)
    },
  )

  test('and comes back as it was before the purge: what came to life again is told and left alone', async () => {
    const scene = await open()
    const { rig } = scene
    await rig.redis.save()
    const purging = await during(rig, 300, () => dieAndComeBack(rig))
    const { id } = await confirmed(purging, await planned(purging, 'sessions'))
    await purging.work()
    const { job } = await purging.purging.get(id)
    const back = await rig.redis.keys('session:*')
    expect(back.length).toBeGreaterThan(0)
    expect(job).toMatchObject({ state: 'done', verification: { remaining: 0, back: back.length } })
    await account(scene, purging)
    await purging.purging.undo(id, SAM)
    await purging.work()
    expect(await contents(rig.redis)).toEqual(scene.before)
  })

  test('and comes back without what an undo had put back already: that is put back once more', async () => {
    const scene = await open()
    const { rig } = scene
    const purging = await rig.replica()
    const { id } = await confirmed(purging, await planned(purging, 'sessions'))
    await purging.work()
    await rig.redis.save()
    const undoing = await during(rig, 300, () => dieAndComeBack(rig))
    await undoing.purging.undo(id, SAM)
    await undoing.work()
    expect((await undoing.purging.get(id)).job.undo).toMatchObject({ state: 'done', restored: KEYS, failed: 0 })
    expect(await contents(rig.redis)).toEqual(scene.before)
  })

  test('and Mayday with it: the next of both ends it', async () => {
    const scene = await open(['--appendonly', 'yes', '--appendfsync', 'always'])
    const { rig } = scene
    const doomed = startToKill(orderAt(scene, { act: 'purge', cut: { step: 'remove', nth: 2, side: 'after' } }))
    expect(await doomed.ended).toBe('SIGKILL')
    await dieAndComeBack(rig)
    await account(scene)
    expect((await archivedHoldings(rig.archives, (await folderOf(rig)) ?? '')).size).toBeGreaterThan(0)
    await isDoneAndBack(scene, await carryOn(scene))
  })
})
