/**
 * An `rpush` target for users who may not run scripts, and for clusters, where a notification and its indexes live on
 * different masters. Between reading and unlinking lies one round trip, in which a notification that is not waiting in a
 * queue could still be saved; one that is waiting is claimed first, exactly as the daemon does.
 */
import type { Scope, What } from '../../../ports/keys.js'
import type { KeyedCommand, RedisServers } from '../connect.js'
import { withChecksum, withoutChecksum } from '../crc64.js'
import { expectValue, isRefusal } from '../failure.js'
import { decodeFrames, EXPIRED, encodeFrame, restoreTtl } from '../frames.js'
import type { Arg } from '../session.js'
import type { Settling } from '../settle.js'
import type { RawSlice } from '../slices.js'
import { decodePayload, encodePlaces, kindOf, type Places, sameQueues, setsOf, stateOf } from './entry.js'
import { INDEX_SETS, SET_BITS } from './indexes.js'
import type { RpushNames } from './names.js'

type Found = Pick<RawSlice, 'found' | 'frames'> & { readonly kinds: Readonly<Record<string, number>> }

export interface RpushSteps {
  /** What lives under these ids and belongs to the scope. */
  look(ids: readonly string[], what: What, scope: Scope): Promise<Found>
  readonly remove: Settling['inSteps']
  readonly restore: Settling['inSteps']
}

export function createRpushSteps(servers: RedisServers, names: RpushNames): RpushSteps {
  const ask = async (key: string, command: string, ...args: Arg[]) => {
    const [reply] = await servers.batch([on(key, command, key, ...args)])
    return expectValue(reply, 'the target')
  }
  async function scores(key: string, held: string, ids: readonly string[]): Promise<readonly (number | undefined)[]> {
    const lists = await Promise.all([key, held].map((name) => ask(name, 'ZMSCORE', ...ids)))
    return ids.map((_, index) => {
      const score = lists.map((list) => (Array.isArray(list) ? list[index] : null)).find((seen) => seen !== null)
      return score === undefined ? undefined : Number(score)
    })
  }
  async function placesOf(ids: readonly string[], withSets: boolean): Promise<readonly Places[]> {
    const [pending, retryable] = await Promise.all([
      scores(names.pending, names.heldPending, ids),
      scores(names.retryable, names.heldRetryable, ids),
    ])
    const sets = withSets ? INDEX_SETS : []
    const members = await Promise.all(sets.map((set) => ask(`${names.prefix}${set}`, 'SMISMEMBER', ...ids)))
    return ids.map((_, index) => ({
      sets: members.reduce<number>(
        (bits, list, set) => bits | (Array.isArray(list) && list[index] === 1 ? (SET_BITS[set] ?? 0) : 0),
        0,
      ),
      pending: pending[index],
      retryable: retryable[index],
    }))
  }
  const keyOf = (id: string) => `${names.prefix}${id}`

  return {
    async look(all, what, scope) {
      const nothing = { found: 0, frames: Buffer.alloc(0), kinds: {} }
      if (all.length === 0) return nothing
      const isSparing = scope.sparing === true && Number(await ask(names.since, 'EXISTS', names.heldPending)) === 0
      if (what === 'bare' && !isSparing) {
        return {
          ...nothing,
          found: all.length,
          frames: Buffer.concat(all.map((id) => encodeFrame(Buffer.from(keyOf(id)), -1))),
        }
      }
      if (what === 'count') return { ...nothing, found: await countLiving(servers, all.map(keyOf)) }
      // Places first: one that is claimed in between is archived as waiting and then found changed, never the other way.
      const places = await placesOf(all, what === 'entries')
      const entries = all.flatMap((id, index) => {
        const place = places[index]
        // `undelivered`: not what the daemon has claimed since it was read in a queue.
        if (place === undefined || (scope.mode === 'undelivered' && !isQueued(place))) return []
        return [{ id, place }]
      })
      const free = isSparing ? await withoutBusy(servers, entries, keyOf) : entries
      return what === 'entries' ? byEntry(servers, free, keyOf) : byName(servers, free, keyOf)
    },
    remove: (frames) => removeInSteps(servers, names, frames, (ids) => placesOf(ids, false)),
    restore: (frames) => restoreInSteps(servers, names, frames),
  }
}

interface Entry {
  readonly id: string
  readonly place: Places
}

