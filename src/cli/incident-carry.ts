/** Tells PagerDuty from a terminal what was recorded, by the same worker as the bot's, and sees what came of it. */
import { setTimeout as pause } from 'node:timers/promises'
import { createLoops } from '../adapters/system.js'
import type { Ground } from '../adapters/world/ground.js'
import type { Config } from '../config/config.js'
import { type IncidentId, isFollowed, isOpen, type Page } from '../incidents/incident.js'
import { createPageWorker } from '../paging/pager.js'
import { carryWish } from '../paging/paging.js'
import { quietWorld } from './io.js'
import { createEndingClock } from './page-sending.js'

export interface Carried {
  /** Whether there was anything to tell PagerDuty. */
  readonly was: 'open' | 'settled'
  /** `blind`: taken, but there is no key to see what came of it; `none`, `shadow`: there was nothing to tell. */
  readonly now: 'ack' | 'resolve' | 'blind' | 'none' | 'shadow' | 'waiting'
  /** Why PagerDuty does not have it. */
  readonly because?: string
}

interface Load {
  readonly config: Config
  readonly ground: Ground
  readonly id: IncidentId
  readonly do: 'ack' | 'resolve'
  readonly waitMs: number
}

/** Between two looks at the pages, real ms. */
const LOOK_MS = 50
const ROUND_MS = 200
/** How long the end of the command waits for calls under way, ms. */
const END_MS = 1_000

export async function carry(load: Load): Promise<Carried> {
  const { config, ground, id, waitMs } = load
  const { store } = ground
  const incident = await store.incidents.get(id)
  const before = await store.pages.ofIncident(id)
  const wanted = load.do === 'ack' ? incident?.acknowledgedBy : incident?.resolvedBy
  const due = before.filter((page) => !isSettled(load, page))
  if (incident === undefined || wanted === undefined || due.length === 0) return nothingToTell(load, before)
  if (load.do === 'ack' && !isOpen(incident)) return nothingToTell(load, before)
  const clock = createEndingClock()
  const { log, meter } = quietWorld(config)
  const shared = { ...ground, clock, log, meter, random: Math.random, changed: () => undefined }
  const worker = createPageWorker({ ...shared, policy: config.paging })
  const falseAlarm = load.do === 'ack' ? undefined : (incident.falseAlarm ?? false)
  // Whoever acts at a terminal is named by it; Slack is not asked.
  const chat = { person: () => Promise.resolve(undefined) }
  const loop = createLoops(clock, log).create('pages', ROUND_MS, worker.tick)
  const endsAt = Date.now() + waitMs
  try {
    await carryWish({ store, worker, chat, clock, log }, id, wanted, falseAlarm)
    loop.start()
    let pages = await store.pages.ofIncident(id)
    while (!pages.every((page) => isSettled(load, page)) && Date.now() < endsAt) {
      await pause(LOOK_MS)
      pages = await store.pages.ofIncident(id)
    }
    return outcomeOf(load, pages)
  } finally {
    await Promise.race([loop.stop().then(worker.idle), pause(END_MS)])
    clock.end()
  }
}

function nothingToTell({ do: what, ground }: Load, pages: readonly Page[]): Carried {
  if (pages.length > 0 && pages.every((page) => page.state === 'shadowed')) return { was: 'settled', now: 'shadow' }
  const shown = pages.some((page) => page.state === (what === 'ack' ? 'acknowledged' : 'resolved'))
  return { was: 'settled', now: shown ? (ground.pager.reads ? what : 'blind') : 'none' }
}

function outcomeOf(load: Load, pages: readonly Page[]): Carried {
  const waiting = pages.find((page) => !isSettled(load, page))
  if (waiting !== undefined) {
    const because = waiting.failure?.because
    return { was: 'open', now: 'waiting', ...(because === undefined ? {} : { because }) }
  }
  return { was: 'open', now: load.ground.pager.reads ? load.do : 'blind' }
}

/** PagerDuty has it, as far as can be seen from here. */
function isSettled({ do: what, ground }: Load, page: Page): boolean {
  if (!isFollowed(page) || (what === 'ack' && page.state === 'acknowledged')) return true
  return what === 'ack' && !ground.pager.reads && page.wantsAcknowledge?.sent === true
}
