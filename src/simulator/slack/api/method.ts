import { ApiError } from '../error.js'
import type { ChannelRecord, MessageRecord } from '../workspace.js'
import type { World } from '../world.js'
import type { Args } from './args.js'

export interface ApiCall {
  readonly world: World
  readonly args: Args
  readonly method: string
  readonly token: 'bot' | 'app' | 'none' | 'unknown'
}

export interface ApiMethod {
  /** Which token it takes; `none` takes no token at all, too. */
  readonly token: 'bot' | 'app' | 'any' | 'none'
  /** Any one of these is enough; none named = no scope needed. */
  readonly scopes: readonly string[]
  /** Returns the fields beside `ok: true`, or throws ApiError. */
  readonly run: (call: ApiCall) => Readonly<Record<string, unknown>>
}

export type ApiMethods = Readonly<Record<string, ApiMethod>>

export const bot = (scopes: readonly string[], run: ApiMethod['run']): ApiMethod => ({ token: 'bot', scopes, run })

/** Ends the call unless the bot's token has one of these scopes. */
export function needScope(world: World, ...needed: readonly string[]): void {
  const provided = world.workspace.scopes
  if (!needed.some((scope) => provided.includes(scope)))
    throw new ApiError('missing_scope', { needed: needed.join(','), provided: provided.join(',') })
}

const GROUP = { public: 'channels', private: 'groups', im: 'im' } as const

/** A conversation by id as the bot may see it; a private one it is not in does not exist for it. */
export function visibleChannel(call: ApiCall, name = 'channel'): ChannelRecord {
  const id = call.args.string(name)
  const found = call.world.workspace.channels.get(id)
  if (found === undefined || (found.kind !== 'public' && !found.member)) throw new ApiError('channel_not_found')
  return found
}

/** The same, and the token may read its kind (`channels:history`, `groups:read`, …). */
export function readableChannel(call: ApiCall, right: 'read' | 'history'): ChannelRecord {
  const channel = visibleChannel(call)
  needScope(call.world, `${GROUP[channel.kind]}:${right}`)
  return channel
}

export function existingMessage(channel: ChannelRecord, ts: string): MessageRecord {
  const found = channel.messages.find((m) => m.ts === ts && !m.deleted)
  if (found === undefined) throw new ApiError('message_not_found')
  return found
}
