/** Slices of a walk that counts ids up: the names are known before anybody has looked for them. */
import type { Scope, Slice } from '../../../ports/keys.js'
import { expectValue, isRefusal } from '../failure.js'
import { FEWEST, type Gauge } from '../gauge.js'
import { escapeGlob } from '../glob.js'
import type { Words } from '../session.js'
import { readSlice } from '../slices.js'
import { type Standing, write } from '../walk.js'
import type { Watch } from '../watches.js'
import { packWhole, READ_WHOLE, type Tail } from '../whole.js'
import { type Packed, packRange, unpackNames } from '../wire.js'
import { type Places, placesSize, writePlaces } from './entry.js'
import { SET_BITS } from './indexes.js'
import { queuesOf, type RpushNames, setsWith } from './names.js'
import { createPresence } from './presence.js'
import { WALK_RPUSH } from './walk-script.js'

/** See `KeyTarget.slice`. */
export type Tell = (next: string) => void

interface Stretch {
  readonly from: number
  readonly count: number
  readonly keys: Packed
  readonly next: string | undefined
}

function stretch({ position }: Standing, names: RpushNames, scope: Scope, most: number): Stretch {
  const from = Math.max(1, Number(position.cursor))
  const top = scope.upToId ?? 0
  const count = Math.max(0, Math.min(most, top - from + 1))
  const keys = packRange(names.prefix, from, count)
  const next = from + count > top ? undefined : write({ ...position, cursor: String(from + count) })
  return { from, count, keys, next }
}

/** How many of the next ids live. */
export async function countRange(
  standing: Standing,
  names: RpushNames,
  scope: Scope,
  quantumMs: number,
  gauge: Gauge,
  tell: Tell,
): Promise<Slice> {
  const { keys, count, next } = stretch(standing, names, scope, gauge.fit(quantumMs, 5_000, FEWEST))
  if (next !== undefined) tell(next)
  const nothing = { frames: Buffer.alloc(0), kinds: {}, visited: count, next }
  if (count === 0) return { ...nothing, found: 0, serverMs: 0 }
  const { replies, serverMs } = await standing.session.timed([['EXISTS', keys]])
  gauge.took(serverMs, count)
  return { ...nothing, found: Number(expectValue(replies[0], standing.session.where)), serverMs }
}

export interface RangeReading {
  readonly gauge: Gauge
  /** How many may be removed at once. */
  readonly room: number
  readonly tell: Tell
  /** The daemon is at work, so that what it has claimed is to be left; see `Scope.sparing`. */
  readonly isSparing: boolean
}

export interface RangeReader {
  /** The next notifications, whole and watched. Undefined: not this way; whatever else reads them has to do it. */
  read(standing: Standing, scope: Scope, quantumMs: number, on: RangeReading): Promise<Slice | undefined>
}

export function createRangeReader(names: RpushNames): RangeReader {
  const queues = queuesOf(names)
  const sets = setsWith(names)
  const presence = createPresence([...queues, ...sets])
  const onHold = ['EXISTS', names.heldPending, names.since] as const

  /** Undefined: what is needed to know where they stand changed meanwhile. */
  async function fromHere({ session }: Watch, { from, count, keys }: Stretch, mayBeReleased: boolean) {
    const there = await presence.there(session)
    const ids = packRange('', from, count)
    const asking = presence.asking()
    const held = mayBeReleased ? [onHold] : []
    // Places first: what is claimed in between is archived as waiting and then found changed, never the other way.
    const places = there.map((key) => [queues.includes(key) ? 'ZMSCORE' : 'SMISMEMBER', key, ids] as const)
    const asked: readonly Words[] = [['WATCH', keys], ...held, ...asking, ...places]
    const { before, after, answer, serverMs } = await session.timedRun(READ_WHOLE, [keys], {
      before: asked,
      after: held,
    })
    const [watched, ...others] = before
    const value = (reply: unknown) => expectValue(reply, session.where)
    const isReleased = held.length > 0 && [others[0], after[0]].some((reply) => Number(value(reply)) === 0)
    const isNew = asking.length > 0 && Number(value(others[held.length])) > 0
    if (isNew) presence.forget()
    if (isReleased || isNew) return undefined
    const first = held.length + asking.length
    const lists = new Map(there.map((key, index) => [key, listOf(value(others[first + index]))] as const))
    const { found, frames } = packWhole(unpackNames(keys), answer, tailOf(names, count, lists))
    return { found, frames, serverMs, isWatched: !isRefusal(watched) }
  }

  return {
    async read(standing, scope, quantumMs, { gauge, room, tell, isSparing }) {
      const next = stretch(standing, names, scope, Math.min(room, gauge.fit(quantumMs, 2_000)))
      const watch = next.count === 0 ? undefined : await standing.node.watches.open(next.count, room)
      if (watch === undefined) return undefined
      if (next.next !== undefined) tell(next.next)
      const got = isSparing
        ? await inServer(watch, names, next, scope)
        : await fromHere(watch, next, scope.sparing === true)
      if (got === undefined) return undefined
      const { isWatched, ...slice } = got
      watch.pieces.push({ frames: slice.frames, names: undefined })
      gauge.took(slice.serverMs, next.count)
      const guard = isWatched ? { guard: watch.token } : {}
      return { ...slice, kinds: {}, visited: next.count, next: next.next, once: true, ...guard }
    },
  }
}

/** In one step, so that what is claimed and not yet read by the daemon is known to be so. */
async function inServer({ session }: Watch, names: RpushNames, { from, count, keys }: Stretch, scope: Scope) {
  const bounds = [from, from + count - 1, FOREVER_US] as const
  const args = [names.prefix, 'range', ...bounds, 'e', count, count, escapeGlob(names.prefix), flagOf(scope)]
  const { before, answer, serverMs } = await session.timedRun(WALK_RPUSH, args, { before: [['WATCH', keys]] })
  const { found, frames } = readSlice(answer)
  return { found, frames, serverMs, isWatched: !isRefusal(before[0]) }
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : []
}

/** `lists`: what each index that is there says of each id. */
function tailOf(names: RpushNames, count: number, lists: ReadonlyMap<string, readonly unknown[]>): Tail {
  const listsOf = (keys: readonly string[]) => keys.flatMap((key) => [lists.get(key) ?? []])
  const pending = listsOf([names.pending, names.heldPending])
  const retryable = listsOf([names.retryable, names.heldRetryable])
  const sets = listsOf(setsWith(names))
  const places = Array.from({ length: count }, (_, id): Places => {
    let bits = 0
    for (const [set, members] of sets.entries()) if (members[id] === 1) bits |= SET_BITS[set] ?? 0
    return { sets: bits, pending: scoreIn(pending, id), retryable: scoreIn(retryable, id) }
  })
  return {
    size: (id) => placesSize(places[id] ?? NOWHERE),
    write: (bytes, at, id) => writePlaces(bytes, at, places[id] ?? NOWHERE),
  }
}

const NOWHERE: Places = { sets: 0, pending: undefined, retryable: undefined }

function scoreIn(lists: readonly (readonly unknown[])[], id: number): number | undefined {
  for (const list of lists) {
    const score = list[id]
    if (Buffer.isBuffer(score)) return Number(score.toString('latin1'))
  }
  return undefined
}

/** As the script takes it. */
export function flagOf(scope: Scope): 0 | 1 {
  return scope.sparing === true ? 1 : 0
}

/** A slice that the number of its ids ends, not a clock. */
const FOREVER_US = 1e12
