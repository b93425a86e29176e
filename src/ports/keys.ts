/**
 * A purge's outside world: named things in a Redis that can be counted, previewed, archived, removed exactly and put
 * back. No call here can express "delete by pattern", and none takes time that grows with the data: every call is one
 * slice, bounded by a quantum of the server's time, and the caller paces them.
 */

export type Layout = 'keys' | 'rpush' | 'sidekiq'

/** A target as the configuration names it. */
export type TargetSpec =
  | {
      readonly layout: 'keys' | 'rpush'
      readonly name: string
      /** The literal beginning of the names, and one `*` behind it; other glob characters mean themselves. */
      readonly pattern: string
      /** Names or globs that must survive; a pattern that crosses one of them is refused. */
      readonly protect: readonly string[]
    }
  | { readonly layout: 'sidekiq'; readonly name: string; readonly className: string }

/** Which entries a walk is about. Frozen in the plan, so that what is born later is not in it. */
export interface Scope {
  /** `rpush` only: everything, or what was never delivered and never failed for good. Others: `all`. */
  readonly mode: 'all' | 'undelivered'
  /** `rpush`: highest id that belongs to it. */
  readonly upToId?: number
  /** `sidekiq`: jobs created after this moment (ms) do not belong to it. */
  readonly bornBefore?: number
  /**
   * `rpush`: not what the daemon has claimed and neither sent nor given back, unless delivery is on hold. It reads what it
   * claimed a moment later, and must find it.
   */
  readonly sparing?: boolean
}

/** The server or servers behind a target, as they are now. */
export interface ServerState {
  /** Run ids of all masters, sorted, and the database number: when it changes, cursors and plans no longer hold. */
  readonly identity: string
  readonly masters: number
  readonly role: 'master' | 'replica'
  /** As people call it: `Redis 7.0.15`, `Valkey 8.0.1`; of a cluster every one that is there. */
  readonly version: string
  /** The Redis whose commands it has, `7.2.4`: of a cluster the oldest. Undefined: the user may not call INFO. */
  readonly commandsOf: string | undefined
  readonly database: number
  /** Keys in the database, all masters together. */
  readonly keys: number
  readonly usedBytes: number
  /** 0: no limit. */
  readonly maxBytes: number
  readonly replicas: readonly { readonly name: string; readonly lagBytes: number; readonly online: boolean }[]
  /** Of a cluster: a name that changes with its map of slots, and how many slots are on their way. */
  readonly slots?: { readonly layout: string; readonly moving: number }
  /** EVAL is allowed, so that slices run in the server and a key cannot change between archive and removal. */
  readonly scripting: boolean
  /** Commands that the purge needs and this user may not call. */
  readonly missing: readonly string[]
  /** Names of the target's that this user may not touch, whatever the command: a pattern as `ACL SETUSER` takes it. */
  readonly deniedKeys?: string
  /** What the server does when its memory is full (`maxmemory-policy`). Undefined, here and below: the user may not ask. */
  readonly eviction?: string
  /** Of the master that has the fewest to spare. */
  readonly clients?: { readonly connected: number; readonly most: number }
  /**
   * What was archived can be watched until it is removed; `forbidden`: the user may not, `crowded`: too few connections
   * are left. Undefined: a cluster, where it is compared.
   */
  readonly watching?: 'can' | 'forbidden' | 'crowded'
  /** Keys that went by themselves since the servers started. */
  readonly lost?: { readonly expired: number; readonly evicted: number }
}

/** About how many, with the margin within which 95 of 100 such samples lie. `margin` 0: exact, from an O(1) size. */
export interface Estimate {
  readonly about: number
  readonly margin: number
}

/**
 * What a walk is for. `count`: numbers only. `names`: kinds too, and frames with an empty payload and no TTL. `bare`: such
 * frames for a removal without an archive and nothing else; where ids count up (`rpush`) nobody is asked whether they are
 * there, so that `found` is an upper bound and the removal tells what was `gone`. `entries`: whole entries. A `sidekiq` job
 * has no name but itself: its frames are always whole.
 */
