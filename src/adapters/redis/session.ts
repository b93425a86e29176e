/**
 * One connection to one server process. It never reconnects by itself: a cursor of SCAN means nothing in another
 * process, so whoever holds a session knows that it is still the same one.
 */
import { createHash, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { MaydayError } from '../../errors.js'
import type { RedisAddress } from './address.js'
import { expectValue, isRefusal, translate } from './failure.js'
import { createLimit } from './limit.js'
import { type Arg, hasPacked, type Words, Written } from './wire.js'

export type { Arg, Words } from './wire.js'

export interface Script {
  readonly lua: string
  readonly sha: string
}

export function makeScript(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}

export interface Session {
  /** Host and port, for messages. */
  readonly where: string
  /** The server's run id; another one means another process, whose cursors differ. */
  readonly epoch: string
  /** False: the server did not say its run id, and `epoch` is this connection's own. */
  readonly isKnown: boolean
  /** Shortest round trip seen, ms: what a call costs before the server works on it. */
  baseMs(): number
  alive(): boolean
  /** One command; strings come as buffers. */
  call(...words: Words): Promise<unknown>
  /** Many commands in one write; a refused one is an `Error` in its place. */
  batch(commands: readonly Words[]): Promise<readonly unknown[]>
  /**
   * As `batch`, and the time that the server spent on them, ms: by its own clock, which is asked before and behind them in
   * the same write, or by this process's where the user may not ask it.
   */
  timed(commands: readonly Words[]): Promise<Timed>
  /**
   * As `timed`, with a script among the commands, whose keys are not declared: `before` and `after` go in the same write. A
   * server that does not know the script yet is sent its text behind them.
   */
  timedRun(script: Script, args: readonly Arg[], around: Around): Promise<TimedRun>
  /** Runs a script in the server; the keys it touches are not declared unless given. */
  run(script: Script, keys: readonly Arg[], args: readonly Arg[]): Promise<unknown>
  /** EVAL and EVALSHA are allowed. Asked once. */
  scripting(): Promise<boolean>
  close(): void
}

export interface Timed {
  readonly replies: readonly unknown[]
  readonly serverMs: number
}

export interface Around {
  readonly before: readonly Words[]
  readonly after?: readonly Words[]
}

export interface TimedRun {
  /** What the script answered; a refusal of it is thrown. */
  readonly answer: unknown
  readonly before: readonly unknown[]
  readonly after: readonly unknown[]
  readonly serverMs: number
}

export interface Timing {
  /** Longest wait for a connection, ms. */
  readonly connectMs: number
  /** Longest wait for a reply, ms. */
  readonly replyMs: number
}

type Place = { readonly host: string; readonly port: number } | 'sentinel'

export async function openSession(address: RedisAddress, place: Place, timing: Timing): Promise<Session> {
  const host = place === 'sentinel' ? `the master ${address.master} of the sentinels` : `${place.host}:${place.port}`
  // why: a port that does not speak TLS leaves whoever tries it without an answer.
  const where = address.tls ? `${host} over TLS` : host
  const redis = new Redis(optionsFor(address, place, timing))
  let fault: unknown
  // why: ioredis reports the reason of a failed connection here and rejects with a bare "Connection is closed".
  redis.on('error', (error: unknown) => {
    fault = error
  })
  const { limited, gaveUp } = createLimit(redis, where, timing)
  try {
    await limited(redis.connect(), timing.connectMs * 2)
    if (address.password !== undefined) {
      const user = address.username === undefined ? [] : [address.username]
      await limited(redis.callBuffer('AUTH', ...user, address.password), timing.replyMs)
    }
    if (address.database !== 0) await limited(redis.callBuffer('SELECT', address.database), timing.replyMs)
    const { epoch, baseMs } = await greet(redis, (reply) => limited(reply, timing.replyMs))
    const plainly = place === 'sentinel' ? demoted(redis, where) : (error: unknown) => translate(error, where)
    const failing = (error: unknown) => gaveUp() ?? plainly(error)
    return compose(redis, { where, epoch, baseMs }, failing, (reply) => limited(reply, timing.replyMs))
  } catch (error) {
    redis.disconnect()
    throw translate(error instanceof MaydayError ? error : (fault ?? error), where)
  }
}

function optionsFor(address: RedisAddress, place: Place, timing: Timing) {
  const target =
    place === 'sentinel'
      ? {
          sentinels: address.hosts.map((host) => ({ ...host })),
          name: address.master,
          sentinelRetryStrategy: () => null,
        }
      : { host: place.host, port: place.port }
  return {
    ...target,
    ...(address.tls ? { tls: {} } : {}),
    lazyConnect: true,
    protocol: 2 as const,
    connectionName: 'mayday',
    disableClientInfo: true,
    connectTimeout: timing.connectMs,
    // A lost connection fails what waits on it; the next call opens a new session and looks who is there.
    retryStrategy: () => null,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    // why: the check needs INFO, which some users may not call.
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
  }
}

const UNKNOWN = 'unknown-'

async function greet(redis: Redis, limited: <T>(reply: Promise<T>) => Promise<T>) {
  let baseMs = Number.POSITIVE_INFINITY
  let epoch = ''
  for (let times = 0; times < 3; times += 1) {
    const began = performance.now()
    await limited(redis.callBuffer('PING')).catch(forbidden)
    baseMs = Math.min(baseMs, performance.now() - began)
  }
  const info = await limited(redis.callBuffer('INFO', 'server')).catch(forbidden)
  epoch = /run_id:([0-9a-f]+)/u.exec(String(info))?.[1] ?? ''
  // A user without INFO cannot tell a restarted server from the same one: then every connection counts as another.
  return { epoch: epoch === '' ? `${UNKNOWN}${randomUUID()}` : epoch, baseMs }
}

function forbidden(error: unknown): undefined {
  if (error instanceof Error && /NOPERM|unknown command/iu.test(error.message)) return undefined
  throw error
}

/** why: a master that was demoted keeps its connections; the next one asks the sentinels who is master now. */
function demoted(redis: Redis, where: string): (error: unknown) => MaydayError {
  return (error) => {
    if (!(error instanceof Error) || !/READONLY/u.test(error.message)) return translate(error, where)
    redis.disconnect()
    return new MaydayError('TARGET_UNAVAILABLE', {
      what: `Redis at ${where} is a replica now: the sentinels made another one the master. Nothing was changed by the call that failed.`,
      hint: 'The next call asks the sentinels again.',
      retry: true,
      cause: error,
    })
  }
}

function compose(
  redis: Redis,
  { where, epoch, baseMs: baseAtStart }: { readonly where: string; readonly epoch: string; readonly baseMs: number },
  failing: (error: unknown) => MaydayError,
  limited: <T>(reply: Promise<T>) => Promise<T>,
): Session {
  let baseMs = baseAtStart
  let scripting: boolean | undefined
  const seen = (began: number) => {
    baseMs = Math.min(baseMs, performance.now() - began)
  }
  async function call(...[command, ...args]: Words): Promise<unknown> {
    const began = performance.now()
    try {
      return await limited(send(redis, [command, ...args]))
    } catch (error) {
      throw failing(error)
    } finally {
      seen(began)
    }
  }
  async function batch(commands: readonly Words[]): Promise<readonly unknown[]> {
    if (commands.length === 0) return []
    const pipeline = redis.pipeline() as Pipeline
    for (const words of commands) {
      // Commands with ready bytes and others come back in the order in which they were put in.
      if (hasPacked(words)) pipeline.sendCommand(new Written(words))
      else pipeline.callBuffer(words[0], ...plain(words))
    }
    const replies = await limited(pipeline.exec()).catch((error: unknown) => {
      throw failing(error)
    })
    // A connection that broke half way leaves its errors in the replies; those are no refusals.
    const broken = replies?.find(([error]) => error !== null && error.name !== 'ReplyError')
    if (replies === null || broken !== undefined) throw failing(broken?.[0] ?? 'Connection is closed')
    return replies.map(([error, reply]) => error ?? reply)
  }
  let hasTime = true
  async function timed(commands: readonly Words[]): Promise<Timed> {
    const began = performance.now()
    const replies = await batch(hasTime ? [['TIME'], ...commands, ['TIME']] : commands)
    if (!hasTime) return { replies, serverMs: Math.max(0, performance.now() - began - baseMs) }
    // why: a master that was demoted answers every write so; whoever asks again finds the new one.
    const demotion = replies.find((reply) => isRefusal(reply) && reply.message.startsWith('READONLY'))
    if (demotion !== undefined) throw failing(demotion)
    const [from, to] = [readTime(replies[0]), readTime(replies.at(-1))]
    hasTime = from !== undefined && to !== undefined
    const serverMs = from === undefined || to === undefined ? performance.now() - began - baseMs : to - from
    return { replies: replies.slice(1, -1), serverMs: Math.max(0, serverMs) }
  }
  async function timedRun(script: Script, args: readonly Arg[], { before, after = [] }: Around): Promise<TimedRun> {
    const { replies, serverMs } = await timed([...before, ['EVALSHA', script.sha, 0, ...args], ...after])
    const around = { before: replies.slice(0, before.length), after: replies.slice(before.length + 1) }
    const reply = replies[before.length]
    if (!isUnknown(reply)) return { ...around, answer: expectValue(reply, where), serverMs }
    const again = await timed([['EVAL', script.lua, 0, ...args]])
    return { ...around, answer: expectValue(again.replies[0], where), serverMs: serverMs + again.serverMs }
  }
  async function evaluate(script: Script, keys: readonly Arg[], args: readonly Arg[]): Promise<unknown> {
    try {
      return await limited(send(redis, ['EVALSHA', script.sha, keys.length, ...keys, ...args]))
    } catch (error) {
      if (!isUnknown(error)) throw error
      return await limited(send(redis, ['EVAL', script.lua, keys.length, ...keys, ...args]))
    }
  }
  return {
    where,
    epoch,
    isKnown: !epoch.startsWith(UNKNOWN),
    baseMs: () => baseMs,
    alive: () => redis.status === 'ready',
    call,
    batch,
    timed,
    timedRun,
    async run(script, keys, args) {
      try {
        return await evaluate(script, keys, args)
      } catch (error) {
        throw failing(error)
      }
    },
    async scripting() {
      if (scripting !== undefined) return scripting
      const probe = makeScript('return 1')
      const replies = await batch([
        ['EVAL', probe.lua, 0],
        ['EVALSHA', probe.sha, 0],
      ])
      scripting = !replies.some(isRefusal)
      return scripting
    },
    close: () => redis.disconnect(),
  }
}

/** A script that this server has not seen. */
function isUnknown(reply: unknown): boolean {
  return reply instanceof Error && reply.message.startsWith('NOSCRIPT')
}

/** why: a pipeline takes ready commands as a connection does, and its types do not say so. */
type Pipeline = ReturnType<Redis['pipeline']> & Pick<Redis, 'sendCommand'>

function send(redis: Redis, words: Words): Promise<unknown> {
  if (!hasPacked(words)) return redis.callBuffer(words[0], ...plain(words))
  const command = new Written(words)
  return Promise.resolve(redis.sendCommand(command) ?? command.promise)
}

function plain([, ...args]: Words): (string | number | Buffer)[] {
  return args.flatMap((arg) => (typeof arg === 'object' && !Buffer.isBuffer(arg) ? [] : [arg]))
}

/** TIME's answer in ms; undefined where it is a refusal. */
function readTime(reply: unknown): number | undefined {
  if (!Array.isArray(reply)) return undefined
  const [seconds, micros] = reply.map(Number)
  return seconds === undefined || micros === undefined ? undefined : seconds * 1_000 + micros / 1_000
}
