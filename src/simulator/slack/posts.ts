import type { Bus } from './bus.js'
import { ApiError } from './error.js'
import type { Events } from './events.js'
import { fromApp } from './text.js'
import type { SimContent, SimMessage } from './types.js'
import { channelType, repliesOf, wireMessage } from './wire.js'
import type { ChannelRecord, MessageRecord, Workspace } from './workspace.js'

type Json = Record<string, unknown>

// why: Slack cuts message text behind 40,000 characters.
const MAX_TEXT = 40_000

export interface Draft {
  readonly channel: ChannelRecord
  readonly ts?: string
  readonly user?: string
  readonly botId?: string
  readonly username?: string
  readonly clientMsgId?: string
  readonly subtype?: string
  readonly threadTs?: string
  readonly text: string
  readonly blocks?: readonly unknown[]
  readonly attachments?: readonly unknown[]
  readonly files?: readonly unknown[]
  readonly metadata?: unknown
  readonly extra?: Readonly<Json>
}

export interface Change {
  readonly text: string
  /** Left out = the old ones stay; empty = none any more. */
  readonly blocks?: readonly unknown[]
  readonly attachments?: readonly unknown[]
  readonly files?: readonly unknown[]
  readonly metadata?: unknown
}

export interface Posts {
  /** Adds a message and tells the app, unless `deliveries` is 0. */
  post(draft: Draft, deliveries?: number): MessageRecord
  change(m: MessageRecord, change: Change, editor: string): void
  remove(m: MessageRecord): void
  react(m: MessageRecord, user: string, name: string, remove: boolean): void
  /** What an app posted, as it is stored and shown. */
  appText(text: string): string
}

export const contentOf = (at: number, m: Pick<MessageRecord, 'text' | 'blocks'>): SimContent => ({
  at,
  text: m.text,
  ...(m.blocks === undefined ? {} : { blocks: m.blocks }),
})

const defined = <T extends object>(o: T): T =>
  Object.fromEntries(Object.entries(o).filter(([, value]) => value !== undefined)) as T

export function seen(m: MessageRecord): SimMessage {
  return defined({
    channel: m.channel,
    ts: m.ts,
    user: m.user,
    botId: m.botId,
    text: m.text,
    blocks: m.blocks,
    threadTs: m.threadTs,
    subtype: m.subtype,
    metadata: m.metadata,
    files: m.files,
    reactions: m.reactions.map((r) => ({ name: r.name, users: [...r.users] })),
    edits: m.updates.length - 1,
    deleted: m.deleted,
    updates: [...m.updates],
  }) as SimMessage
}

/** Slack gives every block and every interactive element an id when the app gave none. */
export function withIds(blocks: readonly unknown[], id: () => string): readonly unknown[] {
  const element = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(element)
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.fromEntries(
      Object.entries(value).map(([key, inner]): [string, unknown] => [
        key,
        key === 'elements' || key === 'accessory' || key === 'element' || key === 'actions' ? element(inner) : inner,
      ]),
    )
    const type = String(fields['type'] ?? '')
    const acts = /button$|_select$|picker$|_input$|checkboxes|overflow|feedback/.test(type)
    return acts && fields['action_id'] === undefined ? { ...fields, action_id: id() } : fields
  }
  return blocks.map((block) => {
    if (typeof block !== 'object' || block === null) return block
    const fields = element(block) as Json
    return fields['block_id'] === undefined ? { ...fields, block_id: id() } : fields
  })
}

function recordOf(w: Workspace, d: Draft): MessageRecord {
  const base = {
    channel: d.channel.id,
    ts: d.ts ?? w.nextTs(),
    user: d.user,
    botId: d.botId,
    username: d.username,
    clientMsgId: d.clientMsgId,
    subtype: d.subtype,
    threadTs: d.threadTs,
    text: d.text.slice(0, MAX_TEXT),
    blocks: d.blocks === undefined ? undefined : withIds(d.blocks, () => w.id('b').toLowerCase()),
    attachments: d.attachments,
    files: d.files,
    metadata: d.metadata,
    extra: d.extra,
  }
  return defined({ ...base, deleted: false, reactions: [], updates: [] }) as MessageRecord
}

function messageEvent(w: Workspace, channel: ChannelRecord, m: MessageRecord): Json {
  const root =
    m.subtype === 'thread_broadcast' ? channel.messages.find((p) => p.ts === m.threadTs && p !== m) : undefined
  return {
    ...wireMessage(w, channel, m, { metadata: true }),
    ...(root === undefined ? {} : { root: wireMessage(w, channel, root) }),
    channel: channel.id,
    event_ts: m.ts,
    channel_type: channelType(channel),
  }
}

