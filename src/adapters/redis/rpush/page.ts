/** The next ids of a walk over Rpush's notifications, by plain commands. */
import type { RedisServers } from '../connect.js'
import { expectValue } from '../failure.js'
import { escapeGlob } from '../glob.js'
import type { Session, Words } from '../session.js'
import type { Position } from '../walk.js'
import type { RpushNames } from './names.js'

export interface PageQuery {
  readonly servers: RedisServers
  readonly session: Session
  readonly names: RpushNames
  readonly position: Position
  /** Highest id; undefined: any. */
  readonly top: number | undefined
  readonly count: number
}

export interface Page {
  readonly ids: readonly string[]
  readonly visited: number
  /** `0`: this part is over. */
  readonly cursor: string
}

export async function readIds(query: PageQuery): Promise<Page> {
  const { position, names, top = Number.POSITIVE_INFINITY, count, servers } = query
  if (position.part === 'range') return rangePage(Math.max(1, Number(position.cursor)), top, count)
  const keyspace = position.part === 'scan' || position.part === 'rest'
  const reply = keyspace
    ? await query.session.call('SCAN', position.cursor, 'MATCH', `${escapeGlob(names.prefix)}[0-9]*`, 'COUNT', count)
    : await scanIndex(query)
  const [cursor, list] = Array.isArray(reply) ? reply : ['0', []]
  const texts = Array.isArray(list) ? list.map(String) : []
  const skip = keyspace ? names.prefix.length : 0
  const stride = keyspace || position.part === 'index' ? 1 : 2
  const ids = texts
    .filter((_, index) => index % stride === 0)
    .map((text) => text.slice(skip))
    .filter((id) => /^\d+$/u.test(id) && Number(id) <= top)
  const unknown = position.part === 'rest' ? await notInAll(servers, names, ids) : ids
  return { ids: unknown, visited: Math.max(count, ids.length), cursor: String(cursor) }
}

function rangePage(from: number, top: number, count: number): Page {
  const to = Math.min(from + count - 1, top)
  const ids = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => String(from + index))
  return { ids, visited: count, cursor: to >= top ? '0' : String(to + 1) }
}

async function scanIndex({ servers, names, position, count }: PageQuery): Promise<unknown> {
  const keys: Readonly<Record<string, string>> = {
    index: `${names.prefix}all`,
    pending: names.pending,
    retryable: names.retryable,
    'held pending': names.heldPending,
    'held retryable': names.heldRetryable,
  }
  const key = keys[position.part] ?? names.pending
  const words: Words = [position.part === 'index' ? 'SSCAN' : 'ZSCAN', key, position.cursor, 'COUNT', count]
  const [reply] = await servers.batch([{ key: Buffer.from(key), words }])
  return expectValue(reply, 'the target')
}

async function notInAll(servers: RedisServers, names: RpushNames, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const key = `${names.prefix}all`
  const [reply] = await servers.batch([{ key: Buffer.from(key), words: ['SMISMEMBER', key, ...ids] }])
  const known = expectValue(reply, 'the target')
  return ids.filter((_, index) => !Array.isArray(known) || known[index] !== 1)
}
