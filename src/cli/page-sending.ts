/** One page from a terminal on its way to PagerDuty, with its record where the store works and without where it does not. */
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { knownChannel } from '../adapters/slack/known-channel.js'
import { systemClock } from '../adapters/system.js'
import type { Ground } from '../adapters/world/ground.js'
import type { Config } from '../config/config.js'
import type { Actor } from '../incidents/incident.js'
import { escaped } from '../mrkdwn.js'
import { backoff, lookupDelay } from '../paging/page/policy.js'
import { createPageWorker } from '../paging/pager.js'
import { createRequests, type Emergency, type Requests } from '../paging/request.js'
import type { Clock, Notes } from '../ports.js'
import { operator, quietWorld } from './io.js'
import { type Truth, truthOfPage, type Watch, watchPager } from './page-truth.js'

const CHANNEL_MS = 500

/** What is to be paged. */
export interface PageOrder {
  readonly config: Config
  readonly text: string
  readonly team: string | undefined
}

export interface Sending {
  readonly dedupKey: string
  declare(): Promise<void>
  /** With the record: the same worker as the bot's. */
  carry(): Promise<void>
  /** While there is no record: what the worker would do, from what PagerDuty has answered. */
  carryAlone(): Promise<void>
  truth(): Truth
  /** Number of the recorded incident; undefined while there is none. */
  incident(): number | undefined
  /** Resolves when no call is under way. */
  idle(): Promise<void>
}

export function createSending(order: PageOrder, ground: Ground, clock: Clock): Sending {
  const { config, team, text } = order
  const { store, directory, newId, owner } = ground
  const dedupKey = `terminal:${hostname().slice(0, 100)}:${newId()}`
  const watch = watchPager(ground.pager, dedupKey)
  const { log, meter } = quietWorld(config)
  const { paging } = config
  const shared = { store, pager: watch.pager, clock, log, newId, random: Math.random, changed: () => {} }
  const worker = createPageWorker({ ...shared, directory, meter, policy: paging, owner })
  const requests = createRequests({ ...shared, worker, storm: paging, mode: paging.mode })
  let recorded: { readonly truth: Truth; readonly incident: number } | undefined
  let storeWorks = true
  const alone = loneRoad(watch, requests, clock)
  return {
    dedupKey,
    async declare() {
      const at = clock.now()
      const channel = await channelOf(config, store.notes)
      const by = actor()
      const emergency: Emergency = { dedupKey, channel, text: escaped(text), by, at, via: 'terminal' }
      await requests.declare(team === undefined ? emergency : { ...emergency, team })
    },
    async carry() {
      try {
        await requests.settle()
        await worker.tick()
        const page = await store.pages.byDedupKey(dedupKey)
        if (page !== undefined) recorded = { truth: truthOfPage(page), incident: page.incidentId }
        storeWorks = page !== undefined
      } catch {
        // Told at the end, when it is known whether the page has a record.
        storeWorks = false
      }
    },
    carryAlone: async () => (storeWorks ? undefined : alone()),
    truth() {
      const heard = watch.truth()
      return storeWorks && heard.kind !== 'confirmed' ? (recorded?.truth ?? heard) : heard
    },
    incident: () => recorded?.incident,
    idle: worker.idle,
  }
}

/** One step at a time: send again, create by REST where events are refused, look up what was accepted. */
function loneRoad(watch: Watch, requests: Requests, clock: Clock): () => Promise<void> {
  let steps = 0
  let notBefore = 0
  return async () => {
    const event = watch.event()
    const { kind } = watch.truth()
    if (event === undefined || kind === 'confirmed' || clock.now() < notBefore) return
    if (kind === 'accepted' && watch.pager.reads) await watch.pager.find(event.dedupKey)
    else if (kind === 'refused' && watch.pager.reads) await watch.pager.create(event)
    // The paging room sends an unrecorded page again by itself.
    else if (kind !== 'accepted' && requests.unrecorded() === 0) await watch.pager.send(event)
    const accepted = watch.truth().kind === 'accepted'
    notBefore = clock.now() + (accepted ? lookupDelay(steps) : backoff(steps + 1, 1))
    steps = watch.truth().kind === kind ? steps + 1 : 0
  }
}

/** Only the thread hangs on the channel's id: the page does not wait for a slow store here. */
async function channelOf(config: Config, notes: Notes): Promise<string> {
  const { channel } = config.slack
  const asked = knownChannel(channel, notes).catch(() => channel)
  return (await Promise.race([asked, pause(CHANNEL_MS, undefined, { ref: false })])) ?? channel
}

/** why: a container may run under a number that no user has, and then the system knows no name. */
function actor(): Actor {
  try {
    return operator()
  } catch {
    return 'terminal:unknown'
  }
}

/** The system's clock, whose timers end with the command: nothing that was still to be tried outlives it. */
export function createEndingClock(): Clock & { end(): void } {
  const pending = new Set<() => void>()
  let ended = false
  return {
    now: systemClock.now,
    after(ms, run) {
      if (ended) return () => {}
      const cancel = systemClock.after(ms, () => {
        pending.delete(cancel)
        run()
      })
      pending.add(cancel)
      return () => {
        pending.delete(cancel)
        cancel()
      }
    },
    end() {
      ended = true
      for (const cancel of pending) cancel()
      pending.clear()
    },
  }
}
