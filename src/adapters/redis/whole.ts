/** Whole keys in the form in which they are archived, read by one script and put together here. */
import { CHECKSUM_BYTES } from './crc64.js'
import { HEAD, writeHead } from './frames.js'
import { makeScript } from './session.js'

/**
 * ARGV: names. DUMP and PTTL of each; false for what is not there.
 * why no frames: the server is what everybody waits for, and a script in it makes a value of every piece that it joins.
 * why pcall: during a migration a cluster's master may hold a name whose slot it does not serve; it is met again where it
 * then lives.
 */
export const READ_WHOLE = makeScript(`
local out = {}
for i = 1, #ARGV do
  local value = redis.pcall('DUMP', ARGV[i])
  local isThere = type(value) == 'string'
  out[2 * i - 1] = isThere and value
  out[2 * i] = isThere and redis.call('PTTL', ARGV[i])
end
return out
`)

/** What stands behind the value in an entry's payload. */
export interface Tail {
  size(index: number): number
  write(bytes: Buffer, at: number, index: number): void
}

const NOTHING: Tail = { size: () => 0, write: () => undefined }

export interface Whole {
  readonly found: number
  readonly frames: Buffer
  /** How many of each type, by the first byte of their DUMP. */
  readonly types: ReadonlyMap<number, number>
}

/** `answer`: of `READ_WHOLE` for these names. */
export function packWhole(names: readonly Buffer[], answer: unknown, tail: Tail = NOTHING): Whole {
  const pairs: readonly unknown[] = Array.isArray(answer) ? answer : []
  let [found, size] = [0, 0]
  for (const [index, name] of names.entries()) {
    const value = pairs[2 * index]
    if (Buffer.isBuffer(value)) size += HEAD + name.length + value.length - CHECKSUM_BYTES + tail.size(index)
  }
  const frames = Buffer.allocUnsafe(size)
  const types = new Map<number, number>()
  let at = 0
  for (const [index, name] of names.entries()) {
    const value = pairs[2 * index]
    if (!Buffer.isBuffer(value)) continue
    const [length, more] = [value.length - CHECKSUM_BYTES, tail.size(index)]
    writeHead(frames, at, name.length, Number(pairs[2 * index + 1]), length + more)
    at += HEAD + name.copy(frames, at + HEAD)
    at += value.copy(frames, at, 0, length)
    tail.write(frames, at, index)
    at += more
    found += 1
    const [type = 0] = value
    types.set(type, (types.get(type) ?? 0) + 1)
  }
  return { found, frames, types }
}
