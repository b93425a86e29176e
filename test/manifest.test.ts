/** The Slack app that people install has what the code uses, and nothing that it does not. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { changesPlace } from '../src/adapters/slack/event.js'
import { BOT_SCOPES } from '../src/adapters/slack/scopes.js'
import { CHECKLIST_USAGE } from '../src/checklists/commands.js'
import { SUBCOMMANDS } from '../src/incidents/commands.js'
import { PURGE_SUBCOMMANDS } from '../src/purge/commands.js'

/** Slack's limits, by its manifest reference. Strict: a key that Slack does not know stops the import. */
const commandSchema = z.strictObject({
  command: z.string().min(2).max(32).startsWith('/'),
  description: z.string().min(1).max(2000),
  usage_hint: z.string().min(1).max(1000),
  should_escape: z.boolean(),
})
const shortcutSchema = z.strictObject({
  name: z.string().min(1).max(24),
  type: z.enum(['message', 'global']),
  callback_id: z.string().min(1).max(255),
  description: z.string().min(1).max(150),
})
const manifestSchema = z.strictObject({
  _metadata: z.strictObject({ major_version: z.literal(2) }),
  display_information: z.strictObject({
    name: z.string().min(1).max(35),
    description: z.string().min(1).max(140),
    long_description: z.string().min(175).max(4000),
    background_color: z.string().regex(/^#[0-9a-f]{6}$/),
  }),
  features: z.strictObject({
    app_home: z.strictObject({
      home_tab_enabled: z.boolean(),
      messages_tab_enabled: z.boolean(),
      messages_tab_read_only_enabled: z.boolean(),
    }),
    bot_user: z.strictObject({ display_name: z.string().min(1).max(80), always_online: z.boolean() }),
    slash_commands: z.array(commandSchema).max(50),
    shortcuts: z.array(shortcutSchema).max(10),
  }),
  oauth_config: z.strictObject({ scopes: z.strictObject({ bot: z.array(z.string()) }) }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ bot_events: z.array(z.string().max(50)).max(100) }),
    interactivity: z.strictObject({ is_enabled: z.boolean() }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.boolean(),
  }),
})

/** Bot scopes of each Web API method that the code calls, by Slack's method reference. */
const SCOPES_OF_METHOD: Readonly<Record<string, readonly string[]>> = {
  'apps.connections.open': [],
  'auth.test': [],
  'bookmarks.add': ['bookmarks:write'],
  'bookmarks.edit': ['bookmarks:write'],
  'bookmarks.list': ['bookmarks:read'],
  'bookmarks.remove': ['bookmarks:write'],
  'bots.info': ['users:read'],
  'chat.postEphemeral': ['chat:write'],
  'chat.postMessage': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.info': ['channels:read', 'groups:read'],
  'conversations.join': ['channels:join'],
  'conversations.list': ['channels:read', 'groups:read'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'files.completeUploadExternal': ['files:write'],
  'files.getUploadURLExternal': ['files:write'],
  'usergroups.users.list': ['usergroups:read'],
  'users.conversations': ['channels:read', 'groups:read'],
  // The address is a field of its own scope; PagerDuty credits people by it.
  'users.info': ['users:read', 'users:read.email'],
  'views.open': [],
  'views.publish': [],
}

/** Scopes of each event that a bot may subscribe to and that has to do with messages or channels, by Slack's event reference. */
const SCOPES_OF_EVENT: Readonly<Record<string, readonly string[]>> = {
  'message.channels': ['channels:history'],
  'message.groups': ['groups:history'],
  'message.im': ['im:history'],
  'message.mpim': ['mpim:history'],
  app_mention: ['app_mentions:read'],
  app_home_opened: [],
  ...of(
    'channels:read',
    'channel_archive channel_created channel_deleted channel_left channel_rename channel_unarchive',
  ),
  ...of('groups:read', 'group_archive group_close group_deleted group_left group_open group_rename group_unarchive'),
  ...of('channels:read', 'member_joined_channel member_left_channel'),
}
/** Opening and closing a channel is something that one person does to their own list. */
const NOT_OURS = new Set(['group_open', 'group_close'])

function of(scope: string, names: string): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, [scope]]))
}

const manifest = manifestSchema.parse(parse(readFileSync('manifest.yml', 'utf8')))
const bot = manifest.oauth_config.scopes.bot
const events = manifest.settings.event_subscriptions.bot_events
const source = sources('src')

/** The source of the bot, without the simulator that it meets in tests. */
function sources(dir: string): string {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.name !== 'simulator')
    .map((entry) => {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) return sources(path)
      return entry.name.endsWith('.ts') ? readFileSync(path, 'utf8') : ''
    })
    .join('\n')
}

