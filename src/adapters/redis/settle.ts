/** Removing and putting back: one slice of frames, in one script per master, or in plain commands where scripts are not allowed. */
import type { What } from '../../ports/keys.js'
import type { RedisServers } from './connect.js'
import { decodeFrames, encodeFrame, firstFrames } from './frames.js'
import { FEWEST, type Gauge } from './gauge.js'
import type { Arg, Script, Session, Words } from './session.js'
import { asBuffer, readSettled, type Settled } from './slices.js'

type Outcome = Omit<Settled, 'consumed' | 'serverMs'>

export interface Settling {
  readonly gauge: Gauge
  readonly script: Script
  /** What the script takes before the frames. */
  readonly before?: readonly Arg[]
  /** What it takes behind the frames and the quantum. */
  readonly args: readonly Arg[]
  /** Deals with all of these frames by plain commands. */
  inSteps(frames: Buffer): Promise<Outcome>
}

/** why: a write of this size arrives at the server within a quantum or two. */
const MOST_BYTES = 1_000_000

export async function settle(
  servers: RedisServers,
  settling: Settling,
  frames: Buffer,
  quantumMs: number,
): Promise<Settled> {
  const masters = await servers.masters()
  const [first] = masters
  if (frames.length === 0 || first === undefined) return nothing
  const session = await first.session()
  // A notification and its indexes live on different masters of a cluster: a script of one cannot reach both.
  const scripted = (await session.scripting()) && !(servers.cluster && settling.before !== undefined)
  const fits = settling.gauge.fit(quantumMs, 5_000, scripted ? 1 : FEWEST) * masters.length
  const { bytes, count } = firstFrames(frames, fits, MOST_BYTES)
  if (!scripted) return stepwise(settling, session, bytes, count)
  const settled = servers.cluster
    ? await onEveryMaster(servers, settling, bytes, quantumMs)
    : await inOne(settling, session, bytes, quantumMs)
  settling.gauge.took(settled.serverMs, settled.done + settled.kept + settled.lost)
  return settled
}

const nothing: Settled = { consumed: 0, done: 0, kept: 0, lost: 0, serverMs: 0, left: [] }

async function inOne(settling: Settling, session: Session, bytes: Buffer, quantumMs: number): Promise<Settled> {
  const args = [...(settling.before ?? []), bytes, Math.round(quantumMs * 1_000), ...settling.args]
  return readSettled(asBuffer(await session.run(settling.script, [], args)))
}

async function stepwise(settling: Settling, session: Session, bytes: Buffer, count: number): Promise<Settled> {
  const began = performance.now()
  const outcome = await settling.inSteps(bytes)
  const serverMs = Math.max(0, performance.now() - began - 2 * session.baseMs())
  settling.gauge.took(serverMs, count)
  return { ...outcome, consumed: bytes.length, serverMs }
}

/**
 * Each master gets its own frames, all at the same time. What a master would not touch (its slot is moving) is done again
 * by single commands, which follow the slot; what had really changed is found changed again.
 */
async function onEveryMaster(
  servers: RedisServers,
  settling: Settling,
  bytes: Buffer,
  quantumMs: number,
): Promise<Settled> {
  const shares = new Map<Session, Buffer[]>()
  for (const { name, ttlMs, payload } of decodeFrames(bytes)) {
    const session = await (await servers.owner(name)).session()
    const frame = encodeFrame(name, ttlMs, payload)
    const share = shares.get(session)
    if (share === undefined) shares.set(session, [frame])
    else share.push(frame)
  }
  const parts = await Promise.all(
    [...shares].map(async ([session, share]) => {
      let rest: Buffer = Buffer.concat(share)
      let sum = nothing
      while (rest.length > 0) {
        const part = await inOne(settling, session, rest, quantumMs)
        sum = add(sum, part)
        rest = rest.subarray(part.consumed)
      }
      return sum
    }),
  )
  const sum = parts.reduce(add, nothing)
  if (sum.left.length === 0) return { ...sum, consumed: bytes.length }
  servers.refresh()
  const doubtful = new Set(sum.left.map((name) => name.toString('latin1')))
  const again = decodeFrames(bytes).filter(({ name }) => doubtful.has(name.toString('latin1')))
  const outcome = await settling.inSteps(
    Buffer.concat(again.map(({ name, ttlMs, payload }) => encodeFrame(name, ttlMs, payload))),
  )
  // Restoring, the left ones were counted as failed; removing, as changed.
  const failed = sum.lost >= sum.left.length && sum.kept < sum.left.length
  return {
    consumed: bytes.length,
    done: sum.done + outcome.done,
    kept: sum.kept + outcome.kept - (failed ? 0 : sum.left.length),
    lost: sum.lost + outcome.lost - (failed ? sum.left.length : 0),
    serverMs: sum.serverMs,
    left: outcome.left,
  }
}

function add(a: Settled, b: Settled): Settled {
  return {
    consumed: a.consumed + b.consumed,
    done: a.done + b.done,
    kept: a.kept + b.kept,
    lost: a.lost + b.lost,
    serverMs: Math.max(a.serverMs, b.serverMs),
    left: [...a.left, ...b.left],
  }
}

/** What PTTL says of a key that is not there. */
export const EXPIRED = -2

/** What a plain walk asks of each key. */
export function chooseWords(what: What, keys: readonly Buffer[]): readonly Words[] {
  if (what === 'count' || what === 'bare') return []
  if (what === 'names') return keys.flatMap((key) => [['TYPE', key] as const, ['MEMORY', 'USAGE', key] as const])
  return keys.flatMap((key) => [['DUMP', key] as const, ['PTTL', key] as const])
}
