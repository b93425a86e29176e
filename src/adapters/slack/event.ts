/** Reading what Slack sends, before Bolt sees it. Pure. */
import { isRec, type Rec, recsOf, textOf } from './api.js'

/** Who Mayday is in its workspace. */
export interface Identity {
  readonly teamId: string
  /** Root of the workspace's web address, for permalinks; ends with a slash. */
  readonly url: string
  readonly botUserId: string
  readonly botId: string
  /** Undefined until Slack has told it; nothing but App Home links depends on it. */
  readonly appId?: string
}

/** The inner event of an Events API payload. Undefined: a command, a click, or a payload without one. */
export function innerEvent(body: Rec): Rec | undefined {
  return isRec(body['event']) ? body['event'] : undefined
}

/** The channel of a message event; undefined for every other event. */
export function channelOfMessage(event: Rec): string | undefined {
  return event['type'] === 'message' ? textOf(event['channel']) : undefined
}

/**
 * The name of a message or of one change to it, for the inbox: `msg:<channel>:<ts>` for the message itself whatever its
 * subtype, and with the subtype and the change's own timestamp behind it for an edit or a deletion. The same whether
 * Slack delivers it live, again, under another event id, or the history is read. Undefined: it cannot be named.
 */
export function inboxKey(event: Rec): string | undefined {
  const channel = channelOfMessage(event)
  const subtype = textOf(event['subtype'])
  const ts = textOf(event['ts'])
  if (channel === undefined) return undefined
  if (subtype === 'message_changed' || subtype === 'message_deleted' || subtype === 'message_replied') {
    const inner = isRec(event['message']) ? event['message'] : event['previous_message']
    const of = textOf(event['deleted_ts']) ?? (isRec(inner) ? textOf(inner['ts']) : undefined) ?? ts
    const change = textOf(event['event_ts']) ?? ts
    return of === undefined ? undefined : `msg:${channel}:${of}:${subtype}:${change ?? ''}`
  }
  return ts === undefined ? undefined : `msg:${channel}:${ts}`
}

/**
 * Did Mayday itself write this message, or is it a change to one it wrote? Slack tells an app about its own posts, and
 * about its own edits as `message_changed`. By our bot only: another bot's alert may page.
 */
export function isOwn(event: Rec, identity: Identity | undefined): boolean {
  if (identity === undefined || event['type'] !== 'message') return false
  const inner = [event['message'], event['previous_message']].filter(isRec)
  return (inner.length > 0 ? inner : [event]).some(
    (message) => message['bot_id'] === identity.botId || message['user'] === identity.botUserId,
  )
}

/**
 * The payload as Bolt can take it: it looks into `user`, `channel`, `item` and `authorizations` without asking whether
 * they are null, and an event that makes it throw would never reach a listener.
 */
export function tidy(body: Rec): Rec {
  const event = innerEvent(body)
  if (event === undefined) return body
  const kept = Object.entries(event).filter(([name, value]) => value !== null && (name !== 'item' || isRec(value)))
  return { ...body, event: Object.fromEntries(kept), authorizations: recsOf(body['authorizations']) }
}

/** An Events API payload around an event that did not come in one: read from the history, or found in the inbox. */
export function envelopeFor(event: Rec, identity: Identity | undefined): Rec {
  return {
    type: 'event_callback',
    ...(identity === undefined ? {} : { team_id: identity.teamId }),
    ...(identity?.appId === undefined ? {} : { api_app_id: identity.appId }),
    event,
    authorizations: [],
  }
}

/** Events that say that Mayday's place in a channel, or the channel itself, has changed. */
export function changesPlace(event: Rec, channel: string | undefined, identity: Identity | undefined): boolean {
  const type = textOf(event['type']) ?? ''
  if (/^member_(joined|left)_channel$/.test(type)) {
    return identity !== undefined && event['user'] === identity.botUserId && event['channel'] === channel
  }
  if (!/^(channel|group)_(left|archive|unarchive|rename|deleted|open|close)$/.test(type)) return false
  const subject = isRec(event['channel']) ? event['channel']['id'] : event['channel']
  return channel === undefined || subject === channel
}
