import type { ChannelRecord, MessageRecord, Person, Workspace } from './workspace.js'

type Json = Record<string, unknown>

export const botProfile = (w: Workspace): Json => ({
  id: w.botId,
  app_id: w.appId,
  name: 'Mayday',
  icons: {},
  deleted: false,
  updated: 1_600_000_000,
  team_id: w.teamId,
})

const live = (m: MessageRecord): boolean => !m.deleted

/** Replies of a thread that still stand, oldest first. */
export const repliesOf = (channel: ChannelRecord, ts: string): readonly MessageRecord[] =>
  channel.messages.filter((m) => m.threadTs === ts && m.ts !== ts && live(m))

function threadFields(channel: ChannelRecord, m: MessageRecord): Json {
  if (m.threadTs !== undefined && m.threadTs !== m.ts) {
    const parent = channel.messages.find((p) => p.ts === m.threadTs)
    return { thread_ts: m.threadTs, ...(parent?.user === undefined ? {} : { parent_user_id: parent.user }) }
  }
  const replies = repliesOf(channel, m.ts)
  if (replies.length === 0) return {}
  const users = [...new Set(replies.map((r) => r.user ?? r.botId ?? ''))]
  return {
    thread_ts: m.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    latest_reply: replies.at(-1)?.ts,
    reply_users: users,
    is_locked: false,
    subscribed: false,
  }
}

function authorFields(w: Workspace, m: MessageRecord): Json {
  if (m.botId === undefined) {
    const home = w.people.get(m.user ?? '')?.teamId ?? w.teamId
    // why: messages of another company's people (Slack Connect) name their workspace.
    const foreign = home === w.teamId ? {} : { user_team: home, source_team: home }
    return { ...(m.user === undefined ? {} : { user: m.user }), team: home, ...foreign }
  }
  const own = m.botId === w.botId ? { app_id: w.appId, bot_profile: botProfile(w), team: w.teamId } : {}
  return {
    ...(m.user === undefined ? {} : { user: m.user }),
    bot_id: m.botId,
    ...(m.username === undefined ? {} : { username: m.username }),
    ...own,
  }
}

/** A message as `conversations.history` and events carry it. */
export function wireMessage(
  w: Workspace,
  channel: ChannelRecord,
  m: MessageRecord,
  o: { readonly metadata?: boolean; readonly reactions?: boolean } = {},
): Json {
  const optional: Json = {
    subtype: m.subtype,
    client_msg_id: m.clientMsgId,
    blocks: m.blocks,
    attachments: m.attachments,
    files: m.files,
    edited: m.edited,
    metadata: o.metadata === true ? m.metadata : undefined,
    reactions:
      o.reactions === true && m.reactions.length > 0
        ? m.reactions.map((r) => ({ name: r.name, users: r.users, count: r.users.length }))
        : undefined,
  }
  return {
    type: 'message',
    ...authorFields(w, m),
    text: m.text,
    ts: m.ts,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    ...threadFields(channel, m),
    ...m.extra,
  }
}

export const channelType = (c: ChannelRecord): string =>
  c.kind === 'im' ? 'im' : c.kind === 'private' ? 'group' : 'channel'

/** A channel as `conversations.list` and `conversations.info` show it to the bot, with what only these two tell. */
export const fullChannel = (w: Workspace, c: ChannelRecord): Json =>
  c.kind === 'im' ? wireChannel(w, c) : { ...wireChannel(w, c), num_members: c.people.size + (c.member ? 1 : 0) }

/** A channel as the other methods show it. */
export function wireChannel(w: Workspace, c: ChannelRecord): Json {
  if (c.kind === 'im')
    return { id: c.id, created: Math.floor(c.created / 1000), is_im: true, is_archived: false, user: c.peer }
  return {
    id: c.id,
    name: c.name,
    name_normalized: c.name,
    is_channel: c.kind === 'public',
    is_group: c.kind === 'private',
    is_im: false,
    is_mpim: false,
    is_private: c.kind === 'private',
    created: Math.floor(c.created / 1000),
    is_archived: c.archived,
    is_general: false,
    is_shared: c.shared,
    is_org_shared: false,
    is_ext_shared: c.shared,
    is_pending_ext_shared: false,
    is_member: c.member,
    creator: 'U0SIMCREATOR',
    context_team_id: w.teamId,
    shared_team_ids: [w.teamId],
    topic: c.topic,
    purpose: { value: '', creator: '', last_set: 0 },
    previous_names: [],
  }
}

/** A person as `users.info` shows them. */
export function wirePerson(w: Workspace, p: Person, o: { readonly email: boolean }): Json {
  const guest = p.kind === 'guest' || p.kind === 'single_channel_guest'
  return {
    id: p.id,
    team_id: p.teamId,
    name: p.name,
    deleted: false,
    real_name: p.realName,
    tz: 'Etc/UTC',
    tz_label: 'Coordinated Universal Time',
    tz_offset: 0,
    profile: {
      real_name: p.realName,
      display_name: p.name,
      real_name_normalized: p.realName,
      display_name_normalized: p.name,
      ...(o.email && p.email !== undefined ? { email: p.email } : {}),
      ...(p.kind === 'bot' && p.id === w.botUserId ? { bot_id: w.botId, api_app_id: w.appId } : {}),
      team: p.teamId,
    },
    is_admin: p.kind === 'admin' || p.kind === 'owner',
    is_owner: p.kind === 'owner',
    is_primary_owner: false,
    is_restricted: guest,
    is_ultra_restricted: p.kind === 'single_channel_guest',
    is_bot: p.kind === 'bot',
    ...(p.kind === 'stranger' ? { is_stranger: true } : {}),
    is_app_user: false,
    updated: 1_600_000_000,
  }
}
