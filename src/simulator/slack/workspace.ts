import { randomBytes } from 'node:crypto'
import { SlackSimulatorError } from './error.js'
import type { SimContent, SimPersonKind } from './types.js'

export interface Person {
  readonly id: string
  readonly name: string
  readonly realName: string
  readonly email?: string
  readonly kind: SimPersonKind
  readonly teamId: string
}

export interface MessageRecord {
  readonly channel: string
  readonly ts: string
  readonly user?: string
  readonly botId?: string
  readonly clientMsgId?: string
  readonly username?: string
  subtype?: string
  threadTs?: string
  text: string
  blocks?: readonly unknown[]
  attachments?: readonly unknown[]
  files?: readonly unknown[]
  metadata?: unknown
  edited?: { readonly user: string; readonly ts: string }
  extra?: Readonly<Record<string, unknown>>
  deleted: boolean
  readonly reactions: { readonly name: string; readonly users: string[] }[]
  readonly updates: SimContent[]
}

export interface BookmarkRecord {
  readonly id: string
  readonly [key: string]: unknown
}

export interface ChannelRecord {
  readonly id: string
  readonly name: string
  readonly kind: 'public' | 'private' | 'im'
  readonly shared: boolean
  readonly created: number
  archived: boolean
  /** The bot is in it. */
  member: boolean
  /** The person of a direct conversation. */
  readonly peer?: string
  readonly people: Set<string>
  readonly messages: MessageRecord[]
  readonly pins: string[]
  bookmarks: readonly BookmarkRecord[]
  topic: { readonly value: string; readonly creator: string; readonly last_set: number }
}

export interface UserGroupRecord {
  readonly id: string
  readonly handle: string
  users: readonly string[]
}

export interface Workspace {
  readonly teamId: string
  readonly domain: string
  readonly appId: string
  readonly botUserId: string
  readonly botId: string
  readonly botToken: string
  readonly appToken: string
  readonly signingSecret: string
  readonly people: Map<string, Person>
  readonly channels: Map<string, ChannelRecord>
  readonly groups: Map<string, UserGroupRecord>
  scopes: readonly string[]
  revoked: boolean
  readonly now: () => number
  /** A new id such as `C` and ten more characters. */
  id(prefix: string): string
  /** A timestamp that no other message has, later than all before it. */
  nextTs(): string
  /** Makes sure that later timestamps lie behind this one. */
  seenTs(ts: string): void
  person(id: string): Person
  channel(idOrName: string): ChannelRecord
  direct(user: string): ChannelRecord
  message(channel: string, ts: string): MessageRecord
}

const micros = (ts: string): number => Math.round(Number(ts) * 1e6)

function createTimestamps(now: () => number): Pick<Workspace, 'nextTs' | 'seenTs'> {
  let last = 0
  return {
    nextTs() {
      last = Math.max(last + 1, Math.floor(now() * 1000))
      return `${Math.floor(last / 1e6)}.${String(last % 1e6).padStart(6, '0')}`
    },
    seenTs(ts) {
      if (Number.isFinite(Number(ts))) last = Math.max(last, micros(ts))
    },
  }
}

/** One channel, empty, with everybody in it. */
export function newChannel(
  c: Pick<ChannelRecord, 'id' | 'name' | 'kind' | 'member' | 'created'> &
    Partial<Pick<ChannelRecord, 'shared' | 'archived' | 'peer' | 'people'>>,
): ChannelRecord {
  return {
    shared: false,
    archived: false,
    people: new Set(),
    ...c,
    messages: [],
    pins: [],
    bookmarks: [],
    topic: { value: '', creator: '', last_set: 0 },
  }
}

function lookups(w: Pick<Workspace, 'people' | 'channels' | 'now' | 'id'>): Omit<Workspace, keyof Identity | OwnState> {
  const channel = (idOrName: string): ChannelRecord => {
    const name = idOrName.replace(/^#/, '')
    const found = w.channels.get(idOrName) ?? [...w.channels.values()].find((c) => c.name === name && c.kind !== 'im')
    if (found === undefined) throw new SlackSimulatorError(`There is no channel ${idOrName}: add it with addChannel.`)
    return found
  }
  return {
    channel,
    person(id) {
      const found = w.people.get(id)
      if (found === undefined) throw new SlackSimulatorError(`There is no person ${id}: add one with addPerson.`)
      return found
    },
    direct(user) {
      const found = [...w.channels.values()].find((c) => c.peer === user)
      if (found !== undefined) return found
      const im = newChannel({
        id: w.id('D'),
        name: user,
        kind: 'im',
        member: true,
        peer: user,
        people: new Set([user]),
        created: w.now(),
      })
      w.channels.set(im.id, im)
      return im
    },
    message(channelId, ts) {
      const found = channel(channelId).messages.find((m) => m.ts === ts)
      if (found === undefined) throw new SlackSimulatorError(`There is no message ${ts} in ${channelId}.`)
      return found
    },
  }
}

type Identity = Pick<
  Workspace,
  'teamId' | 'domain' | 'appId' | 'botUserId' | 'botId' | 'botToken' | 'appToken' | 'signingSecret'
>
type OwnState = 'people' | 'channels' | 'groups' | 'scopes' | 'revoked' | 'now' | 'id' | 'nextTs' | 'seenTs'

export function createWorkspace(o: { readonly now: () => number; readonly scopes: readonly string[] }): Workspace {
  let counter = 0
  const id = (prefix: string): string => {
    counter += 1
    return `${prefix}0SIM${counter.toString(36).toUpperCase().padStart(6, '0')}`
  }
  const secret = randomBytes(16).toString('hex')
  const identity: Identity = {
    teamId: id('T'),
    domain: 'mayday-sim',
    appId: id('A'),
    botUserId: id('U'),
    botId: id('B'),
    botToken: `xoxb-sim-${secret}`,
    appToken: `xapp-1-sim-${secret}`,
    signingSecret: randomBytes(16).toString('hex'),
  }
  const people = new Map<string, Person>()
  const channels = new Map<string, ChannelRecord>()
  const bot: Person = {
    id: identity.botUserId,
    name: 'mayday',
    realName: 'Mayday',
    kind: 'bot',
    teamId: identity.teamId,
  }
  people.set(bot.id, bot)
  return {
    ...identity,
    people,
    channels,
    groups: new Map(),
    scopes: o.scopes,
    revoked: false,
    now: o.now,
    id,
    ...createTimestamps(o.now),
    ...lookups({ people, channels, now: o.now, id }),
  }
}
