/** What becomes of one message event: a page, an entry in the timeline, or nothing because… */
import { MaydayError } from '../errors.js'
import type { Incident, IncidentId } from '../incidents/incident.js'
import { dedupKeyOf, rootKey, tsToMs } from '../incidents/incident.js'
import type { Clock, Log, Store } from '../ports.js'
import { threadNote } from './join.js'
import type { Requests } from './request.js'
import { type Decision, decide } from './trigger.js'

/** Who Mayday is in Slack, and where it listens. */
export interface Whereabouts {
  readonly teamId: string
  /** Root of the workspace's web pages, e.g. `https://acme.slack.com/`. */
  readonly url: string
  readonly botUserId: string
  readonly botId?: string | undefined
  readonly channel: string
}

export interface ReceiveDeps {
  readonly store: Store
  readonly requests: Requests
  readonly clock: Clock
  readonly log: Log
  readonly alertBots: readonly string[]
  readonly whereabouts: () => Whereabouts | undefined
  readonly changed: () => void
}

export type Source = 'live' | 'catch_up' | 'reclaimed'

/** Total: every event ends in a page, a fact, or a reason in the log. Throws only when the store does; safe to repeat. */
export type Receive = (event: unknown, source: Source) => Promise<void>

export function createReceive(deps: ReceiveDeps): Receive {
  return async (event, source) => {
    const here = deps.whereabouts()
    // why: a message taken before Slack has said who Mayday is must stay in the inbox, not count as handled.
    if (here === undefined) {
      throw new MaydayError('SLACK_UNAVAILABLE', { what: 'Slack has not said yet who Mayday is.', retry: true })
    }
    const decision = decide(event, { ...here, alertBots: deps.alertBots })
    if (decision.kind === 'ignore') {
      deps.log.debug('a message did not page', { because: decision.because })
    } else if (decision.kind === 'timeline') {
      await remember(deps, here, decision)
    } else {
      await page(deps, here, decision, source)
    }
  }
}

async function page(
  deps: ReceiveDeps,
  here: Whereabouts,
  decision: Extract<Decision, { kind: 'page' }>,
  source: Source,
): Promise<void> {
  const dedupKey = dedupKeyOf({ team: here.teamId, channel: here.channel, ts: decision.ts })
  if (decision.unsure !== undefined)
    deps.log.warn('a message of unknown form pages', { page: dedupKey, form: decision.unsure })
  const requested = await deps.requests.declare({
    dedupKey,
    channel: here.channel,
    ts: decision.ts,
    text: decision.text,
    by: decision.by,
    at: tsToMs(decision.ts),
    via: source === 'catch_up' ? 'catch_up' : 'slack',
    permalink: permalinkOf(here, decision.ts),
  })
  deps.log.info('a message in the emergency channel was taken', { page: dedupKey, became: requested.kind, source })
  // why: only this process knows of a page without a record; the inbox must not call its message done before it has one.
  if (requested.kind === 'unrecorded') {
    throw new MaydayError('STORE_UNAVAILABLE', { what: 'A page went out without a record.', retry: true })
  }
}

async function remember(
  deps: ReceiveDeps,
  here: Whereabouts,
  decision: Extract<Decision, { kind: 'timeline' }>,
): Promise<void> {
  const incident = await incidentOf(deps.store, here.channel, decision.threadTs)
  if (incident === undefined) {
    deps.log.debug('a message belongs to no incident', { entry: decision.entry })
    return
  }
  const { ts, text, eventTs } = decision
  const head = {
    id: `${decision.entry}:${here.channel}:${ts}:${eventTs}`,
    incidentId: incident,
    at: deps.clock.now(),
    actor: decision.by,
  }
  if (decision.entry === 'reply') await deps.store.facts.append({ ...head, kind: 'noted', ts, text })
  if (decision.entry === 'edit') await deps.store.facts.append({ ...head, kind: 'message_edited', ts, text })
  if (decision.entry === 'delete') {
    await deps.store.facts.append({ ...head, kind: 'message_deleted', ts, root: decision.threadTs === ts })
  }
  deps.changed()
}

/** The incident in whose thread this message stands; undefined: in none, or in that of one that Mayday opened itself and that is over. */
export async function incidentOf(store: Store, channel: string, threadTs: string): Promise<IncidentId | undefined> {
  const noted = await store.notes.get(threadNote(channel, threadTs))
  if (noted !== undefined) return Number(noted) as Incident['id']
  // A terminal-born incident's thread hangs under a posting of Mayday's own.
  for (const incident of await store.incidents.open()) {
    if (incident.threadTs === undefined && (await store.outbox.tsOf(rootKey(incident.id))) === threadTs)
      return incident.id
  }
  return undefined
}

/** The message's own address, made without asking Slack: its page must not wait for a Slack call. */
export function permalinkOf(here: Pick<Whereabouts, 'url' | 'channel'>, ts: string): string {
  return `${here.url.replace(/\/$/u, '')}/archives/${here.channel}/p${ts.replace('.', '')}`
}
