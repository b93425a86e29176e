/**
 * Does this message page? Yes, or no because… Pure. If unsure, page: the only messages that do nothing are those that
 * this file names, and a person's top-level post is never among them.
 */
import { wordsOf } from './words.js'

/** What a Slack `message` event means for the emergency channel. */
export type Decision =
  | {
      readonly kind: 'page'
      readonly ts: string
      readonly text: string
      /** `slack:U…`, or `slack:B…` for an allow-listed alert bot, or `slack:unknown`. */
      readonly by: `slack:${string}`
      readonly files: number
      /** Set when the message had a form that is not known: it pages all the same. */
      readonly unsure?: string
    }
  | {
      readonly kind: 'timeline'
      readonly entry: 'reply' | 'edit' | 'delete'
      /** The message that was written, changed or deleted. */
      readonly ts: string
      /** Root of its thread; for a top-level message its own ts. */
      readonly threadTs: string
      readonly text: string
      readonly by: `slack:${string}`
      /** Slack's own id for this happening, so that it enters the timeline once. */
      readonly eventTs: string
    }
  | { readonly kind: 'ignore'; readonly because: Because }

/** Why a message does nothing. */
export type Because =
  | 'other_channel'
  | 'own_post'
  | 'bot'
  | 'slackbot'
  | 'system'
  | 'hidden'
  | 'unfurl_only'
  | 'bot_edit'
  | 'not_a_message'

/** Who Mayday is here, and which bots it listens to. */
export interface TriggerContext {
  readonly channel: string
  readonly botUserId: string
  readonly botId?: string | undefined
  /** Bot ids whose posts page (`paging.alert_bots`). */
  readonly alertBots: readonly string[]
}

type Raw = Readonly<Record<string, unknown>>

/**
 * Subtypes that Slack itself writes into a channel (docs: message event subtypes). Everything beginning with `channel_`
 * or `group_` (join, leave, topic, purpose, name, archive, posting permissions, conversion…) is one of them too.
 */
const SYSTEM_SUBTYPES: ReadonlySet<string> = new Set([
  'bot_add',
  'bot_remove',
  'bot_enable',
  'bot_disable',
  'pinned_item',
  'unpinned_item',
  'reminder_add',
  'ekm_access_denied',
  'tombstone',
  'message_replied',
  'reply_broadcast',
  'huddle_thread',
  'sh_room_created',
  'sh_room_shared',
  'assistant_app_thread',
  'document_mention',
  'app_conversation_join',
  'app_conversation_leave',
  'joiner_notification',
  'joiner_notification_for_inviter',
])

/** Classifies one event. Total: any value whatever gets an answer. */
export function decide(event: unknown, context: TriggerContext): Decision {
  if (!isRecord(event) || event['type'] !== 'message') return ignore('not_a_message')
  if (event['channel'] !== context.channel) return ignore('other_channel')
  const subtype = text(event['subtype'])
  if (subtype === 'message_changed') return decideEdit(event, context)
  if (subtype === 'message_deleted') return decideDelete(event, context)
  const machine = machineReason(event, context)
  if (machine !== undefined) return ignore(machine)
  if (event['hidden'] === true) return ignore('hidden')
  if (subtype !== undefined && isSystem(subtype)) return ignore('system')
  return decidePost(event, subtype)
}

function decidePost(event: Raw, subtype: string | undefined): Decision {
  const ts = text(event['ts']) ?? text(event['event_ts'])
  if (ts === undefined) return ignore('not_a_message')
  const by = authorOf(event)
  const threadTs = text(event['thread_ts'])
  if (threadTs !== undefined && threadTs !== ts) {
    return { kind: 'timeline', entry: 'reply', ts, threadTs, text: wordsOf(event), by, eventTs: ts }
  }
  const files = Array.isArray(event['files']) ? event['files'].length : 0
  const known =
    subtype === undefined || subtype === 'file_share' || subtype === 'me_message' || subtype === 'bot_message'
  const unsure = !known ? `subtype ${subtype}` : by === 'slack:unknown' ? 'no author' : undefined
  const page = { kind: 'page', ts, text: wordsOf(event), by, files } as const
  return unsure === undefined ? page : { ...page, unsure }
}

