/**
 * Arguments in the form in which they go over the wire (https://redis.io/docs/latest/develop/reference/protocol-spec/), made
 * once for however many commands take them. why: a client that encodes a million names one by one, several times each,
 * needs longer for it than the server for the work.
 */
import { Command } from 'ioredis'

/** Arguments one behind the other, each with its length before it. */
export class Packed {
  readonly count: number
  readonly bytes: Buffer
  constructor(count: number, bytes: Buffer) {
    this.count = count
    this.bytes = bytes
  }
}

export type Arg = string | number | Buffer | Packed
export type Words = readonly [command: string, ...args: Arg[]]

/** A command whose bytes are ready. */
export class Written extends Command {
  readonly #bytes: Buffer
  constructor(words: Words) {
    super(words[0], [], { replyEncoding: null })
    this.#bytes = encodeWords(words)
  }
  override toWritable(): Buffer {
    return this.#bytes
  }
}

export function hasPacked(words: Words): boolean {
  return words.some((word) => word instanceof Packed)
}

function encodeWords(words: Words): Buffer {
  const count = words.reduce<number>((sum, word) => sum + (word instanceof Packed ? word.count : 1), 0)
  const parts = words.map((word) => (word instanceof Packed ? word.bytes : encodeWord(word)))
  return Buffer.concat([Buffer.from(`*${count}\r\n`), ...parts])
}

function encodeWord(word: string | number | Buffer): Buffer {
  const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word))
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, END])
}

const END = Buffer.from('\r\n')
/** `$`, up to ten digits, and two line ends. */
const AROUND = 15

export function packNames(names: readonly Buffer[]): Packed {
  const bytes = Buffer.allocUnsafe(names.reduce((sum, name) => sum + name.length + AROUND, 0))
  let at = 0
  for (const name of names) {
    at = writeHead(bytes, at, name.length)
    at += name.copy(bytes, at)
    at = writeEnd(bytes, at)
  }
  return new Packed(names.length, bytes.subarray(0, at))
}

/** `prefix` and a number, for `count` numbers from `from` on. */
export function packRange(prefix: string, from: number, count: number): Packed {
  const start = Buffer.from(prefix)
  const bytes = Buffer.allocUnsafe(count * (start.length + 16 + AROUND))
  let at = 0
  for (let id = from; id < from + count; id += 1) {
    const digits = String(id)
    at = writeHead(bytes, at, start.length + digits.length)
    at += start.copy(bytes, at)
    at += bytes.write(digits, at, 'latin1')
    at = writeEnd(bytes, at)
  }
  return new Packed(count, bytes.subarray(0, at))
}

function writeHead(bytes: Buffer, at: number, length: number): number {
  bytes[at] = 0x24
  const end = at + 1 + bytes.write(String(length), at + 1, 'latin1')
  return writeEnd(bytes, end)
}

function writeEnd(bytes: Buffer, at: number): number {
  bytes[at] = 0x0d
  bytes[at + 1] = 0x0a
  return at + 2
}

/** The names again, without copying. */
export function unpackNames({ bytes }: Packed): readonly Buffer[] {
  const names: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const from = bytes.indexOf(0x0a, at) + 1
    const end = from + Number(bytes.toString('latin1', at + 1, from - 2))
    names.push(bytes.subarray(from, end))
    at = end + 2
  }
  return names
}
