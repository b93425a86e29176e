/** Slack's Web API as the `Chat` port: reads, whispers, modals. Messages go through the outbox and its sender. */
import type { WebClient } from '@slack/web-api'
import { MaydayError } from '../../errors.js'
import type { Chat, ChatMessage, Clock, HistoryPage, Person } from '../../ports.js'
import { callSlack, cursorOf, isRec, type Rec, recsOf, textOf } from './api.js'
import { asMaydayError, failureOf, type SlackFailure } from './failure.js'
import type { Lanes } from './lanes.js'
import { pause } from './waiting.js'

export interface ChatDeps {
  readonly lanes: Lanes
  readonly clock: Clock
  /** Mayday's own workspace, to tell who is a stranger. */
  readonly teamId: () => string | undefined
}

// All tries of one read together: the port promises an end within 8 s.
const BUDGET_MS = 8_000
const PERSON_MS = 5 * 60_000
const MAX_PEOPLE = 5_000
// why: Slack recommends at most 200 a page for history and replies.
const PAGE = 200
const RETRY_MS = 200
const NEVER = new AbortController().signal
/** Slack refuses blocks with these; the text alone says everything. */
export const BLOCKS_REFUSED: ReadonlySet<string> = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
])

/** The `Chat` port on Slack. */
export function createChat(deps: ChatDeps): Chat {
  const people = new Map<string, { readonly readAt: number; readonly person: Promise<Person | undefined> }>()
  return {
    person: (id) => person(deps, people, id),
    async history(channel, oldestTs, cursor) {
      const args = { channel, oldest: oldestTs, inclusive: false, limit: PAGE, ...whereFrom('latest', cursor) }
      const answer = await read(deps, 'conversations.history', args, "show the channel's history")
      return pageOf(answer, oldestTs, (stamps) => goOn('latest', cursor, Math.min(...stamps.map(Number)), stamps))
    },
    async replies(channel, threadTs, oldestTs, cursor) {
      const args = { channel, ts: threadTs, oldest: oldestTs, inclusive: false, limit: PAGE }
      const answer = await read(
        deps,
        'conversations.replies',
        { ...args, ...whereFrom('oldest', cursor) },
        'show the thread',
      )
      const page = pageOf(answer, oldestTs, (stamps) => goOn('oldest', cursor, Math.max(...stamps.map(Number)), stamps))
      // why: Slack puts the thread's first message on the page whatever `oldest` says.
      return { ...page, messages: page.messages.filter((message) => message['ts'] !== threadTs) }
    },
    whisper: (to, message) => whisper(deps.lanes.prompt, to, message),
    async openView(triggerId, view) {
      await once(deps.lanes.prompt, 'views.open', { trigger_id: triggerId, view }, 'open the form')
    },
    async publishHome(user, view) {
      await once(deps.lanes.prompt, 'views.publish', { user_id: user, view }, 'show App Home')
    },
    async groupMembers(group) {
      const answer = await read(deps, 'usergroups.users.list', { usergroup: group }, 'say who is in this user group')
      const users = answer['users']
      return Array.isArray(users) ? users.filter((one) => typeof one === 'string') : []
    },
  }
}

async function person(
  deps: ChatDeps,
  people: Map<string, { readonly readAt: number; readonly person: Promise<Person | undefined> }>,
  id: string,
): Promise<Person | undefined> {
  const known = people.get(id)
  if (known !== undefined && deps.clock.now() - known.readAt < PERSON_MS) return known.person
  const asked = { readAt: deps.clock.now(), person: askPerson(deps, id) }
  people.delete(id)
  people.set(id, asked)
  for (const oldest of people.keys()) {
    if (people.size <= MAX_PEOPLE) break
    people.delete(oldest)
  }
  try {
    return await asked.person
  } catch (error) {
    // An answer that did not come is not kept: the next one asks again.
    if (people.get(id) === asked) people.delete(id)
    throw error
  }
}

async function askPerson(deps: ChatDeps, id: string): Promise<Person | undefined> {
  let answer: Rec
  try {
    answer = await tryRead(deps, 'users.info', { user: id })
  } catch (error) {
    const failure = failureOf(error)
    if (failure.kind === 'refused' && /^users?_not_(found|visible)$/.test(failure.code)) return undefined
    throw asMaydayError(failure, 'say who this person is')
  }
  const teamId = deps.teamId()
  if (teamId === undefined) {
    // Without it a stranger would pass for a member.
    const failure: SlackFailure = { kind: 'unreachable', because: 'own workspace unknown', maybeDone: false }
    throw asMaydayError(failure, 'say who this person is')
  }
  return isRec(answer['user']) ? personFrom(answer['user'], id, teamId) : undefined
}

