/** A page about any message in any channel: shown and confirmed first, then raised by the rules of every other page. */
import type { Incident, IncidentId } from '../../incidents/incident.js'
import { dedupKeyOf } from '../../incidents/incident.js'
import { escaped } from '../../mrkdwn.js'
import type { Chat, Clock, Directory, Log, Store } from '../../ports.js'
import { incidentOf, permalinkOf, type Whereabouts } from '../receive.js'
import type { Requested, Requests } from '../request.js'
import { type AboutMessage, askView, confirmView, saidView } from './form.js'
import { type Rule, shortcutWords as words } from './words.js'

export interface ShortcutDeps {
  readonly store: Store
  readonly requests: Pick<Requests, 'declare'>
  readonly directory: Pick<Directory, 'known'>
  readonly chat: Pick<Chat, 'openView'>
  readonly clock: Clock
  readonly log: Log
  readonly rule: Rule & { readonly maxPagesPerMinute: number }
  readonly whereabouts: () => Whereabouts | undefined
  /** Undefined: the person may; else the refusal in words, already recorded. */
  readonly refusal: (
    user: string,
    about: IncidentId | { readonly channel: string },
    press: string,
    capability: string,
  ) => Promise<string | undefined>
}

export interface Asked {
  readonly user: string
  readonly press: string
  readonly about: AboutMessage
}

export interface Shortcut {
  /** Shows the form. What is answered could not be shown in it. */
  show(asked: Asked & { readonly trigger: string }): Promise<string | undefined>
  /** Shows the form in which a page is written that no message is about. The person may need to be told in words. */
  ask(asked: Omit<Asked, 'about'> & { readonly trigger: string }): Promise<string | undefined>
  /** Pages; the answer says what was done, for the form. */
  page(asked: Asked & { readonly reason: string }): Promise<string>
}

/** In place of the channel of a message where there is none; its `ts` is then the id of the form. */
export const NO_CHANNEL = 'form'

/** why: Slack takes a form within 3 s of the shortcut; what is not known by then is not in it. */
const PATIENCE_MS = 1_500
/** why: it waits 3 s for the answer to a form, and a store in trouble may have 2.5 s of them before the page goes without it. */
const HURRY_MS = 300

export function createShortcut(deps: ShortcutDeps): Shortcut {
  return {
    show: (asked) => show(deps, asked, asked.about),
    ask: (asked) => show(deps, asked, undefined),
    page: (asked) => page(deps, asked),
  }
}

async function show(
  deps: ShortcutDeps,
  asked: Omit<Asked, 'about'> & { readonly trigger: string },
  about: AboutMessage | undefined,
): Promise<string | undefined> {
  const here = deps.whereabouts()
  if (here === undefined) return open(deps, asked, saidView(words.nowhere), words.nowhere)
  const now = deps.clock.now()
  const [refused, seen, onCall] = await Promise.all([
    deps.refusal(asked.user, { channel: here.channel }, asked.press, 'page'),
    soon(deps, readAround(deps, here, about)),
    soon(deps, deps.directory.known()),
  ])
  const told = refused ?? (seen?.already === undefined ? undefined : words.already(seen.already))
  const top = { channel: here.channel, rule: deps.rule, onCall, open: seen?.open, now }
  const form = about === undefined ? askView(top) : confirmView({ ...top, about })
  return open(deps, asked, told === undefined ? form : saidView(told), told ?? words.unopened(here.channel))
}

/** Undefined: the person has it before them; else what they have to be told. */
async function open(
  deps: ShortcutDeps,
  { user, trigger }: { readonly user: string; readonly trigger: string },
  view: ReturnType<typeof saidView>,
  otherwise: string,
): Promise<string | undefined> {
  try {
    await deps.chat.openView(trigger, view)
    return undefined
  } catch (error) {
    deps.log.warn('the form of the shortcut could not be shown', { user, error })
    return otherwise
  }
}

