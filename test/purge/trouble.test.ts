/** What goes wrong at night, each with a clear word, nothing lost, and a way on. */
import { open } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { createArchives } from '../../src/adapters/archive/archives.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget } from '../../src/ports/keys.js'
import { startRedis } from '../support/redis.js'
import { confirmed, contents, createRig, planned, SAM, seedSessions } from './rig.js'
import { SESSIONS } from './values.js'

test('the disk is full: it stops with the reason, removes nothing that is not archived, and goes on when there is room', async () => {
  let room = 20_000
  const rig = await createRig({
    wrapArchives: (_whole, dir) =>
      createArchives({
        dir,
        openFile: async (name, flags) => {
          const file = await open(name, flags)
          const write = file.write.bind(file)
          const limited = async (bytes: Buffer, offset: number, length: number, position: number) => {
            room -= length
            if (room < 0) throw Object.assign(new TypeError('no space'), { code: 'ENOSPC' })
            return write(bytes, offset, length, position)
          }
          return name.endsWith('.arc') ? Object.assign(file, { write: limited as unknown as typeof file.write }) : file
        },
      }),
  })
  await seedSessions(rig.redis, 20_000)
  const before = await contents(rig.redis)
  const { id, job } = await rig.purge('sessions')
  expect(job).toMatchObject({ state: 'stopped', reason: expect.stringMatching(/disk is full.*Make room/s) })
  const left = await rig.redis.dbsize()
  const { batches } = await rig.archives.index(job.plan.folder)
  expect(left).toBe(20_000 - batches.reduce((sum, one) => sum + one.entries, 0))
  room = Number.POSITIVE_INFINITY
  await rig.purging.resume(id, SAM)
  await rig.work()
  expect((await rig.purging.get(id)).job).toMatchObject({ state: 'done', progress: { removed: 20_000 } })
  await rig.purging.undo(id, SAM)
  await rig.work()
  expect(await contents(rig.redis)).toEqual(before)
})

test('Redis is away for a while: it waits, says so, and goes on', async () => {
  let away = async (): Promise<void> => {}
  let removed = 0
  const rig = await createRig()
  const replica = await rig.replica({
    otherTargets: () => createTargets(rig.server.url, [SESSIONS], { connectMs: 1_000, replyMs: 1_000 }),
    wrapTarget: (target) => ({
      ...target,
      remove: async (frames, quantumMs) => {
        const removal = await target.remove(frames, quantumMs)
        removed += removal.removed
        if (removed > 1_000) {
          removed = Number.NEGATIVE_INFINITY
          await away()
        }
        return removal
      },
    }),
  })
  await seedSessions(rig.redis, 9_000)
  const purge = await confirmed(replica, await planned(replica, 'sessions'))
  const heard: string[] = []
  away = async () => {
    rig.server.pause()
    const look = async (): Promise<void> => {
      const { waiting } = (await rig.purging.get(purge.id)).job.progress
      if (waiting === undefined) return
      heard.push(waiting)
      clearInterval(timer)
      rig.server.resume()
    }
    const timer = setInterval(() => void look(), 50)
  }
  await replica.work()
  expect(heard.join()).toMatch(/did not answer|does not answer|no answer/i)
  const { job } = await rig.purging.get(purge.id)
  expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
  expect(job.progress.waiting).toBeUndefined()
  expect(job.progress.removed).toBe(9_000)
})

test('a user who may not run scripts: the same purge, and the plan says what is not guarded', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 3_000)
  await rig.redis.set('config:a', '1')
  const before = await contents(rig.redis)
  await rig.redis.call('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '+@all', '-@scripting')
  const url = rig.server.url.replace('redis://', 'redis://limited:pw@')
  const limited = await rig.replica({ otherTargets: () => createTargets(url, [SESSIONS]) })
  const purge = await planned(limited, 'sessions')
  expect(purge.job.objections).toEqual([expect.objectContaining({ guard: 'no_scripting', level: 'warn' })])
  await confirmed(limited, purge)
  await limited.work()
  expect((await limited.purging.get(purge.id)).job).toMatchObject({ state: 'done', progress: { removed: 3_000 } })
  expect(await rig.redis.keys('*')).toEqual(['config:a'])
  await limited.purging.undo(purge.id, SAM)
  await limited.work()
  expect(await contents(rig.redis)).toEqual(before)
})

test('a user who may not even remove, and a read-only replica, are refused before anything is done', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 100)
  await rig.redis.call('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@all', '-unlink', '-restore')
  const reader = await rig.replica({
    otherTargets: () => createTargets(rig.server.url.replace('redis://', 'redis://reader:pw@'), [SESSIONS]),
  })
  const purge = await planned(reader, 'sessions')
  expect(purge.job.objections[0]).toMatchObject({ guard: 'missing_commands', level: 'refuse' })
  await expect(confirmed(reader, purge)).rejects.toMatchObject({
    code: 'PURGE_REFUSED',
    message: expect.stringMatching(/may not call .*UNLINK.*ACL SETUSER/),
  })
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(rig.server.port)] })
  try {
    const other = await rig.replica({ otherTargets: () => createTargets(replica.url, [SESSIONS]) })
    const plan = await planned(other, 'sessions')
    expect(plan.job.objections[0]).toMatchObject({ guard: 'replica_server', level: 'refuse' })
    await expect(confirmed(other, plan)).rejects.toMatchObject({ message: expect.stringMatching(/read-only replica/) })
  } finally {
    await replica.stop()
  }
  expect(await rig.redis.dbsize()).toBe(100)
})

