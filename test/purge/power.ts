/** Cuts the power of one copy of Mayday at a chosen call: before it, or after it with its answer lost. */

import type { KeyTarget } from '../../src/ports/keys.js'
import type { Archives, ArchiveWriter } from '../../src/ports/purges.js'
import type { Store, Tables } from '../../src/ports.js'

export interface Power {
  readonly target: (target: KeyTarget) => KeyTarget
  readonly archives: (archives: Archives) => Archives
  readonly store: (store: Store) => Store
  /** Resolves when it is cut. */
  readonly out: Promise<void>
  isOut(): boolean
  /** The operating system closes a dead process's files. */
  closeFiles(): Promise<void>
}

/** `at`: how many calls go through before it; `lost`: the last of them happens, and nobody hears its answer. */
export function createPower(at: number, lost: boolean): Power {
  let calls = 0
  let isOut = false
  let cut = (): void => {}
  const out = new Promise<void>((resolve) => {
    cut = resolve
  })
  const never = <T>(): Promise<T> => new Promise<T>(() => {})

  async function through<T>(call: () => Promise<T>): Promise<T> {
    if (isOut) return never()
    calls += 1
    if (calls < at) {
      const value = await call()
      return isOut ? never() : value
    }
    if (calls === at && lost) await call().catch(() => undefined)
    isOut = true
    cut()
    return never()
  }
  const silent = <T>(call: () => Promise<T>): Promise<T> => (isOut ? never() : call())

  const opened: ArchiveWriter[] = []
  const writer = (one: ArchiveWriter): ArchiveWriter => ({
    add: (frames, entries) => through(() => one.add(frames, entries)),
    settle: (batch, settlement) => through(() => one.settle(batch, settlement)),
    close: () => silent(() => one.close()),
  })
  return {
    out,
    isOut: () => isOut,
    closeFiles: async () => {
      for (const one of opened) await one.close()
    },
    target: (target) => ({
      ...target,
      slice: (...args) => through(() => target.slice(...args)),
      remove: (...args) => through(() => target.remove(...args)),
      restore: (...args) => through(() => target.restore(...args)),
      inspect: () => silent(() => target.inspect()),
    }),
    archives: (archives) => ({
      ...archives,
      open: (...args) =>
        silent(async () => {
          const one = await archives.open(...args)
          opened.push(one)
          return writer(one)
        }),
      index: (...args) => silent(() => archives.index(...args)),
      load: (...args) => silent(() => archives.load(...args)),
    }),
    store: (store) => ({
      ...store,
      tx: (work: (tables: Tables) => Promise<never>) => silent(() => store.tx(work)),
      purges: {
        ...store.purges,
        active: () => silent(() => store.purges.active()),
      },
    }),
  }
}
