/**
 * Finds what was posted while Mayday was down, deaf or between sockets: reads the channel's history since the stored
 * cursor and hands every message to the same way in as a live one. The inbox knows those that were handled.
 */
import type { Chat, Clock, Log, Store } from '../ports.js'

export interface CatchUpDeps {
  readonly store: Store
  readonly chat: Chat
  readonly clock: Clock
  readonly log: Log
  readonly channelId: () => string | undefined
  /** Claims and handles one message; `known` when it was claimed before. Throws when it could not be claimed. */
  readonly replay: (event: Readonly<Record<string, unknown>>) => Promise<'handled' | 'known'>
}

/** Read again behind the cursor, ms: a message may become visible a moment after a younger one. */
const OVERLAP_MS = 60_000
const PAGES_MAX = 200
const THREADS_MAX = 10

export interface CatchUp {
  /** One pass. Answers how many messages it found that nobody had handled. */
  run(because: 'start' | 'gap' | 'minute'): Promise<number>
}

export function createCatchUp(deps: CatchUpDeps): CatchUp {
  const bornAt = deps.clock.now()
  return { run: (because) => run(deps, bornAt, because) }
}

async function run(deps: CatchUpDeps, bornAt: number, because: string): Promise<number> {
  const channel = deps.channelId()
  if (channel === undefined) {
    await noteStart(deps, bornAt)
    return 0
  }
  const name = `cursor:${channel}`
  const cursor = (await deps.store.notes.get(name)) ?? (await begin(deps, name, bornAt))
  const oldest = tsOf(Number(cursor) * 1000 - OVERLAP_MS)
  const channelPart = await read(deps, (next) => deps.chat.history(channel, oldest, next))
  const found = await replayAll(deps, channel, channelPart.messages)
  for (const threadTs of await openThreads(deps, channel)) {
    const part = await read(deps, (next) => deps.chat.replies(channel, threadTs, oldest, next))
    found.count += (await replayAll(deps, channel, part.messages)).count
  }
  // why: history comes newest first; what was not read or not taken lies before the cursor, so it must not move on.
  if (channelPart.whole && found.upTo !== undefined && Number(found.upTo) > Number(cursor)) {
    await deps.store.notes.set(name, found.upTo)
  }
  if (found.count > 0) deps.log.warn('messages were found that had not been delivered', { count: found.count, because })
  return found.count
}

/**
 * On the very first start what was in the channel before is history, not an emergency; what was posted since, while
 * Slack was out of reach or had not said which channel it is, is one. The overlap is added because it is read again.
 */
async function begin(deps: CatchUpDeps, name: string, bornAt: number): Promise<string> {
  const noted = await deps.store.notes.get(START)
  const since = noted === undefined || noted === '' ? bornAt : Math.min(bornAt, Number(noted))
  const cursor = tsOf(since + OVERLAP_MS)
  await deps.store.notes.set(name, cursor)
  await deps.store.notes.set(START, '')
  return cursor
}

/** Name of the note that holds when Mayday was first started, ms, until its first reading; empty afterwards. */
const START = 'catch-up:start'

/**
 * The channel is not known yet, so nothing can be read. Should this process die before its first reading, the next one
 * begins where this one did, and not at its own start.
 */
async function noteStart(deps: CatchUpDeps, bornAt: number): Promise<void> {
  if ((await deps.store.notes.get(START)) === undefined) await deps.store.notes.set(START, String(bornAt))
}

interface Replayed {
  /** Messages that nobody had handled before. */
  count: number
  /** Every message up to this ts is safe in the inbox. */
  upTo: string | undefined
}

async function replayAll(deps: CatchUpDeps, channel: string, messages: readonly Raw[]): Promise<Replayed> {
  const done: Replayed = { count: 0, upTo: undefined }
  let stuck = false
  for (const message of messages) {
    const ts = message['ts']
    if (typeof ts !== 'string') continue
    try {
      if ((await deps.replay({ ...message, type: 'message', channel })) === 'handled') done.count += 1
    } catch (error) {
      stuck = true
      deps.log.error('a message found by reading back could not be handled; the next pass tries again', { ts, error })
    }
    if (!stuck) done.upTo = ts
  }
  return done
}

/** Roots of the threads of the newest open incidents; history leaves replies out. */
async function openThreads(deps: CatchUpDeps, channel: string): Promise<readonly string[]> {
  const open = await deps.store.incidents.open()
  return open
    .filter((incident) => incident.channel === channel)
    .flatMap((incident) => incident.threadTs ?? [])
    .slice(0, THREADS_MAX)
}

type Raw = Readonly<Record<string, unknown>>
type ReadPage = (next: string | undefined) => ReturnType<CatchUpDeps['chat']['history']>

/** All messages, oldest first; `whole` false when there were more than one pass reads. */
async function read(
  deps: CatchUpDeps,
  page: ReadPage,
): Promise<{ readonly messages: readonly Raw[]; readonly whole: boolean }> {
  const all: Raw[] = []
  let next: string | undefined
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const answer = await page(next)
    all.push(...answer.messages)
    next = answer.next
    if (next === undefined) break
  }
  if (next !== undefined) deps.log.error('there are more unread messages than one pass reads', { read: all.length })
  return { messages: all.sort((a, b) => Number(a['ts']) - Number(b['ts'])), whole: next === undefined }
}

function tsOf(ms: number): string {
  return (ms / 1000).toFixed(6)
}
