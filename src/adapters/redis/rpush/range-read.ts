/** Slices of a walk that counts ids up: the names are known before anybody has looked for them. */
import type { Scope, Slice } from '../../../ports/keys.js'
import { expectValue, isRefusal } from '../failure.js'
import { FEWEST, type Gauge } from '../gauge.js'
import { escapeGlob } from '../glob.js'
import { readSlice } from '../slices.js'
import { type Standing, write } from '../walk.js'
import { type Packed, packRange } from '../wire.js'
import type { RpushNames } from './names.js'
import { WALK_RPUSH } from './walk-script.js'

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
): Promise<Slice> {
  const { keys, count, next } = stretch(standing, names, scope, gauge.fit(quantumMs, 5_000, FEWEST))
  const nothing = { frames: Buffer.alloc(0), kinds: {}, visited: count, next }
  if (count === 0) return { ...nothing, found: 0, serverMs: 0 }
  const { replies, serverMs } = await standing.session.timed([['EXISTS', keys]])
  gauge.took(serverMs, count)
  return { ...nothing, found: Number(expectValue(replies[0], standing.session.where)), serverMs }
}

/** The next notifications, whole and watched. Undefined: there is no connection to watch them with. */
export async function readRange(
  standing: Standing,
  names: RpushNames,
  scope: Scope,
  quantumMs: number,
  gauge: Gauge,
): Promise<Slice | undefined> {
  const { from, keys, count, next } = stretch(standing, names, scope, gauge.fit(quantumMs, 2_000))
  const watch = count === 0 ? undefined : await standing.node.watches.open(count)
  if (watch === undefined) return undefined
  const args = [
    names.prefix,
    'range',
    from,
    from + count - 1,
    FOREVER_US,
    'e',
    count,
    count,
    escapeGlob(names.prefix),
    flagOf(scope),
  ]
  const { replies, serverMs } = await watch.session.timed([
    ['WATCH', keys],
    ['EVALSHA', WALK_RPUSH.sha, 0, ...args],
  ])
  const reply = replies[1]
  const isUnknown = isRefusal(reply) && reply.message.startsWith('NOSCRIPT')
  const answer = isUnknown ? await watch.session.run(WALK_RPUSH, [], args) : expectValue(reply, watch.session.where)
  const { found, frames } = readSlice(answer)
  watch.pieces.push({ frames, names: undefined })
  gauge.took(serverMs, count)
  const isGuarded = !isRefusal(replies[0])
  return {
    found,
    frames,
    kinds: {},
    visited: count,
    serverMs,
    next,
    once: true,
    ...(isGuarded ? { guard: watch.token } : {}),
  }
}

/** As the script takes it. */
export function flagOf(scope: Scope): 0 | 1 {
  return scope.sparing === true ? 1 : 0
}

/** A slice that the number of its ids ends, not a clock. */
const FOREVER_US = 1e12
