/** Servers that are too old: for Mayday, or for an archive that a newer one made. */
import { expect, test } from 'vitest'
import type { KeyTarget } from '../../src/ports/keys.js'
import { contents, createRig, planned, SAM, seedSessions } from './rig.js'

test('an archive that the server cannot read is refused before anything is put back, and can be undone later', async () => {
  let isOlder = false
  const rig = await createRig({
    wrapTarget: (target: KeyTarget): KeyTarget => ({
      ...target,
      understands: async (frames) => (isOlder ? false : target.understands(frames)),
      inspect: async () => ({ ...(await target.inspect()), ...(isOlder ? { version: 'Redis 6.2.16' } : {}) }),
    }),
  })
  await seedSessions(rig.redis, 500)
  const before = await contents(rig.redis)
  const { id, job } = await rig.purge('sessions')
  expect(job.state).toBe('done')
  isOlder = true
  await expect(rig.purging.undo(id, SAM)).rejects.toMatchObject({
    code: 'TARGET_REFUSED',
    message: expect.stringMatching(
      /^Nothing was put back: the archive was made on (Redis|Valkey) \d.*, in a form that Redis 6\.2\.16, which is there now, cannot read/,
    ),
  })
  expect((await rig.purging.get(id)).job.undo).toBeUndefined()
  isOlder = false
  await rig.purging.undo(id, SAM)
  // The server was exchanged after it was asked for.
  isOlder = true
  await rig.work()
  const stopped = (await rig.purging.get(id)).job.undo
  expect(stopped).toMatchObject({ state: 'stopped', restored: 0, occupied: 0, failed: 0 })
  expect(stopped?.reason).toMatch(/Nothing was put back/)
  expect(Object.keys(await contents(rig.redis)).filter((key) => key.startsWith('session:'))).toEqual([])
  isOlder = false
  await rig.purging.resume(id, SAM)
  await rig.work()
  expect((await rig.purging.get(id)).job.undo).toMatchObject({ state: 'done', restored: 500 })
  expect(await contents(rig.redis)).toEqual(before)
})

test('a server older than Redis 6.2 is named, and refused before it is asked anything that it does not know', async () => {
  const rig = await createRig({
    wrapTarget: (target: KeyTarget): KeyTarget => ({
      ...target,
      inspect: async () => ({ ...(await target.inspect()), version: 'Redis 5.0.14', commandsOf: '5.0.14' }),
    }),
  })
  await seedSessions(rig.redis, 10)
  const refusal = {
    code: 'TARGET_REFUSED',
    message: expect.stringMatching(/this server is Redis 5\.0\.14, and Mayday needs Redis 6\.2 or newer, or Valkey/),
  }
  await expect(planned(rig, 'sessions')).rejects.toMatchObject(refusal)
  await expect(rig.purging.count('sessions', { mode: 'all', archive: true })).rejects.toMatchObject(refusal)
})