async function page(deps: ShortcutDeps, { user, press, about, reason }: Asked & { readonly reason: string }) {
  const here = deps.whereabouts()
  if (here === undefined) return words.nowhere
  const refused = await deps.refusal(user, { channel: here.channel }, press, 'page')
  if (refused !== undefined) return refused
  const seen = await soon(deps, readAround(deps, here, about), HURRY_MS)
  if (seen?.already !== undefined) return words.already(seen.already)
  if (seen !== undefined && seen.open.length > 0 && seen.lastMinute >= deps.rule.maxPagesPerMinute)
    return words.held(here.channel)
  const top = about.channel === here.channel && (about.threadTs ?? about.ts) === about.ts
  const said = reason === '' ? [] : [escaped(reason)]
  const requested = await deps.requests.declare({
    dedupKey: dedupKeyOf({ team: here.teamId, channel: about.channel, ts: about.ts }),
    channel: here.channel,
    text: [...said, about.text].filter((part) => part.trim() !== '').join('\n'),
    by: `slack:${user}`,
    at: deps.clock.now(),
    via: 'shortcut',
    ...(about.channel === NO_CHANNEL ? {} : sourceOf(here, about)),
    // why: only a message that stands by itself in the emergency channel can carry the emergency's thread.
    ...(top ? { ts: about.ts } : {}),
  })
  deps.log.info('a page about a message was confirmed', { user, became: requested.kind })
  return outcome(deps, here, about, requested)
}

async function outcome(deps: ShortcutDeps, here: Whereabouts, about: AboutMessage, requested: Requested) {
  if (requested.kind === 'unrecorded') return words.unrecorded(here.channel)
  const incident =
    requested.kind === 'known'
      ? await knownAs(deps.store, here, about)
      : await soon(deps, deps.store.incidents.get(requested.incident))
  if (incident === undefined) return words.unrecorded(here.channel)
  if (requested.kind !== 'opened') return words.already(incident)
  return deps.rule.mode === 'shadow' ? words.shadowed(incident) : words.raised(incident)
}

/** What is known of this message and of what else is open. */
async function readAround(deps: ShortcutDeps, here: Whereabouts, about: AboutMessage | undefined) {
  const { store, clock } = deps
  const already = about === undefined ? undefined : await knownAs(store, here, about)
  const open = await store.incidents.open()
  return { already, open, lastMinute: await store.pages.requestedSince(clock.now() - 60_000) }
}

/** The emergency that this message made or belongs to. A word in the thread of one that is over belongs to none. */
async function knownAs(store: Store, here: Whereabouts, about: AboutMessage): Promise<Incident | undefined> {
  const { channel, ts, threadTs = ts } = about
  const own = await store.pages.byDedupKey(dedupKeyOf({ team: here.teamId, channel, ts }))
  const id = own?.incidentId ?? (channel === here.channel ? await incidentOf(store, channel, threadTs) : undefined)
  const incident = id === undefined ? undefined : await store.incidents.get(id)
  const over = incident?.state === 'resolved' || incident?.state === 'reviewed'
  return over && own === undefined && ts !== threadTs ? undefined : incident
}

function sourceOf(here: Whereabouts, about: AboutMessage) {
  const by = about.author === undefined ? {} : { by: `slack:${about.author}` as const }
  return { permalink: addressOf(here, about), about: { channel: about.channel, ...by } }
}

/** why: in a thread Slack's own addresses name the thread, too; without it the message is not found. */
function addressOf(here: Whereabouts, { channel, ts, threadTs }: AboutMessage): string {
  const address = permalinkOf({ url: here.url, channel }, ts)
  return threadTs === undefined || threadTs === ts ? address : `${address}?thread_ts=${threadTs}&cid=${channel}`
}

/** What is there in time; undefined when it is late or failed. */
async function soon<T>(deps: ShortcutDeps, work: Promise<T>, ms = PATIENCE_MS): Promise<T | undefined> {
  let cancel = () => {}
  const late = new Promise<undefined>((resolve) => {
    cancel = deps.clock.after(ms, () => resolve(undefined))
  })
  const done = work.catch((error: unknown) => {
    deps.log.warn('something that the form of the shortcut shows could not be read', { error })
    return undefined
  })
  try {
    return await Promise.race([done, late])
  } finally {
    cancel()
  }
}
