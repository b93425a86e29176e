/** Payloads of DUMP, read without a Redis and held against what a real one says. */
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withoutChecksum } from '../../src/adapters/redis/crc64.js'
import { eachField } from '../../src/adapters/redis/rdb/hash.js'
import { type RedisServer, redisClient, startRedis } from '../support/redis.js'

let server: RedisServer
let client: Redis

beforeAll(async () => {
  server = await startRedis()
  client = redisClient(server.url)
})
afterAll(async () => {
  client?.disconnect()
  await server?.stop()
})

type Fields = readonly (readonly [Buffer, Buffer])[]

function read(dump: Buffer): readonly string[] | undefined {
  const seen: string[] = []
  const whole = eachField(withoutChecksum(dump), (field, value) =>
    seen.push(`${field.toString('hex')}=${value.toString('hex')}`),
  )
  return whole ? seen.sort() : undefined
}

async function asked(key: string): Promise<readonly string[]> {
  const flat = await client.callBuffer('HGETALL', key)
  const parts = Array.isArray(flat) ? flat.map((part) => Buffer.from(part).toString('hex')) : []
  return parts.flatMap((part, i) => (i % 2 === 0 ? [`${part}=${parts[i + 1]}`] : [])).sort()
}

/** Bytes, numbers at the borders of every width, and long texts that Redis compresses. */
const value = fc.oneof(
  fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => Buffer.from(String(n))),
  fc
    .constantFrom(-1, 0, 1, 12, 13, 127, 128, 255, 4_095, 4_096, -4_096, -4_097, 32_767, 32_768, 8_388_607, -8_388_609)
    .map((n) => Buffer.from(String(n))),
  fc.tuple(fc.string({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 3_000 })).map(([word, times]) => {
    return Buffer.from(word.repeat(times))
  }),
  fc.uint8Array({ minLength: 60, maxLength: 5_000 }).map((bytes) => Buffer.from(bytes.map((byte) => byte % 3))),
)
const fields: fc.Arbitrary<Fields> = fc
  .uniqueArray(fc.tuple(value, value), { minLength: 1, maxLength: 160, selector: ([field]) => field.toString('hex') })
  .filter((list) => list.every(([field]) => field.length < 2_000))

describe('a hash as DUMP writes it', () => {
  it('reads as HGETALL says, as a listpack and as a table, compressed or not', async () => {
    const types = new Set<number>()
    await fc.assert(
      fc.asyncProperty(fields, async (list) => {
        await client.del('h')
        await client.hset('h', ...list.flat())
        const dump = await client.dumpBuffer('h')
        types.add(dump.readUInt8(0))
        expect(read(dump)).toEqual(await asked('h'))
      }),
      { numRuns: 250 },
    )
    expect([...types].sort()).toEqual([16, 4])
  })

  it('reads as HGETALL says once more, as the ziplist of older servers', async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (list) => {
        const dump = payload(13, 9, text(ziplist(list)))
        await client.del('h')
        await client.restore('h', 0, dump)
        expect(read(dump)).toEqual(await asked('h'))
      }),
      { numRuns: 100 },
    )
  })

  it('reads fields that expire, as 7.4 and later write them', () => {
    const soon = Buffer.alloc(8)
    soon.writeBigUInt64LE(1_700_000_000_000n)
    const table = Buffer.concat([soon, Buffer.from([2, 0, 1, 0x61, 1, 0x31, 1, 1, 0x62, 1, 0x32])])
    expect(read(payload(24, 12, table))).toEqual(['61=31', '62=32'])
    const pack = Buffer.from([0, 0, 0, 0, 3, 0, 0x81, 0x61, 2, 0x81, 0x62, 2, 7, 1, 0xff])
    pack.writeUInt32LE(pack.length)
    expect(read(payload(25, 12, Buffer.concat([soon, text(pack)])))).toEqual(['61=62'])
  })

  it('says of anything else that it cannot be read', async () => {
    await client.set('s', 'text')
    await client.rpush('l', 'a', 'b')
    await client.hset('h2', 'field', 'value'.repeat(100))
    const dump = await client.dumpBuffer('h2')
    for (const other of [await client.dumpBuffer('s'), await client.dumpBuffer('l'), Buffer.alloc(0), Buffer.from([4])])
      expect(read(other)).toBeUndefined()
    for (let end = 1; end < dump.length - 10; end += 1) {
      expect(read(payload(dump.readUInt8(0), 10, dump.subarray(1, end)))).toBeUndefined()
    }
  })

  it('ends with the checksum that this test writes, too', async () => {
    await client.hset('h3', 'a', '1')
    const dump = await client.dumpBuffer('h3')
    expect(payload(dump.readUInt8(0), dump.readUInt16LE(dump.length - 10), dump.subarray(1, -10))).toEqual(dump)
  })
})

