/** What Redis and the network say when they refuse, as errors for a person. */
import { MaydayError } from '../../errors.js'

/** A reply of Redis that is an error, in a batch where the others may have worked. */
export function isRefusal(reply: unknown): reply is Error {
  return reply instanceof Error
}

interface Rule {
  readonly match: RegExp
  readonly fail: (where: string, message: string) => MaydayError
}

const unavailable =
  (what: (where: string) => string, hint: string): Rule['fail'] =>
  (where, message) =>
    new MaydayError('TARGET_UNAVAILABLE', { what: what(where), hint, retry: true, cause: message })

const refused =
  (what: (where: string, message: string) => string, hint: string): Rule['fail'] =>
  (where, message) =>
    new MaydayError('TARGET_REFUSED', { what: what(where, message), hint, cause: message })

const RULES: readonly Rule[] = [
  {
    match: /^(WRONGPASS|NOAUTH)|invalid (username-)?password|without any password configured/u,
    fail: refused(
      (where, message) =>
        /^NOAUTH/u.test(message)
          ? `Redis at ${where} wants a password and NOTIFICATIONS_REDIS_URL holds none.`
          : `Redis at ${where} refused the user or password of NOTIFICATIONS_REDIS_URL.`,
      'Correct the user and password in NOTIFICATIONS_REDIS_URL (percent-encode special characters), then try again.',
    ),
  },
  {
    match: /NOPERM|ACL failure/u,
    fail: refused(
      (where, message) => `Redis at ${where} does not let this user ${permission(message)}. Nothing was changed by it.`,
      'Give the user that command and these keys with ACL SETUSER; the README has the whole line.',
    ),
  },
  {
    match: /READONLY/u,
    fail: refused(
      (where) =>
        `Redis at ${where} is a read-only replica: it can count, and nothing can be removed or put back there.`,
      'Point NOTIFICATIONS_REDIS_URL at the master (INFO replication names it), or use redis+sentinel://.',
    ),
  },
  {
    match: /^LOADING/u,
    fail: unavailable(
      (where) => `Redis at ${where} is still loading its data after a start. Nothing was changed.`,
      'Wait until it has loaded, then try again.',
    ),
  },
  {
    match: /MISCONF/u,
    fail: refused(
      (where) => `Redis at ${where} refuses every write because it could not save to its disk. Nothing was changed.`,
      'Look at its disk and log (rdb_last_bgsave_status in INFO persistence); it takes writes again after a good save.',
    ),
  },
  {
    match: /^-?OOM|OOM command not allowed/u,
    fail: refused(
      (where) => `Redis at ${where} is at its memory limit and refuses to store more.`,
      'Free memory or raise maxmemory, then go on: what was not put back yet is still in the archive.',
    ),
  },
  {
    match: /^(CLUSTERDOWN|TRYAGAIN|MASTERDOWN|BUSY |NOREPLICAS)/u,
    fail: unavailable(
      (where) => `Redis at ${where} cannot take this command at the moment. Nothing was changed by it.`,
      'It may work again in a moment; `mayday doctor` shows the state of the server.',
    ),
  },
  {
    match: /^(MOVED|ASK) /u,
    fail: unavailable(
      (where) => `A slot of the cluster is on its way to or from ${where}, so this could not be done there yet.`,
      'It works again when the slot has arrived; CLUSTER NODES shows those that are on their way.',
    ),
  },
  {
    match: /unknown command/iu,
    fail: refused(
      (where, message) => `Redis at ${where} does not have a command that this needs: ${firstWord(message)}.`,
      'Use Redis 6.2 or newer, or Valkey, and ask the provider which commands it turned off.',
    ),
  },
  {
    match: /DB index is out of range|SELECT is not allowed/u,
    fail: refused(
      (where) => `Redis at ${where} has no database of the number in NOTIFICATIONS_REDIS_URL.`,
      'Correct the number behind the last slash.',
    ),
  },
]

/** The error for a person; `where` is host and port, never the URL, which holds the password. */
export function translate(error: unknown, where: string): MaydayError {
  if (error instanceof MaydayError) return error
  const message = error instanceof Error ? error.message : String(error)
  const rule = RULES.find(({ match }) => match.test(message))
  if (rule !== undefined) return rule.fail(where, message)
  if (isReply(error)) {
    return new MaydayError('TARGET_REFUSED', {
      what: `Redis at ${where} refused: ${message.slice(0, 200)}`,
      cause: error,
    })
  }
  return new MaydayError('TARGET_UNAVAILABLE', {
    what: `Redis at ${where} cannot be reached: ${network(error, message)}. Nothing was changed by the call that failed.`,
    hint: 'Check host, port and network of NOTIFICATIONS_REDIS_URL and that the server runs; then try again.',
    retry: true,
    cause: error,
  })
}

function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}

/** Redis names the command in quotes; since 7.0 the key rule has no name in it. */
function permission(message: string): string {
  const command = /run the '([^']+)' command/u.exec(message)?.[1]
  if (command !== undefined) return `run ${command.toUpperCase()}`
  if (/key/u.test(message)) return 'touch one of the keys'
  return 'do this'
}

function firstWord(message: string): string {
  return /command [`']([^`']+)/iu.exec(message)?.[1]?.toUpperCase() ?? 'unknown'
}

function network(error: unknown, message: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nothing listens on that port',
    ENOTFOUND: 'there is no host of that name',
    EAI_AGAIN: 'the name of the host cannot be looked up',
    ETIMEDOUT: 'no answer in time',
    ECONNRESET: 'the connection was cut',
    EHOSTUNREACH: 'there is no way to that host',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody this machine knows (NODE_EXTRA_CA_CERTS)',
    SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody this machine knows (NODE_EXTRA_CA_CERTS)',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  }
  if (known[code] !== undefined) return known[code]
  if (/Connection is closed|writeable|aborted due to connection/u.test(message)) return 'the connection was closed'
  return message === '' ? code || 'no reason given' : message.slice(0, 200)
}

/** The value of a reply in a batch, or its refusal as an error for a person. */
export function expectValue(reply: unknown, where: string): unknown {
  if (isRefusal(reply)) throw translate(reply, where)
  return reply
}
