/** What the purge room is given. */

import type { Targets } from '../ports/keys.js'
import type { Archives, PurgeMeter } from '../ports/purges.js'
import type { Chat, Clock, Directory, Log, NewId, Store } from '../ports.js'
import type { TargetSettings } from './plan.js'

/** What making plans and working on purges needs. */
export interface PurgeDeps {
  readonly store: Store
  readonly targets: Targets
  readonly settings: readonly TargetSettings[]
  /** People besides the first who must confirm. */
  readonly approvals: 0 | 1
  readonly archives: Archives
  readonly clock: Clock
  readonly log: Log
  readonly meter: PurgeMeter
  readonly newId: NewId
  /** Unique per process start. */
  readonly owner: string
  readonly pause: (ms: number) => Promise<void>
  /** How often a worker saves, and sees what people want, real ms; default 500. */
  readonly saveEveryMs?: number | undefined
  /** SHA-256, hexadecimal. */
  readonly digest: (text: string) => string
  readonly random: () => number
  /** Facts or postings were written. */
  readonly changed: () => void
}

/** What asking for permission needs. */
export interface PermitDeps {
  readonly store: Store
  readonly chat: Chat
  readonly directory: Directory
  readonly clock: Clock
  readonly log: Log
  readonly permitted: { readonly users: readonly string[]; readonly usergroups: readonly string[] } | undefined
}