function payload(type: number, version: number, object: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from([type]), object, Buffer.from([version, 0])])
  const sum = Buffer.alloc(8)
  sum.writeBigUInt64LE(crc64(body))
  return Buffer.concat([body, sum])
}

function text(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5, 0x80)
  head.writeUInt32BE(bytes.length, 1)
  return Buffer.concat([head, bytes])
}

/** The polynomial of Jones, bits reversed, as Redis uses it. */
function crc64(bytes: Buffer): bigint {
  let sum = 0n
  for (const byte of bytes) sum = (sum >> 8n) ^ (TABLE[Number(sum & 0xffn) ^ byte] ?? 0n)
  return sum
}

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let row = BigInt(index)
  for (let bit = 0; bit < 8; bit += 1) row = (row & 1n) === 1n ? (row >> 1n) ^ 0x95ac9329ac4bc9b5n : row >> 1n
  return row
})

function ziplist(list: Fields): Buffer {
  const parts: Buffer[] = []
  let before = 0
  let last = 10
  let at = 10
  for (const one of list.flat()) {
    const prev = before < 254 ? Buffer.from([before]) : Buffer.concat([Buffer.from([0xfe]), u32(before)])
    const part = Buffer.concat([prev, ziplistValue(one)])
    parts.push(part)
    before = part.length
    last = at
    at += part.length
  }
  return Buffer.concat([u32(at + 1), u32(last), u16(list.length * 2), ...parts, Buffer.from([0xff])])
}

function ziplistValue(one: Buffer): Buffer {
  const words = one.toString('latin1')
  if (/^(0|-?[1-9]\d{0,18})$/.test(words)) {
    const n = BigInt(words)
    if (n >= 0n && n <= 12n) return Buffer.from([0xf1 + Number(n)])
    if (n >= -128n && n <= 127n) return Buffer.concat([Buffer.from([0xfe]), int(Number(n), 1)])
    if (n >= -32_768n && n <= 32_767n) return Buffer.concat([Buffer.from([0xc0]), int(Number(n), 2)])
    if (n >= -8_388_608n && n <= 8_388_607n) return Buffer.concat([Buffer.from([0xf0]), int(Number(n), 3)])
    if (n >= -2_147_483_648n && n <= 2_147_483_647n) return Buffer.concat([Buffer.from([0xd0]), int(Number(n), 4)])
    const wide = Buffer.alloc(9, 0xe0)
    wide.writeBigInt64LE(n, 1)
    return wide
  }
  if (one.length < 64) return Buffer.concat([Buffer.from([one.length]), one])
  if (one.length < 16_384) return Buffer.concat([Buffer.from([0x40 | (one.length >> 8), one.length & 255]), one])
  const head = Buffer.alloc(5, 0x80)
  head.writeUInt32BE(one.length, 1)
  return Buffer.concat([head, one])
}

function int(value: number, width: number): Buffer {
  const bytes = Buffer.alloc(width)
  bytes.writeIntLE(value, 0, width)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}
