/**
 * Keeps delivery on hold: takes aside what arrives at the queues. One replica does it several times a second, under a lease;
 * whoever began the hold does it too until that one has noticed. Several at once are no harm.
 */
import { type HoldingDeps, holdOf, noteName, noteOf, readNote, rpushTargets } from './holding.js'

export interface HoldKeeper {
  /**
   * Takes aside what has arrived at the targets that are on hold; at all of them, and then throws the first failure. To be
   * called several times a second.
   */
  tick(): Promise<void>
  /** Delivery was put on hold by this process: kept from the next tick on, whoever else does. */
  begin(target: string): void
}

/** The store is asked what is on hold, ms: while nothing is, and while something is. */
const LOOK_EVERY_MS = { idle: 1_000, held: 300 } as const
/** It outlives a few looks, and whoever dies is followed by another within little more than this. */
const LEASE_MS = 1_000
/** A hold is kept by whoever began it until everybody has looked, ms. */
export const FIRST_MS = 1_500

export function createHoldKeeper(deps: HoldingDeps): HoldKeeper {
  let lookAt = Number.NEGATIVE_INFINITY
  /** What this replica keeps, with what arrived and is not yet noted. */
  const kept = new Map<string, number>()
  /** Until when it keeps what it began, by its own clock. */
  const begun = new Map<string, number>()

  async function look(): Promise<boolean> {
    let isAnyHeld = false
    for (const target of rpushTargets(deps)) {
      const isHeld = (await noteOf(deps, target)) !== undefined
      isAnyHeld ||= isHeld
      if (isHeld && (await takeLease(deps, target))) kept.set(target, kept.get(target) ?? 0)
      // Once more after a release, for what it may have left behind: then `keep` says that nothing is on hold.
      else if (isHeld && (begun.get(target) ?? 0) < performance.now()) kept.delete(target)
    }
    return isAnyHeld
  }

  async function keep(target: string): Promise<void> {
    const taken = await holdOf(deps, target).keep()
    if (taken === undefined) {
      kept.delete(target)
      await endNote(deps, target)
    } else kept.set(target, (kept.get(target) ?? 0) + taken)
  }

  return {
    begin(target) {
      kept.set(target, kept.get(target) ?? 0)
      begun.set(target, performance.now() + FIRST_MS)
      lookAt = Number.NEGATIVE_INFINITY
    },
    async tick() {
      const now = performance.now()
      const isLooking = now >= lookAt
      const failures: unknown[] = []
      if (isLooking) {
        lookAt = now + LOOK_EVERY_MS.idle
        const isAnyHeld = await look().catch((error: unknown) => void failures.push(error))
        if (isAnyHeld !== false) lookAt = now + LOOK_EVERY_MS.held
      }
      for (const [target, arrived] of [...kept]) {
        // First what is sent if nobody takes it aside. One target's trouble must not let another's arrivals go.
        await keep(target).catch((error: unknown) => failures.push(error))
        if (!isLooking || arrived === 0) continue
        await noteArrivals(deps, target, arrived).then(
          () => kept.has(target) && kept.set(target, (kept.get(target) ?? 0) - arrived),
          (error: unknown) => failures.push(error),
        )
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** Takes aside once. Undefined: delivery is not on hold any more. `TARGET_*`. */
export async function keepOnce(deps: HoldingDeps, target: string): Promise<number | undefined> {
  const taken = await holdOf(deps, target).keep()
  if (taken === undefined) await endNote(deps, target)
  else if (taken > 0) await noteArrivals(deps, target, taken)
  return taken
}

/** Another process keeps it at this moment: somebody has its lease. */
export async function isKept(deps: HoldingDeps, target: string): Promise<boolean> {
  if (!(await takeLease(deps, target))) return true
  await deps.store.leases.release(noteName(target), deps.owner)
  return false
}

function takeLease(deps: HoldingDeps, target: string): Promise<boolean> {
  return deps.store.leases.take(noteName(target), deps.owner, LEASE_MS)
}

/** why: Redis says that nothing is on hold; a note that says otherwise (a crash in a release, a flush) would be a lie. */
async function endNote(deps: HoldingDeps, target: string): Promise<void> {
  const note = await noteOf(deps, target)
  if (note === undefined) return
  // A hold that began this moment has its gate before its note.
  if (await holdOf(deps, target).isHeld()) return
  await deps.store.notes.set(noteName(target), '')
  deps.log.warn('delivery is not on hold in Redis any more, though nobody released it here', { target })
}

async function noteArrivals(deps: HoldingDeps, target: string, more: number): Promise<void> {
  await deps.store.tx(async (t) => {
    await t.lock(noteName(target))
    const note = readNote(await t.notes.get(noteName(target)))
    if (note === undefined) return
    await t.notes.set(noteName(target), JSON.stringify({ ...note, arrived: note.arrived + more }))
  })
}
