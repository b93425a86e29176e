/** Removing plain keys and putting them back: under a watch, by names alone, by a script that compares, or step by step. */
import type { KeyTarget, Removal, Restoration } from '../../../ports/keys.js'
import type { KeyedCommand, RedisServers } from '../connect.js'
import { withChecksum, withoutChecksum } from '../crc64.js'
import { expectValue, isRefusal } from '../failure.js'
import { decodeFrames, leadingNames, restoreTtl, withChecksums } from '../frames.js'
import { createGauge, FEWEST } from '../gauge.js'
import { type Settling, settle } from '../settle.js'
import type { Settled } from '../slices.js'
import { removeWatched } from '../watched.js'
import { packNames } from '../wire.js'
import { REMOVE_KEYS, RESTORE_KEYS } from './scripts.js'

export interface KeysSettling extends Pick<KeyTarget, 'remove' | 'restore'> {
  /** How many watched ones may go at once, so that their removal takes no longer than a slice may. */
  room(quantumMs: number): number
}

export function createKeysSettling(servers: RedisServers, prefix: string): KeysSettling {
  const literal = Buffer.from(prefix)
  const isOurs = (name: Buffer): boolean => name.subarray(0, literal.length).equals(literal)
  const removing: Settling = {
    gauge: createGauge(6),
    script: REMOVE_KEYS,
    args: [servers.cluster ? '0' : '1', literal],
    inSteps: (frames) => removeInSteps(servers, isOurs, frames),
  }
  const restoring: Settling = {
    gauge: createGauge(8),
    script: RESTORE_KEYS,
    args: [],
    prepare: (frames) => withChecksums(frames, () => 0),
    inSteps: (frames) => restoreInSteps(servers, frames),
  }
  const unlinking = createGauge(2)
  const unwatching = createGauge(4)

  /** Undefined: they have values to be compared, or are not all of this server. */
  async function byNames(frames: Buffer, quantumMs: number): Promise<Settled | undefined> {
    const { names, bytes } = leadingNames(frames, unlinking.fit(quantumMs, 5_000, FEWEST))
    const [node] = await servers.masters()
    if (servers.cluster || names.length === 0 || node === undefined || !names.every(isOurs)) return undefined
    const session = await node.session()
    const { replies, serverMs } = await session.timed([['UNLINK', packNames(names)]])
    const done = Number(expectValue(replies[0], session.where))
    unlinking.took(serverMs, names.length)
    return { consumed: bytes, done, kept: 0, lost: names.length - done, serverMs, left: [] }
  }

  async function underWatch(frames: Buffer, guard: number | undefined): Promise<Settled | undefined> {
    const settled = await removeWatched(servers, frames, guard, (watched, packed) => {
      if (packed !== undefined) return { words: ['UNLINK', packed], count: packed.count }
      const names = decodeFrames(watched).map(({ name }) => name)
      return names.every(isOurs) ? { words: ['UNLINK', packNames(names)], count: names.length } : undefined
    })
    if (settled !== undefined) unwatching.took(settled.serverMs, settled.done + settled.lost)
    return settled
  }

  return {
    room: (quantumMs) => unwatching.fit(quantumMs, 500, FEWEST),
    async remove(frames, quantumMs, guard): Promise<Removal> {
      const settled =
        (await underWatch(frames, guard)) ??
        (await byNames(frames, quantumMs)) ??
        (await settle(servers, removing, frames, quantumMs))
      const { done, kept, lost, ...rest } = settled
      return { ...rest, removed: done, changed: kept, gone: lost }
    },
    async restore(frames, quantumMs): Promise<Restoration> {
      const { done, kept, lost, consumed, serverMs } = await settle(servers, restoring, frames, quantumMs)
      return { consumed, serverMs, restored: done, occupied: kept, failed: lost }
    },
  }
}

async function removeInSteps(servers: RedisServers, isOurs: (name: Buffer) => boolean, frames: Buffer) {
  const all = decodeFrames(frames)
  const ours = all.filter(({ name }) => isOurs(name))
  const values = await servers.batch(ours.map(({ name }) => keyed(name, 'DUMP', name)))
  const verdicts = ours.map((frame, index) => {
    const value = expectValue(values[index], 'the target')
    if (!Buffer.isBuffer(value)) return 'gone'
    return frame.payload.length === 0 || frame.payload.equals(withoutChecksum(value)) ? 'same' : 'changed'
  })
  const doomed = ours.filter((_, index) => verdicts[index] === 'same')
  const replies = await servers.batch(doomed.map(({ name }) => keyed(name, 'UNLINK', name)))
  const done = replies.filter((reply) => Number(expectValue(reply, 'the target')) === 1).length
  const changed = new Set(ours.filter((_, index) => verdicts[index] === 'changed'))
  const left = all.filter((frame) => changed.has(frame) || !isOurs(frame.name))
  return {
    done,
    kept: left.length,
    lost: all.length - left.length - done,
    left: left.map(({ name }) => Buffer.from(name)),
  }
}

async function restoreInSteps(servers: RedisServers, frames: Buffer) {
  const replies = await servers.batch(
    decodeFrames(frames).map(({ name, ttlMs, payload }) =>
      keyed(name, 'RESTORE', name, restoreTtl(ttlMs), withChecksum(payload)),
    ),
  )
  const outcomes = replies.map((reply) => restored(reply))
  const count = (outcome: string) => outcomes.filter((seen) => seen === outcome).length
  return { done: count('done'), kept: count('kept'), lost: count('lost'), left: [] }
}

function restored(reply: unknown): 'done' | 'kept' | 'lost' {
  if (!isRefusal(reply)) return 'done'
  if (/BUSYKEY/u.test(reply.message)) return 'kept'
  if (/checksum/u.test(reply.message)) return 'lost'
  expectValue(reply, 'the target')
  return 'lost'
}

function keyed(key: Buffer, ...words: KeyedCommand['words']): KeyedCommand {
  return { key, words }
}
