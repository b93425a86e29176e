import { ApiError } from '../error.js'
import { repliesOf, wireMessage } from '../wire.js'
import type { ChannelRecord, MessageRecord } from '../workspace.js'
import type { Args } from './args.js'
import { type ApiCall, type ApiMethods, bot, readableChannel } from './method.js'

/** What stands in the channel itself: no replies, except those also sent to the channel, and no deleted messages. */
const inChannel = (channel: ChannelRecord, m: MessageRecord): boolean =>
  m.deleted
    ? m.subtype === 'tombstone' && repliesOf(channel, m.ts).length > 0
    : m.threadTs === undefined || m.threadTs === m.ts || m.subtype === 'thread_broadcast'

/** Timestamps are compared as numbers of the same size; `0` and `now` are allowed bounds. */
function within(args: Args): (m: MessageRecord) => boolean {
  const oldest = Number(args.maybe('oldest') ?? 0)
  const latestText = args.maybe('latest') ?? 'now'
  const latest = latestText === 'now' ? Number.POSITIVE_INFINITY : Number(latestText)
  if (Number.isNaN(oldest)) throw new ApiError('invalid_ts_oldest')
  if (Number.isNaN(latest)) throw new ApiError('invalid_ts_latest')
  const inclusive = args.flag('inclusive')
  return (m) => {
    const ts = Number(m.ts)
    return inclusive ? ts >= oldest && ts <= latest : ts > oldest && ts < latest
  }
}

function memberChannel(call: ApiCall): ChannelRecord {
  const channel = readableChannel(call, 'history')
  if (!channel.member) throw new ApiError('not_in_channel')
  return channel
}

const cursorTs = (args: Args): number | undefined => {
  const cursor = args.maybe('cursor')
  if (cursor === undefined) return undefined
  const [, ts] = /^ts:([\d.]+)$/.exec(Buffer.from(cursor, 'base64').toString()) ?? []
  if (ts === undefined) throw new ApiError('invalid_cursor')
  return Number(ts)
}

const cursorAfter = (m: MessageRecord | undefined, more: boolean): Record<string, unknown> =>
  more && m !== undefined ? { response_metadata: { next_cursor: Buffer.from(`ts:${m.ts}`).toString('base64') } } : {}

function history(call: ApiCall): Record<string, unknown> {
  const { args, world } = call
  const channel = memberChannel(call)
  // why: 999 is the most that one call returns; newest first, pages lead into the past.
  const limit = Math.min(Math.max(1, args.number('limit', 100)), 999)
  const before = cursorTs(args) ?? Number.POSITIVE_INFINITY
  const all = channel.messages
    .filter((m) => inChannel(channel, m) && Number(m.ts) < before)
    .filter(within(args))
    .reverse()
  const shown = all.slice(0, limit)
  const more = all.length > limit
  const metadata = args.flag('include_all_metadata')
  return {
    messages: shown.map((m) => wireMessage(world.workspace, channel, m, { metadata, reactions: true })),
    has_more: more,
    pin_count: channel.pins.length,
    channel_actions_ts: null,
    channel_actions_count: 0,
    ...cursorAfter(shown.at(-1), more),
  }
}

function replies(call: ApiCall): Record<string, unknown> {
  const { args, world } = call
  const channel = memberChannel(call)
  const ts = args.string('ts')
  const parent = channel.messages.find((m) => m.ts === ts)
  if (parent === undefined || (parent.deleted && repliesOf(channel, ts).length === 0))
    throw new ApiError('thread_not_found')
  const limit = Math.min(Math.max(1, args.number('limit', 1000)), 1000)
  const after = cursorTs(args) ?? 0
  const all = repliesOf(channel, ts)
    .filter((m) => Number(m.ts) > after)
    .filter(within(args))
  // The parent leads the first page and does not count against the bounds.
  const first = after === 0 ? [parent] : []
  const shown = all.slice(0, Math.max(1, limit - first.length))
  const more = all.length > shown.length
  const metadata = args.flag('include_all_metadata')
  return {
    messages: [...first, ...shown].map((m) => wireMessage(world.workspace, channel, m, { metadata, reactions: true })),
    has_more: more,
    ...cursorAfter(shown.at(-1), more),
  }
}

export const historyMethods: ApiMethods = {
  'conversations.history': bot([], history),
  'conversations.replies': bot([], replies),
}
