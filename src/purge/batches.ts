/**
 * From slices to batches: a batch is archived while the one before it is removed, so that disk and server work at the same
 * time, and nothing is removed that is not on the disk.
 */
import type { Scope, Slice } from '../ports/keys.js'
import type { ArchiveWriter, BatchRef, Settlement } from '../ports/purges.js'
import { createFingerprints, type Fingerprints } from './fingerprints.js'
import { eachFrame, keepFrames } from './frames.js'
import type { WorkReins } from './reins.js'
import { removeAll } from './settle.js'
import type { WalkDeps } from './walk.js'

export interface BatchDeps extends WalkDeps {
  readonly reins: WorkReins
  readonly scope: Scope
  /** `keys` only: what is to be removed and what was. */
  readonly planned: Fingerprints | undefined
  /** Undefined: a purge without an archive. */
  readonly writer: ArchiveWriter | undefined
  /** Of the server that the cursors hold for. */
  readonly identity: () => string
}

export interface Batches {
  /** Takes what is planned of a slice. False: told to halt. */
  take(slice: Slice): Promise<boolean>
  /** Removes all that is archived. False: told to halt before that. */
  drain(): Promise<boolean>
  /** Forgets what is gathered and not archived; what is archived stays to be removed. */
  discard(): void
}

/**
 * Large enough to compress and sync well, small enough that a crash leaves little to do again. Guards are few: each of them
 * occupies a connection until what it holds is removed.
 */
const FULL = { bytes: 512 << 10, entries: 4_000, guarded: 6 } as const
/** A batch ends where a guard ends, so that what it holds is removed at once; but for values this large, bytes. */
const LARGE = 4 << 20
/** Batches that may wait for the disk or for their removal while the walk goes on. */
const AHEAD = 4
/** Batches whose removal is under way at once: while one is at the server, the next is made ready here. */
const AT_ONCE = 2

interface Part {
  readonly frames: Buffer
  readonly guard: number | undefined
}

interface Archived {
  /** Those that are still to be removed. */
  readonly parts: Part[]
  readonly ref: Promise<BatchRef> | undefined
  readonly next: string | undefined
  done: Settlement
  isDone: boolean
  /** False: told to halt. */
  removed: Promise<boolean>
}

