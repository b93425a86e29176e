/** `/metrics` for Prometheus: what was paged and how fast, what waits, whether Slack and PagerDuty answer, what is purged. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Meter, Store } from '../ports.js'
import { createPurgeMetrics, type PurgeSources } from './purge-metrics.js'

export interface Metrics {
  readonly meter: Meter
  /** The exposition text; reads the store for what waits, and leaves those lines out when it does not answer. */
  text(store: Store, health: readonly string[], purges?: PurgeSources): Promise<string>
  readonly contentType: string
}

export function createMetrics(): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const facts = new Counter({
    name: 'mayday_facts_total',
    help: 'Things that happened, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const calls = new Counter({
    name: 'mayday_pagerduty_calls_total',
    help: 'Calls to PagerDuty by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const accepted = new Histogram({
    name: 'mayday_page_accepted_seconds',
    help: 'From the record of a page to the 202 of PagerDuty.',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  })
  const pages = new Gauge({
    name: 'mayday_pages',
    help: 'Pages that are not over, by state.',
    labelNames: ['state'],
    registers,
  })
  const incidents = new Gauge({ name: 'mayday_incidents_open', help: 'Open incidents.', registers })
  const outbox = new Gauge({ name: 'mayday_outbox_messages', help: 'Messages that wait to reach Slack.', registers })
  const ready = new Gauge({ name: 'mayday_ready', help: '1: Slack delivers and the store answers.', registers })

  const ofPurges = createPurgeMetrics(register)

  async function read(store: Store): Promise<void> {
    pages.reset()
    for (const page of await store.pages.followed()) pages.inc({ state: page.state })
    incidents.set((await store.incidents.open()).length)
    outbox.set(await store.outbox.depth())
  }

  return {
    meter: {
      ...ofPurges.meter,
      fact: (kind) => facts.inc({ kind }),
      call: (outcome) => calls.inc({ outcome }),
      accepted: (ms) => accepted.observe(ms / 1000),
    },
    contentType: register.contentType,
    text: async (store, health, purges) => {
      ready.set(health.length === 0 ? 1 : 0)
      try {
        await read(store)
      } catch {
        // `mayday_ready` says that the store does not answer; stale numbers would say the opposite.
        pages.reset()
        incidents.remove()
        outbox.remove()
      }
      if (purges !== undefined) await ofPurges.read(purges)
      return register.metrics()
    },
  }
}
