/** What is kept, for how long, and that nobody is promised what is gone. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { purgeCard, steering } from '../../src/purge/card.js'
import { historyLine, standing } from '../../src/purge/telling.js'
import { anIncident } from '../store/values.js'
import { confirmed, createRig, planned, SAM, seedSessions } from './rig.js'

const DAYS = 86_400_000

test('an archive past its time goes, is told, and cannot be undone; what may still be needed stays', async () => {
  const rig = await createRig()
  await seedSessions(rig.redis, 100)
  const { id: incident } = await rig.store.incidents.create(anIncident())
  const { id } = await rig.purge('sessions')
  await rig.store.purges.save(id, false, { ...(await rig.purging.get(id)).job, incident })
  await seedSessions(rig.redis, 50)
  const held = await confirmed(rig, await planned(rig, 'sessions'))
  await rig.purging.pause(held.id, SAM)
  const stale = await rig.purging.plan('push', { mode: 'all', archive: true }, { by: SAM })
  const unread = await rig.purging.plan('sessions', { mode: 'all', archive: true }, { by: SAM })
  mkdirSync(join(rig.dir, 'purges', 'of-another-store'))
  const folder = async (number: number) => (await rig.purging.get(number)).job.plan.folder
  const there = async () => new Set(await rig.archives.folders())

  rig.clock.forward('1h')
  await rig.purging.removeOld(30 * DAYS)
  expect(await there(), 'a plan that somebody may be looking at').toContain(await folder(unread.id))
  rig.clock.forward('16m')
  await rig.purging.removeOld(30 * DAYS)
  expect(await there()).not.toContain(await folder(unread.id))
  expect(await there()).not.toContain(await folder(stale.id))
  expect(await there()).toContain(await folder(id))
  expect(steering((await rig.purging.get(id)).job)).toEqual(['purge.undo'])

  for (let day = 0; day < 30; day++) rig.clock.forward('24h')
  await rig.purging.removeOld(30 * DAYS)
  await rig.purging.removeOld(30 * DAYS)
  expect(await there()).toEqual(new Set([await folder(held.id), 'of-another-store']))
  const { job } = await rig.purging.get(id)
  expect(steering(job)).toEqual([])
  expect(purgeCard(id, job).text).toMatch(/Its archive was removed at \d{4}-.* UTC, so it cannot be undone any more\.$/)
  const facts = (await rig.store.facts.ofIncident(incident)).map((one) => one.kind)
  expect(facts.filter((kind) => kind === 'purge_archive_removed')).toHaveLength(1)
  await rig.purging.resume(held.id, SAM)
  await rig.work()
  expect((await rig.purging.get(held.id)).job).toMatchObject({ state: 'done', progress: { removed: 50 } })
  await expect(rig.purging.undo(id, SAM)).rejects.toMatchObject({
    ...{ code: 'PURGE_REFUSED', message: expect.stringMatching(/archive was removed at .*retention\.archives/) },
  })
})

test('the history has who, when, on which approval of which plan, how many, how long, and who undid it', async () => {
  const rig = await createRig({ approvals: 1 })
  await seedSessions(rig.redis, 60)
  const plan = await planned(rig, 'sessions')
  await confirmed(rig, plan)
  await confirmed(rig, plan, 'slack:U0ALEX')
  await rig.work()
  await rig.purging.undo(plan.id, 'slack:U0ALEX')
  await rig.work()
  const { job } = await rig.purging.get(plan.id)
  const reader = { name: (actor: string) => actor, when: (ms: number) => `@${ms}`, clean: (text: string) => text }
  const line = historyLine(plan.id, job, reader)
  expect(line).toMatch(
    /^@\d+: Purge 1 of sessions is done: 60 of 60 keys removed \(100 %\), archive .* in [\d.]+ s\. Undo/,
  )
  expect(line).toMatch(
    / Undo of purge 1 of sessions is done: 60 of 60 keys put back in [\d.]+ s\. \(planned by slack:U0SAM, /,
  )
  expect(line).toMatch(
    /confirmed by slack:U0SAM at @\d+ and slack:U0ALEX at @\d+, undo asked for by slack:U0ALEX, plan \w{12}\)$/,
  )
  expect(line).toContain(job.digest.slice(0, 12))
  expect(standing(plan.id, job)).toMatch(/^Undo of purge 1/)
})
