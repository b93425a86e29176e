/** A target that is Sidekiq's jobs of one class, in every queue and in schedule, retry and dead. */
import type { KeyTarget, Scope, Slice, What } from '../../../ports/keys.js'
import type { RedisServers } from '../connect.js'
import { decodeFrames, frameSize } from '../frames.js'
import { createGauge, FEWEST, type Gauge } from '../gauge.js'
import { inspectServers } from '../inspect.js'
import type { Session } from '../session.js'
import { asBuffer, readSettled, readSlice, type Settled } from '../slices.js'
import { standAt, write } from '../walk.js'
import type { Wanted } from './job.js'
import { isQueue, onlySession, placesOfJobs, SHELVES } from './places.js'
import { countPlaces, estimateJobs, surveyJobs } from './sample.js'
import { REMOVE_JOBS, RESTORE_JOBS, WALK_LIST, WALK_SHELF } from './scripts.js'
import { type JobsFound, removeInSteps, restoreInSteps, WINDOW, walkListInSteps, walkShelfInSteps } from './steps.js'

export interface SidekiqTargetOptions {
  readonly name: string
  /** As in the job's `class`, or in `wrapped` where ActiveJob wraps it. */
  readonly className: string
}

const NEEDED = [
  'SSCAN',
  'LLEN',
  'LRANGE',
  'LMOVE',
  'LPOS',
  'LREM',
  'RPOP',
  'ZSCAN',
  'ZCARD',
  'ZREM',
  'ZADD',
  'TYPE',
  'INFO',
] as const

export function createSidekiqTarget(servers: RedisServers, options: SidekiqTargetOptions): KeyTarget {
  const walking = createGauge(4)
  const settling = createGauge(4)
  const wanted = (scope: Scope): Wanted => ({ className: options.className, bornBefore: scope.bornBefore })
  return {
    name: options.name,
    layout: 'sidekiq',
    async inspect() {
      await onlySession(servers)
      return inspectServers(servers, 'queue:mayday-asks', NEEDED)
    },
    estimate: async () => estimateJobs(await onlySession(servers), wanted({ mode: 'all' })),
    survey: async () => surveyJobs(await onlySession(servers), wanted({ mode: 'all' })),
    neighbours: async (prefixes) => countPlaces(await onlySession(servers), prefixes),
    ping: () => servers.ping(),
    async scope() {
      // The server's clock, so that a machine whose clock is off does not draw the line elsewhere.
      const time = await (await onlySession(servers)).call('TIME').catch(() => undefined)
      const [seconds, micros] = Array.isArray(time) ? time.map(Number) : []
      const bornBefore = seconds === undefined ? Date.now() : Math.floor(seconds * 1_000 + (micros ?? 0) / 1_000)
      return { mode: 'all', bornBefore }
    },
    slice: (scope, at, quantumMs, what) => walk(servers, walking, wanted(scope), at, quantumMs, what),
    async remove(frames, quantumMs) {
      const { done, kept, lost, ...rest } = await settle(servers, settling, frames, quantumMs, 'remove')
      return { ...rest, removed: done, changed: kept, gone: lost }
    },
    async restore(frames, quantumMs) {
      const { done, kept, lost, consumed, serverMs } = await settle(servers, settling, frames, quantumMs, 'restore')
      return { consumed, serverMs, restored: done, occupied: kept, failed: lost }
    },
    // A job is text.
    understands: async () => true,
    close: () => servers.close(),
  }
}

async function walk(
  servers: RedisServers,
  gauge: Gauge,
  wanted: Wanted,
  at: string | undefined,
  quantumMs: number,
  what: What,
): Promise<Slice> {
  await onlySession(servers)
  const firstPlace = async () => (await placesOfJobs(await onlySession(servers)))[0] ?? 'schedule'
  const { session, position } = await standAt(servers, at, firstPlace)
  const scripted = await session.scripting()
  const began = performance.now()
  const count = gauge.fit(quantumMs, 1_000, scripted ? 1 : FEWEST)
  const walked = scripted
    ? await inServer(session, position.part, position.cursor, wanted, quantumMs, what, count)
    : { ...(await inSteps(session, position.part, position.cursor, wanted, what, count)), serverMs: undefined }
  const serverMs = walked.serverMs ?? Math.max(0, performance.now() - began - 3 * session.baseMs())
  gauge.took(serverMs, walked.visited)
  const { cursor, ...found } = walked
  const frames = what === 'count' ? Buffer.alloc(0) : found.frames
  if (cursor !== '0') return { ...found, frames, serverMs, next: write({ ...position, cursor }) }
  const places = await placesOfJobs(session)
  // By its order, not by its index: a queue may have come or gone meanwhile.
  const next = isQueue(position.part)
    ? places.find((place) => !isQueue(place) || place > position.part)
    : places[places.indexOf(position.part) + 1]
  return {
    ...found,
    frames,
    serverMs,
    next: next === undefined ? undefined : write({ ...position, part: next, cursor: '0' }),
  }
}

