/** A `sidekiq` target for users who may not run scripts: bounded pages, LMOVE, LPOS and LREM near the end that was read. */
import { createHash } from 'node:crypto'
import { expectValue } from '../failure.js'
import { decodeFrames, encodeFrame } from '../frames.js'
import type { Session, Words } from '../session.js'
import type { Settled } from '../slices.js'
import { readJob, type Wanted } from './job.js'
import { isQueue, SHELVES } from './places.js'

/** How deep a list is searched for a job that was read near its end, and for one that was put back at its other end. */
export const WINDOW = 2_000
const NEWEST = 1_000

export interface JobsFound {
  readonly found: number
  readonly visited: number
  readonly frames: Buffer
  readonly kinds: Readonly<Record<string, number>>
  readonly cursor: string
}

/** `turn`: what was looked at before moves to the other end first. */
export async function walkListInSteps(
  session: Session,
  list: string,
  cursor: string,
  wanted: Wanted,
  options: { readonly turn: boolean; readonly count: number },
): Promise<JobsFound> {
  const [leftText = '-1', depthText = '0', anchor = ''] = cursor === '0' ? [] : cursor.split(' ')
  const length = Number(await session.call('LLEN', list))
  let left = Number(leftText) < 0 ? length : Number(leftText)
  let depth = await standing(session, list, Math.min(Number(depthText), length), anchor, options.turn)
  if (options.turn) depth -= await turn(session, list, depth, wanted)
  const page = await listOf(session, ['LRANGE', list, -(depth + Math.min(options.count, left)), -(depth + 1)])
  const jobs = left === 0 ? [] : page.toReversed()
  left = jobs.length === 0 ? 0 : left - jobs.length
  // why: LREM takes the jobs out without turning the others, so one that stays marks how far this got.
  const last = jobs.findLast((job) => !options.turn || readJob(job.toString(), wanted) === undefined)
  const over = left === 0 && !(options.turn && last !== undefined)
  const next = `${left} ${last === undefined ? 0 : depth + jobs.length} ${last === undefined ? '' : nameOf(last)}`
  const pairs = jobs.map((job) => ({ name: Buffer.from(list), job }))
  return { ...gather(pairs, wanted, 'queued'), visited: jobs.length, cursor: over ? '0' : next }
}

/** Where the last job looked at stands now; workers took some from below it, or it was removed. */
async function standing(session: Session, list: string, depth: number, anchor: string, turn: boolean): Promise<number> {
  if (depth === 0) return 0
  const nearest = turn ? 1 : Math.max(1, depth - 299)
  const near = await listOf(session, ['LRANGE', list, -depth, -nearest])
  const index = near.findIndex((job) => nameOf(job) === anchor)
  if (index >= 0) return near.length - index - 1 + nearest
  return turn ? 0 : Math.max(0, depth - 300)
}

/** Moves what was looked at to the other end, up to the first job that is about to be removed; answers how many. */
async function turn(session: Session, list: string, depth: number, wanted: Wanted): Promise<number> {
  if (depth === 0) return 0
  const near = (await listOf(session, ['LRANGE', list, -depth, -1])).toReversed()
  const waiting = near.findIndex(
    (job, index) => index >= depth - NEWEST && readJob(job.toString(), wanted) !== undefined,
  )
  const turned = waiting < 0 ? near.length : waiting
  const replies = await session.batch(new Array<Words>(turned).fill(['LMOVE', list, list, 'RIGHT', 'LEFT']))
  for (const reply of replies) expectValue(reply, session.where)
  return turned
}

export async function walkShelfInSteps(
  session: Session,
  shelf: string,
  cursor: string,
  wanted: Wanted,
  count: number,
): Promise<JobsFound> {
  const reply = await session.call('ZSCAN', shelf, cursor, 'COUNT', count)
  const [next, list] = Array.isArray(reply) ? reply : ['0', []]
  const items = Array.isArray(list) ? list.map((item) => Buffer.from(String(item))) : []
  const pairs = items.flatMap((job, index) => {
    const score = items[index + 1]
    return index % 2 === 1 || score === undefined ? [] : [{ name: Buffer.from(`${shelf}\0${score}`), job }]
  })
  return { ...gather(pairs, wanted, SHELVES[shelf] ?? shelf), visited: pairs.length, cursor: String(next) }
}

