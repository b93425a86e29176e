import { MaydayError } from '../../src/errors.js'
import type { Store } from '../../src/ports.js'

/** - `off`: every call fails at once. - `hangs`: none ends before power is back, then it fails. - `late`: then it is done. */
export type PowerMode = 'on' | 'off' | 'hangs' | 'late'

export interface Power {
  turn(mode: PowerMode): void
  /** For the stage's `wrapStore`. */
  readonly wrap: (store: Store) => Store
}

/** A store with a switch: as if the database went away in the middle of the night and came back. */
export function createPower(): Power {
  let mode: PowerMode = 'on'
  let waiting: (() => void)[] = []
  const gone = (): MaydayError => new MaydayError('STORE_UNAVAILABLE', { retry: true })

  async function guarded<T>(call: () => Promise<T>): Promise<T> {
    const now = mode
    if (now === 'off') throw gone()
    if (now === 'on') return call()
    await new Promise<void>((resolve) => waiting.push(resolve))
    if (now === 'hangs') throw gone()
    return call()
  }

  /** Every function of a table, of all tables, or of the store itself. */
  function behind<T extends object>(target: T): T {
    return new Proxy(target, {
      get(from, name, receiver) {
        const value: unknown = Reflect.get(from, name, receiver)
        if (name === 'close') return value
        if (typeof value === 'function') {
          return (...args: unknown[]) => guarded(() => Promise.resolve(Reflect.apply(value, from, args) as unknown))
        }
        return typeof value === 'object' && value !== null ? behind(value) : value
      },
    })
  }

  return {
    turn(next) {
      mode = next
      if (next !== 'on') return
      const held = waiting
      waiting = []
      for (const go of held) go()
    },
    // What a transaction is handed is not behind the switch: it commits whole or not at all.
    wrap: (store) => behind(store),
  }
}