// why: Slack sends message_changed also when it unfurls a link or counts a reply; only a changed text is an edit.
function decideEdit(event: Raw, context: TriggerContext): Decision {
  const message = isRecord(event['message']) ? event['message'] : {}
  const before = isRecord(event['previous_message']) ? event['previous_message'] : {}
  const ts = text(message['ts'])
  if (ts === undefined) return ignore('hidden')
  // why: deleting a message that has replies leaves Slackbot's tombstone in its place and arrives as a change.
  const deleted = message['subtype'] === 'tombstone'
  if (machineReason(deleted ? before : message, context) !== undefined) return ignore('bot_edit')
  const threadTs = text(message['thread_ts']) ?? ts
  const eventTs = text(event['event_ts']) ?? text(event['ts']) ?? ts
  if (deleted) return { kind: 'timeline', entry: 'delete', ts, threadTs, text: '', by: authorOf(before), eventTs }
  if (message['text'] === before['text']) return ignore('unfurl_only')
  const by = authorOf(message)
  return { kind: 'timeline', entry: 'edit', ts, threadTs, text: wordsOf(message), by, eventTs }
}

function decideDelete(event: Raw, context: TriggerContext): Decision {
  const before = isRecord(event['previous_message']) ? event['previous_message'] : {}
  const ts = text(event['deleted_ts']) ?? text(before['ts'])
  if (ts === undefined) return ignore('hidden')
  if (machineReason(before, context) !== undefined) return ignore('bot_edit')
  const threadTs = text(before['thread_ts']) ?? ts
  const eventTs = text(event['event_ts']) ?? text(event['ts']) ?? ts
  return { kind: 'timeline', entry: 'delete', ts, threadTs, text: '', by: authorOf(before), eventTs }
}

// why: apps post with `bot_id` and `user` both set, so `bot_id` decides before `user` is looked at.
function machineReason(event: Raw, context: TriggerContext): Because | undefined {
  const user = text(event['user'])
  const botId = text(event['bot_id'])
  if (user === context.botUserId || (botId !== undefined && botId === context.botId)) return 'own_post'
  if (user === 'USLACKBOT') return 'slackbot'
  if (botId === undefined && event['subtype'] !== 'bot_message') return undefined
  if (botId !== undefined && context.alertBots.includes(botId)) return undefined
  return 'bot'
}

function authorOf(event: Raw): `slack:${string}` {
  return `slack:${text(event['user']) ?? text(event['bot_id']) ?? 'unknown'}`
}

function isSystem(subtype: string): boolean {
  return SYSTEM_SUBTYPES.has(subtype) || subtype.startsWith('channel_') || subtype.startsWith('group_')
}

function ignore(because: Because): Decision {
  return { kind: 'ignore', because }
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

// ---------------------------------------------------------------------------------------------------------- placement

/** Where a message that pages belongs. */
export type Placement<I> =
  | { readonly kind: 'open' }
  | { readonly kind: 'join'; readonly incident: I; readonly because: 'window' | 'storm' }

/** What a message is placed by. */
export interface PlacementFacts<I> {
  /** Open incidents of the channel, newest first. */
  readonly open: readonly I[]
  /** Pages requested in the last 60 s. */
  readonly pagesLastMinute: number
  /** When the message was written, ms. */
  readonly at: number
}

/** From `paging` in mayday.yml. */
export interface StormPolicy {
  readonly joinWindowMs: number
  readonly maxPagesPerMinute: number
}

/**
 * A message within `joinWindowMs` of an open incident's last one is about the same emergency. Beyond
 * `maxPagesPerMinute` a message joins the newest open incident whatever its age; with none open it pages all the same,
 * so that no emergency is without a page. Times are ms.
 */
export function place<I extends { readonly lastMessageAt: number }>(
  facts: PlacementFacts<I>,
  policy: StormPolicy,
): Placement<I> {
  const near = facts.open.find((incident) => Math.abs(facts.at - incident.lastMessageAt) < policy.joinWindowMs)
  if (near !== undefined) return { kind: 'join', incident: near, because: 'window' }
  const newest = facts.open[0]
  if (newest !== undefined && facts.pagesLastMinute >= policy.maxPagesPerMinute) {
    return { kind: 'join', incident: newest, because: 'storm' }
  }
  return { kind: 'open' }
}
