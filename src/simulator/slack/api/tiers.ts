// why: Slack's tiers, in calls a minute for one method, workspace and app.
const PER_MINUTE = { 2: 20, 3: 50, 4: 100 } as const
type Tier = keyof typeof PER_MINUTE

const TIER: Readonly<Record<string, Tier>> = {
  'api.test': 4,
  'bookmarks.add': 2,
  'bookmarks.edit': 2,
  'bookmarks.list': 3,
  'bookmarks.remove': 2,
  'bots.info': 3,
  'chat.delete': 3,
  'chat.postEphemeral': 4,
  'chat.update': 3,
  'conversations.history': 3,
  'conversations.info': 3,
  'conversations.join': 3,
  'conversations.list': 2,
  'conversations.members': 4,
  'conversations.open': 3,
  'conversations.replies': 3,
  'conversations.setTopic': 2,
  'files.completeUploadExternal': 4,
  'files.getUploadURLExternal': 4,
  'pins.add': 2,
  'pins.remove': 2,
  'reactions.add': 3,
  'reactions.get': 3,
  'reactions.remove': 2,
  'team.info': 3,
  'usergroups.list': 2,
  'usergroups.users.list': 2,
  'users.conversations': 2,
  'users.info': 4,
  'users.list': 2,
  'users.lookupByEmail': 3,
  'views.open': 4,
  'views.publish': 4,
  'views.push': 4,
  'views.update': 4,
}

// why: "hundreds of requests per minute" for the first two. The last one is tier 1 on paper (1 and more a minute), but an
// app may open its ten sockets one after the other.
const SPECIAL: Readonly<Record<string, number>> = {
  'auth.test': 600,
  'chat.getPermalink': 600,
  'apps.connections.open': 10,
}
// why: one message a second for each channel; short bursts pass.
const POST_BURST = 5
const POST_WINDOW_MS = POST_BURST * 1000
const MINUTE_MS = 60_000

export interface Limiter {
  /** Seconds to wait, or 0 when this call is within the limits (it then counts). */
  refuse(method: string, channel: string | undefined): number
}

export function createLimiter(now: () => number): Limiter {
  const seen = new Map<string, number[]>()
  return {
    refuse(method, channel) {
      const post = method === 'chat.postMessage'
      const tier = TIER[method]
      const limit = post ? POST_BURST : tier === undefined ? (SPECIAL[method] ?? 20) : PER_MINUTE[tier]
      const windowMs = post ? POST_WINDOW_MS : MINUTE_MS
      const key = post ? `${method} ${channel ?? ''}` : method
      const at = now()
      const recent = (seen.get(key) ?? []).filter((t) => t > at - windowMs)
      seen.set(key, recent)
      const oldest = recent[0]
      if (recent.length >= limit && oldest !== undefined) return Math.max(1, Math.ceil((oldest + windowMs - at) / 1000))
      recent.push(at)
      return 0
    },
  }
}
