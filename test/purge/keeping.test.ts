/** Delivery on hold stays on hold: in its first second, when its keeper dies, and from a terminal with and without a bot. */
import { expect, onTestFinished, test } from 'vitest'
import { pauseFor } from '../../src/adapters/pausing.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import { createLog, createNewId } from '../../src/adapters/system.js'
import { createHoldKeeper, type HoldKeeper, isKept } from '../../src/purge/keeping.js'
import { createPurging } from '../../src/purge/purge.js'
import { startDesk } from '../cli/rig.js'
import { eventually } from '../support/eventually.js'
import { redisClient, startRedis } from '../support/redis.js'
import { createRig, type Rig, SAM } from './rig.js'
import { PUSH } from './values.js'

const PENDING = 'rpush:notifications:pending'

/** As many replicas on one store as there are names. */
function keepers(rig: Rig, names: readonly string[]) {
  const targets = createTargets(rig.server.url, [PUSH])
  onTestFinished(() => targets.close())
  const log = createLog({ level: 'silent', pretty: false, secrets: [] })
  return names.map((owner) => {
    const common = { store: rig.store, clock: rig.clock, log, newId: createNewId(rig.clock), changed: () => undefined }
    const deps = { ...common, targets, settings: [PUSH], owner }
    return { deps, keeper: createHoldKeeper(deps) }
  })
}

async function arrives(rig: Rig, id: number): Promise<void> {
  await rig.redis.zadd(PENDING, id, `${id}`)
}

async function isAside(rig: Rig, keeper: HoldKeeper): Promise<boolean> {
  await keeper.tick()
  return (await rig.redis.exists(PENDING)) === 0
}

test('whoever began a hold keeps it from its next tick on, also while somebody else has the lease', async () => {
  const rig = await createRig()
  const [first, second] = keepers(rig, ['first', 'second'])
  if (first === undefined || second === undefined) throw new TypeError('no keepers')
  const purging = createPurging({ ...first.deps, ...rest(rig) }, first.keeper)
  await second.keeper.tick()
  await purging.hold('push', { by: SAM })
  // The other one has not looked yet and would not for most of a second.
  await arrives(rig, 1)
  expect(await isAside(rig, second.keeper)).toBe(false)
  expect(await isAside(rig, first.keeper)).toBe(true)
  // The lease is the other's, from an earlier hold: its beginner keeps it all the same.
  await rig.store.leases.release('hold:push', 'first')
  expect(await rig.store.leases.take('hold:push', 'second', 60_000)).toBe(true)
  await purging.hold('push', { by: SAM })
  await arrives(rig, 2)
  expect(await isAside(rig, first.keeper)).toBe(true)
  expect((await purging.holds())[0]?.arrived).toBeGreaterThanOrEqual(1)
})

test('a keeper that dies is followed by another within little more than a second', async () => {
  const rig = await createRig()
  const [first, second] = keepers(rig, ['first', 'second'])
  if (first === undefined || second === undefined) throw new TypeError('no keepers')
  await rig.purging.hold('push', { by: SAM })
  await first.keeper.tick()
  expect(await isKept(second.deps, 'push')).toBe(true)
  // The first one ticks no more.
  rig.clock.forward('1s')
  await eventually(async () => {
    await arrives(rig, 1)
    expect(await isAside(rig, second.keeper)).toBe(true)
  })
  expect(await isKept(first.deps, 'push')).toBe(true)
})

test('a hold that broke off half-way is told so, and brought to its end', async () => {
  const rig = await createRig()
  const [one] = keepers(rig, ['one'])
  if (one === undefined) throw new TypeError('no keeper')
  const real = one.deps.targets.hold('push')
  if (real === undefined) throw new TypeError('no hold')
  await arrives(rig, 1)
  let isBroken = true
  const hold = async () => {
    if (!isBroken) return real.hold()
    await rig.redis.set('mayday:hold:{rpush:notifications:pending}:since', '1')
    throw new RangeError('the other master is away')
  }
  const targets = { ...one.deps.targets, hold: () => ({ ...real, hold }) }
  const purging = createPurging({ ...one.deps, ...rest(rig), targets }, one.keeper)
  await expect(purging.hold('push', { by: SAM })).rejects.toMatchObject({
    message: expect.stringMatching(/The hold of push has begun and is not whole: the other master is away/),
  })
  isBroken = false
  expect(await isAside(rig, one.keeper)).toBe(true)
  expect(await purging.holds()).toMatchObject([{ target: 'push', by: SAM }])
})

test('from a terminal: kept for the first moments, and it says whether a running Mayday has taken over', async () => {
  const server = await startRedis()
  const client = redisClient(server.url)
  onTestFinished(async () => {
    client.disconnect()
    await server.stop()
  })
  const desk = await startDesk()
  const env = { NOTIFICATIONS_REDIS_URL: server.url }
  await client.zadd(PENDING, 1, '1')
  const held = desk.type(['purge', 'hold', 'push'], env)
  await eventually(async () => expect(await client.exists(PENDING)).toBe(0))
  await client.zadd(PENDING, 2, '2')
  const alone = await held
  expect(alone).toMatchObject({ exit: 0 })
  expect(alone.text).toMatch(
    /is on hold: 1 wait aside\. What is created from now on is sent: no running Mayday was seen/,
  )
  expect(alone.text).toMatch(/mayday purge hold push --keep\. .*mayday purge release push lets everything go on/)
  expect(await client.exists(PENDING)).toBe(0)

  // With --keep the terminal stays, and ends when somebody releases.
  const staying = desk.type(['purge', 'hold', 'push', '--keep'], env)
  // The first of them may be taken by its hold, the second by nothing but its staying.
  for (const id of [3, 4]) {
    await client.zadd(PENDING, id, `${id}`)
    await eventually(async () => expect(await client.exists(PENDING)).toBe(0))
  }
  expect((await desk.type(['purge', 'release', 'push'], env)).text).toMatch(
    /goes on: \d that were on hold and \d that came/,
  )
  expect((await staying).text).toMatch(/is taken aside from here.*not on hold any more: somebody released it/s)
  expect(await client.zcard(PENDING)).toBe(4)
})

/** What a hold does not use. */
function rest(rig: Rig) {
  const nothing = { purged: () => undefined, purgeStopped: () => undefined }
  return {
    archives: rig.archives,
    approvals: 0 as const,
    meter: nothing,
    pause: pauseFor,
    digest: (text: string) => text,
    random: Math.random,
  }
}
