/** What stands behind a target: role, size, memory, replicas, and what its user may not do. */
import type { ServerState } from '../../ports/keys.js'
import type { RedisServers } from './connect.js'
import { isRefusal } from './failure.js'
import type { Session, Words } from './session.js'
import { hasRoom } from './watches.js'

/** `probe`: a name within the target's keys under which nothing lives; nothing is created there. */
export async function inspectServers(
  servers: RedisServers,
  probe: string,
  needed: readonly string[],
): Promise<ServerState> {
  await servers.recheck()
  const masters = await servers.masters()
  const sessions = await Promise.all(masters.map((node) => node.session()))
  const states = await Promise.all(sessions.map((session) => readState(session)))
  const rights = await Promise.all(sessions.map((session) => findMissing(session, probe, needed)))
  const scripting = await Promise.all(sessions.map((session) => session.scripting()))
  const slots = await servers.slots()
  const sum = (pick: (state: NodeState) => number) => states.reduce((total, state) => total + pick(state), 0)
  return {
    identity: `${sessions
      .map(({ epoch }) => epoch)
      .sort()
      .join('+')}/${servers.database}`,
    masters: masters.length,
    role: states.some(({ role }) => role === 'replica') ? 'replica' : 'master',
    version: [...new Set(states.map(({ version }) => version))].join(' and '),
    commandsOf: oldest(states.map(({ commandsOf }) => commandsOf)),
    database: servers.database,
    keys: sum(({ keys }) => keys),
    usedBytes: sum(({ usedBytes }) => usedBytes),
    maxBytes: sum(({ maxBytes }) => maxBytes),
    replicas: states.flatMap(({ replicas }) => replicas),
    ...(slots === undefined ? {} : { slots }),
    scripting: scripting.every(Boolean),
    missing: [...new Set(rights.flatMap(({ missing }) => missing))],
    ...(rights.some(({ denied }) => denied) ? { deniedKeys: `${probe.slice(0, -PROBE.length)}*` } : {}),
    ...(await sparing(servers, sessions, states, probe)),
  }
}

/** What the name of every probe ends with: nobody's key. */
const PROBE = 'mayday-asks'

type Spare = Pick<ServerState, 'eviction' | 'clients' | 'watching' | 'lost'>

/** What the masters have to spare, as far as each of them says so. */
async function sparing(
  servers: RedisServers,
  [session]: readonly Session[],
  states: readonly NodeState[],
  probe: string,
): Promise<Spare> {
  const told = states.flatMap(({ spare }) => (spare === undefined ? [] : [spare]))
  const [first] = told
  if (first === undefined || told.length < states.length) return {}
  const clients = told.map((one) => one.clients).reduce((a, b) => (a.most - a.connected < b.most - b.connected ? a : b))
  const policies = [...new Set(told.map(({ eviction }) => eviction))]
  const watching = servers.cluster || session === undefined ? undefined : await canWatch(session, probe, clients)
  return {
    eviction: policies.join(' and '),
    clients,
    ...(watching === undefined ? {} : { watching }),
    lost: {
      expired: told.reduce((sum, { lost }) => sum + lost.expired, 0),
      evicted: told.reduce((sum, { lost }) => sum + lost.evicted, 0),
    },
  }
}

async function canWatch(
  session: Session,
  probe: string,
  { connected, most }: NonNullable<ServerState['clients']>,
): Promise<ServerState['watching']> {
  const replies = await session.batch([['WATCH', probe], ['MULTI'], ['EXEC'], ['UNWATCH']])
  if (replies.some(isRefusal)) return 'forbidden'
  return hasRoom(connected, most) ? 'can' : 'crowded'
}

interface NodeState
  extends Pick<ServerState, 'role' | 'version' | 'commandsOf' | 'keys' | 'usedBytes' | 'maxBytes' | 'replicas'> {
  readonly spare: Required<Pick<ServerState, 'eviction' | 'clients' | 'lost'>> | undefined
}

async function readState(session: Session): Promise<NodeState> {
  const [info, size] = await session.batch([['INFO'], ['DBSIZE']])
  // A user without INFO sees no role: the first write tells.
  const text = isRefusal(info) ? '' : String(info)
  const field = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'mu').exec(text)?.[1]
  const offset = Number(field('master_repl_offset') ?? 0)
  return {
    role: field('role') === 'slave' ? 'replica' : 'master',
    version: nameOf(field),
    commandsOf: field('redis_version'),
    keys: isRefusal(size) ? 0 : Number(size),
    usedBytes: Number(field('used_memory') ?? 0),
    maxBytes: Number(field('maxmemory') ?? 0),
    spare: isRefusal(info) ? undefined : spareOf(field),
    replicas: [...text.matchAll(/^slave\d+:(.*?)\r?$/gmu)].map(([, line = '']) => readReplica(line, offset)),
  }
}

