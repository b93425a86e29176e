/** Names of the keys around Rpush's notifications. Pure. */
import { INDEX_SETS } from './indexes.js'

export interface RpushNames {
  readonly prefix: string
  readonly sequence: string
  readonly pending: string
  readonly retryable: string
  /** Where the two are while delivery is on hold: the same slot of a cluster, and outside of the prefix. */
  readonly heldPending: string
  readonly heldRetryable: string
  /** There while delivery is on hold, also when nothing was pending. */
  readonly since: string
}

/** `prefix`: what stands before an id, e.g. `rpush:notifications:`. */
export function rpushNames(prefix: string): RpushNames {
  const held = (name: string) => `mayday:hold:{${prefix}${name}}`
  return {
    prefix,
    // why: Modis counts in `<namespace>_id_seq`, beside the notifications and not among them.
    sequence: `${prefix.replace(/:$/u, '')}_id_seq`,
    pending: `${prefix}pending`,
    retryable: `${prefix}retryable`,
    heldPending: held('pending'),
    heldRetryable: held('retryable'),
    since: `${held('pending')}:since`,
  }
}

/** Where a notification may wait: `pending`, `retryable`, and the two while delivery is on hold. */
export function queuesOf(names: RpushNames): readonly string[] {
  return [names.pending, names.heldPending, names.retryable, names.heldRetryable]
}

/** The sets that may hold its id, in the order of `INDEX_SETS`. */
export function setsWith(names: RpushNames): readonly string[] {
  return INDEX_SETS.map((set) => `${names.prefix}${set}`)
}
