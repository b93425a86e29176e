/** One archived notification, as Rpush and Modis write it. */
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withoutChecksum } from '../../src/adapters/redis/crc64.js'
import { encodePlaces } from '../../src/adapters/redis/rpush/entry.js'
import { readNotification } from '../../src/adapters/redis/rpush/notification.js'
import { type Packable, pack } from '../../src/simulator/keyspace/msgpack.js'
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

const NONE = { sets: 1, pending: undefined, retryable: undefined }

async function read(fields: Readonly<Record<string, Packable>>, places: Parameters<typeof encodePlaces>[0] = NONE) {
  const name = 'rpush:notifications:41'
  await client.del(name)
  await client.hset(
    name,
    ...Object.entries(fields).flatMap(([key, value]) => [key, Buffer.from(pack(value), 'latin1')]),
  )
  const payload = Buffer.concat([withoutChecksum(await client.dumpBuffer(name)), encodePlaces(places)])
  return readNotification(Buffer.from(name), payload)
}

it('reads the time of delivery in the zone that Modis wrote', async () => {
  const at = (zone: Packable) => read({ id: 41, delivered: true, delivered_at: [2021, 7, 7, 1, 30, 5, zone] })
  expect(await at('+02:00')).toMatchObject({ state: 'delivered', deliveredAt: Date.UTC(2021, 6, 6, 23, 30, 5) })
  expect(await at('-05:30')).toMatchObject({ deliveredAt: Date.UTC(2021, 6, 7, 7, 0, 5) })
  expect(await at('+00:00')).toMatchObject({ deliveredAt: Date.UTC(2021, 6, 7, 1, 30, 5) })
  expect(await at(0)).toMatchObject({ deliveredAt: Date.UTC(2021, 6, 7, 1, 30, 5) })
  expect(await read({ id: 41, delivered: true, delivered_at: 'never' })).toMatchObject({ deliveredAt: undefined })
})

it('reads the devices of every kind of app, and the states from fields and places', async () => {
  const apple = await read({ id: 41, app_id: 300, type: 'Rpush::Apns2::Notification', device_token: 'ab'.repeat(32) })
  expect(apple).toEqual({
    ...{ id: 41, state: 'in flight', app: '300', type: 'Rpush::Apns2::Notification', deliveredAt: undefined },
    devices: ['ab'.repeat(32)],
  })
  const many = Array.from({ length: 40 }, (_, i) => `token-${i}`)
  expect(await read({ id: 41, registration_ids: many })).toMatchObject({ devices: many })
  expect(await read({ id: 41, uri: 'https://wns/1' })).toMatchObject({ devices: ['https://wns/1'] })
  expect(await read({ id: 41, failed: true })).toMatchObject({ state: 'failed', devices: [] })
  expect(await read({ id: 41 }, { ...NONE, pending: 41 })).toMatchObject({ state: 'pending' })
  expect(await read({ id: 41 }, { ...NONE, retryable: 5 })).toMatchObject({ state: 'retrying' })
  expect(await read({ delivered: true })).toMatchObject({ state: 'zombie' })
})

it('reads no delivery from what is not delivered, and says of garbage that it cannot be read', async () => {
  expect(await read({ id: 41, delivered: false, delivered_at: [2021, 7, 7, 1, 1, 1, 0] })).toMatchObject({
    deliveredAt: undefined,
  })
  expect(readNotification(Buffer.from('x'), Buffer.alloc(0))).toBeUndefined()
  expect(readNotification(Buffer.from('x'), Buffer.from('garbage'))).toBeUndefined()
})
