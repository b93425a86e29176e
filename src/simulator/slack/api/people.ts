import { ApiError } from '../error.js'
import { botProfile, wirePerson } from '../wire.js'
import { page } from './args.js'
import { type ApiMethods, bot } from './method.js'

const mayReadEmail = (scopes: readonly string[]): boolean => scopes.includes('users:read.email')

export const peopleMethods: ApiMethods = {
  'api.test': {
    token: 'none',
    scopes: [],
    run: ({ args }) => {
      const error = args.maybe('error')
      if (error !== undefined) throw new ApiError(error, { args: args.raw })
      return { args: args.raw }
    },
  },
  'auth.test': {
    token: 'any',
    scopes: [],
    run: ({ world: { workspace: w }, token }) =>
      token === 'app'
        ? { app_name: 'Mayday', app_id: w.appId }
        : {
            url: `https://${w.domain}.slack.com/`,
            team: 'Mayday Simulator',
            user: 'mayday',
            team_id: w.teamId,
            user_id: w.botUserId,
            bot_id: w.botId,
            is_enterprise_install: false,
          },
  },
  'apps.connections.open': {
    token: 'app',
    scopes: [],
    run: ({ world }) => ({ url: world.connect() }),
  },
  'bots.info': bot(['users:read'], ({ world: { workspace: w }, args }) => {
    const id = args.maybe('bot') ?? w.botId
    if (id === w.botId) {
      const { team_id: _, ...profile } = botProfile(w)
      return { bot: { ...profile, user_id: w.botUserId } }
    }
    const known = [...w.channels.values()].some((c) => c.messages.some((m) => m.botId === id))
    if (!known) throw new ApiError('bot_not_found')
    return { bot: { id, deleted: false, name: id, updated: 1_600_000_000, app_id: `A${id.slice(1)}`, icons: {} } }
  }),
  'team.info': bot(['team:read'], ({ world: { workspace: w } }) => ({
    team: {
      id: w.teamId,
      name: 'Mayday Simulator',
      domain: w.domain,
      email_domain: '',
      icon: {},
      url: `https://${w.domain}.slack.com/`,
    },
  })),
  'users.info': bot(['users:read'], ({ world: { workspace: w }, args }) => {
    const person = w.people.get(args.string('user'))
    if (person === undefined) throw new ApiError('user_not_found')
    return { user: wirePerson(w, person, { email: mayReadEmail(w.scopes) }) }
  }),
  'users.list': bot(['users:read'], ({ world: { workspace: w }, args }) => {
    const { items, next } = page(args, [...w.people.values()], 1000)
    return {
      members: items.map((p) => wirePerson(w, p, { email: mayReadEmail(w.scopes) })),
      cache_ts: Math.floor(w.now() / 1000),
      response_metadata: { next_cursor: next },
    }
  }),
  'users.lookupByEmail': bot(['users:read.email'], ({ world: { workspace: w }, args }) => {
    const email = args.string('email').toLowerCase()
    const person = [...w.people.values()].find((p) => p.email?.toLowerCase() === email)
    if (person === undefined) throw new ApiError('users_not_found')
    return { user: wirePerson(w, person, { email: true }) }
  }),
  'usergroups.list': bot(['usergroups:read'], ({ world: { workspace: w }, args }) => ({
    usergroups: [...w.groups.values()].map((g) => ({
      id: g.id,
      team_id: w.teamId,
      is_usergroup: true,
      name: g.handle,
      handle: g.handle,
      description: '',
      is_external: false,
      date_delete: 0,
      user_count: g.users.length,
      ...(args.flag('include_users') ? { users: g.users } : {}),
    })),
  })),
  'usergroups.users.list': bot(['usergroups:read'], ({ world: { workspace: w }, args }) => {
    const group = w.groups.get(args.string('usergroup'))
    if (group === undefined) throw new ApiError('no_such_subteam')
    return { users: group.users }
  }),
}
