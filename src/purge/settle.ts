/** Takes archived entries out of the server, or puts them back, slice by slice. */
import { MaydayError } from '../errors.js'
import type { Settlement } from '../ports/purges.js'
import { steadily, type WalkDeps } from './walk.js'

/**
 * Removes exactly these. `again`: an earlier call may have removed some, so that what is gone now went by our hand.
 * `step` hears of every slice, `guard`: see `KeyTarget.remove`. Undefined: told to halt before all was done.
 */
export async function removeAll(
  deps: WalkDeps,
  frames: Buffer,
  again: boolean,
  step: (done: Omit<Settlement, 'left'>) => void = () => undefined,
  guard?: number,
): Promise<Settlement | undefined> {
  let sum: Settlement = { removed: 0, changed: 0, gone: 0, left: [] }
  for (let rest = frames; rest.length > 0; ) {
    const got = await steadily(deps, async (isRetry) => {
      // It holds once, and for all of them together.
      const held = isRetry || rest !== frames ? undefined : guard
      const removal = await deps.pacer.turn((quantum) => deps.target.remove(rest, quantum, held))
      return again || isRetry ? { ...removal, removed: removal.removed + removal.gone, gone: 0 } : removal
    })
    if (got === undefined) return undefined
    const { removed, changed, gone, left, consumed } = got.value
    step({ removed, changed, gone })
    sum = {
      removed: sum.removed + removed,
      changed: sum.changed + changed,
      gone: sum.gone + gone,
      left: left.length === 0 ? sum.left : [...sum.left, ...left],
    }
    rest = rest.subarray(advance(consumed))
  }
  return sum
}

export interface Restored {
  readonly restored: number
  readonly occupied: number
  readonly failed: number
}

/** Puts these back where nothing lives. Undefined: told to halt before all was done. */
export async function restoreAll(
  deps: WalkDeps,
  frames: Buffer,
  step: (done: Restored) => void,
): Promise<Restored | undefined> {
  let sum: Restored = { restored: 0, occupied: 0, failed: 0 }
  for (let rest = frames; rest.length > 0; ) {
    if (!(await deps.reins.goesOn())) return undefined
    const got = await steadily(deps, async (isRetry) => {
      const done = await deps.pacer.turn((quantum) => deps.target.restore(rest, quantum))
      // What stands there after a call whose answer was lost was put there by it.
      return isRetry ? { ...done, restored: done.restored + done.occupied, occupied: 0 } : done
    })
    if (got === undefined) return undefined
    const { restored, occupied, failed, consumed } = got.value
    sum = { restored: sum.restored + restored, occupied: sum.occupied + occupied, failed: sum.failed + failed }
    step({ restored, occupied, failed })
    rest = rest.subarray(advance(consumed))
  }
  return sum
}

function advance(consumed: number): number {
  if (consumed > 0) return consumed
  throw new MaydayError('BUG', { what: 'A slice dealt with nothing; the work was stopped.', hint: 'Report this line.' })
}
