/** A Redis of the test's own, what is in it, and clusters of three; see `src/simulator/redis-server.ts`. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type RedisServer, startRedis } from '../../src/simulator/redis-server.js'

export { type RedisServer, startRedis }

/** A plain client for the test's own looks and changes. */
export function redisClient(url: string): Redis {
  return new Redis(url, { protocol: 2, disableClientInfo: true, retryStrategy: () => null })
}

export interface Picture {
  /** By name (latin1): a digest of the value, and whether it expires. */
  readonly keys: ReadonlyMap<string, string>
  /** By name: when it expires, ms since 1970. */
  readonly expiries: ReadonlyMap<string, number>
}

/**
 * Every key of a database by DUMP. Fields of a hash and members of a set have no order, and DUMP writes them in that of the
 * table's buckets, which says how they came in: those two are compared by what they hold.
 */
export async function pictureOf(client: Redis): Promise<Picture> {
  const keys = new Map<string, string>()
  const expiries = new Map<string, number>()
  let cursor = '0'
  do {
    const [next, page] = await client.scanBuffer(cursor, 'COUNT', 500)
    cursor = String(next)
    const pipeline = client.pipeline()
    for (const key of page) pipeline.type(key).callBuffer('DUMP', key).pttl(key)
    const replies = ((await pipeline.exec()) ?? []).map(([, reply]) => reply)
    for (const [index, key] of page.entries()) {
      const [type, dump, ttl] = replies.slice(3 * index, 3 * index + 3)
      if (type === 'none') continue
      const name = key.toString('latin1')
      const value = type === 'hash' || type === 'set' ? await unordered(client, key, type) : dump
      keys.set(name, `${type} ${sha(value)} ${Number(ttl) < 0 ? 'stays' : 'expires'}`)
      if (Number(ttl) >= 0) expiries.set(name, Date.now() + Number(ttl))
    }
  } while (cursor !== '0')
  return { keys, expiries }
}

async function unordered(client: Redis, key: Buffer, type: 'hash' | 'set'): Promise<string> {
  if (type === 'set')
    return (await client.smembersBuffer(key))
      .map((member) => member.toString('hex'))
      .sort()
      .join()
  const flat = await client.callBuffer('HGETALL', key)
  const parts = Array.isArray(flat) ? flat.map((part) => Buffer.from(part).toString('hex')) : []
  return parts
    .flatMap((part, index) => (index % 2 === 0 ? [`${part}=${parts[index + 1]}`] : []))
    .sort()
    .join()
}

function sha(value: unknown): string {
  return createHash('sha1')
    .update(Buffer.isBuffer(value) ? value : String(value))
    .digest('hex')
    .slice(0, 16)
}

export interface RedisCluster {
  /** redis+cluster://… */
  readonly url: string
  readonly nodes: readonly RedisServer[]
  /** By node, in the order of `nodes`. */
  readonly clients: readonly Redis[]
  /** Moves a slot with its keys; `between` runs when half of them have moved. */
  migrate(slot: number, from: number, to: number, between?: () => Promise<void>): Promise<void>
  /** One more node, which follows a master and has its keys when this is over. */
  replicaOf(master: number): Promise<{ readonly server: RedisServer; readonly client: Redis }>
  stop(): Promise<void>
}

/** Three masters with a third of the slots each. */
export async function startCluster(): Promise<RedisCluster> {
  const nodes: RedisServer[] = []
  const startNode = () => startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'] })
  nodes.push(...(await Promise.all([startNode(), startNode(), startNode()])))
  const followers: { readonly server: RedisServer; readonly client: Redis }[] = []
  const clients = nodes.map(({ url }) => redisClient(url))
  const ids = await Promise.all(clients.map(async (client) => String(await client.call('CLUSTER', 'MYID'))))
  for (const [index, client] of clients.entries()) {
    const slots = Array.from({ length: 16_384 }, (_, slot) => slot).filter((slot) => Math.floor(slot / 5_462) === index)
    await client.call('CLUSTER', 'ADDSLOTS', ...slots)
    if (index > 0) await client.call('CLUSTER', 'MEET', '127.0.0.1', nodes[0]?.port ?? 0)
  }
  for (const client of clients) {
    while (!/cluster_state:ok[\s\S]*cluster_known_nodes:3/u.test(String(await client.call('CLUSTER', 'INFO'))))
      await sleep(20)
  }
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    clients,
    async migrate(slot, from, to, between) {
      const [source, target] = [clients[from], clients[to]]
      if (source === undefined || target === undefined) return
      await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[from] ?? '')
      await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[to] ?? '')
      const keys = await source.callBuffer('CLUSTER', 'GETKEYSINSLOT', slot, 10_000)
      const list = Array.isArray(keys) ? keys.filter((key) => Buffer.isBuffer(key)) : []
      for (const [index, key] of list.entries()) {
        if (index === Math.floor(list.length / 2)) await between?.()
        await source.call('MIGRATE', '127.0.0.1', nodes[to]?.port ?? 0, key, 0, 5_000)
      }
      if (list.length === 0) await between?.()
      for (const client of [target, source, ...clients])
        await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[to] ?? '')
    },
    async replicaOf(master) {
      const server = await startNode()
      const client = redisClient(server.url)
      followers.push({ server, client })
      await client.call('CLUSTER', 'MEET', '127.0.0.1', nodes[master]?.port ?? 0)
      while (String(await client.call('CLUSTER', 'REPLICATE', ids[master] ?? '').catch(() => '')) !== 'OK')
        await sleep(20)
      while (!/master_link_status:up/u.test(await client.info('replication'))) await sleep(20)
      for (const one of clients)
        while (!String(await one.call('CLUSTER', 'SLOTS')).includes(`${server.port}`)) await sleep(20)
      return { server, client }
    },
    async stop() {
      for (const client of [...clients, ...followers.map((one) => one.client)]) client.disconnect()
      await Promise.all([...nodes, ...followers.map((one) => one.server)].map((node) => node.stop()))
    },
  }
}
