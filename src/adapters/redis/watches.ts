/**
 * Connections that watch keys between their archiving and their removal. why: WATCH and EXEC are how Redis itself says that
 * nothing was written to a key since it was read (https://redis.io/docs/latest/develop/interact/transactions/); reading it
 * a second time to compare costs the server as much as the purge itself.
 */
import type { Session } from './session.js'
import type { Packed } from './wire.js'

export interface Watch {
  /** Names it by; see `Slice.guard`. */
  readonly token: number
  readonly session: Session
  /** What was read of what is watched, in that order. */
  readonly pieces: Piece[]
}

export interface Piece {
  readonly frames: Buffer
  /** Their names, where they are at hand. */
  readonly names: Packed | undefined
}

export interface Watches {
  /**
   * The connection that watches what was read last, while it watches no more than `room` with `keys` more, or another one.
   * Undefined: all are taken, or the server has few to spare. `room`: as many as one removal may take at once.
   */
  open(keys: number, room: number): Promise<Watch | undefined>
  /** Gives a watch to whoever ends it; once. Undefined: it was given to somebody else meanwhile, or its connection is gone. */
  claim(token: number): Watch | undefined
  /** Its transaction is over, so it watches nothing any more. */
  release(watch: Watch): void
  close(): Promise<void>
}

/** As many as wait for the disk while others are read. */
const MOST = 32
/** Small plans allow a few dozen connections; those are for the application. */
const LEAST_MAXCLIENTS = 500
/** Who has not come back for a watch after this long does not come back, ms. */
const FORGOTTEN_MS = 10_000

/** Nobody has come back for it, and nobody takes it for forgotten soon. */
function isJoinable({ since }: Line): boolean {
  return Number.isFinite(since) && performance.now() - since < FORGOTTEN_MS / 2
}

/** Whether so many connections may be taken from a server that has `connected` of `most`. */
export function hasRoom(connected: number, most: number): boolean {
  return most >= LEAST_MAXCLIENTS && connected + MOST < most / 2
}

interface Line {
  readonly session: Session
  token: number
  pieces: Piece[]
  isBusy: boolean
  since: number
  keys: number
}

const TAKEN = { token: 0, isBusy: true, since: Number.POSITIVE_INFINITY } as const

export function createWatches(connect: () => Promise<Session>): Watches {
  const lines: Line[] = []
  let isAllowed: boolean | undefined
  let tokens = 0

  async function allowed(session: Session): Promise<boolean> {
    const [info, watched] = await session.batch([['INFO', 'clients'], ['UNWATCH']])
    if (watched instanceof Error || info instanceof Error) return false
    const most = Number(/^maxclients:(\d+)/mu.exec(String(info))?.[1] ?? 0)
    const now = Number(/^connected_clients:(\d+)/mu.exec(String(info))?.[1] ?? 0)
    return hasRoom(now, most)
  }

  /** At once, because two slices may ask in the same moment; and nobody who knew it by its old token gets it any more. */
  const taken = (line: Line): Line => Object.assign(line, TAKEN)

  async function free(): Promise<Line | undefined> {
    for (let at = lines.length - 1; at >= 0; at -= 1) if (!lines[at]?.session.alive()) lines.splice(at, 1)
    const idle = lines.find(({ isBusy }) => !isBusy)
    if (idle !== undefined) return taken(idle)
    const forgotten = lines.find(({ since }) => performance.now() - since > FORGOTTEN_MS)
    if (forgotten !== undefined) {
      await taken(forgotten).session.call('UNWATCH')
      return forgotten
    }
    if (lines.length >= MOST || isAllowed === false) return undefined
    // A server that has no connection left is no reason to stop: values are compared then. One that is away is met anyway.
    const session = await connect().catch(() => undefined)
    if (session === undefined) return undefined
    isAllowed ??= await allowed(session)
    if (!isAllowed) {
      session.close()
      return undefined
    }
    const line: Line = { session, keys: 0, pieces: [], ...TAKEN }
    lines.push(line)
    return line
  }

  /** As it is now: whoever holds it does not take for theirs what its connection is used for later. */
  const seen = ({ token, session, pieces }: Line): Watch => ({ token, session, pieces })

  return {
    async open(keys, room) {
      const last = lines.find(({ token, isBusy }) => isBusy && token === tokens)
      if (last !== undefined && isJoinable(last) && last.session.alive() && last.keys + keys <= room) {
        last.keys += keys
        return seen(last)
      }
      const line = await free()
      if (line === undefined) return undefined
      tokens += 1
      Object.assign(line, { token: tokens, isBusy: true, since: performance.now(), keys, pieces: [] })
      return seen(line)
    },
    claim(token) {
      const line = lines.find((one) => one.token === token && one.isBusy)
      if (line === undefined || !line.session.alive()) return undefined
      // Nobody takes it for forgotten while its transaction is under way.
      line.since = Number.POSITIVE_INFINITY
      return seen(line)
    },
    release(watch) {
      const line = lines.find((one) => one.token === watch.token)
      if (line !== undefined) line.isBusy = false
    },
    async close() {
      for (const { session } of lines.splice(0)) session.close()
    },
  }
}
