import { createParts, listen, reading, stop, wireFaults } from './assembly.js'
import { createInteractions } from './interactions.js'
import { createResidents } from './residents.js'
import { createSpeech } from './speech.js'
import type {
  InteractionResult,
  SimCall,
  SimDelivery,
  SimEphemeral,
  SimEvent,
  SimFault,
  SimMessage,
  SimPersonKind,
  SimView,
} from './types.js'
import type { UploadRecord } from './uploads.js'

export interface SlackSimulatorOptions {
  /** 0 = any free port. */
  readonly port?: number
  /** Milliseconds; default `Date.now`. Timestamps, expiries and rate limits go by it. */
  readonly now?: () => number
  /** Waits before the redeliveries of an event; default 0, 1 min, 5 min. Real time. */
  readonly retryDelaysMs?: readonly number[]
  /** How long Slack waits for an ack; default 3000. Real time. */
  readonly ackTimeoutMs?: number
  /** Answer 429 by Slack's tiers; default off. */
  readonly limits?: 'off' | 'tiers'
  /** Socket Mode, or signed HTTP to this address (a function when the app's port is not known yet). */
  readonly delivery?: 'socket' | { readonly eventsUrl: string | (() => string) }
  /** Scopes of the bot token; default everything that the simulator knows. */
  readonly scopes?: readonly string[]
  /** Names as in the manifest's `bot_events`; default everything is delivered. */
  readonly subscriptions?: readonly string[]
}

export interface SlackSimulator {
  readonly origin: string
  /** What the app gets as Web API root: `origin/api/`. */
  readonly apiUrl: string
  readonly botToken: string
  readonly appToken: string
  readonly signingSecret: string
  readonly teamId: string
  readonly appId: string
  readonly botUserId: string
  readonly botId: string

  addPerson(p: {
    id?: string
    name: string
    realName?: string
    email?: string
    kind?: SimPersonKind
    teamId?: string
  }): { id: string; name: string }
  addChannel(c: {
    id?: string
    name: string
    /** The bot is a member; default true. */
    member?: boolean
    kind?: 'public' | 'private'
    /** Shared with another company (Slack Connect). */
    shared?: boolean
    archived?: boolean
  }): { id: string; name: string }
  addUserGroup(g: { id?: string; handle: string; users: readonly string[] }): { id: string; handle: string }
  /** Changes a group's members; the app hears `subteam_members_changed`. */
  setUserGroup(id: string, users: readonly string[]): void
  /** The bot enters or leaves a channel, silently. */
  setMembership(channel: string, member: boolean): void
  /** A person enters or leaves a channel; the app hears about it. */
  setPersonMembership(channel: string, user: string, member: boolean): void
  setScopes(scopes: readonly string[]): void

  /**
   * A person (or a bot) posts; returns the `ts`. `text` is what was typed: it reaches the app escaped as Slack does.
   * `deliver: false` leaves it in the history only. `deliveries` sends so many events with different ids for it.
   */
  say(m: {
    channel: string
    user?: string
    text?: string
    threadTs?: string
    broadcast?: boolean
    subtype?: string
    files?: unknown[]
    botId?: string
    extra?: Record<string, unknown>
    deliver?: boolean
    deliveries?: number
    ts?: string
  }): { ts: string }
  edit(m: { channel: string; ts: string; text: string }): void
  /** `message_deleted`; for a message with replies `message_changed` to a tombstone, as in real Slack. */
  erase(m: { channel: string; ts: string }): void
  react(m: { channel: string; ts: string; user: string; name: string; remove?: boolean }): void
  /** Sends any inner event as it is; returns its event id. */
  emit(event: Record<string, unknown>, o?: { eventId?: string; times?: number }): string
  /** Sends any envelope as it is, once. */
  emitRaw(envelope: Record<string, unknown>): void
  /** More than 30,000 events in an hour. `wrapped` puts it in `event`, which Slack's documentation contradicts. */
  appRateLimited(o?: { wrapped?: boolean }): void

