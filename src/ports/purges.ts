/** What a purge leaves behind: its record in the store, and its archive on this machine's disk. */

/** Records of purges, as JSON values that `purge/` owns. */
export interface Purges {
  /** Gives it the next number; people type it. */
  create(target: string, value: object): Promise<number>
  get(id: number): Promise<PurgeRow | undefined>
  /** As `get`, and nobody else changes it until the transaction ends. */
  take(id: number): Promise<PurgeRow | undefined>
  /** `active`: something is still to be done about it. */
  save(id: number, active: boolean, value: object): Promise<void>
  /** Oldest first. */
  active(): Promise<readonly PurgeRow[]>
  /** Newest first. */
  recent(limit: number): Promise<readonly PurgeRow[]>
}
/** A purge by its number. */
export interface PurgeRow {
  readonly id: number
  readonly value: Readonly<Record<string, unknown>>
}

/** One batch of an archive, by where it lies. */
export interface BatchRef {
  readonly segment: string
  readonly offset: number
  /** Counts from 0 within its segment. */
  readonly number: number
  readonly entries: number
}

/** What became of a batch in the server. */
export interface Settlement {
  readonly removed: number
  readonly changed: number
  readonly gone: number
  /** Names of the entries that were left alone because they had changed. */
  readonly left: readonly Buffer[]
}

/** A batch, and what became of it. */
export interface ArchivedBatch extends BatchRef {
  /** Undefined: it was archived, and the process ended before it was known to be removed. */
  readonly settlement: Settlement | undefined
}

/** What an archive holds. */
export interface ArchiveIndex {
  /** In the order in which they were written. */
  readonly batches: readonly ArchivedBatch[]
  /** Bytes on disk, all segments. */
  readonly bytes: number
  /** Places where the archive cannot be read, in words; empty: whole. A torn tail is none: nothing of it was removed. */
  readonly damage: readonly string[]
}

/**
 * Writes one archive. `add` resolves when the batch is on the disk (fdatasync), and only then may its entries be removed.
 * Throws `ARCHIVE_FAILED` when the disk is full or fails; what was added before stays whole.
 */
export interface ArchiveWriter {
  /** `frames`: whole frames as `KeyTarget` gives them. */
  add(frames: Buffer, entries: number): Promise<BatchRef>
  /** Notes what became of it; not synced, because settling again is harmless. */
  settle(batch: BatchRef, settlement: Settlement): Promise<void>
  close(): Promise<void>
}

/** Archives and planned names of purges, one folder each, in the data directory of this machine. */
export interface Archives {
  /** Names this data directory: a purge goes on only where its archive lies. */
  place(): Promise<string>
  /** On the disk when it resolves. */
  savePlanned(folder: string, bytes: Uint8Array): Promise<void>
  /** Undefined: not there. Throws `ARCHIVE_FAILED` when it is damaged. */
  loadPlanned(folder: string): Promise<Uint8Array | undefined>
  /** A new segment behind those that are there; a torn tail of the last one is cut. */
  open(folder: string, about: object): Promise<ArchiveWriter>
  index(folder: string): Promise<ArchiveIndex>
  /** The frames of a batch. Throws `ARCHIVE_FAILED` when its checksum is wrong. */
  load(folder: string, batch: BatchRef): Promise<Buffer>
  /** Folders that are there. */
  folders(): Promise<readonly string[]>
  drop(folder: string): Promise<void>
}

/** Counts what purges do in this process. Never throws. */
export interface PurgeMeter {
  /** So many more entries of a target are in an archive, gone, or back. */
  purged(target: string, did: 'archived' | 'removed' | 'restored', entries: number): void
  /** A purge or its undo ended before it was done, by itself; `reason`: the code of the error. */
  purgeStopped(target: string, reason: string): void
}

/** How purges and holds stand, for whoever watches from outside: no name but the targets'. Times in ms. */
export interface PurgeWatch {
  readonly work: readonly {
    readonly target: string
    readonly state: string
    /** What others wait longer for, and for each other; 0 where nothing is at work. */
    readonly addedMs: number
    readonly queueMs: number
  }[]
  readonly holds: readonly { readonly target: string; readonly since: number }[]
}

/** On the timeline. `purge`: its number; undefined: about the target as a whole. */
export type PurgeFact = { readonly purge?: number; readonly target: string } & PurgeNews

/** One thing that happened to a purge; `undo`: to its undo. */
export type PurgeNews =
  /** `archive`: what is removed is kept and can be put back. Undefined: planned before this was recorded. */
  | { readonly kind: 'purge_planned'; readonly count: number; readonly digest: string; readonly archive?: boolean }
  | { readonly kind: 'purge_confirmed'; readonly confirmations: number; readonly needed: number }
  | { readonly kind: 'purge_started' }
  | { readonly kind: 'purge_paused'; readonly undo: boolean }
  | { readonly kind: 'purge_resumed'; readonly undo: boolean }
  | { readonly kind: 'purge_cancelled'; readonly undo: boolean }
  | { readonly kind: 'purge_stopped'; readonly undo: boolean; readonly because: string }
  | {
      readonly kind: 'purge_done'
      readonly removed: number
      readonly remaining: number
      /** Of the prefixes that share the database: how many there were, and whose change nobody can explain. */
      readonly neighbours?: { readonly counted: number; readonly doubtful: readonly string[] }
    }
  | { readonly kind: 'purge_undo_started'; readonly total: number }
  | { readonly kind: 'purge_undone'; readonly restored: number; readonly occupied: number; readonly failed: number }
  /** Its archive was taken off the disk: it was older than `retention.archives`. */
  | { readonly kind: 'purge_archive_removed' }
  | { readonly kind: 'purge_held'; readonly held: number }
  | { readonly kind: 'purge_released'; readonly released: number; readonly arrived: number }
  | PurgeImpactNews

/** What was found in the archive of a purge about whom its notifications reached; times in ms. */
export type PurgeImpactNews =
  | {
      readonly kind: 'purge_impact_counted'
      readonly notifications: number
      readonly delivered: number
      /** Different devices: of all of them, and of the delivered ones. */
      readonly devices: number
      readonly reached: number
      readonly first?: number
      readonly last?: number
    }
  /** The tokens of so many devices were given to whoever did it. */
  | { readonly kind: 'purge_devices_listed'; readonly devices: number }