export type What = 'count' | 'names' | 'bare' | 'entries'

/** What one slice of a walk found. `frames` is in the archive's own form (see `Frame`), so that it is written as it came. */
export interface Slice {
  /** Entries found by this slice; one entry may be found twice in a walk (SCAN promises no less). */
  readonly found: number
  /** Entries, in whole frames. Empty when the walk only counts. */
  readonly frames: Buffer
  /**
   * Counts by kind and state, added up by the caller. `rpush`: `<type> (app <id>)/<state>`, state being `delivered`,
   * `failed`, `pending`, `retrying`, `in flight` or `zombie` (saved again by a daemon after it was removed: no id);
   * `sidekiq`: `<queue>/queued`, `/scheduled`, `/retrying` or `/dead`; `keys`: the type, and for `names` besides it
   * `over 4 MB` or `over 64 MB` of memory. Empty where reading them would cost
   * the server more than the walk itself: `keys` while counting, `rpush` in every walk but one for `names`.
   */
  readonly kinds: Readonly<Record<string, number>>
  /** Keys looked at, whether they belonged to the target or not. */
  readonly visited: number
  /** Time that the server spent on it, ms. */
  readonly serverMs: number
  /** Where the next slice goes on; undefined: the walk is over. */
  readonly next: string | undefined
  /** Of whole entries, those that are over 64 MB in memory: others waited while they were read. They have grown since the plan. */
  readonly huge?: readonly string[]
  /** No other slice of this walk can show one of these entries again. */
  readonly once?: true
  /**
   * The server watches these entries from before they were read: `remove` with it takes away what nobody wrote to since,
   * without reading anything again. Holds for a few seconds and in this process only. Undefined: `remove` compares.
   */
  readonly guard?: number
}

/**
 * One entry as it is archived: `u32 name length, i64 ttl in ms (-1: none), u32 payload length, name, payload`, little
 * endian. The name says where it goes back to (a key, or a place in an index or a queue), the payload is DUMP's, or the
 * job's JSON. An empty payload is a name alone, from a walk for `names`: removed whatever it holds by now, never archived.
 */
export interface Frame {
  readonly name: Buffer
  readonly ttlMs: number
  readonly payload: Buffer
}

/**
 * `removed`: gone by this call. `changed`: another value than archived, left alone. `gone`: was not there any more.
 * Together they are as many as the frames.
 */
export interface Removal {
  /** Bytes of `frames` that this slice dealt with, whole frames; the caller goes on with the rest. */
  readonly consumed: number
  readonly removed: number
  readonly changed: number
  readonly gone: number
  readonly serverMs: number
  /** Names that were left alone because they had changed. */
  readonly left: readonly Buffer[]
}

/** `occupied`: something lives under the name again; it was left alone. */
export interface Restoration {
  /** Bytes of `frames` that this slice dealt with, whole frames; the caller goes on with the rest. */
  readonly consumed: number
  readonly restored: number
  readonly occupied: number
  readonly failed: number
  readonly serverMs: number
}

/** Looking at a target. Changes nothing, safe to repeat. Throws `TARGET_*` with a remedy. */
export interface TargetView {
  readonly name: string
  readonly layout: Layout
  inspect(): Promise<ServerState>
  /** Within 1 s, by sizes or a random sample. */
  estimate(): Promise<Estimate>
  /** Within about 1 s. */
  survey(): Promise<Survey>
  /**
   * How many there are of each of these prefixes of `Survey`, those that are not the target's own: exactly where that takes
   * a moment, else by as large a sample as the survey's. In the order given.
   */
  neighbours(prefixes: readonly string[]): Promise<readonly Neighbour[]>
  /** Round trip of PING on a connection of its own, ms: what everybody else waits. Cluster: the slowest master's. */
  ping(): Promise<number>
}

/** Keys with one beginning, or jobs in one place; `margin` as in `Estimate`. */
export interface Neighbour extends Estimate {
  readonly prefix: string
}

