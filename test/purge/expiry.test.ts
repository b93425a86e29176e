/** Time to live: what has some left gets it back, and nothing that would have ended is made to last. */
import { expect, test } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget } from '../../src/ports/keys.js'
import { confirmed, createRig, planned, type Replica, type Rig, SAM } from './rig.js'
import { SESSIONS } from './values.js'

const MINUTE = 60_000

async function undone({ purging, work }: Replica, id: number) {
  await purging.undo(id, SAM)
  await work()
  return (await purging.get(id)).job.undo
}

/** The engine with scripts and without; `before` runs once, between archive and removal. */
async function engines(rig: Rig, before: () => Promise<void> = async () => undefined): Promise<readonly Replica[]> {
  await rig.redis.call('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '+@all', '-@scripting')
  const limited = rig.server.url.replace('redis://', 'redis://limited:pw@')
  const wrapTarget = (target: KeyTarget): KeyTarget => {
    let isFirst = true
    return {
      ...target,
      remove: async (...args) => {
        if (isFirst) await before()
        isFirst = false
        return target.remove(...args)
      },
    }
  }
  return [
    await rig.replica({ wrapTarget }),
    await rig.replica({ wrapTarget, otherTargets: () => createTargets(limited, [SESSIONS]) }),
  ]
}

test('a key comes back with the time that it had left when it was archived', async () => {
  const rig = await createRig()
  for (const engine of await engines(rig)) {
    await rig.redis.set('session:stays', 'x')
    await rig.redis.set('session:ends', 'x', 'PX', 30 * MINUTE)
    const { id } = await confirmed(engine, await planned(engine, 'sessions'))
    const atMost = await rig.redis.pttl('session:ends')
    await engine.work()
    expect(await rig.redis.exists('session:ends', 'session:stays')).toBe(0)
    expect(await undone(engine, id)).toMatchObject({ restored: 2, failed: 0 })
    expect(await rig.redis.pttl('session:stays')).toBe(-1)
    const left = await rig.redis.pttl('session:ends')
    expect(left).toBeLessThanOrEqual(atMost)
    expect(left).toBeGreaterThan(atMost - 5 * MINUTE)
    await rig.redis.flushall()
  }
})

test('a key that expires between archive and removal was not removed, and does not come back for good', async () => {
  const rig = await createRig()
  const expire = async (): Promise<void> => {
    await rig.redis.pexpire('session:ends', 1)
    await expect.poll(() => rig.redis.exists('session:ends')).toBe(0)
  }
  for (const engine of await engines(rig, expire)) {
    await rig.redis.set('session:stays', 'x')
    await rig.redis.set('session:ends', 'x', 'PX', MINUTE)
    const { id } = await confirmed(engine, await planned(engine, 'sessions'))
    await engine.work()
    const { job } = await engine.purging.get(id)
    expect(job).toMatchObject({ state: 'done', progress: { removed: 1, gone: 1 }, verification: { remaining: 0 } })
    await undone(engine, id)
    const left = await rig.redis.pttl('session:ends')
    expect(left, 'it lasts no longer than it would have').toBeLessThanOrEqual(MINUTE)
    expect(left, 'and not for ever').not.toBe(-1)
    await rig.redis.flushall()
  }
})

test('what had no whole millisecond left ends at once instead of never', async () => {
  const rig = await createRig()
  await rig.redis.set('session:1', 'x')
  const reading = createTargets(rig.server.url, [SESSIONS])
  const read = await reading.target('sessions')?.slice({ mode: 'all' }, undefined, 1, 'entries')
  await reading.close()
  const frame = (ttl: bigint): Buffer => {
    const bytes = Buffer.from(read?.frames ?? '')
    bytes.writeBigInt64LE(ttl, 4)
    return bytes
  }
  await rig.redis.call('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '+@all', '-@scripting')
  for (const url of [rig.server.url, rig.server.url.replace('redis://', 'redis://limited:pw@')]) {
    // PTTL says 0 in the last millisecond, and -2 when it expired between DUMP and PTTL.
    for (const ttl of [0n, -2n]) {
      await rig.redis.del('session:1')
      const targets = createTargets(url, [SESSIONS])
      const done = await targets.target('sessions')?.restore(frame(ttl), 1)
      await targets.close()
      expect(done).toMatchObject({ restored: 1 })
      await expect.poll(() => rig.redis.exists('session:1')).toBe(0)
    }
  }
})

test('a value that is written with a shorter time to live between archive and removal goes in its new form', async () => {
  const rig = await createRig()
  const rewrite = async (): Promise<void> => void (await rig.redis.set('session:1', 'news', 'PX', MINUTE))
  for (const engine of await engines(rig, rewrite)) {
    await rig.redis.set('session:1', 'old')
    const { id } = await confirmed(engine, await planned(engine, 'sessions'))
    await engine.work()
    expect((await engine.purging.get(id)).job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
    expect(await rig.redis.exists('session:1')).toBe(0)
    await undone(engine, id)
    expect(await rig.redis.get('session:1')).toBe('news')
    expect(await rig.redis.pttl('session:1')).toBeGreaterThan(0)
    await rig.redis.flushall()
  }
})
