/** The server or servers behind one URL, connected when first needed; a lost connection is replaced by the next call. */
import { type RedisAddress, readAddress } from './address.js'
import { createCluster } from './cluster.js'
import { createNode, type MasterNode } from './node.js'
import { openSession, type Timing, type Words } from './session.js'

/** One command on one key, which decides where it goes. */
export interface KeyedCommand {
  readonly key: Buffer
  readonly words: Words
}

export interface Layout {
  /** The map of slots and what is on its way, as a name that changes with it. */
  readonly layout: string
  /** Slots that are on their way from one master to another. */
  readonly moving: number
}

export interface RedisServers {
  readonly cluster: boolean
  readonly database: number
  masters(): Promise<readonly MasterNode[]>
  /** Where a key lives. */
  owner(key: Buffer): Promise<MasterNode>
  /** Many commands, each where its key lives, in one write per master; MOVED and ASK are followed. */
  batch(commands: readonly KeyedCommand[]): Promise<readonly unknown[]>
  /** Round trip of PING on a connection that does nothing else, ms; of the slowest master. */
  ping(): Promise<number>
  /** The map of slots, as a name that changes with it. */
  layout(): Promise<string>
  /** Of a cluster; undefined: it is none. */
  slots(): Promise<Layout | undefined>
  /** Reads the topology again before the next call. */
  refresh(): void
  /** Asks whoever knows the topology now; a connection to a master that is none any more is closed. */
  recheck(): Promise<void>
  close(): Promise<void>
}

const USUAL: Timing = { connectMs: 5_000, replyMs: 15_000 }

export function createRedisServers(url: string, timing: Timing = USUAL): RedisServers {
  const address = readAddress(url)
  return address.kind === 'cluster' ? createCluster(address, timing) : createSingle(address, timing)
}

function createSingle(address: RedisAddress, timing: Timing): RedisServers {
  const [host = { host: 'localhost', port: 6379 }] = address.hosts
  const node =
    address.kind === 'sentinel'
      ? createNode(`sentinel:${address.master}`, () => openSession(address, 'sentinel', timing))
      : createNode(`${host.host}:${host.port}`, () => openSession(address, host, timing))
  return {
    cluster: false,
    database: address.database,
    masters: async () => [node],
    owner: async () => node,
    async batch(commands) {
      return (await node.session()).batch(commands.map(({ words }) => words))
    },
    ping: node.ping,
    layout: async () => node.address,
    slots: async () => undefined,
    refresh: () => undefined,
    recheck: async () => (address.kind === 'sentinel' ? leaveTheOld(node, address, timing) : undefined),
    close: node.close,
  }
}

/**
 * why: from the moment that the sentinels promote another one, and for seconds, the old master takes writes that will be
 * thrown away, and nothing on its connections says so.
 */
async function leaveTheOld(node: MasterNode, address: RedisAddress, timing: Timing): Promise<void> {
  const held = await node.session()
  const named = await openSession(address, 'sentinel', timing)
  named.close()
  // A user who may not call INFO cannot tell one server from the other.
  if (held.isKnown && named.isKnown && held.epoch !== named.epoch) held.close()
}