function on(key: string | Buffer, ...words: KeyedCommand['words']): KeyedCommand {
  return { key: Buffer.from(key), words }
}

function isQueued({ pending, retryable }: Places): boolean {
  return pending !== undefined || retryable !== undefined
}

/** Without those that the daemon has claimed and neither sent nor given back. */
async function withoutBusy(
  servers: RedisServers,
  entries: readonly Entry[],
  keyOf: (id: string) => string,
): Promise<readonly Entry[]> {
  const claimed = entries.filter(({ place }) => !isQueued(place))
  const replies = await servers.batch(
    claimed.map(({ id }) => on(keyOf(id), 'HMGET', keyOf(id), 'id', 'type', 'app_id', 'delivered', 'failed')),
  )
  const busy = claimed.filter(({ place }, index) => {
    const reply = replies[index]
    const fields = Array.isArray(reply) ? reply.map((field) => (Buffer.isBuffer(field) ? field : null)) : []
    return stateOf(fields, place) === 'in flight'
  })
  return entries.filter((entry) => !busy.includes(entry))
}

async function countLiving(servers: RedisServers, keys: readonly string[]): Promise<number> {
  const [first = ''] = keys
  const commands = servers.cluster ? keys.map((key) => on(key, 'EXISTS', key)) : [on(first, 'EXISTS', ...keys)]
  const replies = await servers.batch(commands)
  return replies.reduce<number>((sum, reply) => sum + Number(expectValue(reply, 'the target')), 0)
}

async function byName(servers: RedisServers, entries: readonly Entry[], keyOf: (id: string) => string): Promise<Found> {
  const replies = await servers.batch(
    entries.flatMap(({ id }) => [
      on(keyOf(id), 'HMGET', keyOf(id), 'id', 'type', 'app_id', 'delivered', 'failed'),
      on(keyOf(id), 'EXISTS', keyOf(id)),
    ]),
  )
  const kinds: Record<string, number> = {}
  const frames = entries.flatMap(({ id, place }, index) => {
    if (Number(expectValue(replies[2 * index + 1], 'the target')) === 0) return []
    const reply = replies[2 * index]
    const fields = Array.isArray(reply) ? reply.map((field) => (Buffer.isBuffer(field) ? field : null)) : []
    const kind = kindOf(fields[1] ?? Buffer.alloc(0), fields[2] ?? Buffer.alloc(0), stateOf(fields, place))
    kinds[kind] = (kinds[kind] ?? 0) + 1
    return [encodeFrame(Buffer.from(keyOf(id)), -1)]
  })
  return { found: frames.length, frames: Buffer.concat(frames), kinds }
}

async function byEntry(
  servers: RedisServers,
  entries: readonly Entry[],
  keyOf: (id: string) => string,
): Promise<Found> {
  const replies = await servers.batch(
    entries.flatMap(({ id }) => [on(keyOf(id), 'DUMP', keyOf(id)), on(keyOf(id), 'PTTL', keyOf(id))]),
  )
  const frames = entries.flatMap(({ id, place }, index) => {
    const value = expectValue(replies[2 * index], 'the target')
    if (!Buffer.isBuffer(value) || Number(replies[2 * index + 1]) === EXPIRED) return []
    return [
      encodeFrame(Buffer.from(keyOf(id)), Number(replies[2 * index + 1]), withoutChecksum(value), encodePlaces(place)),
    ]
  })
  return { found: frames.length, frames: Buffer.concat(frames), kinds: {} }
}