function spareOf(field: (name: string) => string | undefined): NodeState['spare'] {
  const number = (name: string) => Number(field(name) ?? 0)
  return {
    eviction: field('maxmemory_policy') ?? 'noeviction',
    clients: { connected: number('connected_clients'), most: number('maxclients') },
    lost: { expired: number('expired_keys'), evicted: number('evicted_keys') },
  }
}

/** why: Valkey tells the Redis whose commands it has in the field in which Redis tells its own version. */
function nameOf(field: (name: string) => string | undefined): string {
  const valkey = field('valkey_version')
  if (valkey !== undefined) return `Valkey ${valkey}`
  const redis = field('redis_version')
  return redis === undefined ? 'Redis (the user may not ask which: INFO)' : `Redis ${redis}`
}

function oldest(versions: readonly (string | undefined)[]): string | undefined {
  const known = versions.filter((version) => version !== undefined)
  return known.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))[0]
}

function readReplica(line: string, masterOffset: number): ServerState['replicas'][number] {
  const fields = new Map(line.split(',').map((part) => [part.split('=')[0] ?? '', part.split('=')[1] ?? ''] as const))
  return {
    name: `${fields.get('ip')}:${fields.get('port')}`,
    lagBytes: Math.max(0, masterOffset - Number(fields.get('offset') ?? 0)),
    online: fields.get('state') === 'online',
  }
}

/**
 * Harmless calls of each command: rights are checked before a command runs, and each of these finds nothing to do.
 * A replica answers READONLY and a cluster MOVED; both mean that the user may.
 */
function harmless(command: string, probe: string): Words | undefined {
  const calls: Readonly<Record<string, Words>> = {
    SCAN: ['SCAN', 0, 'MATCH', probe, 'COUNT', 1],
    TYPE: ['TYPE', probe],
    EXISTS: ['EXISTS', probe],
    DUMP: ['DUMP', probe],
    PTTL: ['PTTL', probe],
    UNLINK: ['UNLINK', probe],
    RESTORE: ['RESTORE', probe, 0, 'no dump'],
    DBSIZE: ['DBSIZE'],
    INFO: ['INFO', 'server'],
    GET: ['GET', probe],
    HMGET: ['HMGET', probe, 'id'],
    SCARD: ['SCARD', probe],
    SSCAN: ['SSCAN', probe, 0],
    SREM: ['SREM', probe, '0'],
    SADD: ['SADD', probe],
    SMISMEMBER: ['SMISMEMBER', probe, '0'],
    ZCARD: ['ZCARD', probe],
    ZSCAN: ['ZSCAN', probe, 0],
    ZREM: ['ZREM', probe, '0'],
    ZADD: ['ZADD', probe, 'XX', 1, '0'],
    ZMSCORE: ['ZMSCORE', probe, '0'],
    LLEN: ['LLEN', probe],
    LRANGE: ['LRANGE', probe, 0, 0],
    LMOVE: ['LMOVE', probe, probe, 'RIGHT', 'LEFT'],
    LPOS: ['LPOS', probe, '0'],
    LREM: ['LREM', probe, 1, '0'],
    LPUSHX: ['LPUSHX', probe, '0'],
    RPOP: ['RPOP', probe],
  }
  return calls[command]
}

interface Rights {
  readonly missing: readonly string[]
  readonly denied: boolean
}

async function findMissing(session: Session, probe: string, needed: readonly string[]): Promise<Rights> {
  const asked = needed.flatMap((command) => {
    const words = harmless(command, probe)
    return words === undefined ? [] : [{ command, words }]
  })
  const replies = await session.batch(asked.map(({ words }) => words))
  const refusals = asked.flatMap(({ command }, index) => {
    const reply = replies[index]
    return isRefusal(reply) ? [{ command, said: reply.message }] : []
  })
  // why: rights on commands are checked first, so whoever is refused a key may call the command.
  const isAboutKeys = (said: string) => /^NOPERM.* access (one of the|a) keys?/iu.test(said)
  return {
    missing: refusals.flatMap(({ command, said }) =>
      /NOPERM|unknown command/iu.test(said) && !isAboutKeys(said) ? [command] : [],
    ),
    denied: refusals.some(({ said }) => isAboutKeys(said)),
  }
}
