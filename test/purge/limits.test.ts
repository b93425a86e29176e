/** What a machine at its limits says, by the machine's own word: full disks, full memory, servers that will not write. */
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTargets } from '../../src/adapters/redis/targets.js'
import { standing } from '../../src/purge/telling.js'
import { freePort } from '../../src/simulator/redis-server.js'
import { everyKeyIsAccountedFor, holdings } from './kill.js'
import type { KillOrder } from './kill-child.js'
import { confirmed, contents, createRig, planned, type Replica, type Rig, SAM, seedSessions } from './rig.js'
import { SESSIONS } from './values.js'

const KEYS = 6_000

/** Values that no archive makes small. */
async function seedRandom(redis: Redis): Promise<void> {
  const pipeline = redis.pipeline()
  for (let i = 0; i < KEYS; i++) pipeline.set(`session:${i}`, randomBytes(300))
  await pipeline.exec()
}

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'mayday-limits-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A disk of half a megabyte; undefined where nobody may mount one. */
function smallDisk(): string | undefined {
  const dir = scratch()
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', dir]).status !== 0) return undefined
  onTestFinished(() => void spawnSync('umount', [dir]))
  return dir
}

async function undone({ purging, work }: Replica, id: number): Promise<void> {
  await purging.undo(id, SAM)
  await work()
  expect((await purging.get(id)).job.undo).toMatchObject({ state: 'done', failed: 0 })
}

async function stoppedAt(
  replica: Replica,
  rig: Rig,
  because: RegExp,
  spoil: () => Promise<void> = async () => undefined,
) {
  const before = await contents(rig.redis)
  const held = await holdings(rig.redis, 'session:*')
  const purge = await confirmed(replica, await planned(replica, 'sessions'))
  await spoil()
  await replica.work()
  const { job } = await replica.purging.get(purge.id)
  expect(job).toMatchObject({ state: 'stopped', reason: expect.stringMatching(because) })
  const { folder } = job.plan
  await everyKeyIsAccountedFor(held, { redis: rig.redis, pattern: 'session:*', archives: replica.archives, folder })
  return { before, id: purge.id }
}

async function resumed({ purging, work }: Replica, id: number): Promise<void> {
  await purging.resume(id, SAM)
  await work()
  expect((await purging.get(id)).job).toMatchObject({
    ...{ state: 'done', progress: { removed: KEYS }, verification: { remaining: 0 } },
  })
}

describe('the archive has no room', () => {
  test('on a disk that is really full', async ({ skip }) => {
    const disk = smallDisk()
    if (disk === undefined) return skip('only root may mount a small disk')
    const rig = await createRig()
    await seedRandom(rig.redis)
    const replica = await rig.replica({ dir: disk })
    const { before, id } = await stoppedAt(replica, rig, /disk is full.*Make room/s)
    spawnSync('mount', ['-o', 'remount,size=16m', disk])
    await resumed(replica, id)
    await undone(replica, id)
    expect(await contents(rig.redis)).toEqual(before)
  })

  test('because files of this process may not grow any more', async () => {
    const rig = await createRig()
    await seedRandom(rig.redis)
    const before = await contents(rig.redis)
    const held = await holdings(rig.redis, 'session:*')
    const { id } = await confirmed(rig, await planned(rig, 'sessions'))
    const folder = (await rig.purging.get(id)).job.plan.folder
    const order: KillOrder = { url: rig.server.url, dir: rig.dir, target: 'sessions', act: 'work' }
    expect(await runChild(order, { blocks: 2_048 })).toBe(0)
    const { job } = await rig.purging.get(id)
    expect(job).toMatchObject({
      state: 'stopped',
      reason: expect.stringMatching(/file may not grow.*Raise the limit/s),
    })
    await everyKeyIsAccountedFor(held, { redis: rig.redis, pattern: 'session:*', archives: rig.archives, folder })
    await resumed(rig, id)
    await undone(rig, id)
    expect(await contents(rig.redis)).toEqual(before)
  })
})