test('nobody is there: the host is gone, the password is wrong', async () => {
  const rig = await createRig({ password: 'right' })
  const wrong = await rig.replica({
    otherTargets: () => createTargets(rig.server.url.replace('redis://', 'redis://:wrong@'), [SESSIONS]),
  })
  await expect(planned(wrong, 'sessions')).rejects.toMatchObject({
    code: 'TARGET_REFUSED',
    message: expect.not.stringMatching(/wrong@/),
  })
  const gone = await rig.replica({ otherTargets: () => createTargets('redis://127.0.0.1:1', [SESSIONS]) })
  await expect(planned(gone, 'sessions')).rejects.toMatchObject({ code: 'TARGET_UNAVAILABLE', retry: true })
})

test('an undo into a full Redis stops with the reason, and goes on when there is room', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 9_000)
  const { id } = await rig.purge('sessions')
  const used = Number(/used_memory:(\d+)/.exec(await rig.redis.info('memory'))?.[1])
  await rig.redis.config('SET', 'maxmemory', String(used + 200_000))
  await rig.purging.undo(id, SAM)
  await rig.work()
  const { job } = await rig.purging.get(id)
  expect(job.undo).toMatchObject({ state: 'stopped', reason: expect.stringMatching(/maxmemory|memory/i) })
  await rig.redis.config('SET', 'maxmemory', '0')
  await rig.purging.resume(id, SAM)
  await rig.work()
  expect((await rig.purging.get(id)).job.undo).toMatchObject({ state: 'done', failed: 0 })
  expect(await rig.redis.dbsize()).toBe(9_000)
})

test('a server that cannot hold the budget: it stops with the reason, and can be resumed', async () => {
  let ping = 0.1
  let forward = (): void => {}
  const rig = await createRig({
    wrapTarget: (target: KeyTarget): KeyTarget => ({
      ...target,
      ping: async () => {
        // Each measurement is ten seconds after the last one.
        if (ping > 1) forward()
        return ping
      },
      remove: async (...args) => {
        const removal = await target.remove(...args)
        ping = 40
        return removal
      },
    }),
  })
  forward = () => rig.clock.forward('10s')
  await seedSessions(rig.redis, 50_000)
  const purge = await confirmed(rig, await planned(rig, 'sessions'))
  await rig.work()
  const { job } = await rig.purging.get(purge.id)
  expect(job).toMatchObject({ state: 'stopped', reason: expect.stringMatching(/budget of 1 ms cannot be held/) })
  expect(job.progress.removed).toBe(50_000 - (await rig.redis.dbsize()))
})

test('a value that grew over 64 MB after the plan stops the purge before it is removed, and by hand it goes on', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 2_000)
  const plan = await planned(rig, 'sessions')
  await rig.redis.setrange('session:777', 70 << 20, 'x')
  await confirmed(rig, plan)
  await rig.work()
  const { job } = await rig.purging.get(plan.id)
  expect(job).toMatchObject({
    state: 'stopped',
    reason: expect.stringMatching(/^session:777 grew to over 64 MB after/),
  })
  expect(await rig.redis.exists('session:777')).toBe(1)
  const { batches } = await rig.archives.index(job.plan.folder)
  const archived = batches.reduce((sum, one) => sum + one.entries, 0)
  expect(await rig.redis.dbsize(), 'all that is not archived is there').toBeGreaterThanOrEqual(2_000 - archived)
  // Asked to go on as it is, it stops again.
  await rig.purging.resume(plan.id, SAM)
  await rig.work()
  expect((await rig.purging.get(plan.id)).job.state).toBe('stopped')
  await rig.redis.unlink('session:777')
  await rig.purging.resume(plan.id, SAM)
  await rig.work()
  const over = (await rig.purging.get(plan.id)).job
  expect(over).toMatchObject({ state: 'done', progress: { removed: 1_999 }, verification: { remaining: 0 } })
  expect(await rig.redis.dbsize()).toBe(0)
})

test('such a value stops it in the very first slice too, before the server knows the script', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 3)
  const plan = await planned(rig, 'sessions')
  await rig.redis.setrange('session:1', 70 << 20, 'x')
  await confirmed(rig, plan)
  await rig.work()
  expect((await rig.purging.get(plan.id)).job).toMatchObject({ state: 'stopped' })
  expect(await rig.redis.exists('session:1')).toBe(1)
})

test('without an archive nobody has to read it: it goes with the others', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 500)
  const plan = await planned(rig, 'sessions', { archive: false })
  await rig.redis.setrange('session:77', 70 << 20, 'x')
  await confirmed(rig, plan)
  await rig.work()
  expect((await rig.purging.get(plan.id)).job).toMatchObject({ state: 'done', progress: { removed: 500 } })
})
