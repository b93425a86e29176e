import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Redis } from 'ioredis'
import { pinned } from './server.js'

/** How others do it. Each runs as somebody would at a terminal beside the server. */
const PATTERN = 'rpush:notifications:[0-9]*'

/** `redis-cli --scan`, counted. */
export function countByCli(port: number): Promise<number> {
  return shell(`redis-cli -p ${port} --scan --pattern '${PATTERN}' | wc -l`)
}

/** `redis-cli --scan` into `redis-cli unlink`, a thousand keys a call. */
export async function purgeByCli(port: number): Promise<void> {
  await shell(`redis-cli -p ${port} --scan --pattern '${PATTERN}' | xargs -n 1000 redis-cli -p ${port} unlink | wc -l`)
}

/** The night's own way: every key comes to the client, which filters by itself and deletes by tens. */
export async function purgeByTens(port: number): Promise<void> {
  const redis = new Redis({ port })
  let found: string[] = []
  const flush = async () => {
    if (found.length > 0) await redis.del(...found)
    found = []
  }
  for await (const page of redis.scanStream()) {
    for (const key of page as string[]) {
      if (/^rpush:notifications:\d/u.test(key)) found.push(key)
      if (found.length === 10) await flush()
    }
  }
  await flush()
  redis.disconnect()
}

/** KEYS, which stops everybody until it has the answer. */
export async function countByKeys(port: number): Promise<number> {
  return shell(`redis-cli -p ${port} keys '${PATTERN}' | wc -l`)
}

async function shell(line: string): Promise<number> {
  const [name, ...args] = pinned(1, ['sh', '-c', line])
  const child = spawn(name, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await once(child, 'exit')
  return Number(text)
}
