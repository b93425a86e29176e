/** Removes what a watch says that nobody wrote to. */
import type { RedisServers } from './connect.js'
import { expectValue, isRefusal } from './failure.js'
import { decodeFrames } from './frames.js'
import type { Words } from './session.js'
import type { Settled } from './slices.js'
import type { Piece } from './watches.js'
import { Packed } from './wire.js'

/**
 * `remover`: the one command that removes all of these and answers how many there were (less than 0: it did nothing), or
 * undefined where they must be compared. Undefined: something was written to, or the watch does not hold any more; nothing
 * was removed then.
 */
export async function removeWatched(
  servers: RedisServers,
  frames: Buffer,
  guard: number | undefined,
  remover: (frames: Buffer, names: Packed | undefined) => { readonly words: Words; readonly count: number } | undefined,
): Promise<Settled | undefined> {
  const [node] = await servers.masters()
  const watch = guard === undefined ? undefined : node?.watches.claim(guard)
  if (watch === undefined || node === undefined) return undefined
  try {
    const isWhole = isAll(frames, watch.pieces)
    const names = isWhole ? namesOf(watch.pieces) : undefined
    const removal = isWhole || isPartOf(frames, watch.pieces) ? remover(frames, names) : undefined
    if (removal === undefined) {
      await watch.session.call('UNWATCH')
      return undefined
    }
    const { replies, serverMs } = await watch.session.timed([['MULTI'], removal.words, ['EXEC']])
    const queued = replies[1]
    // A command that was refused already while it was queued, for want of rights: the other ways say what is missing.
    if (isRefusal(queued)) return undefined
    const results = expectValue(replies[2], watch.session.where)
    const [result] = Array.isArray(results) ? results : []
    if (result === undefined || result instanceof Error || Number(result) < 0) return undefined
    const done = Number(result)
    return { consumed: frames.length, done, kept: 0, lost: removal.count - done, serverMs, left: [] }
  } finally {
    node.watches.release(watch)
  }
}

/** Whether these frames are all that is watched. */
function isAll(frames: Buffer, pieces: readonly Piece[]): boolean {
  let at = 0
  for (const piece of pieces) {
    const end = at + piece.frames.length
    if (!frames.subarray(at, end).equals(piece.frames)) return false
    at = end
  }
  return at === frames.length
}

/** Undefined: they have to be read from the frames. */
function namesOf(pieces: readonly Piece[]): Packed | undefined {
  const lists = pieces.flatMap(({ names }) => (names === undefined ? [] : [names]))
  if (lists.length < pieces.length) return undefined
  return new Packed(
    lists.reduce((sum, { count }) => sum + count, 0),
    Buffer.concat(lists.map(({ bytes }) => bytes)),
  )
}

/** Whether every one of these frames is watched. */
function isPartOf(frames: Buffer, pieces: readonly Piece[]): boolean {
  const watched = pieces.flatMap((piece) => decodeFrames(piece.frames))
  const names = new Set(watched.map(({ name }) => name.toString('latin1')))
  return decodeFrames(frames).every(({ name }) => names.has(name.toString('latin1')))
}