export function createBatches(deps: BatchDeps): Batches {
  const { planned, writer, reins } = deps
  const sift = createSieve(deps)
  let parts: Part[] = []
  let size = { bytes: 0, entries: 0, guarded: 0 }
  let next: string | undefined
  const archived: Archived[] = []
  /** The last ones, as they end. */
  let underWay: readonly Promise<boolean>[] = []
  let settling: Promise<void> = Promise.resolve()
  let settled: Promise<void> = Promise.resolve()

  function archive(): void {
    if (size.entries === 0) return
    const ref = writer?.add(
      parts.length === 1 && parts[0] !== undefined ? parts[0].frames : joined(parts),
      size.entries,
    )
    // Its failure is met when the batch is to be removed.
    ref?.catch(() => undefined)
    const batch: Archived = { parts, ref, next, done: NOTHING, isDone: false, removed: Promise.resolve(false) }
    archived.push(batch)
    // The walk goes on meanwhile, and takes turns with them.
    const before = underWay.length < AT_ONCE ? Promise.resolve(true) : underWay[0]
    batch.removed = (before ?? Promise.resolve(true)).then((goesOn) => goesOn && remove(batch))
    batch.removed.catch(() => undefined)
    underWay = [...underWay.slice(1 - AT_ONCE), batch.removed]
    parts = []
    size = { bytes: 0, entries: 0, guarded: 0 }
  }

  /** Takes up where an earlier try ended. False: told to halt. */
  async function remove(batch: Archived): Promise<boolean> {
    await batch.ref
    for (let [part] = batch.parts; part !== undefined; [part] = batch.parts) {
      const done = await removeAll(deps, part.frames, false, addUp, part.guard)
      if (done === undefined) return false
      batch.parts.shift()
      batch.done = sum(batch.done, done)
    }
    batch.isDone = true
    const mine = settling.then(settleFirst)
    settling = mine.catch(() => undefined)
    await mine
    return true
  }

  /** In their order: a cursor that is noted says that all before it is removed. */
  async function settleFirst(): Promise<void> {
    for (let [first] = archived; first?.isDone; [first] = archived) {
      archived.shift()
      await settle(first, await first.ref)
    }
  }

  async function settle({ done, next: at }: Archived, ref: BatchRef | undefined): Promise<void> {
    for (const name of done.left) planned?.mark(name, 0, name.length, 'todo')
    await settled
    if (writer !== undefined && ref !== undefined) {
      settled = writer.settle(ref, done)
      settled.catch(() => undefined)
    }
    const identity = deps.identity()
    reins.note({ cursor: at === undefined ? { identity } : { identity, at } })
  }

  function addUp(done: Omit<Settlement, 'left'>): void {
    const { removed, changed, gone } = reins.progress()
    reins.note({ removed: removed + done.removed, changed: changed + done.changed, gone: gone + done.gone })
  }

  function isFull(): boolean {
    return size.bytes >= FULL.bytes || size.entries >= FULL.entries || size.guarded >= FULL.guarded
  }

  /** Until at most `spare` batches wait. False: told to halt. */
  async function wait(spare: number): Promise<boolean> {
    for (let [batch] = archived; batch !== undefined && archived.length > spare; [batch] = archived) {
      if (!(await batch.removed)) return false
    }
    return true
  }

  return {
    async take(slice) {
      const kept = sift(slice)
      const last = parts.at(-1)
      // What one guard holds is removed at once, so it has to be in one batch.
      const isMore = slice.guard !== undefined && slice.guard === last?.guard
      if (kept.entries > 0 && !isMore && isFull()) archive()
      if (kept.entries > 0) {
        if (isMore && last !== undefined) parts[parts.length - 1] = { ...last, frames: joined([last, kept]) }
        else parts.push({ frames: kept.frames, guard: slice.guard })
        size = {
          bytes: size.bytes + kept.frames.length,
          entries: size.entries + kept.entries,
          guarded: size.guarded + (isMore || slice.guard === undefined ? 0 : 1),
        }
      }
      next = slice.next
      // why: a job is removed where it was read, near the end of its queue; see KeyTarget.
      if (deps.target.layout === 'sidekiq') {
        archive()
        return wait(0)
      }
      if (slice.guard === undefined ? isFull() : size.bytes >= LARGE) archive()
      return wait(AHEAD)
    },
    async drain() {
      archive()
      // What stopped the removal, be it a server that was replaced, is met again here or is over.
      await Promise.all(underWay.map((one) => one.catch(() => false)))
      underWay = []
      for (const batch of [...archived]) if (!batch.isDone && !(await remove(batch))) return false
      await settled
      return true
    },
    discard() {
      for (const { frames } of parts)
        eachFrame(frames, ({ nameStart, nameEnd }) => planned?.mark(frames, nameStart, nameEnd, 'todo'))
      parts = []
      size = { bytes: 0, entries: 0, guarded: 0 }
    },
  }
}

const NOTHING: Settlement = { removed: 0, changed: 0, gone: 0, left: [] }

function sum(a: Settlement, b: Settlement): Settlement {
  const left = b.left.length === 0 ? a.left : [...a.left, ...b.left]
  return { removed: a.removed + b.removed, changed: a.changed + b.changed, gone: a.gone + b.gone, left }
}

function joined(parts: readonly Pick<Part, 'frames'>[]): Buffer {
  return Buffer.concat(parts.map(({ frames }) => frames))
}

/** Entries that one memory of what was seen keeps; two of them are more than all batches that wait. */
const SEEN = 8_000 * AHEAD

/** What is to be taken of a slice: it is planned, and was not taken already. */
function createSieve({ planned, target }: BatchDeps): (slice: Slice) => { frames: Buffer; entries: number } {
  let recent = [createFingerprints(1), createFingerprints(1)] as const
  const isNew = (frames: Buffer, start: number, end: number): boolean => {
    if (planned !== undefined) {
      if (planned.markOf(frames, start, end) !== 'todo') return false
      planned.mark(frames, start, end, 'done')
      return true
    }
    // why: SCAN may show a key twice, and the first of them may not be removed yet.
    if (recent[0].size > SEEN) recent = [createFingerprints(1), recent[0]]
    return recent[1].markOf(frames, start, end) === undefined && recent[0].add(frames, start, end)
  }
  return ({ frames, found, once }) => {
    if (planned === undefined && (once === true || target.layout === 'sidekiq')) return { frames, entries: found }
    return keepFrames(frames, ({ nameStart, nameEnd }) => isNew(frames, nameStart, nameEnd))
  }
}
