/** Looks for everything in Slack's settings that would let a message page nobody. Reads only: it joins and posts nothing. */
import type { WebClient } from '@slack/web-api'
import type { Log } from '../../ports.js'
import type { Finding } from '../finding.js'
import { callSlack, cursorOf, isRec, type Rec, recsOf, textOf } from './api.js'
import { asMaydayError, failureOf, remedy, type SlackFailure } from './failure.js'
import type { SlackGateOptions } from './gate.js'
import { createLanes, createSocketLane } from './lanes.js'
import { BOT_SCOPES } from './scopes.js'

export interface SlackInspection {
  readonly botToken: string
  readonly mode: SlackGateOptions['mode']
  readonly apiUrl: string
  /** Channel id, or name without `#`. */
  readonly channel: string
  readonly log: Log
  /** For one request, ms. Default as for every read of Mayday. */
  readonly timeoutMs?: number
}

type Answer = { readonly value: Rec } | { readonly failure: SlackFailure }

// why: channel ids are upper case, channel names cannot be.
const CHANNEL_ID = /^[CG][A-Z0-9]{2,}$/
// why: conversations.list is limited to about 20 calls a minute; a check-up must not use them all up.
const PAGE = 999
const MAX_PAGES = 10

/** Never throws for what the wire does. */
export async function inspectSlack(options: SlackInspection): Promise<readonly Finding[]> {
  const lane = createLanes(options).reads
  const [bot, delivery] = await Promise.all([inspectBot(lane, options), inspectDelivery(options)])
  return [...bot, ...delivery, DELAYED_EVENTS]
}

/** why: no Web API method and no key of the manifest shows this switch (Events API, "Delayed Events"). */
const DELAYED_EVENTS: Finding = {
  level: 'ok',
  what: 'One setting cannot be read from here: "Delayed Events", which makes Slack deliver for 24 h what it could not deliver at once.',
  remedy: 'Look once: api.slack.com/apps > the app > Event Subscriptions > Delayed Events: on.',
}

async function inspectBot(lane: WebClient, options: SlackInspection): Promise<readonly Finding[]> {
  const answer = await ask(lane, 'auth.test')
  if ('failure' in answer) return [notTaken('SLACK_BOT_TOKEN', answer.failure)]
  const { value } = answer
  if (textOf(value['bot_id']) === undefined) {
    return [
      {
        level: 'fail',
        what: 'SLACK_BOT_TOKEN is not the token of a bot.',
        remedy: 'Set it to the Bot User OAuth Token (xoxb-) from OAuth & Permissions.',
      },
    ]
  }
  const name = textOf(value['user']) ?? 'mayday'
  const where = textOf(value['team']) ?? 'an unnamed workspace'
  return [
    { level: 'ok', what: `Slack knows the bot token: @${name} in "${where}".` },
    ...inspectScopes(value),
    ...(await inspectChannel(lane, options.channel, name)),
  ]
}

/** why: every answer carries the token's scopes in `x-oauth-scopes`; the client puts them into the metadata. */
function inspectScopes(answer: Rec): readonly Finding[] {
  const metadata = answer['response_metadata']
  const given = isRec(metadata) ? metadata['scopes'] : undefined
  if (!Array.isArray(given)) {
    const hint = 'Compare OAuth & Permissions of the app with manifest.yml by hand.'
    return [{ level: 'warn', what: 'Slack did not show the scopes of the bot token.', remedy: hint }]
  }
  const missing = BOT_SCOPES.filter((scope) => !given.includes(scope.name)).map(
    (scope): Finding => ({
      level: scope.vital ? 'fail' : 'warn',
      what: `The bot token lacks the scope ${scope.name}: Mayday ${scope.without}.`,
      remedy: 'Paste manifest.yml into the app again (App Manifest), then install the app to the workspace anew.',
    }),
  )
  const known = new Set(BOT_SCOPES.map((scope) => scope.name))
  const extra = given.filter((scope) => typeof scope === 'string' && !known.has(scope))
  const superfluous: Finding = {
    level: 'warn',
    what: `The bot token has scopes that Mayday does not use: ${extra.join(', ')}.`,
    remedy: 'Remove them under OAuth & Permissions and install the app anew: a stolen token can do less then.',
  }
  const all: Finding = { level: 'ok', what: 'The bot token has every scope that Mayday needs, and no other.' }
  const found = [...missing, ...(extra.length === 0 ? [] : [superfluous])]
  return found.length === 0 ? [all] : found
}