/** `blocks` of 512 bytes: the largest file that it may write. */
async function runChild(
  order: KillOrder,
  { blocks, env = {} }: { readonly blocks?: number; readonly env?: Readonly<Record<string, string>> },
): Promise<number | null> {
  const script = fileURLToPath(new URL('./kill-child.ts', import.meta.url))
  const limit = blocks === undefined ? '' : `ulimit -f ${blocks}; `
  const child = spawn(
    'sh',
    ['-c', `${limit}exec "$@"`, 'sh', process.execPath, '--import', 'tsx/esm', script, JSON.stringify(order)],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: { ...process.env, ...env },
    },
  )
  child.stdio[3]?.on('data', () => undefined)
  const [code] = await once(child, 'close')
  return code as number | null
}

describe('Redis', () => {
  test('that is full already can still be relieved, and what does not fit back stays in the archive', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, KEYS)
    const before = await contents(rig.redis)
    const used = Number(/used_memory:(\d+)/.exec(await rig.redis.info('memory'))?.[1])
    await rig.redis.config('SET', 'maxmemory', String(used - 500_000))
    await expect(rig.redis.set('x', '1')).rejects.toThrow(/OOM/)
    const { id, job } = await rig.purge('sessions')
    expect(job).toMatchObject({ state: 'done', progress: { removed: KEYS }, verification: { remaining: 0 } })
    expect(job.objections.map((one) => one.guard)).toContain('memory')
    await rig.purging.undo(id, SAM)
    await rig.work()
    const { undo } = (await rig.purging.get(id)).job
    expect(undo).toMatchObject({
      state: 'stopped',
      reason: expect.stringMatching(/memory limit.*still in the archive/s),
    })
    await rig.redis.config('SET', 'maxmemory', '0')
    await rig.purging.resume(id, SAM)
    await rig.work()
    expect((await rig.purging.get(id)).job.undo).toMatchObject({ state: 'done', failed: 0 })
    expect(await contents(rig.redis)).toEqual(before)
  })

  test('that takes no writes because it cannot save: it stops, says why, and goes on after a good save', async () => {
    const rig = await createRig({ args: ['--save', '900 1'] })
    await seedSessions(rig.redis, KEYS)
    const [, home = ''] = (await rig.redis.config('GET', 'dir')) as string[]
    const { before, id } = await stoppedAt(rig, rig, /could not save to its disk/, async () => {
      mkdirSync(join(home, 'dump.rdb'))
      await rig.redis.bgsave()
      await expect.poll(() => rig.redis.set('x', '1').catch(String), { timeout: 30_000 }).toMatch(/MISCONF/)
      await rig.redis.del('x').catch(() => 0)
    })
    await expect(planned(rig, 'sessions')).rejects.toMatchObject({ message: expect.stringMatching(/could not save/) })
    rmSync(join(home, 'dump.rdb'), { recursive: true })
    await rig.redis.bgsave()
    await expect.poll(() => rig.redis.set('config:x', '1').catch(String), { timeout: 30_000 }).toBe('OK')
    await rig.redis.del('config:x', 'x')
    await resumed(rig, id)
    await undone(rig, id)
    expect(await contents(rig.redis)).toEqual(before)
  })

  test('that is still loading its data after a restart is waited for', async () => {
    // Loading takes half a second and more; only then does it answer.
    const rig = await createRig({
      args: ['--key-load-delay', '300', '--loading-process-events-interval-bytes', '1024'],
    })
    await seedSessions(rig.redis, KEYS)
    const heard = new Set<string>()
    let restarted: Promise<void> | undefined
    const replica = await rig.replica({
      wrapTarget: (target) => ({
        ...target,
        remove: async (...args) => {
          restarted ??= rig.server.restart()
          return target.remove(...args)
        },
        ping: () =>
          target.ping().catch((error: unknown) => {
            heard.add(String(error))
            throw error
          }),
      }),
    })
    const { id } = await confirmed(replica, await planned(replica, 'sessions'))
    await replica.work()
    await restarted
    expect([...heard].join('\n')).toMatch(/still loading its data/)
    const { job } = await replica.purging.get(id)
    expect(job).toMatchObject({ state: 'done', verification: { remaining: 0 } })
    expect(job.progress.removed + job.progress.gone).toBe(KEYS)
    await undone(replica, id)
  })

  test('that does not come back: it stops in the end, with the reason, and can be resumed', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, KEYS)
    const held = await holdings(rig.redis, 'session:*')
    let removals = 0
    let there = 0
    const replica = await rig.replica({
      // Waiting passes quickly here; that it is waited for is counted by what was asked for.
      pause: async () => undefined,
      wrapTarget: (target) => ({
        ...target,
        remove: async (...args) => {
          removals += 1
          if (removals !== 5) return target.remove(...args)
          // It happened, and nobody hears of it.
          await target.remove(...args)
          there = await rig.redis.dbsize()
          await rig.redis.save()
          await rig.server.kill()
          return target.remove(...args)
        },
      }),
    })
    const { id } = await confirmed(replica, await planned(replica, 'sessions'))
    await replica.work()
    const { job } = await replica.purging.get(id)
    expect(job).toMatchObject({ state: 'stopped', reason: expect.stringMatching(/cannot be reached.*Check host/s) })
    // The last answer was lost with the server: as many as it may have removed are not counted, and not denied either.
    const { removed, unsure = 0 } = job.progress
    expect(standing(id, job)).toContain(`up to ${unsure.toLocaleString('en')} more, which are archived, may be gone`)
    const gone = KEYS - there
    expect(gone).toBeGreaterThanOrEqual(removed)
    expect(gone).toBeLessThanOrEqual(removed + unsure)
    await rig.server.restart()
    const { folder } = job.plan
    await everyKeyIsAccountedFor(held, { redis: rig.redis, pattern: 'session:*', archives: rig.archives, folder })
    await resumed(rig, id)
    expect((await rig.purging.get(id)).job.progress.unsure).toBe(0)
  })

  test.each(['with', 'without'])(
    '%s scripts: a value that everybody would wait for is not archived unasked',
    async (scripts) => {
      const rig = await createRig()
      await rig.redis.call(
        'ACL',
        'SETUSER',
        'mayday',
        'on',
        '>pw',
        '~*',
        '+@all',
        ...(scripts === 'with' ? [] : ['-@scripting']),
      )
      const url = rig.server.url.replace('redis://', 'redis://mayday:pw@')
      const replica = await rig.replica({ otherTargets: () => createTargets(url, [SESSIONS]) })
      await seedSessions(rig.redis, 20)
      await rig.redis.setrange('session:large', 5 << 20, 'x')
      const large = await planned(replica, 'sessions')
      expect(large.job.plan).toMatchObject({ count: 21, kinds: { string: 21, 'over 4 MB': 1 } })
      expect(large.job.objections.find((one) => one.guard === 'large')).toMatchObject({ level: 'warn' })
      await rig.redis.setrange('session:huge', 65 << 20, 'x')
      const huge = await planned(replica, 'sessions')
      expect(huge.job.objections[0]).toMatchObject({ guard: 'large', level: 'refuse' })
      await expect(confirmed(replica, huge)).rejects.toMatchObject({
        message: expect.stringMatching(/1 are over 64 MB/),
      })
      expect(await rig.redis.dbsize()).toBe(22)
      const bare = await confirmed(replica, await planned(replica, 'sessions', { archive: false }))
      await replica.work()
      expect((await replica.purging.get(bare.id)).job).toMatchObject({ state: 'done', progress: { removed: 22 } })
      expect(await rig.redis.dbsize()).toBe(0)
    },
  )

  test('in the chosen database only', async () => {
    const rig = await createRig()
    await seedSessions(rig.redis, 500)
    await rig.redis.select(3)
    await seedSessions(rig.redis, KEYS)
    const before = await contents(rig.redis)
    const third = await rig.replica({ otherTargets: () => createTargets(`${rig.server.url}/3`, [SESSIONS]) })
    const purge = await confirmed(third, await planned(third, 'sessions'))
    await third.work()
    expect((await third.purging.get(purge.id)).job).toMatchObject({
      ...{ state: 'done', progress: { removed: KEYS }, plan: { database: 3 } },
    })
    // The same configuration with another number behind the slash puts nothing back where it does not belong.
    await rig.purging.undo(purge.id, SAM)
    await rig.work()
    expect((await rig.purging.get(purge.id)).job.undo).toMatchObject({
      ...{ state: 'stopped', restored: 0, reason: expect.stringMatching(/database 0 now, and was in database 3/) },
    })
    await third.purging.resume(purge.id, SAM)
    await third.work()
    expect(await contents(rig.redis)).toEqual(before)
    await rig.redis.select(0)
    expect(await rig.redis.dbsize()).toBe(500)
  })
})

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** Signed by itself, for this machine. */
function certificate(dir: string, names: string): { readonly key: string; readonly cert: string } {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const made = spawnSync('openssl', [
    ...[...request, '-keyout', key, '-out', cert, '-subj', '/CN=mayday-test'],
    ...['-addext', `subjectAltName=${names}`],
  ])
  expect(String(made.stderr), 'openssl').toSatisfy(() => made.status === 0)
  return { key, cert }
}

