import type { Store } from '../../../src/ports.js'

/** What the tests of a store stand on. */
export interface Ground {
  /** The store of this test, new and empty. */
  current(): Store
  /** Its address. */
  address(): string
  /** Another replica: a connection of its own, with an owner of its own. */
  replica(): Promise<Store>
}

export const MINUTE = 60_000
/** A lease that is over when it begins, ms. */
export const OVER = -1
