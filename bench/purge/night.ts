import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBulk } from '../../src/simulator/keyspace/bulk.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { type RedisServer, startRedis } from '../../src/simulator/redis-server.js'
import { FOREGROUND_KEYS, FOREGROUND_VALUE } from './foreground-keys.js'
import { ask, pin } from './server.js'

export interface NightSize {
  readonly notifications: number
  readonly cacheKeys: number
}

/** The night's keys on disk, so that every way begins with the same ones. */
export interface Night {
  readonly size: NightSize
  /** A server of its own with all the keys. `plain`: notifications are keys like any other, without Rpush's indexes. */
  open(layout: 'rpush' | 'plain'): Promise<RedisServer>
  close(): Promise<void>
}

const LOAD_MS = 180_000

/** Seeds once. Takes about ten seconds for a million keys. */
export async function seedNight(size: NightSize, say: (line: string) => void): Promise<Night> {
  const dir = await mkdtemp(join(tmpdir(), 'mayday-bench-night-'))
  const args = ['--dir', dir, '--dbfilename', 'night.rdb', '--enable-debug-command', 'local']
  const seeding = await startRedis({ args })
  await seedKeyspace(seeding.url, {
    ...size,
    jobs: 0,
    onProgress: (done) => done % 1_000_000 === 0 && say(`${done} keys`),
  })
  const bulk = await openBulk(seeding.url)
  for (let key = 0; key < FOREGROUND_KEYS; key += 1) bulk.write('SET', `foreground:${key}`, FOREGROUND_VALUE)
  await bulk.end()
  await ask(seeding.port, 'SAVE')
  await seeding.stop()
  return {
    size,
    async open(layout) {
      const server = await startRedis({ args, readyWithinMs: LOAD_MS })
      pin(server.pid, 0)
      if (layout === 'plain') {
        for (const index of ['all', 'pending', 'retryable']) {
          await ask(server.port, 'UNLINK', `rpush:notifications:${index}`)
        }
      }
      return server
    },
    close: () => rm(dir, { recursive: true, force: true }),
  }
}
