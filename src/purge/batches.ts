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

/** Large enough to compress and sync well, small enough that a crash leaves little to do again. */
const FULL = { bytes: 512 << 10, entries: 4_000 } as const

interface Archived {
  readonly frames: Buffer
  readonly ref: Promise<BatchRef> | undefined
  readonly next: string | undefined
}

export function createBatches(deps: BatchDeps): Batches {
  const { planned, writer, reins } = deps
  let parts: Buffer[] = []
  let size = { bytes: 0, entries: 0 }
  let next: string | undefined
  const archived: Archived[] = []
  let settled: Promise<void> = Promise.resolve()
  let recent = [createFingerprints(1), createFingerprints(1)] as const

  /** why: SCAN may show a key twice; within two batches the first of them may not be removed yet. */
  function isNew(frames: Buffer, start: number, end: number): boolean {
    if (planned !== undefined) {
      if (planned.markOf(frames, start, end) !== 'todo') return false
      planned.mark(frames, start, end, 'done')
      return true
    }
    if (deps.target.layout === 'sidekiq') return true
    return recent[1].markOf(frames, start, end) === undefined && recent[0].add(frames, start, end)
  }

  function archive(): void {
    if (size.entries === 0) return
    const frames = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    const ref = writer?.add(frames, size.entries)
    // Its failure is met when the batch is to be removed.
    ref?.catch(() => undefined)
    archived.push({ frames, ref, next })
    recent = [createFingerprints(1), recent[0]]
    parts = []
    size = { bytes: 0, entries: 0 }
  }

  /** Removes archived batches until only `spare` are left. False: told to halt. */
  async function remove(spare: number): Promise<boolean> {
    for (let [batch] = archived; batch !== undefined && archived.length > spare; [batch] = archived) {
      const ref = await batch.ref
      const done = await removeAll(deps, batch.frames, false, addUp)
      if (done === undefined) return false
      archived.shift()
      await settle(batch, ref, done)
    }
    return true
  }

  async function settle(batch: Archived, ref: BatchRef | undefined, done: Settlement): Promise<void> {
    for (const name of done.left) planned?.mark(name, 0, name.length, 'todo')
    await settled
    if (writer !== undefined && ref !== undefined) {
      settled = writer.settle(ref, done)
      settled.catch(() => undefined)
    }
    const identity = deps.identity()
    reins.note({ cursor: batch.next === undefined ? { identity } : { identity, at: batch.next } })
  }

  function addUp(done: Omit<Settlement, 'left'>): void {
    const { removed, changed, gone } = reins.progress()
    reins.note({ removed: removed + done.removed, changed: changed + done.changed, gone: gone + done.gone })
  }

  return {
    async take(slice) {
      const kept = keepFrames(slice.frames, ({ nameStart, nameEnd }) => isNew(slice.frames, nameStart, nameEnd))
      if (kept.entries > 0) {
        parts.push(kept.frames)
        size = { bytes: size.bytes + kept.frames.length, entries: size.entries + kept.entries }
      }
      next = slice.next
      // why: a job is removed where it was read, near the end of its queue; see KeyTarget.
      if (deps.target.layout === 'sidekiq') {
        archive()
        return remove(0)
      }
      if (size.bytes < FULL.bytes && size.entries < FULL.entries) return true
      archive()
      // The one before goes while this one is compressed and written.
      return remove(1)
    },
    async drain() {
      archive()
      const isDone = await remove(0)
      await settled
      return isDone
    },
    discard() {
      for (const frames of parts)
        eachFrame(frames, ({ nameStart, nameEnd }) => planned?.mark(frames, nameStart, nameEnd, 'todo'))
      parts = []
      size = { bytes: 0, entries: 0 }
    },
  }
}
