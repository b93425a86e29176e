/** Reads `NOTIFICATIONS_REDIS_URL`. */
import { MaydayError } from '../../errors.js'

export interface Host {
  readonly host: string
  readonly port: number
}

/** Where a Redis is and as whom to speak to it. */
export interface RedisAddress {
  readonly kind: 'standalone' | 'cluster' | 'sentinel'
  readonly tls: boolean
  /** Standalone: one; cluster: some of its nodes; sentinel: the sentinels. */
  readonly hosts: readonly Host[]
  /** `sentinel` only: what the sentinels call the master. */
  readonly master: string
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

const SHAPE = /^(rediss?)(\+cluster|\+sentinel)?:\/\/(.*)$/u

/**
 * `redis://[user[:password]@]host[:port][/database]`, `rediss://…` for TLS, `redis+cluster://h1:p,h2:p`,
 * `redis+sentinel://h1:p,h2:p/NAME[/database]`. Throws `CONFIG_INVALID`, which never repeats the password.
 */
export function readAddress(url: string): RedisAddress {
  const [, scheme, plus, rest = ''] = SHAPE.exec(url) ?? []
  if (scheme === undefined) throw wrong('it does not begin with redis:// or one of its relatives')
  const kind = plus === '+cluster' ? 'cluster' : plus === '+sentinel' ? 'sentinel' : 'standalone'
  // why: the last @, because people paste passwords that hold one.
  const at = rest.lastIndexOf('@')
  const [places = '', ...path] = rest.slice(at + 1).split('/')
  const hosts = places.split(',').map((place) => readHost(place, kind === 'sentinel' ? 26379 : 6379))
  if (kind === 'standalone' && hosts.length > 1) throw wrong('it names several hosts; redis+cluster:// does that')
  const master = kind === 'sentinel' ? decode(path.shift() ?? '') : ''
  if (kind === 'sentinel' && master === '') throw wrong('it does not say what the sentinels call the master')
  const database = readDatabase(path.join('/'))
  if (kind === 'cluster' && database !== 0) throw wrong('it names a database, and a cluster has only one')
  return { kind, tls: scheme === 'rediss', hosts, master, ...readUser(at < 0 ? '' : rest.slice(0, at)), database }
}

function readHost(place: string, usual: number): Host {
  const [, ipv6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]?#\s]+))(?::(\d+))?$/u.exec(place) ?? []
  const host = ipv6 ?? name
  const number = port === undefined ? usual : Number(port)
  if (host === undefined || number < 1 || number > 65_535) throw wrong('a host or port in it cannot be read')
  return { host, port: number }
}

function readUser(text: string): Pick<RedisAddress, 'username' | 'password'> {
  if (text === '') return { username: undefined, password: undefined }
  const colon = text.indexOf(':')
  const username = decode(colon < 0 ? text : text.slice(0, colon))
  const password = colon < 0 ? undefined : decode(text.slice(colon + 1))
  return { username: username === '' ? undefined : username, password }
}

function readDatabase(text: string): number {
  if (text === '') return 0
  if (!/^\d{1,5}$/u.test(text)) throw wrong('the database behind the last slash is not a number')
  return Number(text)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function wrong(why: string): MaydayError {
  return new MaydayError('CONFIG_INVALID', {
    what: `NOTIFICATIONS_REDIS_URL cannot be used: ${why}.`,
    hint: 'Write redis://user:password@host:port/database, rediss:// for TLS, redis+cluster://h1:p,h2:p or redis+sentinel://h1:p,h2:p/NAME.',
  })
}
