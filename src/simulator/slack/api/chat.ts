import { type BlockProblem, blocksTooLong, checkBlocks } from '../blocks/check.js'
import { ApiError } from '../error.js'
import { wireMessage } from '../wire.js'
import type { ChannelRecord, Workspace } from '../workspace.js'
import { type Args, parsed } from './args.js'
import { type ApiCall, type ApiMethods, bot, existingMessage, needScope } from './method.js'

// why: chat.update answers msg_too_long where chat.postMessage still takes, and behind 40,000 cuts, the text.
const MAX_UPDATE_TEXT = 4_000

export const problemLines = (problems: readonly BlockProblem[]): readonly string[] =>
  problems.map((p) => `[ERROR] ${p.message} [json-pointer:${p.pointer}]`)

export interface Content {
  readonly text: string
  readonly blocks?: readonly unknown[]
  readonly attachments?: readonly unknown[]
  readonly metadata?: unknown
}

function metadataOf(args: Args): unknown {
  const metadata = args.json('metadata')
  if (metadata === undefined || metadata === '') return undefined
  const m = typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {}
  if (typeof m['event_type'] !== 'string' || typeof m['event_payload'] !== 'object')
    throw new ApiError('invalid_metadata_format')
  // why: Slack keeps at most 16 KB of metadata with a message.
  if (JSON.stringify(m).length > 16_384) throw new ApiError('metadata_too_large')
  return m
}