function gather(pairs: readonly { name: Buffer; job: Buffer }[], wanted: Wanted, state: string) {
  const kinds: Record<string, number> = {}
  const frames = pairs.flatMap(({ name, job }) => {
    const read = readJob(job.toString(), wanted)
    if (read === undefined) return []
    const kind = `${read.queue}/${state}`
    kinds[kind] = (kinds[kind] ?? 0) + 1
    return [encodeFrame(name, -1, job)]
  })
  return { found: frames.length, frames: Buffer.concat(frames), kinds }
}

type Outcome = Omit<Settled, 'consumed' | 'serverMs'>

export async function removeInSteps(session: Session, place: string, frames: Buffer): Promise<Outcome> {
  return isQueue(place) ? removeFromList(session, place, frames) : removeFromShelf(session, place, frames)
}

/** LPOS bounds the search; LREM then meets the job where LPOS did, from the same end. */
async function removeFromList(session: Session, list: string, frames: Buffer): Promise<Outcome> {
  const jobs = decodeFrames(frames).map(({ payload }) => payload)
  const places = await values(
    session,
    jobs.map((job) => ['LPOS', list, job, 'RANK', -1, 'MAXLEN', WINDOW] as const),
  )
  const there = jobs.filter((_, index) => typeof places[index] === 'number')
  const removed = await values(
    session,
    there.map((job) => ['LREM', list, -1, job] as const),
  )
  const done = removed.filter((reply) => reply === 1).length
  return { done, kept: 0, lost: jobs.length - done, left: [] }
}

async function removeFromShelf(session: Session, shelf: string, frames: Buffer): Promise<Outcome> {
  const entries = decodeFrames(frames)
  const scores = await values(
    session,
    entries.map(({ payload }) => ['ZSCORE', shelf, payload] as const),
  )
  const isSame = (index: number) => Number(String(scores[index])) === scoreOf(entries[index]?.name, shelf)
  const doomed = entries.filter((_, index) => scores[index] !== null && isSame(index))
  const left = entries
    .filter((_, index) => scores[index] !== null && !isSame(index))
    .map(({ name }) => Buffer.from(name))
  const removed = await values(
    session,
    doomed.map(({ payload }) => ['ZREM', shelf, payload] as const),
  )
  const done = removed.filter((reply) => reply === 1).length
  return { done, kept: left.length, lost: entries.length - left.length - done, left }
}

export async function restoreInSteps(session: Session, place: string, frames: Buffer): Promise<Outcome> {
  const entries = decodeFrames(frames)
  if (!isQueue(place)) {
    const added = await values(
      session,
      entries.map(({ name, payload }) => ['ZADD', place, 'NX', String(scoreOf(name, place)), payload] as const),
    )
    const done = added.filter((reply) => reply === 1).length
    return { done, kept: entries.length - done, lost: 0, left: [] }
  }
  const newest = new Set((await listOf(session, ['LRANGE', place, 0, NEWEST - 1])).map(String))
  const absent = entries.filter(({ payload }) => !newest.has(String(payload)))
  if (absent.length > 0) {
    await session.call('LPUSH', place, ...absent.map(({ payload }) => payload))
    await session.call('SADD', 'queues', place.slice('queue:'.length))
  }
  return { done: absent.length, kept: entries.length - absent.length, lost: 0, left: [] }
}

function scoreOf(name: Buffer | undefined, shelf: string): number {
  return name === undefined ? Number.NaN : Number(name.toString().slice(shelf.length + 1))
}

async function values(session: Session, commands: readonly Words[]): Promise<readonly unknown[]> {
  return (await session.batch(commands)).map((reply) => expectValue(reply, session.where))
}

async function listOf(session: Session, words: Words): Promise<readonly Buffer[]> {
  const reply = await session.call(...words)
  return Array.isArray(reply) ? reply.filter((item) => Buffer.isBuffer(item)) : []
}

/** The job's own id, or a digest where it has none. */
function nameOf(job: Buffer): string {
  return /"jid":"(\w+)"/u.exec(job.toString('latin1'))?.[1] ?? createHash('sha1').update(job).digest('hex')
}
