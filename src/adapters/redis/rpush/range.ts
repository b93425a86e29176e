/** Removal without an archive where ids count up: the names are made here, so that nobody searches a million of them. */
import { expectValue } from '../failure.js'
import { HEAD, writeHead } from '../frames.js'
import type { Session, Words } from '../session.js'
import type { Settled } from '../slices.js'
import { packRange } from '../wire.js'
import { queuesOf, type RpushNames, setsWith } from './names.js'
import { createPresence } from './presence.js'

/** Frames of the names of `count` ids from `from` on, with nothing in them. */
export function nameFrames(prefix: string, from: number, count: number): Buffer {
  const start = Buffer.from(prefix)
  const bytes = Buffer.allocUnsafe(count * (HEAD + start.length + 16))
  let at = 0
  for (let id = from; id < from + count; id += 1) {
    const length = start.copy(bytes, at + HEAD) + bytes.write(String(id), at + HEAD + start.length, 'latin1')
    writeHead(bytes, at, length, -1, 0)
    at += HEAD + length
  }
  return bytes.subarray(0, at)
}

export interface Run {
  readonly from: number
  readonly count: number
  /** Where each frame of it ends. */
  readonly ends: readonly number[]
}

/** The names at the front of the frames whose ids follow each other, at most `limit`. */
export function leadingRun(frames: Buffer, prefix: Buffer, limit: number): Run {
  const ends: number[] = []
  let from = 0
  for (let at = 0; at + HEAD <= frames.length && ends.length < limit; ) {
    const nameEnd = at + HEAD + frames.readUInt32LE(at)
    if (frames.readUInt32LE(at + 12) !== 0) break
    const id = readId(frames.subarray(at + HEAD, nameEnd), prefix)
    if (ends.length === 0) from = id
    if (!(id === from + ends.length)) break
    ends.push(nameEnd)
    at = nameEnd
  }
  return { from, count: ends.length, ends }
}

/** The id in a notification's name; NaN for anything but the prefix and a decimal number as Rpush writes it. */
export function readId(name: Buffer, prefix: Buffer): number {
  const start = prefix.length
  const digits = name.length - start
  if (digits < 1 || digits > 15 || (name[start] === 0x30 && digits > 1)) return Number.NaN
  for (let at = 0; at < start; at += 1) if (name[at] !== prefix[at]) return Number.NaN
  let id = 0
  for (let at = start; at < name.length; at += 1) {
    const digit = (name[at] ?? 0) - 0x30
    if (digit < 0 || digit > 9) return Number.NaN
    id = id * 10 + digit
  }
  return id
}

export interface RunRemover {
  /** Removes a whole run; the queues first, so that the daemon claims nothing that is gone. */
  remove(session: Session, run: Run): Promise<Settled>
}

export function createRunRemover(names: RpushNames): RunRemover {
  const queues = queuesOf(names)
  const presence = createPresence([...queues, ...setsWith(names)])
  return {
    async remove(session, run) {
      const ids = packRange('', run.from, run.count)
      const taking = (keys: readonly string[]): readonly Words[] =>
        keys.map((key) => [queues.includes(key) ? 'ZREM' : 'SREM', key, ids] as const)
      const there = await presence.there(session)
      const before = [...presence.asking(), ...taking(there.filter((key) => queues.includes(key)))]
      const commands: readonly Words[] = [
        ...before,
        ['UNLINK', packRange(names.prefix, run.from, run.count)],
        ...taking(there.filter((key) => !queues.includes(key))),
      ]
      const { replies, serverMs } = await session.timed(commands)
      const values = replies.map((reply) => Number(expectValue(reply, session.where)))
      if (presence.asking().length > 0 && values[0] !== 0) {
        // One of the others came into being meanwhile.
        for (const reply of await session.batch(taking(presence.missing()))) expectValue(reply, session.where)
        presence.forget()
      }
      const done = values[before.length] ?? 0
      return { consumed: run.ends.at(-1) ?? 0, done, kept: 0, lost: run.count - done, serverMs, left: [] }
    },
  }
}
