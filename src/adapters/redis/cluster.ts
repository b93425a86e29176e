/** Redis Cluster: its map of slots, read again when it says that it moved or a master is gone; MOVED and ASK are followed. */
import { createHash } from 'node:crypto'
import { MaydayError } from '../../errors.js'
import type { Host, RedisAddress } from './address.js'
import type { KeyedCommand, Layout, RedisServers } from './connect.js'
import { isRefusal } from './failure.js'
import { createNode, type MasterNode } from './node.js'
import { openSession, type Timing, type Words } from './session.js'
import { slotOf } from './slot.js'
import { readSlots, type Topology } from './topology.js'

const REDIRECTIONS = 8

export function createCluster(address: RedisAddress, timing: Timing): RedisServers {
  const map = createMap(address, timing)
  const owner = async (key: Buffer): Promise<MasterNode> => {
    const host = (await map.read()).owners[slotOf(key)]
    if (host !== undefined) return map.nodeAt(host)
    map.forget()
    throw new MaydayError('TARGET_UNAVAILABLE', {
      what: 'No master of the cluster serves the slot of a key at the moment. Nothing was changed there.',
      hint: 'Look at CLUSTER INFO; it may work again when the cluster is whole.',
      retry: true,
    })
  }
  const masters = async () => (await map.read()).masters.map(map.nodeAt)
  return {
    cluster: true,
    database: 0,
    masters,
    owner,
    batch: (commands) => scatter(commands, owner, (command, refusal) => redirected(map, command, refusal)),
    ping: async () => Math.max(...(await Promise.all((await masters()).map((node) => node.ping())))),
    layout: async () => (await readLayout(map)).layout,
    slots: () => readLayout(map),
    refresh: map.forget,
    recheck: async () => map.forget(),
    close: map.close,
  }
}

interface SlotMap {
  read(): Promise<Topology>
  forget(): void
  nodeAt(host: Host): MasterNode
  /** The first of the hosts in the URL; what a reply without a host means. */
  readonly home: string
  close(): Promise<void>
}

function createMap(address: RedisAddress, timing: Timing): SlotMap {
  const nodes = new Map<string, MasterNode>()
  let known: Promise<Topology> | undefined
  let last: Topology | undefined
  const forget = () => {
    known = undefined
  }
  function nodeAt(host: Host): MasterNode {
    const name = `${host.host}:${host.port}`
    const node = nodes.get(name) ?? watch(createNode(name, () => openSession(address, host, timing)))
    nodes.set(name, node)
    return node
  }
  /** why: a master that cannot be reached may have been replaced, and only the others know. */
  const watched = <T>(call: () => Promise<T>) =>
    call().catch((error: unknown) => {
      forget()
      throw error
    })
  const watch = (node: MasterNode): MasterNode => ({
    ...node,
    session: () => watched(node.session),
    ping: () => watched(node.ping),
  })
  async function ask(): Promise<Topology> {
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
  return {
    home: address.hosts[0]?.host ?? '',
    nodeAt,
    forget,
    async read() {
      const asking = known ?? ask()
      known = asking
      return asking.catch((error: unknown) => {
        if (known === asking) forget()
        throw error
      })
    },
    async close() {
      await Promise.all([...nodes.values()].map((node) => node.close()))
    },
  }
}

/** The map, and which slots are on their way: a migration changes the map only at its end. */
async function readLayout(map: SlotMap): Promise<Layout> {
  const { masters, name } = await map.read()
  const moving = await Promise.all(
    masters.map(async (host) => {
      const reply = await (await map.nodeAt(host).session()).call('CLUSTER', 'NODES')
      return (
        String(reply)
          .match(/\[\d+-[<>]-[0-9a-f]+\]/gu)
          ?.sort() ?? []
      )
    }),
  )
  const marks = moving.flat()
  const layout = createHash('sha1').update(name).update(marks.join()).digest('hex').slice(0, 12)
  return { layout, moving: new Set(marks.map((mark) => /\d+/u.exec(mark)?.[0])).size }
}

async function redirected(map: SlotMap, command: KeyedCommand, refusal: Error): Promise<unknown> {
  let reply: unknown = refusal
  for (let times = 0; times < REDIRECTIONS && isRefusal(reply); times += 1) {
    const [, kind, host = '', port = ''] = /^(MOVED|ASK) \d+ (.*):(\d+)$/u.exec(reply.message) ?? []
    if (kind === undefined) return reply
    if (kind === 'MOVED') map.forget()
    const session = await map.nodeAt({ host: host === '' ? map.home : host, port: Number(port) }).session()
    const words = kind === 'ASK' ? ([['ASKING'], command.words] as const) : ([command.words] as const)
    reply = (await session.batch(words)).at(-1)
  }
  return reply
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