describe.skipIf(!hasOpenssl)('TLS', () => {
  async function secure(names: string) {
    const { key, cert } = certificate(scratch(), names)
    const port = await freePort()
    const tls = ['--tls-port', `${port}`, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert]
    const rig = await createRig({ args: [...tls, '--tls-auth-clients', 'no'] })
    await seedSessions(rig.redis, KEYS)
    return { rig, cert, url: `rediss://127.0.0.1:${port}` }
  }
  const planAt = async (rig: Rig, url: string) =>
    planned(await rig.replica({ otherTargets: () => createTargets(url, [SESSIONS]) }), 'sessions')

  test('the whole purge, with a certificate that this machine is told to trust', async () => {
    const { rig, cert, url } = await secure('IP:127.0.0.1')
    const before = await contents(rig.redis)
    const order: KillOrder = { url, dir: rig.dir, target: 'sessions', act: 'purge' }
    expect(await runChild(order, { env: { NODE_EXTRA_CA_CERTS: cert } })).toBe(0)
    const [purge] = await rig.purging.history(1)
    expect(purge?.job).toMatchObject({ state: 'done', progress: { removed: KEYS } })
    const undo: KillOrder = { ...order, act: 'undo', id: purge?.id ?? 0 }
    expect(await runChild(undo, { env: { NODE_EXTRA_CA_CERTS: cert } })).toBe(0)
    expect(await contents(rig.redis)).toEqual(before)
  })

  test('a certificate that nobody knows is refused, and the remedy is named', async () => {
    const { rig, url } = await secure('IP:127.0.0.1')
    await expect(planAt(rig, url)).rejects.toMatchObject({
      code: 'TARGET_UNAVAILABLE',
      message: expect.stringMatching(/signed by nobody this machine knows \(NODE_EXTRA_CA_CERTS\)/),
    })
  })

  test('rediss:// to a port without TLS, and redis:// to one with it, are told so that one can see it', async () => {
    const { rig, url } = await secure('IP:127.0.0.1')
    await expect(planAt(rig, rig.server.url.replace('redis://', 'rediss://'))).rejects.toMatchObject({
      message: expect.stringMatching(/over TLS cannot be reached/),
    })
    await expect(planAt(rig, url.replace('rediss://', 'redis://'))).rejects.toMatchObject({
      message: expect.stringMatching(/connection was (closed|cut)/),
    })
  })
})
