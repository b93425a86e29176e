/**
 * Who Mayday is in Slack and where the emergency channel is. Both are remembered, so that a start during an outage of
 * Slack knows them, and checked again whenever Slack answers.
 */
import type { WebClient } from '@slack/web-api'
import { describe, MaydayError } from '../../errors.js'
import type { Log, Notes } from '../../ports.js'
import { callSlack, cursorOf, isRec, type Rec, recsOf, textOf } from './api.js'
import type { Identity } from './event.js'
import { asMaydayError, failureOf, remedy } from './failure.js'
import { pause } from './waiting.js'

export interface Place {
  identity(): Identity | undefined
  /** Undefined: Slack has not told it yet, not even before a restart. */
  channelId(): string | undefined
  /** Reads what an earlier process knew. Never throws. */
  remember(): Promise<void>
  /** Asks Slack. One at a time; never throws. Afterwards `trouble()` says what is wrong. */
  refresh(): Promise<void>
  trouble(): readonly string[]
  /** Set when Slack refused the bot token at the last refresh. */
  refused(): MaydayError | undefined
}

export interface PlaceDeps {
  readonly lane: WebClient
  readonly notes: Notes
  readonly log: Log
  /** Channel id, or name with or without `#`. */
  readonly channel: string
  readonly signal: AbortSignal
}

interface State {
  identity: Identity | undefined
  confirmed: boolean
  channelId: string | undefined
  troubles: readonly string[]
  refused: MaydayError | undefined
}

// why: channel ids are upper case, channel names cannot be.
const CHANNEL_ID = /^[CG][A-Z0-9]{2,}$/
// why: conversations.list is limited to about 20 calls a minute; large pages keep a big workspace within it.
const PAGE = 999
const MAX_RATE_WAITS = 5

/** The one place that resolves EMERGENCY_CHANNEL. */
export function createPlace(deps: PlaceDeps): Place {
  const state: State = {
    identity: undefined,
    confirmed: false,
    channelId: CHANNEL_ID.test(deps.channel) ? deps.channel : undefined,
    troubles: ['Slack has not answered Mayday yet.'],
    refused: undefined,
  }
  let running: Promise<void> | undefined
  return {
    identity: () => state.identity,
    channelId: () => state.channelId,
    remember: () => remember(deps, state),
    refresh() {
      running ??= refresh(deps, state).finally(() => {
        running = undefined
      })
      return running
    },
    trouble: () => state.troubles,
    refused: () => state.refused,
  }
}

