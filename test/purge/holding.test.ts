/** Whoever keeps several holds: one target's trouble is not another's. */
import { expect, onTestFinished, test } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import { createLog, createNewId } from '../../src/adapters/system.js'
import type { DeliveryHold } from '../../src/ports/keys.js'
import { hold } from '../../src/purge/holding.js'
import { createHoldKeeper } from '../../src/purge/keeping.js'
import { createRig, SAM } from './rig.js'
import { PUSH } from './values.js'

const BROKEN: DeliveryHold = {
  isHeld: async () => true,
  hold: async () => ({ held: 0 }),
  keep: async () => Promise.reject(new RangeError('out of reach')),
  release: async () => ({ released: 0, arrivedMeanwhile: 0 }),
  close: async () => undefined,
}

test('with one Redis out of reach, what arrives at the other is still taken aside', async () => {
  const rig = await createRig()
  const targets = createTargets(rig.server.url, [PUSH])
  onTestFinished(() => targets.close())
  const deps = {
    ...{ store: rig.store, clock: rig.clock, owner: rig.owner, changed: () => undefined },
    ...{ log: createLog({ level: 'silent', pretty: false, secrets: [] }), newId: createNewId(rig.clock) },
    settings: [{ ...PUSH, name: 'away' }, PUSH],
    targets: {
      ...targets,
      target: (name: string) => targets.target(name === 'away' ? PUSH.name : name),
      hold: (name: string) => (name === 'away' ? BROKEN : targets.hold(name)),
    },
  }
  await hold(deps, 'away', { by: SAM })
  await hold(deps, PUSH.name, { by: SAM })
  await rig.redis.zadd('rpush:notifications:pending', 7, '7')
  await expect(createHoldKeeper(deps).tick()).rejects.toThrow('out of reach')
  expect(await rig.redis.exists('rpush:notifications:pending')).toBe(0)
})
