/** Whom a purge's notifications reached: read from its archive, held against what Redis held before. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import { runCli } from '../../src/cli/cli.js'
import { createTally } from '../../src/purge/impact/tally.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { pack } from '../../src/simulator/keyspace/msgpack.js'
import { anIncident } from '../store/values.js'
import { startRedis } from '../support/redis.js'

const ME = `terminal:${userInfo().username}`

async function createTerminal(yaml = '') {
  const home = mkdtempSync(join(tmpdir(), 'mayday-impact-'))
  const server = await startRedis()
  const redis = new Redis(server.port, '127.0.0.1')
  onTestFinished(async () => {
    redis.disconnect()
    await server.stop()
    rmSync(home, { recursive: true, force: true })
  })
  writeFileSync(join(home, 'mayday.yml'), yaml)
  const env = {
    PAGERDUTY_ROUTING_KEY: 'R'.repeat(32),
    MAYDAY_DATA_DIR: join(home, 'data'),
    MAYDAY_CONFIG: join(home, 'mayday.yml'),
    NOTIFICATIONS_REDIS_URL: server.url,
  }
  const type = async (line: string) => {
    const out: string[] = []
    const err: string[] = []
    const io = { env, out: (text: string) => out.push(text), err: (text: string) => err.push(text), isTerminal: false }
    return { exit: await runCli(line.split(' '), io), out: out.join('\n'), err: err.join('\n') }
  }
  const purge = async (): Promise<void> => {
    const plan = JSON.parse((await type('purge plan push --json')).out) as { purge: number; digest: string }
    expect((await type(`purge run ${plan.purge} --yes --digest ${plan.digest}`)).exit).toBe(0)
  }
  return { redis, url: server.url, type, purge, home }
}

/** Counted from the bytes of the hashes, by nothing of Mayday's. */
async function truth(redis: Redis) {
  const tokens = new Map<string, boolean>()
  const hours = new Map<string, number>()
  const sum = { notifications: 0, delivered: 0, failed: 0 }
  for (const key of await redis.keys('rpush:notifications:*')) {
    if (!/:\d+$/.test(key)) continue
    const fields = await redis.hgetallBuffer(key)
    const delivered = fields['delivered']?.toString('hex') === 'c3'
    sum.notifications += 1
    sum.delivered += delivered ? 1 : 0
    sum.failed += fields['failed']?.toString('hex') === 'c3' ? 1 : 0
    const packed = `${fields['device_token'] ?? ''}${fields['registration_ids'] ?? ''}`
    for (const [token] of packed.matchAll(/[0-9a-f]{64,}/g)) tokens.set(token, tokens.get(token) === true || delivered)
    const at = fields['delivered_at']
    if (at === undefined || !delivered) continue
    const hour = `2021-07-07 ${String(at.readUInt8(6)).padStart(2, '0')}h`
    hours.set(hour, (hours.get(hour) ?? 0) + 1)
  }
  return { ...sum, tokens, hours }
}

const grouped = (n: number): string => n.toLocaleString('en')

