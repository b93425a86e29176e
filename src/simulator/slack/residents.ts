import type { SlackSimulator } from './simulator.js'
import { newChannel, type Person } from './workspace.js'
import type { World } from './world.js'

type Residents = Pick<
  SlackSimulator,
  | 'addPerson'
  | 'addChannel'
  | 'addUserGroup'
  | 'setUserGroup'
  | 'setMembership'
  | 'setPersonMembership'
  | 'setScopes'
  | 'revokeTokens'
>

type Some<K extends keyof Residents> = Pick<Residents, K>

function adding({ workspace: w, bus }: World): Some<'addPerson' | 'addChannel'> {
  return {
    addPerson(p) {
      const kind = p.kind ?? 'member'
      const person: Person = {
        id: p.id ?? w.id('U'),
        name: p.name,
        realName: p.realName ?? p.name,
        kind,
        teamId: p.teamId ?? (kind === 'stranger' ? w.id('T') : w.teamId),
        ...(p.email === undefined ? {} : { email: p.email }),
      }
      w.people.set(person.id, person)
      for (const c of w.channels.values()) if (c.kind !== 'im') c.people.add(person.id)
      bus.emit('person', { person })
      return { id: person.id, name: person.name }
    },
    addChannel(c) {
      const everybody = [...w.people.keys()].filter((id) => id !== w.botUserId)
      const channel = newChannel({
        id: c.id ?? w.id('C'),
        name: c.name.replace(/^#/, ''),
        kind: c.kind ?? 'public',
        member: c.member ?? true,
        shared: c.shared ?? false,
        archived: c.archived ?? false,
        people: new Set(everybody),
        created: w.now(),
      })
      w.channels.set(channel.id, channel)
      bus.emit('channel', { id: channel.id, name: channel.name })
      return { id: channel.id, name: channel.name }
    },
  }
}

function grouping({ workspace: w, events }: World): Some<'addUserGroup' | 'setUserGroup'> {
  return {
    addUserGroup(g) {
      const group = { id: g.id ?? w.id('S'), handle: g.handle, users: [...g.users] }
      w.groups.set(group.id, group)
      return { id: group.id, handle: group.handle }
    },
    setUserGroup(id, users) {
      const group = w.groups.get(id)
      const before = group?.users ?? []
      w.groups.set(id, { id, handle: group?.handle ?? id, users: [...users] })
      events.send({
        type: 'subteam_members_changed',
        subteam_id: id,
        team_id: w.teamId,
        added_users: users.filter((u) => !before.includes(u)),
        removed_users: before.filter((u) => !users.includes(u)),
        event_ts: w.nextTs(),
      })
    },
  }
}

function membership({ workspace: w, events, posts }: World): Some<'setMembership' | 'setPersonMembership'> {
  return {
    setMembership(channel, member) {
      w.channel(channel).member = member
    },
    setPersonMembership(channelId, user, member) {
      const channel = w.channel(channelId)
      const person = w.person(user)
      if (member) channel.people.add(person.id)
      else channel.people.delete(person.id)
      const [verb, subtype] = member ? ['joined', 'channel_join'] : ['left', 'channel_leave']
      posts.post({ channel, user: person.id, subtype, text: `<@${person.id}> has ${verb} the channel` })
      if (!channel.member) return
      events.send({
        type: member ? 'member_joined_channel' : 'member_left_channel',
        user: person.id,
        channel: channel.id,
        channel_type: 'C',
        team: w.teamId,
        event_ts: w.nextTs(),
      })
    },
  }
}

/** Who and what is in the workspace. Everybody is in every channel unless told otherwise. */
export function createResidents(world: World): Residents {
  const { workspace: w } = world
  return {
    ...adding(world),
    ...grouping(world),
    ...membership(world),
    setScopes(scopes) {
      w.scopes = [...scopes]
    },
    revokeTokens() {
      w.revoked = true
    },
  }
}
