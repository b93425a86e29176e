import { openBulk } from '../../src/simulator/keyspace/bulk.js'
import { seedKeyspace } from '../../src/simulator/keyspace/keyspace.js'
import { type RedisServer, startRedis } from '../../src/simulator/redis-server.js'
import { FOREGROUND_KEYS, FOREGROUND_VALUE } from './foreground-keys.js'
import { ask, pin } from './server.js'

export interface NightSize {
  readonly notifications: number
  readonly cacheKeys: number
}

/** The night's keys, the same for every way. */
export interface Night {
  readonly size: NightSize
  /** A server of its own with all the keys. `plain`: notifications are keys like any other, without Rpush's indexes. */
  open(layout: 'rpush' | 'plain'): Promise<RedisServer>
}

/** why: every way begins with keys that were written one after the other, as an application writes them, not loaded. */
export function planNight(size: NightSize, say: (line: string) => void): Night {
  return {
    size,
    async open(layout) {
      const began = performance.now()
      const server = await startRedis({ args: ['--enable-debug-command', 'local'] })
      pin(server.pid, 0)
      await seedKeyspace(server.url, { ...size, jobs: 0 })
      const bulk = await openBulk(server.url)
      for (let key = 0; key < FOREGROUND_KEYS; key += 1) bulk.write('SET', `foreground:${key}`, FOREGROUND_VALUE)
      await bulk.end()
      const indexes = layout === 'plain' ? ['all', 'pending', 'retryable'] : []
      for (const index of indexes) await ask(server.port, 'UNLINK', `rpush:notifications:${index}`)
      say(`(keys written in ${Math.round((performance.now() - began) / 1000)} s)`)
      return server
    },
  }
}