/** What shares a database with a target, and what a purge would move: from a bounded random sample, within about 1 s. */
export interface Survey {
  /** Up to ten names of the target's entries, as they are; bytes that are no text as `\\xHH`. */
  readonly samples: readonly string[]
  /** Keys that were drawn. */
  readonly sampled: number
  /** Prefixes of the database, largest first, at most ten; the target's own is among them. */
  readonly prefixes: readonly {
    readonly prefix: string
    readonly about: number
    readonly own: boolean
    /** As in `Estimate`. Undefined: surveyed before it was told. */
    readonly margin?: number
  }[]
  /** Mean memory of one entry, bytes; undefined where the sample met none or the user may not ask. */
  readonly bytesPerEntry: number | undefined
  /** Share of the target's entries that expire by themselves, 0 to 1. */
  readonly expiring: number
  /** Entries of the target created per second while it looked; for `keys` the growth of the whole database. */
  readonly createdPerSecond: number
}

/**
 * One named target. Calls throw `TARGET_*` errors with a remedy; `retry` says whether the same call may work later.
 * Safe to repeat: `slice` changes nothing (a walk over `sidekiq` entries turns each queue once around, in its order, and
 * what a slice found has to be removed before the next slice: `remove` searches the end of the queue that was read),
 * `remove` removes only what equals the frame, `restore` never replaces. The
 * caller sends as many frames as fit its quantum, one walk at a time, and never the same frames twice at once. Left out on
 * purpose: pacing, archives, plans, permissions.
 */
export interface KeyTarget extends TargetView {
  /** The scope as of now: highest id, the moment. Everything born later is outside of it. */
  scope(mode: Scope['mode']): Promise<Scope>
  /**
   * One slice of at most about `quantumMs` of server time. `at` is the `next` of a slice before, of any process of ours and any `what`; throws
   * `TARGET_CHANGED` when the server behind it was restarted or replaced meanwhile: begin again without it. `tell` hears
   * where the next slice goes on as soon as that is known, so that it can be on its way before this one is back; a call
   * that is repeated may end elsewhere, so the answer's own `next` counts.
   */
  slice(
    scope: Scope,
    at: string | undefined,
    quantumMs: number,
    what: What,
    tell?: (next: string) => void,
  ): Promise<Slice>
  /**
   * Removes exactly these, if they are still what the frames say, together with their index entries. `guard`: of the slice
   * that all of these frames came from; where it does not hold any more they are compared.
   */
  remove(frames: Buffer, quantumMs: number, guard?: number): Promise<Removal>
  restore(frames: Buffer, quantumMs: number): Promise<Restoration>
  /** False: every server that these would go to is too old to read their values, so `restore` would put none of them back. */
  understands(frames: Buffer): Promise<boolean>
  close(): Promise<void>
}

/** `rpush` only: one O(1) step that leaves the daemon nothing to send, and one that puts it back with what came since. */
export interface DeliveryHold {
  isHeld(): Promise<boolean>
  hold(): Promise<{ readonly held: number }>
  /**
   * Takes aside what arrived since, in O(1) and bounded steps: to be called again and again, because until then the daemon
   * sees it. Answers how many. Undefined: delivery is not on hold; whatever a release left behind is back now.
   */
  keep(): Promise<number | undefined>
  /** `released`: what lay aside; `arrivedMeanwhile`: what the daemon could see, because nobody had called `keep`. */
  release(): Promise<{ readonly released: number; readonly arrivedMeanwhile: number }>
  close(): Promise<void>
}

/** All targets of the configuration, opened when first asked for. */
export interface Targets {
  readonly specs: readonly TargetSpec[]
  /** Undefined: there is no target of that name. Connects lazily; the calls on it throw what is wrong. */
  target(name: string): KeyTarget | undefined
  /** Undefined: not of layout `rpush`. */
  hold(name: string): DeliveryHold | undefined
  close(): Promise<void>
}