function found(pattern: RegExp): readonly string[] {
  return [...new Set([...source.matchAll(pattern)].map(([, name = '']) => name))].toSorted()
}

/** Names given to `app.command('…')` and its like. */
function registered(kind: 'event' | 'message' | 'command' | 'shortcut'): readonly string[] {
  return found(new RegExp(`\\bapp\\.${kind}\\(\\s*'([^']+)'`, 'gu'))
}

const sorted = (names: Iterable<string>): readonly string[] => [...new Set(names)].toSorted()

const FAMILIES =
  'admin api apps auth blocks bookmarks bots chat conversations dialog dnd emoji files migration oauth openid pins reactions reminders team tooling usergroups users views'.split(
    ' ',
  )

describe('scopes', () => {
  test('every Web API method in the source is in the table, and the table has no other', () => {
    const called = found(/'([a-z]+(?:\.[a-zA-Z]+)+)'/gu).filter((name) => FAMILIES.includes(name.split('.')[0] ?? ''))
    expect(called).toEqual(Object.keys(SCOPES_OF_METHOD).toSorted())
  })

  test('nothing calls a method past that table, by the shape of the client', () => {
    expect(source).not.toMatch(
      /\b(?:client|lane|lanes\.\w+)\.(?:chat|conversations|users|views|reactions|pins|bookmarks|files|usergroups|team)\.\w+\(/,
    )
  })

  test('exactly what methods, events and commands need', () => {
    const needed = [
      ...Object.values(SCOPES_OF_METHOD).flat(),
      ...events.flatMap((event) => SCOPES_OF_EVENT[event] ?? []),
      ...(manifest.features.slash_commands.length > 0 ? ['commands'] : []),
    ]
    expect(bot).toEqual(sorted(needed))
  })

  test('the check-up holds a token against the same list', () => {
    expect(BOT_SCOPES.map((scope) => scope.name)).toEqual(bot)
  })
})

describe('events', () => {
  test('all are known, and their scopes are asked for', () => {
    for (const event of events) {
      expect(SCOPES_OF_EVENT[event], event).toBeDefined()
      expect(bot).toEqual(expect.arrayContaining([...(SCOPES_OF_EVENT[event] ?? [])]))
    }
  })

  test('exactly what the code listens to', () => {
    const identity = { teamId: 'T1', url: '', botUserId: 'U1', botId: 'B1' }
    const moves = Object.keys(SCOPES_OF_EVENT).filter(
      (type) => !NOT_OURS.has(type) && changesPlace({ type, user: 'U1', channel: 'C1' }, 'C1', identity),
    )
    const listened = [...registered('event'), ...(registered('message').length > 0 ? ['message'] : [])]
    // Of the conversations that people write in, the emergency channel may be public or private.
    const named = listened.flatMap((name) => (name === 'message' ? ['message.channels', 'message.groups'] : [name]))
    expect(sorted(events)).toEqual(sorted([...named, ...moves]))
  })
})

describe('commands and presses', () => {
  test('exactly the commands that the code answers', () => {
    expect(sorted(manifest.features.slash_commands.map((one) => one.command))).toEqual(registered('command'))
  })

  test('their hints name exactly their subcommands', () => {
    const hints = Object.fromEntries(
      manifest.features.slash_commands.map((one) => [one.command, one.usage_hint.split(' | ').toSorted()]),
    )
    const mayday = Object.values(SUBCOMMANDS).map((one) => one.usage)
    const lists = Object.keys(CHECKLIST_USAGE).filter((use) => use !== '')
    const purges = Object.values(PURGE_SUBCOMMANDS).map((one) => one.usage)
    expect(hints).toEqual({
      '/mayday': mayday.toSorted(),
      '/incident-checklist': lists.toSorted(),
      '/purge-push': purges.toSorted(),
    })
  })

  test('exactly the shortcuts that the code answers', () => {
    expect(sorted(manifest.features.shortcuts.map((one) => one.callback_id))).toEqual(registered('shortcut'))
  })

  test('App Home is promised when the code shows one', () => {
    expect(manifest.features.app_home.home_tab_enabled).toBe(registered('event').includes('app_home_opened'))
  })

  test('buttons and modals work: interactivity is on', () => {
    expect(source).toMatch(/app\.action\(/)
    expect(manifest.settings.interactivity.is_enabled).toBe(true)
  })
})

test('Socket Mode is on, and tokens do not rotate: Mayday keeps none that it could renew', () => {
  expect(manifest.settings).toMatchObject({ socket_mode_enabled: true, token_rotation_enabled: false })
})