async function removeInSteps(
  servers: RedisServers,
  names: RpushNames,
  frames: Buffer,
  placesOf: (ids: readonly string[]) => Promise<readonly Places[]>,
) {
  const all = decodeFrames(frames).map((frame) => ({ ...frame, id: idIn(frame.name, names.prefix) }))
  const ours = all.flatMap((frame) => (frame.id === undefined ? [] : [{ ...frame, id: frame.id }]))
  const left: Buffer[] = all.filter(({ id }) => id === undefined).map(({ name }) => Buffer.from(name))
  const [places, values] =
    ours.length === 0
      ? [[], []]
      : await Promise.all([
          placesOf(ours.map(({ id }) => id)),
          servers.batch(ours.map(({ name, payload }) => on(name, payload.length === 0 ? 'EXISTS' : 'DUMP', name))),
        ])
  let gone = 0
  const same = ours.filter(({ name, payload }, index) => {
    const value = expectValue(values[index], 'the target')
    const place = places[index]
    if (payload.length === 0) return true
    if (!Buffer.isBuffer(value)) {
      gone += 1
      return false
    }
    const archived = decodePayload(payload)
    if (place !== undefined && archived.value.equals(withoutChecksum(value)) && sameQueues(archived.places, place))
      return true
    left.push(Buffer.from(name))
    return false
  })
  const doomed = await claim(servers, names, same, (name) => void left.push(name))
  const unlinked = await servers.batch(doomed.map(({ name }) => on(name, 'UNLINK', name)))
  const done = unlinked.filter((reply) => Number(expectValue(reply, 'the target')) === 1).length
  const ids = doomed.map(({ id }) => id)
  const sets = ids.length === 0 ? [] : INDEX_SETS.map((set) => `${names.prefix}${set}`)
  for (const reply of await servers.batch(sets.map((set) => on(set, 'SREM', set, ...ids))))
    expectValue(reply, 'the target')
  return { done, kept: left.length, lost: gone + doomed.length - done, left }
}

interface Doomed {
  readonly id: string
  readonly name: Buffer
  readonly payload: Buffer
}

/** why: the daemon claims by ZREM too, so whoever gets a 1 owns the notification, and what it got is being sent. */
async function claim(
  servers: RedisServers,
  names: RpushNames,
  entries: readonly Doomed[],
  leave: (name: Buffer) => void,
): Promise<readonly Doomed[]> {
  const keys = [names.pending, names.heldPending, names.retryable, names.heldRetryable]
  const replies = await servers.batch(entries.flatMap(({ id }) => keys.map((key) => on(key, 'ZREM', key, id))))
  return entries.filter(({ name, payload }, index) => {
    const claims = keys.map((_, key) => Number(expectValue(replies[index * keys.length + key], 'the target')))
    if (payload.length === 0) return true
    const { places } = decodePayload(payload)
    const waited = places.pending === undefined || claims[0] === 1 || claims[1] === 1
    const retried = places.retryable === undefined || claims[2] === 1 || claims[3] === 1
    if (waited && retried) return true
    leave(Buffer.from(name))
    return false
  })
}

/** Indexes come after the hash, as Rpush itself writes them, so that nothing in them points at nothing. */
async function restoreInSteps(servers: RedisServers, names: RpushNames, frames: Buffer) {
  const all = decodeFrames(frames).map((frame) => ({
    ...frame,
    ...decodePayload(frame.payload),
    id: frame.name.toString('latin1').slice(names.prefix.length),
  }))
  const replies = await servers.batch(
    all.map(({ name, ttlMs, value }) => on(name, 'RESTORE', name, restoreTtl(ttlMs), withChecksum(value))),
  )
  const outcomes = replies.map((reply) => {
    if (!isRefusal(reply)) return 'done'
    if (/BUSYKEY/u.test(reply.message)) return 'kept'
    if (!/checksum/u.test(reply.message)) expectValue(reply, 'the target')
    return 'lost'
  })
  const [hold] = await servers.batch([on(names.since, 'EXISTS', names.heldPending, names.since)])
  const held = Number(expectValue(hold, 'the target')) > 0
  const pendingKey = held ? names.heldPending : names.pending
  const retryableKey = held ? names.heldRetryable : names.retryable
  const indexes = all.flatMap(({ id, places }, index) => {
    if (outcomes[index] !== 'done') return []
    const { pending, retryable } = places
    return [
      ...setsOf(places.sets).map((set) => on(`${names.prefix}${set}`, 'SADD', `${names.prefix}${set}`, id)),
      ...(pending === undefined ? [] : [on(pendingKey, 'ZADD', pendingKey, 'NX', pending, id)]),
      ...(retryable === undefined ? [] : [on(retryableKey, 'ZADD', retryableKey, 'NX', retryable, id)]),
    ]
  })
  for (const reply of await servers.batch(indexes)) expectValue(reply, 'the target')
  const count = (outcome: string) => outcomes.filter((seen) => seen === outcome).length
  return { done: count('done'), kept: count('kept'), lost: count('lost'), left: [] }
}

function idIn(name: Buffer, prefix: string): string | undefined {
  const text = name.toString('latin1')
  const start = Buffer.from(prefix).toString('latin1')
  const id = text.startsWith(start) ? text.slice(start.length) : ''
  return /^\d+$/u.test(id) ? id : undefined
}
