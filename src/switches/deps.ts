/** What the switches are given. */
import type { SwitchDevice } from '../ports/switches.js'
import type { Clock, Log, NewId, Notes, Store } from '../ports.js'

/** A switch of the configuration. */
export interface Switch {
  readonly name: string
  readonly device: SwitchDevice
  /** The purge target whose delivery it holds. */
  readonly target?: string
  /** Between two reminders that it is off, ms. */
  readonly remindMs: number
}

export interface SwitchesDeps {
  readonly switches: readonly Switch[]
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly newId: NewId
  /** Unique per process start. */
  readonly owner: string
  /** Where it is told what belongs to no emergency. */
  readonly channel: (notes: Notes) => Promise<string>
  readonly changed: () => void
}
