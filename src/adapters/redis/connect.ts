/**
 * The server or servers behind one URL: one `MasterNode` per master, connected when first needed. A lost connection is
 * replaced by the next call; a cluster's map of slots is read again when the cluster says that it moved.
 */
import { MaydayError } from '../../errors.js'
import { type Host, type RedisAddress, readAddress } from './address.js'
import { isRefusal, translate } from './failure.js'
import { openSession, type Session, type Timing, type Words } from './session.js'
import { slotOf } from './slot.js'
import { readSlots, type Topology } from './topology.js'

export interface MasterNode {
  /** Host and port; of Sentinel's master, its name. Cursors carry it. */
  readonly address: string
  /** The open connection, or a new one. */
  session(): Promise<Session>
}

/** One command on one key, which decides where it goes. */
export interface KeyedCommand {
  readonly key: Buffer
  readonly words: Words
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
  /** Reads the topology again before the next call. */
  refresh(): void
  close(): Promise<void>
}

const USUAL: Timing = { connectMs: 5_000, replyMs: 15_000 }
const REDIRECTIONS = 8

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
    refresh: () => undefined,
    close: node.close,
  }
}

interface ClosableNode extends MasterNode {
  ping(): Promise<number>
  close(): Promise<void>
}

function createNode(address: string, open: () => Promise<Session>): ClosableNode {
  const work = createLine(open)
  const aside = createLine(open)
  return {
    address,
    session: work.session,
    async ping() {
      const session = await aside.session()
      const began = performance.now()
      await session.call('PING')
      return performance.now() - began
    },
    async close() {
      await Promise.all([work.close(), aside.close()])
    },
  }
}

/** One connection at a time, opened when it is needed and there is none. */
function createLine(open: () => Promise<Session>) {
  let current: Promise<Session> | undefined
  let closed = false
  return {
    async session(): Promise<Session> {
      if (closed) throw new MaydayError('TARGET_UNAVAILABLE', { what: 'The connection to Redis was closed by Mayday.' })
      const waited = current
      const held = await waited?.catch(() => undefined)
      if (held?.alive()) return held
      // Whoever waited beside us may have opened the next one already.
      if (current === waited) current = open()
      return current ?? open()
    },
    async close(): Promise<void> {
      closed = true
      const held = await current?.catch(() => undefined)
      held?.close()
    },
  }
}

function createCluster(address: RedisAddress, timing: Timing): RedisServers {
  const nodes = new Map<string, ClosableNode>()
  let known: Promise<Topology> | undefined
  let last: Topology | undefined

  function nodeAt(host: Host): ClosableNode {
    const name = `${host.host}:${host.port}`
    const node = nodes.get(name) ?? createNode(name, () => openSession(address, host, timing))
    nodes.set(name, node)
    return node
  }
  async function topology(): Promise<Topology> {
    known ??= read()
    return known.catch((error: unknown) => {
      known = undefined
      throw error
    })
  }
  async function read(): Promise<Topology> {
    let failure: unknown
    for (const host of [...(last?.masters ?? []), ...address.hosts]) {
      try {
        const session = await nodeAt(host).session()
        last = readSlots(await session.call('CLUSTER', 'SLOTS'), host)
        return last
      } catch (error) {
        failure = error
      }
    }
    throw failure
  }
  const owner = async (key: Buffer): Promise<ClosableNode> => {
    const host = (await topology()).owners[slotOf(key)]
    if (host !== undefined) return nodeAt(host)
    known = undefined
    throw new MaydayError('TARGET_UNAVAILABLE', {
      what: 'No master of the cluster serves the slot of a key at the moment. Nothing was changed there.',
      hint: 'Look at CLUSTER INFO; it may work again when the cluster is whole.',
      retry: true,
    })
  }
  async function redirected(command: KeyedCommand, refusal: Error): Promise<unknown> {
    let reply: unknown = refusal
    for (let times = 0; times < REDIRECTIONS && isRefusal(reply); times += 1) {
      const [, kind, host = '', port = ''] = /^(MOVED|ASK) \d+ (.*):(\d+)$/u.exec(reply.message) ?? []
      if (kind === undefined) return reply
      if (kind === 'MOVED') known = undefined
      const [first] = address.hosts
      const session = await nodeAt({ host: host === '' ? (first?.host ?? '') : host, port: Number(port) }).session()
      const words = kind === 'ASK' ? ([['ASKING'], command.words] as const) : ([command.words] as const)
      reply = (await session.batch(words)).at(-1)
    }
    return reply
  }
  return {
    cluster: true,
    database: 0,
    masters: async () => (await topology()).masters.map(nodeAt),
    owner,
    batch: (commands) => scatter(commands, owner, redirected),
    ping: async () => Math.max(...(await Promise.all((await topology()).masters.map((host) => nodeAt(host).ping())))),
    layout: async () => (await topology()).name,
    refresh: () => {
      known = undefined
    },
    async close() {
      await Promise.all([...nodes.values()].map((node) => node.close()))
    },
  }
}

/** Every master works on its share at the same time; replies come back in the order of the commands. */
async function scatter(
  commands: readonly KeyedCommand[],
  owner: (key: Buffer) => Promise<MasterNode>,
  redirected: (command: KeyedCommand, refusal: Error) => Promise<unknown>,
): Promise<readonly unknown[]> {
  const shares = new Map<MasterNode, number[]>()
  for (const [index, { key }] of commands.entries()) {
    const node = await owner(key)
    const share = shares.get(node)
    if (share === undefined) shares.set(node, [index])
    else share.push(index)
  }
  const replies: unknown[] = []
  await Promise.all(
    [...shares].map(async ([node, share]) => {
      const session = await node.session()
      const got = await session.batch(pick(commands, share))
      for (const [place, index] of share.entries()) replies[index] = got[place]
    }),
  )
  for (const [index, command] of commands.entries()) {
    const reply = replies[index]
    if (isRefusal(reply) && /^(MOVED|ASK) /u.test(reply.message)) replies[index] = await redirected(command, reply)
  }
  return replies
}

function pick(commands: readonly KeyedCommand[], share: readonly number[]): readonly Words[] {
  return share.flatMap((index) => {
    const command = commands[index]
    return command === undefined ? [] : [command.words]
  })
}

/** The value of a reply in a batch, or its refusal as an error for a person. */
export function expectValue(reply: unknown, where: string): unknown {
  if (isRefusal(reply)) throw translate(reply, where)
  return reply
}