  /**
   * A person presses or chooses an element of a message or of an ephemeral one; an error when it is not there.
   * `value` also picks one of several elements with the same action id. `confirm: false` answers a confirm dialog with no.
   * `stale` presses what an earlier version of the message showed, as a client that lags behind does.
   */
  press(p: {
    user: string
    channel: string
    ts: string
    actionId: string
    blockId?: string
    value?: string
    selected?: string
    confirm?: boolean
    stale?: boolean
  }): Promise<InteractionResult>
  /** The same in a modal or, with `viewId: 'home'`, on the person's App Home. */
  pressInView(p: {
    user: string
    viewId: string
    actionId: string
    blockId?: string
    value?: string
    selected?: string
    confirm?: boolean
  }): Promise<InteractionResult>
  /** `escape` for commands whose manifest says `should_escape`: `@name` and `#channel` become `<@U…|name>`, `<#C…|name>`. */
  slash(p: {
    user: string
    channel: string
    command: string
    text?: string
    escape?: boolean
  }): Promise<InteractionResult>
  /** A message shortcut when `channel` and `ts` are given, otherwise a global one. */
  shortcut(p: { user: string; callbackId: string; channel?: string; ts?: string }): Promise<InteractionResult>
  /** Values by block id and action id: plain strings for text and single choices, arrays for several, or the raw object. */
  submit(p: {
    user: string
    viewId: string
    values: Record<string, Record<string, unknown>>
  }): Promise<InteractionResult>
  /** A person closes a modal; the app hears of it when the view asked for `notify_on_close`. */
  closeView(p: { user: string; viewId: string; all?: boolean }): Promise<InteractionResult>
  openHome(user: string, tab?: 'home' | 'messages'): void

  /** By channel id or name; with thread replies, in order of `ts`. */
  messages(channel: string): readonly SimMessage[]
  /** The parent and its replies. */
  thread(channel: string, ts: string): readonly SimMessage[]
  ephemerals(user?: string): readonly SimEphemeral[]
  /** Files that the app has asked to upload; `done`: shared. */
  uploads(): readonly Readonly<UploadRecord>[]
  views(user?: string): readonly SimView[]
  readonly homes: ReadonlyMap<string, unknown>
  calls(method?: string): readonly SimCall[]
  /** Payloads that nobody has acked: still waiting, or given up. */
  unacked(): number
  readonly deliveries: readonly SimDelivery[]
  /** Sockets that have said hello and are open. */
  sockets(): number

  /** Adds a fault at the wire; returns what removes it. */
  fault(f: SimFault): () => void
  /** Slack recycles the sockets. With `leaveTcpOpen` it never completes the close handshake, as seen in production. */
  refreshSockets(o?: { leaveTcpOpen?: boolean; reason?: 'warning' | 'refresh_requested' }): void
  /** Cuts every socket without a word. */
  dropSockets(): void
  /** Sockets stay open and nothing is delivered; messages go to the history. `pongs: false` is a half-open connection. */
  deafen(on: boolean, o?: { pongs?: boolean }): void
  /** Web API and sockets refuse every connection. */
  outage(on: boolean): void
  tooManyWebsockets(on: boolean): void
  /** Somebody switches Socket Mode off. */
  disableLink(): void
  enableLink(): void
  /** `invalid_auth` everywhere from now on. */
  revokeTokens(): void
  /** HTTP delivery: asks the events URL to prove itself as Slack does on configuration. */
  verifyUrl(): Promise<{ status: number; body: string; ok: boolean }>

  on(listener: (e: SimEvent) => void): () => void
  /** State as plain JSON. */
  snapshot(): unknown
  close(): Promise<void>
}

/** Starts a Slack workspace on 127.0.0.1: Web API, Socket Mode or signed HTTP delivery, and people. */
export async function createSlackSimulator(options: SlackSimulatorOptions = {}): Promise<SlackSimulator> {
  const parts = createParts(options)
  const { world, net } = parts
  const { workspace: w, events } = world
  net.origin = await listen(parts.server, options.port ?? 0)
  let stopping: Promise<void> | undefined
  const base = {
    origin: net.origin,
    apiUrl: `${net.origin}/api/`,
    botToken: w.botToken,
    appToken: w.appToken,
    signingSecret: w.signingSecret,
    teamId: w.teamId,
    appId: w.appId,
    botUserId: w.botUserId,
    botId: w.botId,
    ...createResidents(world),
    ...createSpeech(world),
    ...createInteractions({ world, courier: parts.courier }),
    ...wireFaults(parts),
    emit: (event: Record<string, unknown>, o?: { eventId?: string; times?: number }) => events.send(event, o),
    emitRaw: (envelope: Record<string, unknown>) => events.raw(envelope),
    appRateLimited: (o?: { wrapped?: boolean }) => events.rateLimited(o?.wrapped === true),
    close: async () => {
      stopping ??= stop(parts)
      await stopping
    },
  }
  // Getters live on the reading side: they must not be frozen by a spread.
  return Object.assign(reading(parts), base)
}
