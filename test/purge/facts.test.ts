/** Every step of a purge is on the timeline of its emergency, with who did it. */
import { expect, test } from 'vitest'
import { anIncident } from '../store/values.js'
import { ALEX, confirmed, createRig, SAM, seedSessions } from './rig.js'

test('from the plan to the release, each step once, in order, by whoever took it', async () => {
  const broken = { now: false }
  const rig = await createRig({
    approvals: 1,
    wrapArchives: (archives) => ({
      ...archives,
      open: (folder, about) =>
        broken.now ? Promise.reject(new TypeError('the disk is gone')) : archives.open(folder, about),
    }),
  })
  const { id: incident } = await rig.store.incidents.create(anIncident())
  await seedSessions(rig.redis, 40)
  await rig.redis.zadd('rpush:notifications:pending', 1, '1')
  const asking = { by: SAM, incident } as const
  await rig.purging.hold('push', asking)
  const plan = await rig.purging.plan('sessions', { mode: 'all', archive: true }, asking)
  await confirmed(rig, plan, SAM)
  await confirmed(rig, plan, ALEX)
  await rig.purging.pause(plan.id, SAM)
  await rig.purging.resume(plan.id, ALEX)
  broken.now = true
  await rig.work()
  broken.now = false
  await rig.purging.resume(plan.id, SAM)
  await rig.work()
  await rig.purging.undo(plan.id, ALEX)
  await rig.purging.cancel(plan.id, SAM)
  await rig.purging.undo(plan.id, ALEX)
  await rig.work()
  await rig.purging.release('push', { by: ALEX, incident })
  const second = await rig.purging.plan('sessions', { mode: 'all', archive: true }, asking)
  await rig.purging.cancel(second.id, SAM)
  const facts = await rig.store.facts.ofIncident(incident)
  expect(facts.map(({ kind, actor }) => `${kind} by ${actor}`)).toEqual([
    `purge_held by ${SAM}`,
    `purge_planned by ${SAM}`,
    `purge_confirmed by ${SAM}`,
    `purge_confirmed by ${ALEX}`,
    `purge_paused by ${SAM}`,
    `purge_resumed by ${ALEX}`,
    'purge_started by mayday',
    'purge_stopped by mayday',
    `purge_resumed by ${SAM}`,
    'purge_done by mayday',
    `purge_undo_started by ${ALEX}`,
    `purge_cancelled by ${SAM}`,
    `purge_undo_started by ${ALEX}`,
    'purge_undone by mayday',
    `purge_released by ${ALEX}`,
    `purge_planned by ${SAM}`,
    `purge_cancelled by ${SAM}`,
  ])
  expect(facts.find(({ kind }) => kind === 'purge_done')).toMatchObject({ removed: 40, remaining: 0 })
})
