/** What Prometheus reads of purges. */
import { expect, test } from 'vitest'
import { archiveBytes } from '../../src/adapters/archive/space.js'
import { createMetrics } from '../../src/adapters/metrics.js'
import { confirmed, createRig, planned, SAM, seedSessions } from './rig.js'

test('/metrics tells what was archived, removed and put back, what is under way, what stopped, and what is on hold', async () => {
  const metrics = createMetrics()
  const broken: { now: boolean } = { now: false }
  const rig = await createRig({
    meter: metrics.meter,
    wrapArchives: (archives) => ({
      ...archives,
      open: (folder, about) => {
        const full = Object.assign(new TypeError('no space'), { code: 'ENOSPC' })
        return broken.now ? Promise.reject(full) : archives.open(folder, about)
      },
    }),
  })
  const read = async (): Promise<readonly string[]> => {
    const sources = { watch: rig.purging.watch, archiveBytes: () => archiveBytes(rig.dir) }
    return (await metrics.text(rig.store, [], sources))
      .split('\n')
      .filter((line) => /^mayday_(purge|archive|del)/.test(line))
  }
  expect(await read()).toEqual(['mayday_archive_bytes 0'])

  await seedSessions(rig.redis, 300)
  const { id, job } = await rig.purge('sessions')
  expect(job.state).toBe('done')
  await rig.purging.undo(id, SAM)
  await rig.work()
  await rig.redis.zadd('rpush:notifications:pending', 1, '1')
  await rig.purging.hold('push', { by: SAM })
  const second = await confirmed(rig, await planned(rig, 'sessions'))
  const waiting = await read()
  for (const did of ['archived', 'removed', 'restored'])
    expect(waiting).toContain(`mayday_purge_entries_total{target="sessions",did="${did}"} 300`)
  expect(waiting).toContain('mayday_purges{target="sessions",state="approved"} 1')
  expect(waiting).toContain('mayday_purge_added_latency_seconds{target="sessions"} 0')
  expect(waiting).toContain(
    `mayday_delivery_hold_start_time_seconds{target="push"} ${Number((await rig.purging.holds())[0]?.at) / 1000}`,
  )
  expect(waiting.find((line) => line.startsWith('mayday_archive_bytes'))).toMatch(/ [1-9]\d\d+$/)

  broken.now = true
  await rig.work()
  await rig.purging.release('push', { by: SAM })
  expect((await rig.purging.get(second.id)).job.state).not.toBe('done')
  const over = await read()
  expect(over).toContain('mayday_purge_stops_total{target="sessions",reason="unexpected"} 1')
  expect(over.filter((line) => /^mayday_(purges|purge_added|delivery)/.test(line))).toEqual([])
})
