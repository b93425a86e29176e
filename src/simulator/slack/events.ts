import type { Courier } from './courier.js'
import type { Workspace } from './workspace.js'

type Json = Record<string, unknown>

export interface Events {
  /** Wraps an inner event and sends it if the app subscribed to it; returns the event id. */
  send(event: Readonly<Json>, o?: { readonly eventId?: string; readonly times?: number }): string
  raw(envelope: Readonly<Json>): void
  rateLimited(wrapped: boolean): void
}

const PLURAL: Readonly<Record<string, string>> = { channel: 'channels', group: 'groups', im: 'im', mpim: 'mpim' }

/** The name that a subscription to this event has in a manifest. */
const subscriptionOf = (event: Readonly<Json>): string => {
  const type = String(event['type'])
  if (type !== 'message') return type
  const channelType = String(event['channel_type'] ?? 'channel')
  return `message.${PLURAL[channelType] ?? channelType}`
}

export function createEvents(
  w: Workspace,
  courier: Pick<Courier, 'event'>,
  subscriptions: readonly string[] | undefined,
): Events {
  const wrap = (event: Readonly<Json>, eventId: string): Json => ({
    token: 'sim-verification',
    team_id: w.teamId,
    context_team_id: w.teamId,
    context_enterprise_id: null,
    api_app_id: w.appId,
    event,
    type: 'event_callback',
    event_id: eventId,
    event_time: Math.floor(w.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: w.teamId, user_id: w.botUserId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: w.channels.get(String(event['channel']))?.shared ?? false,
    event_context: `4-sim-${eventId}`,
  })
  return {
    send(event, o = {}) {
      const eventId = o.eventId ?? w.id('Ev')
      if (subscriptions !== undefined && !subscriptions.includes(subscriptionOf(event))) return eventId
      for (let i = 0; i < (o.times ?? 1); i += 1) courier.event(wrap(event, eventId))
      return eventId
    },
    raw(envelope) {
      const payload = envelope['payload']
      courier.event(typeof payload === 'object' && payload !== null ? (payload as Json) : {}, envelope)
    },
    rateLimited(wrapped) {
      const limited = {
        token: 'sim-verification',
        type: 'app_rate_limited',
        team_id: w.teamId,
        minute_rate_limited: Math.floor(w.now() / 60_000) * 60,
        api_app_id: w.appId,
      }
      const payload = wrapped ? { ...limited, type: 'event_callback', event: limited } : limited
      courier.event(payload, { payload })
    },
  }
}