async function inspectDelivery(options: SlackInspection): Promise<readonly Finding[]> {
  const { mode } = options
  if (mode.kind === 'http') {
    return [
      {
        level: 'ok',
        what: 'HTTP mode: a signing secret is set. Whether it is the right one shows when Slack first calls /slack/events.',
      },
    ]
  }
  // Asks for an address and opens no socket: what Slack delivers meanwhile still goes to the running bot alone.
  const answer = await ask(createSocketLane({ ...options, appToken: mode.appToken }), 'apps.connections.open')
  if (!('failure' in answer)) return [{ level: 'ok', what: 'Slack takes the app-level token for Socket Mode.' }]
  return [notTaken('SLACK_APP_TOKEN', answer.failure)]
}

async function inspectChannel(lane: WebClient, channel: string, bot: string): Promise<readonly Finding[]> {
  const byId = CHANNEL_ID.test(channel)
  const shown = byId ? channel : `#${channel.replace(/^#/, '').toLowerCase()}`
  const found = byId ? await readChannel(lane, channel) : await findChannel(lane, shown.slice(1))
  if (found === 'too many') {
    const what = `The workspace has too many channels to look for ${shown} among them.`
    const hint = 'Set EMERGENCY_CHANNEL to the id of the channel (its details > About > Channel ID).'
    return [{ level: 'warn', what, remedy: hint }]
  }
  if ('failure' in found) return [notRead(`show the channel ${shown}`, found.failure)]
  const { value } = found
  if (value === undefined) {
    return [
      {
        level: 'fail',
        what: `Mayday sees no channel ${shown}, so nobody is paged from there.`,
        remedy: `Create it or set EMERGENCY_CHANNEL; if it is private, type /invite @${bot} in it.`,
      },
    ]
  }
  return [judgeChannel(value, shown, bot)]
}

function judgeChannel(channel: Rec, shown: string, bot: string): Finding {
  if (channel['is_archived'] === true) {
    const what = `${shown} is archived: nobody can post there.`
    return { level: 'fail', what, remedy: 'Unarchive it or set EMERGENCY_CHANNEL to another one.' }
  }
  if (channel['is_member'] === true) return { level: 'ok', what: `Mayday is in ${shown} and hears what is posted.` }
  // A private channel without Mayday is not shown at all, so this one is public.
  return {
    level: 'warn',
    what: `Mayday is not in ${shown} yet. It joins by itself when it starts.`,
    remedy: `Start it, or type /invite @${bot} in ${shown}.`,
  }
}

type Found = { readonly value: Rec | undefined } | { readonly failure: SlackFailure }

async function readChannel(lane: WebClient, channel: string): Promise<Found> {
  const answer = await ask(lane, 'conversations.info', { channel })
  if ('failure' in answer) return answer.failure.kind === 'channel' ? { value: undefined } : answer
  const { channel: found } = answer.value
  return { value: isRec(found) ? found : undefined }
}

async function findChannel(lane: WebClient, name: string): Promise<Found | 'too many'> {
  const args = { types: 'public_channel,private_channel', exclude_archived: false, limit: PAGE }
  let archived: Rec | undefined
  // Its own channels first: few, and the private ones are nowhere else.
  for (const method of ['users.conversations', 'conversations.list']) {
    let cursor: string | undefined
    for (let page = 0; ; page += 1) {
      if (page === MAX_PAGES) return archived === undefined ? 'too many' : { value: archived }
      const answer = await ask(lane, method, { ...args, cursor })
      if ('failure' in answer) return answer
      const named = recsOf(answer.value['channels']).filter((one) => one['name'] === name)
      const live = named.find((one) => one['is_archived'] !== true)
      if (live !== undefined) return { value: method === 'users.conversations' ? { ...live, is_member: true } : live }
      archived ??= named[0]
      cursor = cursorOf(answer.value)
      if (cursor === undefined) break
    }
  }
  return { value: archived }
}

async function ask(lane: WebClient, method: string, args: Rec = {}): Promise<Answer> {
  try {
    return { value: await callSlack(lane, method, args) }
  } catch (error) {
    return { failure: failureOf(error) }
  }
}

function notTaken(variable: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN', failure: SlackFailure): Finding {
  if (failure.kind !== 'auth') return notRead(`say whether ${variable} is right`, failure)
  const hint =
    variable === 'SLACK_BOT_TOKEN'
      ? remedy(failure).hint
      : 'Make an app-level token (xapp-) with the scope connections:write under Basic Information, and switch Socket Mode on.'
  return { level: 'fail', what: `Slack refused ${variable} (${failure.code}).`, remedy: hint }
}

/** For what could not be looked at. `doing` completes "Slack did not …". */
function notRead(doing: string, failure: SlackFailure): Finding {
  const error = asMaydayError(failure, doing)
  const level = failure.kind === 'rate_limited' ? 'warn' : 'fail'
  const apart =
    failure.kind === 'unreachable' ? ' If it is up, check SLACK_API_URL and the way out of this network.' : ''
  const hint = `${error.hint}${apart}`.trim()
  return { level, what: error.message, ...(hint === '' ? {} : { remedy: hint }) }
}
