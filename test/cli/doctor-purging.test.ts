/** What `mayday doctor` says of what a purge would need. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { redisClient, startRedis } from '../support/redis.js'
import { startDesk } from './rig.js'

async function startPurgeDesk(args: readonly string[] = []) {
  const server = await startRedis({ args })
  const client = redisClient(server.url)
  onTestFinished(async () => {
    client.disconnect()
    await server.stop()
  })
  const desk = await startDesk()
  const doctor = (env: Readonly<Record<string, string>> = {}) =>
    desk.type(['doctor'], { NOTIFICATIONS_REDIS_URL: server.url, ...env })
  return { client, desk, server, doctor }
}

test('all is well: memory, connections, room for archives; and delivery on hold, since when, until it is released', async () => {
  const { client, desk, server, doctor } = await startPurgeDesk()
  await client.hset('rpush:notifications:1', 'id', 'x', 'device_token', 'planted-value')
  await client.sadd('rpush:notifications:all', 1)
  await client.zadd('rpush:notifications:pending', 1, '1')
  const well = await doctor()
  expect(well.exit, well.text).toBe(0)
  expect(well.text).toMatch(/ok {4}Redis uses .* of memory, and has no limit \(maxmemory\)/)
  expect(well.text).toMatch(/ok {4}What is archived can be watched until it is removed \(\d+ of [\d,]+ connections/)
  expect(well.text).toMatch(/ok {4}.* are free for archives in .*: all of push \(about 1 notification\) takes \d+ B/)
  expect(well.text).not.toMatch(/on hold/)
  await desk.type(['purge', 'hold', 'push'], { NOTIFICATIONS_REDIS_URL: server.url })
  const held = await doctor()
  expect(held.text).toMatch(
    /warn {2}Delivery of push is on hold, since \d{4}-.* UTC \(\d+ s\).*\n {6}When .*: mayday purge release push/,
  )
  expect((await doctor({ MAYDAY_DATA_DIR: join(desk.home, 'elsewhere') })).text).toMatch(
    /Delivery of push is on hold, by nobody that this store knows/,
  )
  await desk.type(['purge', 'release', 'push'], { NOTIFICATIONS_REDIS_URL: server.url })
  const released = await doctor()
  expect(released.text).not.toMatch(/on hold/)
  for (const said of [well, held, released]) expect(said.text).not.toMatch(/planted-value|rpush:notifications:1\b/)
})

test('memory nearly full under a policy that takes any key, few connections, a disk that is wiped', async () => {
  const { client, doctor } = await startPurgeDesk(['--maxclients', '100'])
  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1])
  await client.config('SET', 'maxmemory', Math.round(used * 1.1))
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  const said = await doctor({ DYNO: 'web.1' })
  expect(said.text).toMatch(/warn {2}Redis uses .* \(maxmemory\), and when that is full: allkeys-lru: it throws away/)
  expect(said.text).toMatch(/warn {2}Redis has few connections to spare \(\d+ of 100/)
  expect(said.text).toMatch(/warn {2}This platform wipes the disk at every start, and archives with it/)
  await client.config('SET', 'maxmemory-policy', 'noeviction')
  expect((await doctor()).text).toMatch(/warn {2}Redis uses .*: noeviction: what an undo puts back may not fit/)
})

test('rights that are missing are told with the line that gives them', async () => {
  const { client, desk, server, doctor } = await startPurgeDesk()
  await client.call('ACL', 'SETUSER', 'meek', 'on', '>word-17', '~rpush:*', '+@all', '-watch')
  desk.configure('purge:\n  sessions: { pattern: "session:*" }\n')
  const meek = { NOTIFICATIONS_REDIS_URL: server.url.replace('//', '//meek:word-17@') }
  const said = await doctor(meek)
  expect(said.text).toMatch(/may not call WATCH.*\n {6}Allow it: ACL SETUSER meek \+watch \+unwatch \+multi \+exec/)
  expect(said.text).toMatch(
    /FAIL {2}Target sessions: the Redis user may not touch keys like session:\*\.\n {6}Allow it: ACL SETUSER meek ~session:\*$/m,
  )
  const plan = await desk.type(['purge', 'plan', 'sessions'], meek)
  expect(plan.text).toMatch(/may not touch keys like session:\*; allow it: ACL SETUSER \S+ ~session:\*/)
  expect(plan.text).not.toMatch(/may not call (TYPE|DUMP)/)
  desk.configure('purge:\n  sessions: { pattern: "session:*", protect: ["session:admin*"] }\n')
  expect((await doctor(meek)).text).toMatch(
    /FAIL {2}Target sessions can never be purged: .*session:admin\*\.\n {6}Change purge\.sessions/,
  )
  expect(said.text).not.toContain('word-17')
})

test('an archive folder that cannot be written', async () => {
  const { desk, doctor } = await startPurgeDesk()
  mkdirSync(join(desk.home, 'data'), { recursive: true })
  writeFileSync(join(desk.home, 'data', 'purges'), 'in the way')
  const said = await doctor()
  expect(said.exit).toBe(1)
  expect(said.text).toMatch(/FAIL {2}No archive can be kept in .*\n {6}Make MAYDAY_DATA_DIR a directory/)
})