test('how many, delivered and pending, for how many devices, by app and hour: as Redis held it', async () => {
  const { redis, url, type, purge } = await createTerminal()
  await seedKeyspace(url, { notifications: 3_000, cacheKeys: 100, jobs: 0 })
  // Twenty more for devices that have one already, so that devices are fewer than notifications.
  const tokens = [...(await truth(redis)).tokens.keys()].slice(0, 20)
  for (const [i, token] of tokens.entries())
    await redis.hset(`rpush:notifications:${3_001 + i}`, {
      ...{ id: Buffer.from(pack(3_001 + i), 'latin1'), device_token: Buffer.from(pack(token), 'latin1') },
      ...{ delivered: Buffer.from([0xc3]), type: pack('Rpush::Apns2::Notification'), app_id: pack(1) },
    })
  await redis.sadd('rpush:notifications:all', ...tokens.map((_, i) => 3_001 + i))
  await redis.set('rpush:notifications_id_seq', 3_020)
  const was = await truth(redis)
  await purge()
  expect(await redis.exists('rpush:notifications:1')).toBe(0)

  const { exit, out } = await type('purge impact 1')
  expect(exit).toBe(0)
  const reached = [...was.tokens.values()].filter((one) => one).length
  expect(was.tokens.size).toBe(3_000)
  expect(out).toContain(`3,020 notifications for ${grouped(was.tokens.size)} different devices`)
  expect(out).toMatch(new RegExp(`Delivered before the purge: ${was.delivered} \\(\\d+ %\\), to ${reached} different`))
  expect(out).toContain(`${was.failed} had failed for good`)
  expect(out).toMatch(/First delivered 2021-07-07 00:\d\d UTC, last 2021-07-07 23:\d\d UTC\. Pending ones have no time/)
  for (const [hour, delivered] of was.hours) expect(out).toContain(`${hour} UTC: ${delivered} delivered`)
  expect(out).toContain('20 delivered ones have no time that can be read')
  expect(out).toMatch(/app 1 \(Rpush::Apns2::Notification\): [\d,]+, [\d,]+ delivered\napp 2 \(Rpush::Fcm::Notif/)
  for (const token of was.tokens.keys()) expect(out).not.toContain(token)

  const json = JSON.parse((await type('purge impact 1 --json')).out)
  expect(json.impact).toMatchObject({ notifications: 3_020, devices: was.tokens.size, reached, unreadable: 0 })
  const { states } = json.impact
  expect(Object.values<number>(states).reduce((sum, n) => sum + n)).toBe(3_020)
  expect(states).toMatchObject({ delivered: was.delivered, failed: was.failed, zombie: 0 })
})

test('the devices, once each, with whether anything reached them; a new file for its owner alone; recorded', async () => {
  const { redis, url, type, purge, home } = await createTerminal()
  await type('purge count')
  const open = () => openStore({ url: join(home, 'data', 'mayday.db'), owner: makeOwner() })
  const before = await open()
  const { id } = await before.incidents.create(anIncident())
  await before.close()
  await seedKeyspace(url, { notifications: 500, cacheKeys: 0, jobs: 0 })
  const was = await truth(redis)
  await purge()
  const file = join(home, 'devices.csv')
  const said = await type(`purge impact 1 --devices ${file}`)
  expect(said).toMatchObject({ exit: 0, out: expect.stringContaining(`500 device tokens are in ${file}`) })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const [head, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(head).toBe('device_token,app,type,reached')
  const listed = new Map(rows.map((row) => [row.split(',')[0], row.split(',').at(-1) === 'yes'] as const))
  expect(rows).toHaveLength(500)
  expect(listed).toEqual(was.tokens)

  const again = await type(`purge impact 1 --devices ${file}`)
  expect(again).toMatchObject({ exit: 2, err: expect.stringMatching(/exists already.*no devices were given out/) })
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(502)
  expect(await type(`purge impact 1 --devices ${join(home, 'no', 'folder')}`)).toMatchObject({ exit: 2 })
  const history = JSON.parse((await type('purge history --json')).out)
  expect(history.purges[0].listed).toEqual([{ by: ME, at: expect.any(Number), devices: 500 }])
  expect((await type('purge history')).out).toContain(`devices listed for ${ME}`)
  const after = await open()
  const facts = await after.facts.ofIncident(id)
  await after.close()
  expect(facts.filter((fact) => fact.kind === 'purge_devices_listed')).toMatchObject([{ actor: ME, devices: 500 }])
})

test('not everybody at a terminal may have the devices; the figures everybody may', async () => {
  const { url, type, purge, home } = await createTerminal('')
  await seedKeyspace(url, { notifications: 50, cacheKeys: 0, jobs: 0 })
  await purge()
  writeFileSync(join(home, 'mayday.yml'), 'permissions:\n  purge: { users: ["terminal:somebody-else"] }\n')
  const file = join(home, 'devices.csv')
  const refused = await type(`purge impact 1 --devices ${file}`)
  expect(refused).toMatchObject({ exit: 1, err: expect.stringMatching(/may not purge from this terminal/) })
  expect(() => statSync(file)).toThrow(/ENOENT/)
  expect(await type('purge impact 1')).toMatchObject({ exit: 0, out: expect.stringContaining('50 notifications') })
})

test('says why it cannot tell: no number, no such purge, none removed, no archive, no notifications', async () => {
  const { redis, url, type } = await createTerminal(
    'purge:\n  push: {layout: rpush, pattern: "rpush:notifications:*"}\n  sessions: {pattern: "session:*"}\n',
  )
  await seedKeyspace(url, { notifications: 30, cacheKeys: 0, jobs: 0 })
  await redis.set('session:1', 'x')
  expect(await type('purge impact')).toMatchObject({
    exit: 2,
    err: expect.stringMatching(/by its number; nothing was read/),
  })
  expect(await type('purge impact 7')).toMatchObject({ exit: 1, err: expect.stringMatching(/There is no purge 7/) })
  const plan = async (line: string) => JSON.parse((await type(line)).out) as { purge: number; digest: string }
  const one = await plan('purge plan push --no-archive --json')
  expect(await type('purge impact 1')).toMatchObject({ exit: 1, err: expect.stringMatching(/removed nothing yet/) })
  await type(`purge run ${one.purge} --yes --digest ${one.digest}`)
  expect(await type('purge impact 1')).toMatchObject({ exit: 1, err: expect.stringMatching(/kept no archive/) })
  const two = await plan('purge plan sessions --json')
  await type(`purge run ${two.purge} --yes --digest ${two.digest}`)
  expect(await type('purge impact 2')).toMatchObject({
    exit: 1,
    err: expect.stringMatching(/no notifications of Rpush/),
  })
})

test('counts a notification once though it was archived twice, and times in any zone as UTC', () => {
  const tally = createTally(7)
  const at = Date.UTC(2021, 6, 7, 3, 14)
  const one = { id: 70_000, state: 'delivered', app: '1', type: 'T', deliveredAt: at, devices: ['a', 'b'] } as const
  for (const each of [
    one,
    one,
    { ...one, id: 3, state: 'pending', deliveredAt: undefined, devices: ['b', 'c'] } as const,
  ])
    tally.add(each)
  tally.add(undefined)
  expect(tally.impact()).toMatchObject({
    ...{ notifications: 2, devices: 3, reached: 2, unreadable: 1, first: at, last: at },
    ...{ hours: [{ at: Date.UTC(2021, 6, 7, 3), delivered: 1 }] },
  })
})