function nameOf(channel: string): string {
  return channel.replace(/^#/, '').toLowerCase()
}

function noteOf(deps: PlaceDeps): string {
  return `slack.channel:${nameOf(deps.channel)}`
}

async function remember(deps: PlaceDeps, state: State): Promise<void> {
  try {
    const known: unknown = JSON.parse((await deps.notes.get('slack.identity')) ?? 'null')
    if (isRec(known)) state.identity ??= identityFrom(known)
    if (!CHANNEL_ID.test(deps.channel)) state.channelId ??= await deps.notes.get(noteOf(deps))
  } catch (error) {
    deps.log.warn('What is known of Slack could not be read from the store', { because: describe(error) })
  }
}

async function note(deps: PlaceDeps, name: string, value: string): Promise<void> {
  try {
    if ((await deps.notes.get(name)) !== value) await deps.notes.set(name, value)
  } catch (error) {
    deps.log.warn('What is known of Slack could not be stored; a restart will ask again', { because: describe(error) })
  }
}

async function refresh(deps: PlaceDeps, state: State): Promise<void> {
  try {
    if (!state.confirmed) await confirmIdentity(deps, state)
    state.refused = undefined
    const trouble = await findPlace(deps, state)
    if (trouble !== undefined && !state.troubles.includes(trouble)) deps.log.error(trouble)
    state.troubles = trouble === undefined ? [] : [trouble]
  } catch (error) {
    if (deps.signal.aborted) return
    fail(deps, state, error)
  }
}

function fail(deps: PlaceDeps, state: State, error: unknown): void {
  if (error instanceof MaydayError) {
    state.refused = error.code === 'SLACK_AUTH' ? error : undefined
    state.troubles = [describe(error)]
    deps.log.error('Slack does not take this bot token', { because: error.message })
    return
  }
  const failure = failureOf(error)
  const told = asMaydayError(failure, 'answer Mayday')
  if (failure.kind === 'auth') {
    const what = `Slack refused SLACK_BOT_TOKEN (${failure.code}); Mayday can neither read nor post.`
    state.refused = new MaydayError('SLACK_AUTH', { what, ...remedy(failure) })
    state.confirmed = failure.code === 'missing_scope' && state.confirmed
    deps.log.error('Slack refused the bot token', { code: failure.code })
    state.troubles = [describe(state.refused)]
    return
  }
  deps.log.warn('Slack did not say where the emergency channel is', { because: told.message })
  // A channel that was found before is still the channel: only what was never known is in doubt.
  if (!state.confirmed || state.channelId === undefined) state.troubles = [describe(told)]
}

async function confirmIdentity(deps: PlaceDeps, state: State): Promise<void> {
  const answer = await callSlack(deps.lane, 'auth.test')
  const found = identityFrom({
    ...answer,
    teamId: answer['team_id'],
    botUserId: answer['user_id'],
    botId: answer['bot_id'],
  })
  if (found === undefined) {
    throw new MaydayError('SLACK_AUTH', {
      what: 'SLACK_BOT_TOKEN is not the token of a bot.',
      hint: 'Set it to the Bot User OAuth Token (xoxb-) from OAuth & Permissions.',
    })
  }
  const appId = textOf(answer['app_id']) ?? (await appIdOf(deps, found.botId))
  state.identity = appId === undefined ? found : { ...found, appId }
  state.confirmed = true
  await note(deps, 'slack.identity', JSON.stringify(state.identity))
}

function identityFrom(from: Rec): Identity | undefined {
  const [teamId, botUserId, botId] = [textOf(from['teamId']), textOf(from['botUserId']), textOf(from['botId'])]
  if (teamId === undefined || botUserId === undefined || botId === undefined) return undefined
  const appId = textOf(from['appId'])
  return { teamId, url: textOf(from['url']) ?? '', botUserId, botId, ...(appId === undefined ? {} : { appId }) }
}

async function appIdOf(deps: PlaceDeps, bot: string): Promise<string | undefined> {
  try {
    const answer = await callSlack(deps.lane, 'bots.info', { bot })
    return isRec(answer['bot']) ? textOf(answer['bot']['app_id']) : undefined
  } catch {
    // Only links to the App Home need it.
    return undefined
  }
}

/** Finds the channel and enters it. Returns what a person must do, or undefined when all is well. */
async function findPlace(deps: PlaceDeps, state: State): Promise<string | undefined> {
  const byId = CHANNEL_ID.test(deps.channel)
  const shown = byId ? deps.channel : `#${nameOf(deps.channel)}`
  let info = state.channelId === undefined ? undefined : await infoOf(deps, state.channelId)
  if (!byId && (info === undefined || info['name'] !== nameOf(deps.channel) || info['is_archived'] === true)) {
    // Renamed, archived or gone since: the name in the settings is what people were told.
    info = (await findByName(deps, nameOf(deps.channel))) ?? info
  }
  const id = info === undefined ? undefined : textOf(info['id'])
  if (info === undefined || id === undefined) {
    return `Mayday sees no channel ${shown}, so nobody is paged from there. Create it; if it is private, type /invite @mayday in it.`
  }
  if (state.channelId !== id) deps.log.info('The emergency channel was found', { channel: id })
  state.channelId = id
  if (!byId) await note(deps, noteOf(deps), id)
  if (info['is_archived'] === true)
    return `${shown} is archived: nobody can post there. Unarchive it or set EMERGENCY_CHANNEL.`
  if (info['is_member'] === true) return undefined
  return enter(deps, info, id, shown)
}

async function enter(deps: PlaceDeps, info: Rec, id: string, shown: string): Promise<string | undefined> {
  const outside = `Mayday is not in ${shown} and hears nothing there. Type /invite @mayday in ${shown}.`
  if (info['is_private'] === true) return outside
  try {
    await callSlack(deps.lane, 'conversations.join', { channel: id })
    deps.log.info('Mayday joined the emergency channel', { channel: id })
    return undefined
  } catch (error) {
    const failure = failureOf(error)
    if (failure.kind === 'unreachable' || failure.kind === 'rate_limited') throw error
    return outside
  }
}

async function infoOf(deps: PlaceDeps, channel: string): Promise<Rec | undefined> {
  try {
    const answer = await patiently(deps, 'conversations.info', { channel })
    return isRec(answer['channel']) ? answer['channel'] : undefined
  } catch (error) {
    if (failureOf(error).kind === 'channel') return undefined
    throw error
  }
}

async function findByName(deps: PlaceDeps, name: string): Promise<Rec | undefined> {
  const types = { types: 'public_channel,private_channel', exclude_archived: true, limit: PAGE }
  // Its own channels first: few, and the private ones are nowhere else.
  for (const method of ['users.conversations', 'conversations.list']) {
    let cursor: string | undefined
    do {
      const page = await patiently(deps, method, { ...types, cursor })
      const found = recsOf(page['channels']).find((channel) => channel['name'] === name)
      const id = found === undefined ? undefined : textOf(found['id'])
      if (id !== undefined) return (await infoOf(deps, id)) ?? found
      cursor = cursorOf(page)
    } while (cursor !== undefined)
  }
  return undefined
}

/** Waits out rate limits: paging through a large workspace must come to its end. */
async function patiently(deps: PlaceDeps, method: string, args: Rec): Promise<Rec> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await callSlack(deps.lane, method, args)
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind !== 'rate_limited' || waits >= MAX_RATE_WAITS || deps.signal.aborted) throw error
      await pause(failure.retryAfterMs, deps.signal)
    }
  }
}
