/**
 * Whether a server can read values that were archived, asked of the server itself. why: RESTORE looks at the RDB version
 * in a value before it looks at the value (https://redis.io/docs/latest/commands/restore/), and says so in its refusal.
 */
import type { RedisServers } from './connect.js'
import { withChecksum } from './crc64.js'
import type { MasterNode } from './node.js'

/** A type of value that no server knows: it is refused whatever its version is, and nothing is created. */
const NO_TYPE = 0xff
/** The RDB version is what stands between DUMP's value and its checksum. */
const VERSION_BYTES = 2
/** Names tried until each master of a cluster has one. */
const TRIES = 2_000

/** `probe`: the beginning of names under which nothing lives. `values`: archived ones, whose checksum is left out. */
export async function understands(servers: RedisServers, probe: string, values: readonly Buffer[]): Promise<boolean> {
  const versions = new Map(
    values
      .filter(({ length }) => length > VERSION_BYTES)
      .map((value) => value.subarray(-VERSION_BYTES))
      .map((one) => [one.toString('hex'), one]),
  )
  for (const [name, node] of await oneNameEach(servers, probe)) {
    const session = await node.session()
    const asked = [...versions.values()].map((version) =>
      withChecksum(Buffer.concat([Buffer.from([NO_TYPE]), version])),
    )
    const replies = await session.batch(asked.map((nothing) => ['RESTORE', name, 0, nothing]))
    // Anything else (no rights, a replica, no memory left) says nothing about the version, and is told where it matters.
    if (replies.some((reply) => reply instanceof Error && /payload version/iu.test(reply.message))) return false
  }
  return true
}

async function oneNameEach(servers: RedisServers, probe: string): Promise<readonly (readonly [Buffer, MasterNode])[]> {
  const masters = await servers.masters()
  const names = new Map<MasterNode, Buffer>()
  for (let times = 0; times < TRIES && names.size < masters.length; times += 1) {
    const name = Buffer.from(`${probe}:${times}`)
    const node = await servers.owner(name)
    if (!names.has(node)) names.set(node, name)
  }
  return [...names].map(([node, name]) => [name, node] as const)
}