/** Reads and judges what is to be shown. */
export function contentOf(args: Args, toText: (text: string) => string): Content {
  const blocks = args.array('blocks')
  const attachments = args.array('attachments')
  const text = args.maybe('text')
  if (text === undefined && (blocks?.length ?? 0) === 0 && (attachments?.length ?? 0) === 0)
    throw new ApiError('no_text')
  if (blocks !== undefined) {
    const problems = checkBlocks(blocks, 'message')
    if (problems.length > 0)
      throw new ApiError('invalid_blocks', {
        errors: problems.map((p) => p.message),
        response_metadata: { messages: problemLines(problems) },
      })
    if (blocksTooLong(blocks)) throw new ApiError('msg_blocks_too_long')
  }
  const metadata = metadataOf(args)
  return {
    text: toText(text ?? ''),
    ...(blocks === undefined || blocks.length === 0 ? {} : { blocks }),
    ...(attachments === undefined ? {} : { attachments }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}

/** Where to post: an id, a public channel's name, or a person for a direct message. */
function target(call: ApiCall): ChannelRecord {
  const { workspace: w } = call.world
  const wanted = call.args.string('channel')
  if (w.people.has(wanted)) {
    needScope(call.world, 'chat:write')
    return w.direct(wanted)
  }
  const name = wanted.replace(/^#/, '')
  const found = w.channels.get(wanted) ?? [...w.channels.values()].find((c) => c.name === name && c.kind === 'public')
  if (found === undefined || (found.kind !== 'public' && !found.member)) throw new ApiError('channel_not_found')
  if (found.archived) throw new ApiError('is_archived')
  const anyPublic = found.kind === 'public' && w.scopes.includes('chat:write.public')
  if (!found.member && !anyPublic) throw new ApiError('not_in_channel')
  return found
}

/** The parent of a thread; nothing when it is gone: Slack then posts in the channel itself. */
export function parentTs(channel: ChannelRecord, threadTs: string | undefined): string | undefined {
  const found = channel.messages.find((m) => m.ts === threadTs)
  if (found === undefined) return undefined
  const hasReplies = channel.messages.some((m) => m.threadTs === found.ts && !m.deleted)
  return found.deleted && !hasReplies ? undefined : (found.threadTs ?? found.ts)
}

function post(call: ApiCall): Record<string, unknown> {
  const { workspace: w, posts } = call.world
  const { args } = call
  const channel = target(call)
  const content = contentOf(args, posts.appText)
  const wanted = args.maybe('thread_ts')
  if (wanted !== undefined && !/^\d+\.\d+$/.test(wanted)) throw new ApiError('invalid_thread_ts')
  const threadTs = parentTs(channel, wanted)
  const broadcast = threadTs !== undefined && args.flag('reply_broadcast')
  const username = args.maybe('username')
  const m = posts.post({
    channel,
    user: w.botUserId,
    botId: w.botId,
    ...content,
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(broadcast ? { subtype: 'thread_broadcast' } : {}),
    ...(username !== undefined && w.scopes.includes('chat:write.customize') ? { username } : {}),
  })
  return { channel: channel.id, ts: m.ts, message: wireMessage(w, channel, m, { metadata: true }) }
}

function ownMessage(call: ApiCall, refusal: string): { channel: ChannelRecord; m: ReturnType<typeof existingMessage> } {
  const { workspace: w } = call.world
  const channel = w.channels.get(call.args.string('channel'))
  if (channel === undefined || (channel.kind !== 'public' && !channel.member)) throw new ApiError('channel_not_found')
  const m = existingMessage(channel, call.args.string('ts'))
  if (m.botId !== w.botId) throw new ApiError(refusal)
  return { channel, m }
}

function update(call: ApiCall): Record<string, unknown> {
  const { workspace: w, posts } = call.world
  const { channel, m } = ownMessage(call, 'cant_update_message')
  const content = contentOf(call.args, posts.appText)
  if (content.text.length > MAX_UPDATE_TEXT) throw new ApiError('msg_too_long')
  // why: without `blocks` Slack keeps the old ones, an empty list takes them away.
  const blocks = call.args.array('blocks')
  posts.change(m, { ...content, ...(blocks === undefined ? {} : { blocks }) }, w.botUserId)
  const {
    ts: _ts,
    thread_ts: _thread,
    parent_user_id: _parent,
    ...message
  } = wireMessage(w, channel, m, { metadata: true })
  return { channel: channel.id, ts: m.ts, text: m.text, message }
}

function ephemeral(call: ApiCall): Record<string, unknown> {
  const { interactivity, posts } = call.world
  const channel = target(call)
  const user = call.args.string('user')
  if (!channel.people.has(user)) throw new ApiError('user_not_in_channel')
  const content = contentOf(call.args, posts.appText)
  const threadTs = call.args.maybe('thread_ts')
  return {
    message_ts: interactivity.ephemerals.add({
      user,
      channel: channel.id,
      via: 'chat.postEphemeral',
      ...content,
      ...(threadTs === undefined ? {} : { threadTs }),
    }),
  }
}

export function permalink(w: Workspace, channel: string, ts: string, threadTs?: string): string {
  const base = `https://${w.domain}.slack.com/archives/${channel}/p${ts.replace('.', '')}`
  return threadTs === undefined || threadTs === ts ? base : `${base}?thread_ts=${threadTs}&cid=${channel}`
}

export const chatMethods: ApiMethods = {
  'chat.postMessage': bot(['chat:write'], post),
  'chat.update': bot(['chat:write'], update),
  'chat.delete': bot(['chat:write'], (call) => {
    const { channel, m } = ownMessage(call, 'cant_delete_message')
    call.world.posts.remove(m)
    return { channel: channel.id, ts: m.ts }
  }),
  'chat.postEphemeral': bot(['chat:write'], ephemeral),
  'chat.getPermalink': bot([], ({ world: { workspace: w }, args }) => {
    const channel = w.channels.get(args.string('channel'))
    if (channel === undefined) throw new ApiError('channel_not_found')
    const m = existingMessage(channel, args.string('message_ts'))
    return { channel: channel.id, permalink: permalink(w, channel.id, m.ts, m.threadTs) }
  }),
  'blocks.validate': bot([], ({ args }) => {
    const view = parsed(args.raw['view'])
    const surface = typeof view === 'object' ? 'modal' : 'message'
    const errors = checkBlocks(args.array('blocks') ?? [], surface)
    if (errors.length > 0) throw new ApiError('invalid_blocks', { errors })
    return {}
  }),
}