function hiddenEvent(w: Workspace, channel: ChannelRecord, fields: Json): Json {
  const ts = w.nextTs()
  return {
    type: 'message',
    ...fields,
    channel: channel.id,
    hidden: true,
    ts,
    event_ts: ts,
    channel_type: channelType(channel),
  }
}

function assign(m: MessageRecord, change: Change, id: () => string): void {
  m.text = change.text.slice(0, MAX_TEXT)
  if (change.blocks?.length === 0) delete m.blocks
  else if (change.blocks !== undefined) m.blocks = withIds(change.blocks, id)
  if (change.attachments !== undefined) m.attachments = change.attachments
  if (change.files !== undefined) m.files = change.files
  if (change.metadata !== undefined) m.metadata = change.metadata
}

/** A parent keeps its place as long as it has replies, and says so. */
function makeTombstone(m: MessageRecord): void {
  m.subtype = 'tombstone'
  m.text = 'This message was deleted.'
  delete m.blocks
  delete m.files
  m.extra = { user: 'USLACKBOT', hidden: true, parent_user_id: 'USLACKBOT' }
}

function toggleReaction(m: MessageRecord, user: string, name: string, remove: boolean): void {
  const existing = m.reactions.find((r) => r.name === name)
  if (remove !== (existing?.users.includes(user) ?? false))
    throw new ApiError(remove ? 'no_reaction' : 'already_reacted')
  if (remove) existing?.users.splice(existing.users.indexOf(user), 1)
  else if (existing === undefined) m.reactions.push({ name, users: [user] })
  else existing.users.push(user)
  const empty = m.reactions.findIndex((r) => r.users.length === 0)
  if (empty >= 0) m.reactions.splice(empty, 1)
}

type Tell = (channel: ChannelRecord, event: Json, times?: number) => void

function createRemoval(w: Workspace, bus: Bus, tell: Tell): Pick<Posts, 'remove'> {
  return {
    remove(m) {
      const channel = w.channel(m.channel)
      const previous = wireMessage(w, channel, m)
      const tombstone = repliesOf(channel, m.ts).length > 0
      m.deleted = true
      if (tombstone) makeTombstone(m)
      bus.emit('message_deleted', { message: seen(m) })
      const fields: Json = tombstone
        ? { subtype: 'message_changed', message: wireMessage(w, channel, m), previous_message: previous }
        : { subtype: 'message_deleted', deleted_ts: m.ts, previous_message: previous }
      tell(channel, hiddenEvent(w, channel, fields))
    },
  }
}

export function createPosts(w: Workspace, bus: Bus, events: Pick<Events, 'send'>): Posts {
  const tell: Tell = (channel, event, times = 1) => {
    for (let i = 0; channel.member && i < times; i += 1) events.send(event)
  }
  return {
    appText: fromApp,
    post(draft, deliveries = 1) {
      const { channel } = draft
      if (draft.ts !== undefined && channel.messages.some((m) => m.ts === draft.ts))
        throw new ApiError('duplicate_ts', { ts: draft.ts })
      const m = recordOf(w, draft)
      w.seenTs(m.ts)
      m.updates.push(contentOf(w.now(), m))
      channel.messages.push(m)
      channel.messages.sort((a, b) => a.ts.length - b.ts.length || (a.ts < b.ts ? -1 : 1))
      bus.emit('message', { message: seen(m) })
      tell(channel, messageEvent(w, channel, m), deliveries)
      return m
    },
    change(m, change, editor) {
      const channel = w.channel(m.channel)
      const previous = wireMessage(w, channel, m)
      assign(m, change, () => w.id('b').toLowerCase())
      m.edited = { user: editor, ts: w.nextTs() }
      m.updates.push(contentOf(w.now(), m))
      bus.emit('message_changed', { message: seen(m) })
      const message = wireMessage(w, channel, m, { metadata: true })
      tell(channel, hiddenEvent(w, channel, { subtype: 'message_changed', message, previous_message: previous }))
    },
    ...createRemoval(w, bus, tell),
    react(m, user, name, remove) {
      toggleReaction(m, user, name, remove)
      bus.emit('reaction', { channel: m.channel, ts: m.ts, user, name, removed: remove })
      tell(w.channel(m.channel), {
        type: remove ? 'reaction_removed' : 'reaction_added',
        user,
        reaction: name,
        item: { type: 'message', channel: m.channel, ts: m.ts },
        ...(m.user === undefined ? {} : { item_user: m.user }),
        event_ts: w.nextTs(),
      })
    },
  }
}
