/** A cluster's map of slots, as CLUSTER SLOTS tells it. */
import { createHash } from 'node:crypto'
import { MaydayError } from '../../errors.js'
import type { Host } from './address.js'
import { SLOTS } from './slot.js'

export interface Topology {
  /** Every master that serves slots, in the order of their names. */
  readonly masters: readonly Host[]
  /** By slot; undefined where nobody serves it. */
  readonly owners: readonly (Host | undefined)[]
  /** Changes with the map. */
  readonly name: string
}

/** `asked`: the node that answered; why: an empty or null host in the reply means "where you asked". */
export function readSlots(reply: unknown, asked: Host): Topology {
  if (!Array.isArray(reply)) throw unreadable()
  const owners = new Array<Host | undefined>(SLOTS).fill(undefined)
  const masters = new Map<string, Host>()
  const ranges: string[] = []
  for (const range of reply) {
    const [from, to, master] = asList(range)
    const [name, port] = asList(master)
    const text = name === null || name === undefined ? '' : String(name)
    const host = { host: text === '' || text === '?' ? asked.host : text, port: Number(port) }
    const key = `${host.host}:${host.port}`
    const kept = masters.get(key) ?? host
    masters.set(key, kept)
    for (let slot = Number(from); slot <= Number(to); slot += 1) owners[slot] = kept
    ranges.push(`${from}-${to}@${key}`)
  }
  const sorted = [...masters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, host]) => host)
  const name = createHash('sha1').update(ranges.sort().join()).digest('hex').slice(0, 12)
  return { masters: sorted, owners, name }
}

function asList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unreadable()
  return value
}

function unreadable(): MaydayError {
  return new MaydayError('TARGET_REFUSED', {
    what: 'The cluster answered CLUSTER SLOTS with something that is not a map of slots.',
    hint: 'Check that redis+cluster:// points at Redis Cluster nodes.',
  })
}
