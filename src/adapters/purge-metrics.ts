/** The part of `/metrics` that tells of purges: what they did here, how they stand, what others feel, what is on hold. */
import { Counter, Gauge, type Registry } from 'prom-client'
import type { PurgeMeter, PurgeWatch } from '../ports/purges.js'

/** What is read at every scrape. */
export interface PurgeSources {
  readonly watch: () => Promise<PurgeWatch>
  /** Bytes of the archives on this machine; undefined: not known. */
  readonly archiveBytes: () => Promise<number | undefined>
}

export interface PurgeMetrics {
  readonly meter: PurgeMeter
  /** Never throws; leaves out what cannot be read. */
  read(sources: PurgeSources): Promise<void>
}

const SECOND_MS = 1000

export function createPurgeMetrics(register: Registry): PurgeMetrics {
  const registers = [register]
  const entries = new Counter({
    name: 'mayday_purge_entries_total',
    help: 'Entries that purges of this process archived, removed and put back.',
    labelNames: ['target', 'did'],
    registers,
  })
  const stops = new Counter({
    name: 'mayday_purge_stops_total',
    help: 'Purges and undos of this process that ended before they were done, by the code of the error.',
    labelNames: ['target', 'reason'],
    registers,
  })
  const gauge = (name: string, help: string, ...labelNames: readonly string[]) =>
    new Gauge({ name, help, labelNames: [...labelNames], registers })
  const purges = gauge('mayday_purges', 'Purges and undos that are not over, by state.', 'target', 'state')
  const added = gauge(
    'mayday_purge_added_latency_seconds',
    'Server time of all but 1 in 100 slices at most: how long whoever meets one waits.',
    'target',
  )
  const queue = gauge('mayday_purge_queue_seconds', 'What others wait for each other while a purge works.', 'target')
  const held = gauge('mayday_delivery_hold_start_time_seconds', 'Since when delivery is on hold.', 'target')
  const bytes = gauge('mayday_archive_bytes', 'Archives of purges on the disk of this machine.')

  function forget(): void {
    for (const one of [purges, added, queue, held]) one.reset()
  }

  return {
    meter: {
      purged: (target, did, n) => entries.inc({ target, did }, n),
      purgeStopped: (target, reason) => stops.inc({ target, reason }),
    },
    async read({ watch, archiveBytes }) {
      forget()
      try {
        const { work, holds } = await watch()
        for (const { target, state, addedMs, queueMs } of work) {
          purges.inc({ target, state })
          added.set({ target }, addedMs / SECOND_MS)
          queue.set({ target }, queueMs / SECOND_MS)
        }
        for (const { target, since } of holds) held.set({ target }, since / SECOND_MS)
      } catch {
        // `mayday_ready` says that the store does not answer; half of the numbers would say something else.
        forget()
      }
      const size = await archiveBytes()
      if (size === undefined) bytes.remove()
      else bytes.set(size)
    },
  }
}
