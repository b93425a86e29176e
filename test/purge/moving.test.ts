/** A recount must not be deceived by slots of a cluster that move meanwhile. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { slotOf } from '../../src/adapters/redis/slot.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import type { KeyTarget, ServerState } from '../../src/ports/keys.js'
import { eachFrame, keepFrames } from '../../src/purge/frames.js'
import { standing } from '../../src/purge/telling.js'
import { type RedisCluster, startCluster } from '../support/redis.js'
import { confirmed, createRig, planned } from './rig.js'
import { SESSIONS } from './values.js'

const KEY = 'session:7'
const HOME = Math.floor(slotOf(Buffer.from(KEY)) / 5_462)

let cluster: RedisCluster

beforeEach(async () => {
  cluster = await startCluster()
  await cluster.clients[HOME]?.set(KEY, 'value')
})
afterEach(() => cluster.stop())

async function purge(wrapTarget: (target: KeyTarget) => KeyTarget) {
  const rig = await createRig()
  const replica = await rig.replica({ wrapTarget, otherTargets: () => createTargets(cluster.url, [SESSIONS]) })
  const { id, job } = await confirmed(replica, await planned(replica, 'sessions'))
  await replica.work()
  return { id, plan: job, job: (await replica.purging.get(id)).job }
}

/** A walk that came to where the key goes before it, and to where it was after it: it shows everything but the key. */
function withoutIt(frames: Buffer): Buffer {
  let isThere = false
  eachFrame(frames, ({ nameStart, nameEnd }) => {
    isThere ||= frames.toString('latin1', nameStart, nameEnd) === KEY
  })
  if (!isThere) return frames
  return keepFrames(frames, ({ nameStart, nameEnd }) => frames.toString('latin1', nameStart, nameEnd) !== KEY).frames
}

test('a key that moves past the recount is found by the second one, and removed', async () => {
  let [isMissed, walks] = [false, 0]
  await cluster.migrate(slotOf(Buffer.from(KEY)), HOME, (HOME + 1) % 3, async () => {
    const { plan, job } = await purge((target) => ({
      ...target,
      async slice(scope, at, quantumMs, what, ...more) {
        const slice = await target.slice(scope, at, quantumMs, what, ...more)
        // The pass that removes misses it, and so does the first walk of the recount after it.
        if (what === 'entries' && walks === 0) isMissed = true
        const isHidden = isMissed && walks === 0
        if (what === 'names' && isMissed && slice.next === undefined) walks += 1
        return isHidden ? { ...slice, frames: withoutIt(slice.frames) } : slice
      },
    }))
    expect(plan.objections.map(({ because }) => because)).toContainEqual(
      expect.stringMatching(/^1 slot of the cluster is/),
    )
    expect(job).toMatchObject({ state: 'done', progress: { removed: 1 }, verification: { remaining: 0 } })
  })
  expect(await cluster.clients[(HOME + 1) % 3]?.exists(KEY)).toBe(0)
})

test('where slots move all the while, the verdict is doubtful and says why', async () => {
  let maps = 0
  const { id, job } = await purge((target) => ({
    ...target,
    async inspect(): Promise<ServerState> {
      maps += 1
      return { ...(await target.inspect()), slots: { layout: `map ${maps}`, moving: 0 } }
    },
  }))
  expect(job).toMatchObject({ state: 'done', verification: { remaining: 0, moved: true } })
  expect(standing(id, job)).toMatch(
    /Doubtful: none of the planned ones was found .* slots of the cluster moved all the while/,
  )
})
