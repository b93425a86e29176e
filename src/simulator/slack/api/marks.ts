import { ApiError } from '../error.js'
import { wireMessage } from '../wire.js'
import type { ChannelRecord } from '../workspace.js'
import { type ApiCall, type ApiMethods, bot, existingMessage, visibleChannel } from './method.js'

const memberChannel = (call: ApiCall, name = 'channel'): ChannelRecord => {
  const channel = visibleChannel(call, name)
  if (!channel.member) throw new ApiError('not_in_channel')
  return channel
}

function react(call: ApiCall, remove: boolean): Record<string, unknown> {
  const { workspace: w, posts } = call.world
  const name = call.args.string('name').replaceAll(':', '')
  if (!/^[a-z0-9_+'-]+$/.test(name)) throw new ApiError('invalid_name')
  const m = existingMessage(memberChannel(call), call.args.string('timestamp'))
  posts.react(m, w.botUserId, name, remove)
  return {}
}

function pin(call: ApiCall, remove: boolean): Record<string, unknown> {
  const channel = memberChannel(call)
  const { ts } = existingMessage(channel, call.args.string('timestamp'))
  const at = channel.pins.indexOf(ts)
  if (remove) {
    if (at < 0) throw new ApiError('no_pin')
    channel.pins.splice(at, 1)
    return {}
  }
  if (at >= 0) throw new ApiError('already_pinned')
  channel.pins.push(ts)
  return {}
}

function addBookmark(call: ApiCall): Record<string, unknown> {
  const { args } = call
  const { workspace: w } = call.world
  const channel = memberChannel(call, 'channel_id')
  const type = args.string('type')
  if (type !== 'link') throw new ApiError('invalid_bookmark_type')
  const link = args.string('link')
  if (!/^https?:\/\//.test(link)) throw new ApiError('invalid_link')
  const bookmark = {
    id: w.id('Bk'),
    channel_id: channel.id,
    title: args.string('title'),
    link,
    emoji: args.maybe('emoji') ?? '',
    type,
    date_created: Math.floor(w.now() / 1000),
    date_updated: 0,
    rank: String(channel.bookmarks.length),
    app_id: w.appId,
  }
  channel.bookmarks = [...channel.bookmarks, bookmark]
  return { bookmark }
}

function editBookmark(call: ApiCall): Record<string, unknown> {
  const { args } = call
  const channel = memberChannel(call, 'channel_id')
  const id = args.string('bookmark_id')
  const old = channel.bookmarks.find((b) => b.id === id)
  if (old === undefined) throw new ApiError('not_found')
  const changes = ['title', 'link', 'emoji'].flatMap((key) => {
    const value = args.maybe(key)
    return value === undefined ? [] : [[key, value]]
  })
  const bookmark = {
    ...old,
    ...Object.fromEntries(changes),
    date_updated: Math.floor(call.world.workspace.now() / 1000),
  }
  channel.bookmarks = channel.bookmarks.map((b) => (b.id === id ? bookmark : b))
  return { bookmark }
}

export const markMethods: ApiMethods = {
  'reactions.add': bot(['reactions:write'], (call) => react(call, false)),
  'reactions.remove': bot(['reactions:write'], (call) => react(call, true)),
  'reactions.get': bot(['reactions:read'], (call) => {
    const channel = memberChannel(call)
    const m = existingMessage(channel, call.args.string('timestamp'))
    const message = wireMessage(call.world.workspace, channel, m, { reactions: true })
    return { type: 'message', channel: channel.id, message }
  }),
  'pins.add': bot(['pins:write'], (call) => pin(call, false)),
  'pins.remove': bot(['pins:write'], (call) => pin(call, true)),
  'bookmarks.list': bot(['bookmarks:read'], (call) => ({ bookmarks: memberChannel(call, 'channel_id').bookmarks })),
  'bookmarks.add': bot(['bookmarks:write'], addBookmark),
  'bookmarks.edit': bot(['bookmarks:write'], editBookmark),
  'bookmarks.remove': bot(['bookmarks:write'], (call) => {
    const channel = memberChannel(call, 'channel_id')
    const id = call.args.string('bookmark_id')
    if (!channel.bookmarks.some((b) => b.id === id)) throw new ApiError('not_found')
    channel.bookmarks = channel.bookmarks.filter((b) => b.id !== id)
    return {}
  }),
}
