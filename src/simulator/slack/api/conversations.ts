import { ApiError } from '../error.js'
import { fullChannel, wireChannel } from '../wire.js'
import type { ChannelRecord, Workspace } from '../workspace.js'
import { type Args, page } from './args.js'
import { type ApiCall, type ApiMethods, bot, needScope, readableChannel, visibleChannel } from './method.js'

const KIND: Readonly<Record<string, ChannelRecord['kind']>> = {
  public_channel: 'public',
  private_channel: 'private',
  im: 'im',
}
const READ = ['channels:read', 'groups:read', 'im:read'] as const

function ofTypes(w: Workspace, args: Args): readonly ChannelRecord[] {
  const types = args.list('types')
  const kinds = (types.length === 0 ? ['public_channel'] : types).map((t) => KIND[t])
  return [...w.channels.values()].filter(
    (c) =>
      kinds.includes(c.kind) && (c.kind === 'public' || c.member) && !(args.flag('exclude_archived') && c.archived),
  )
}

function join(call: ApiCall): Record<string, unknown> {
  const { workspace: w, posts, events } = call.world
  const channel = visibleChannel(call)
  if (channel.kind !== 'public') throw new ApiError('method_not_supported_for_channel_type')
  if (channel.archived) throw new ApiError('is_archived')
  if (channel.member)
    return {
      channel: wireChannel(w, channel),
      warning: 'already_in_channel',
      response_metadata: { warnings: ['already_in_channel'] },
    }
  channel.member = true
  posts.post({
    channel,
    user: w.botUserId,
    subtype: 'channel_join',
    text: `<@${w.botUserId}> has joined the channel`,
  })
  events.send({
    type: 'member_joined_channel',
    user: w.botUserId,
    channel: channel.id,
    channel_type: 'C',
    team: w.teamId,
    event_ts: w.nextTs(),
  })
  return { channel: wireChannel(w, channel) }
}

function open(call: ApiCall): Record<string, unknown> {
  const { workspace: w } = call.world
  const users = call.args.list('users')
  const channel = call.args.maybe('channel')
  if (channel !== undefined) {
    const found = w.channels.get(channel)
    if (found?.kind !== 'im') throw new ApiError('channel_not_found')
    return { channel: { id: found.id } }
  }
  const [user] = users
  if (user === undefined) throw new ApiError('users_list_not_supplied')
  if (users.length > 1) throw new ApiError('not_supported_by_simulator')
  if (!w.people.has(user)) throw new ApiError('user_not_found')
  if (user === w.botUserId) throw new ApiError('cannot_dm_bot')
  return { channel: { id: w.direct(user).id } }
}

function setTopic(call: ApiCall): Record<string, unknown> {
  const { workspace: w, posts } = call.world
  const channel = visibleChannel(call)
  needScope(call.world, 'channels:manage', 'channels:write.topic', 'groups:write.topic')
  if (!channel.member) throw new ApiError('not_in_channel')
  const topic = call.args.string('topic')
  if (topic.length > 250) throw new ApiError('too_long')
  channel.topic = { value: topic, creator: w.botUserId, last_set: Math.floor(w.now() / 1000) }
  posts.post({
    channel,
    user: w.botUserId,
    botId: w.botId,
    subtype: 'channel_topic',
    text: `set the channel topic: ${topic}`,
    extra: { topic },
  })
  return { channel: wireChannel(w, channel) }
}

// why: users.conversations is about the asked person's channels and does not say whether the bot is in them.
const withoutMembership = ({ is_member: _, ...rest }: Record<string, unknown>): Record<string, unknown> => rest

export const conversationMethods: ApiMethods = {
  'conversations.list': bot(READ, ({ world: { workspace: w }, args }) => {
    const { items, next } = page(args, ofTypes(w, args), 100)
    return { channels: items.map((c) => fullChannel(w, c)), response_metadata: { next_cursor: next } }
  }),
  'users.conversations': bot(READ, ({ world: { workspace: w }, args }) => {
    const user = args.maybe('user') ?? w.botUserId
    const mine = ofTypes(w, args).filter((c) => (user === w.botUserId ? c.member : c.people.has(user)))
    const { items, next } = page(args, mine, 100)
    return {
      channels: items.map((c) => withoutMembership(wireChannel(w, c))),
      response_metadata: { next_cursor: next },
    }
  }),
  'conversations.info': bot([], (call) => ({
    channel: fullChannel(call.world.workspace, readableChannel(call, 'read')),
  })),
  'conversations.join': bot(['channels:join'], join),
  'conversations.members': bot([], (call) => {
    const channel = readableChannel(call, 'read')
    const members = [...(channel.member ? [call.world.workspace.botUserId] : []), ...channel.people]
    const { items, next } = page(call.args, members, 100)
    return { members: items, response_metadata: { next_cursor: next } }
  }),
  'conversations.open': bot(['im:write'], open),
  'conversations.setTopic': bot([], setTopic),
}
