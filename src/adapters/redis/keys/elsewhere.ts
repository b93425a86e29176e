/**
 * Keys whose names one master of a cluster showed and would not read, because their slot is on its way: the one who gives it
 * away refuses what has gone, and the one who takes it what has come, until the end. They are asked for once more where they
 * live, so that no key is hidden by where its slot is.
 */
import type { KeyedCommand, RedisServers } from '../connect.js'
import { expectValue } from '../failure.js'
import { decodeFrames, encodeNames } from '../frames.js'
import { type Entries, inSteps, named } from './read.js'

type Found = Pick<Entries, 'found' | 'kinds' | 'frames'>

/** What of `names` is not among `read`, whole. */
export async function readElsewhere(servers: RedisServers, names: readonly Buffer[], read: Found): Promise<Found> {
  const known = new Set(decodeFrames(read.frames).map(({ name }) => name.toString('latin1')))
  const rest = names.filter((name) => !known.has(name.toString('latin1')))
  const asking = rest.flatMap((name) => [keyed(name, 'DUMP'), keyed(name, 'PTTL')])
  const replies = (await servers.batch(asking)).map((reply) => expectValue(reply, 'the target'))
  return together(read, inSteps(rest, replies, 'the target'))
}

/** Those of `names` that live, by name and type, besides `read`. */
export async function nameElsewhere(servers: RedisServers, names: readonly Buffer[], read: Found): Promise<Found> {
  const replies = await servers.batch(names.map((name) => keyed(name, 'TYPE')))
  const types = replies.map((reply) => String(expectValue(reply, 'the target')))
  const living = names.filter((_, index) => types[index] !== 'none')
  const kinds = new Map<string, number>()
  for (const type of types) if (type !== 'none') kinds.set(type, (kinds.get(type) ?? 0) + 1)
  return together(read, { found: living.length, kinds: named(kinds), frames: encodeNames(living) })
}

function together(one: Found, other: Found): Found {
  return {
    found: one.found + other.found,
    kinds: [...one.kinds, ...other.kinds],
    frames: Buffer.concat([one.frames, other.frames]),
  }
}

function keyed(key: Buffer, command: string): KeyedCommand {
  return { key, words: [command, key] }
}