async function inServer(
  session: Session,
  place: string,
  cursor: string,
  wanted: Wanted,
  quantumMs: number,
  what: What,
  count: number,
): Promise<JobsFound & { readonly serverMs: number | undefined }> {
  const quantum = Math.round(quantumMs * 1_000)
  const step = Math.max(1, Math.min(100, Math.ceil(count / 4)))
  const who = [wanted.className, wanted.bornBefore ?? -1]
  const reply = isQueue(place)
    ? await session.run(
        WALK_LIST,
        [place],
        [...who, ...readCursor(cursor), quantum, turns(what) ? '1' : '0', step, what.charAt(0)],
      )
    : await session.run(
        WALK_SHELF,
        [place],
        [...who, cursor, SHELVES[place] ?? place, quantum, step, '', '', what.charAt(0)],
      )
  const { kinds, ...raw } = readSlice(reply)
  return { ...raw, kinds: Object.fromEntries(kinds.map(([kind, times]) => [kind.toString(), times])) }
}

/** A walk that removes. */
const turns = (what: What): boolean => what === 'entries' || what === 'bare'

/** Jobs left (-1: all), depth, anchor. */
function readCursor(cursor: string): readonly [string, string, string] {
  const [left = '-1', depth = '0', anchor = ''] = cursor === '0' ? [] : cursor.split(' ')
  return [left, depth, anchor]
}

function inSteps(session: Session, place: string, cursor: string, wanted: Wanted, what: What, count: number) {
  return isQueue(place)
    ? walkListInSteps(session, place, cursor, wanted, { turn: turns(what), count })
    : walkShelfInSteps(session, place, cursor, wanted, count)
}

/** The frames at the front that belong to one place, in one step. */
async function settle(
  servers: RedisServers,
  gauge: Gauge,
  frames: Buffer,
  quantumMs: number,
  way: 'remove' | 'restore',
): Promise<Settled> {
  const session = await onlySession(servers)
  const scripted = await session.scripting()
  const { place, bytes, count } = firstPlace(frames, gauge.fit(quantumMs, 500, scripted ? 1 : FEWEST))
  if (count === 0) return { consumed: 0, done: 0, kept: 0, lost: 0, serverMs: 0, left: [] }
  if (!scripted) {
    const began = performance.now()
    const outcome = await (way === 'remove' ? removeInSteps : restoreInSteps)(session, place, bytes)
    const serverMs = Math.max(0, performance.now() - began - 2 * session.baseMs())
    gauge.took(serverMs, count)
    return { ...outcome, consumed: bytes.length, serverMs }
  }
  const quantum = Math.round(quantumMs * 1_000)
  const reply =
    way === 'remove'
      ? await session.run(REMOVE_JOBS, [place], [bytes, quantum, Math.min(WINDOW, 4 * count + 500)])
      : await session.run(RESTORE_JOBS, [place, 'queues'], [bytes, quantum, isQueue(place) ? place.slice(6) : ''])
  const settled = readSettled(asBuffer(reply))
  gauge.took(settled.serverMs, count)
  return settled
}

function firstPlace(frames: Buffer, limit: number): { place: string; bytes: Buffer; count: number } {
  let place = ''
  let end = 0
  let count = 0
  for (const frame of decodeFrames(frames, limit)) {
    const zero = frame.name.indexOf(0)
    const here = frame.name.toString('utf8', 0, zero < 0 ? frame.name.length : zero)
    if (count > 0 && here !== place) break
    place = here
    end += frameSize(frame)
    count += 1
  }
  return { place, bytes: frames.subarray(0, end), count }
}