function personFrom(user: Rec, id: string, teamId: string): Person {
  const profile: Rec = isRec(user['profile']) ? user['profile'] : {}
  const names = [profile['display_name'], profile['real_name'], user['real_name'], user['name']].map(textOf)
  const email = textOf(profile['email'])
  return {
    id,
    name: names.find((name) => name !== undefined) ?? id,
    ...(email === undefined ? {} : { email }),
    kind: kindOf(user, id, teamId),
  }
}

/** The least trusted kind that fits: permissions hang on it. */
function kindOf(user: Rec, id: string, teamId: string): Person['kind'] {
  if (user['is_bot'] === true || id === 'USLACKBOT') return 'bot'
  if (user['is_stranger'] === true || !belongsTo(user, teamId)) return 'stranger'
  // A deactivated account can press nothing; should one turn up all the same, it may do what a guest may.
  const limited = ['is_restricted', 'is_ultra_restricted', 'is_invited_user', 'deleted'].some(
    (flag) => user[flag] === true,
  )
  if (limited) return 'guest'
  const rules = ['is_admin', 'is_owner', 'is_primary_owner'].some((flag) => user[flag] === true)
  return rules ? 'admin' : 'member'
}

function belongsTo(user: Rec, teamId: string): boolean {
  if (user['team_id'] === teamId) return true
  // why: on Enterprise Grid a person's home may be a sister workspace; `teams` lists all they belong to.
  const grid = user['enterprise_user']
  return isRec(grid) && Array.isArray(grid['teams']) && grid['teams'].includes(teamId)
}

function pageOf(answer: Rec, oldestTs: string, withoutCursor: (stamps: readonly string[]) => string): HistoryPage {
  const read = recsOf(answer['messages'])
  const messages = read
    .filter((message) => Number(message['ts']) > Number(oldestTs || 0))
    .sort((a, b) => Number(a['ts']) - Number(b['ts']))
  const more = answer['has_more'] === true
  const next = cursorOf(answer) ?? (more ? withoutCursor(read.flatMap((one) => textOf(one['ts']) ?? [])) : undefined)
  return next === undefined ? { messages } : { messages, next }
}

/** Slack's own cursors are base64 and have no colon. */
type Edge = 'latest' | 'oldest'

function whereFrom(edge: Edge, cursor: string | undefined): Rec {
  return cursor?.startsWith(`${edge}:`) ? { [edge]: cursor.slice(edge.length + 1) } : { cursor }
}

/**
 * why: `has_more` without `next_cursor` is Slack's way where a range is read by its timestamps; what is taken for the end
 * there leaves messages unread for good. Goes on from the last message of the page; throws when there is none.
 */
function goOn(edge: Edge, cursor: string | undefined, at: number, stamps: readonly string[]): string {
  const last = stamps.find((ts) => Number(ts) === at)
  const next = `${edge}:${last}`
  if (last !== undefined && next !== cursor) return next
  throw new MaydayError('SLACK_UNAVAILABLE', { what: 'Slack has more messages and does not show them.', retry: true })
}

async function whisper(lane: WebClient, to: Parameters<Chat['whisper']>[0], message: ChatMessage): Promise<void> {
  const args = { channel: to.channel, user: to.user, thread_ts: to.threadTs, text: message.text }
  try {
    await callSlack(lane, 'chat.postEphemeral', { ...args, blocks: message.blocks })
  } catch (error) {
    const failure = failureOf(error)
    const plain = failure.kind === 'refused' && BLOCKS_REFUSED.has(failure.code) && message.blocks !== undefined
    if (!plain) throw asMaydayError(failure, 'show the note to this person')
    await once(lane, 'chat.postEphemeral', args, 'show the note to this person')
  }
}

/** One try: a modal's trigger is used up by it, and a whisper would show twice. */
async function once(lane: WebClient, method: string, args: Rec, doing: string): Promise<Rec> {
  try {
    return await callSlack(lane, method, args)
  } catch (error) {
    throw asMaydayError(failureOf(error), doing)
  }
}

async function read(deps: ChatDeps, method: string, args: Rec, doing: string): Promise<Rec> {
  try {
    return await tryRead(deps, method, args)
  } catch (error) {
    throw asMaydayError(failureOf(error), doing)
  }
}

/** Tries again while the budget lasts: after a rate limit when Slack says, after silence at once. Throws Slack's error. */
async function tryRead(deps: ChatDeps, method: string, args: Rec): Promise<Rec> {
  const endsAt = performance.now() + BUDGET_MS
  for (let tries = 1; ; tries += 1) {
    try {
      return await callSlack(deps.lanes.reads, method, args)
    } catch (error) {
      const failure = failureOf(error)
      const waitMs = failure.kind === 'rate_limited' ? failure.retryAfterMs : RETRY_MS
      const worthIt = failure.kind === 'rate_limited' || (failure.kind === 'unreachable' && tries < 2)
      // A read takes up to 3.5 s itself; half of that must be left after the wait.
      if (!worthIt || performance.now() + waitMs + 1_750 > endsAt) throw error
      await pause(waitMs, NEVER)
    }
  }
}
