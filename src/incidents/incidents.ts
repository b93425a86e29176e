/** The incident room's use cases: what people press and type, and what other rooms' facts do to an incident. */
import { MaydayError } from '../errors.js'
import { escapedLine, escapedText, readable } from '../mrkdwn.js'
import type { Chat, ChatMessage, Clock, Log, NewId, Person, Store, Tables } from '../ports.js'
import { renderCard } from './card.js'
import {
  type Actor,
  acknowledge,
  type Fact,
  type FactBody,
  type FoundDoc,
  type Incident,
  type IncidentId,
  isFollowed,
  isOpen,
  type PageFact,
  type PageId,
  reopen,
  resolve,
  rootKey,
  threadOf,
  unacknowledge,
} from './incident.js'
import { mayRespond } from './people.js'

export interface IncidentsDeps {
  readonly store: Store
  readonly chat: Chat
  readonly clock: Clock
  readonly log: Log
  readonly newId: NewId
  readonly teams: readonly { readonly name: string; readonly about?: string }[]
  readonly reads: boolean
  readonly changed: () => void
  /** Asks the paging room for one more page; undefined: held back by the storm limit. */
  readonly pageMore: (more: MorePages) => Promise<PageId | undefined>
}

export interface MorePages {
  readonly incident: IncidentId
  readonly by: Actor
  readonly byName?: string
  readonly press: string
  readonly team?: string
  readonly text?: string
}

/** Who pressed what. `press` is Slack's id of the press, so that a press delivered twice is one. */
export interface Press {
  readonly incident: IncidentId
  readonly user: string
  readonly press: string
}

/** What the person alone is told; undefined: the thread says it. */
export type Answer = string | undefined

export interface Incidents {
  acknowledge(press: Press): Promise<Answer>
  resolve(press: Press, falseAlarm: boolean): Promise<Answer>
  pageAgain(press: Press): Promise<Answer>
  pageTeam(press: Press, team: string, text?: string): Promise<Answer>
  note(press: Press, text: string): Promise<Answer>
  /** The incident that a command without a number means: the newest open one of the channel, else of all. */
  current(channel: string): Promise<Incident | undefined>
  showCard(incident: IncidentId): Promise<void>
  offerFalseAlarm(fact: Fact & { readonly kind: 'message_deleted' }): Promise<void>
  /** What PagerDuty's word on a page means for its incident. */
  followPage(fact: Fact & PageFact): Promise<void>
  /** The message that opens the thread of an incident that did not begin in Slack. */
  openThread(incident: IncidentId): Promise<void>
}

export function createIncidents(deps: IncidentsDeps): Incidents {
  return {
    acknowledge: (press) =>
      respond(deps, press, 'acknowledge', (incident, actor, at) => acknowledge(incident, actor, at), {
        kind: 'incident_acknowledged',
      }),
    resolve: (press, falseAlarm) =>
      respond(deps, press, 'resolve', (incident, actor, at) => resolve(incident, actor, at, falseAlarm), {
        kind: 'incident_resolved',
        falseAlarm,
      }),
    pageAgain: (press) => pageMore(deps, press, {}),
    pageTeam: (press, team, text) =>
      pageMore(deps, press, { team, ...(text === undefined || text === '' ? {} : { text }) }),
    note: (press, text) => note(deps, press, text),
    current: (channel) => current(deps, channel),
    showCard: (incident) => showCard(deps, incident),
    offerFalseAlarm: (fact) => offerFalseAlarm(deps, fact),
    followPage: (fact) => followPage(deps, fact),
    openThread: (incident) => openThread(deps, incident),
  }
}

/** Asks Slack who pressed, checks, changes the incident and records the fact; pressed twice is done once. */
async function respond(
  deps: IncidentsDeps,
  press: Press,
  what: string,
  change: (incident: Incident, actor: Actor, at: number) => Incident,
  fact: FactBody,
): Promise<Answer> {
  const refusal = await refusalFor(deps, press, what)
  if (refusal !== undefined) return refusal
  const actor: Actor = `slack:${press.user}`
  const answer = await deps.store.tx(async (t) => {
    const incident = await taken(t, press.incident)
    const now = deps.clock.now()
    const after = change(incident, actor, now)
    if (after === incident) return alreadySaid(incident)
    await t.incidents.save(after)
    await t.facts.append({ id: deps.newId(), incidentId: incident.id, at: now, actor, ...fact })
    return undefined
  })
  deps.changed()
  return answer
}

function alreadySaid(incident: Incident): string {
  if (!isOpen(incident)) return `Emergency #${incident.id} is closed already; nothing was changed.`
  return `Somebody is on emergency #${incident.id} already; nothing was changed.`
}

async function pageMore(
  deps: IncidentsDeps,
  press: Press,
  more: { readonly team?: string; readonly text?: string },
): Promise<Answer> {
  const refusal = await refusalFor(deps, press, 'page')
  if (refusal !== undefined) return refusal
  if (more.team !== undefined && !deps.teams.some((team) => team.name === more.team)) {
    const known = deps.teams.map((team) => team.name).join(', ')
    return `There is no team "${more.team}"; nobody was paged. ${known === '' ? 'No teams are configured (`teams` in mayday.yml).' : `Teams: ${known}.`}`
  }
  const page = await deps.pageMore({ incident: press.incident, by: `slack:${press.user}`, press: press.press, ...more })
  if (page !== undefined) return undefined
  return 'Mayday has paged as often as it may in one minute (`paging.max_pages_per_minute`), so nobody was paged by this press. Wait a minute, or call by phone.'
}

async function note(deps: IncidentsDeps, press: Press, text: string): Promise<Answer> {
  const refusal = await refusalFor(deps, press, 'note')
  if (refusal !== undefined) return refusal
  if (text === '') return 'There is no text; nothing was noted. Usage: `/mayday note TEXT`.'
  await deps.store.facts.append({
    id: `note:${press.press}`,
    incidentId: press.incident,
    at: deps.clock.now(),
    actor: `slack:${press.user}`,
    kind: 'noted',
    text,
  })
  return `Noted on the timeline of emergency #${press.incident}.`
}

/** Undefined: the person may. A refusal is recorded on the timeline. */
async function refusalFor(deps: IncidentsDeps, press: Press, capability: string): Promise<string | undefined> {
  const person = await personOrRefusal(deps, press.user)
  if (typeof person === 'string') return person
  const verdict = mayRespond(person)
  if (verdict.allowed) return undefined
  await deps.store.facts.append({
    id: `refused:${press.press}`,
    incidentId: press.incident,
    at: deps.clock.now(),
    actor: `slack:${press.user}`,
    kind: 'refused',
    capability,
    because: verdict.because,
  })
  return `Nothing was done: ${verdict.because}. Full members of this workspace may do this. Your messages here do page.`
}

// why: an acknowledgement by somebody unknown could silence a real page, so not knowing is a refusal.
async function personOrRefusal(deps: IncidentsDeps, user: string): Promise<Person | string | undefined> {
  try {
    return await deps.chat.person(user)
  } catch (error) {
    deps.log.warn('Slack did not say who pressed a button; it was refused', { user, error })
    return 'Nothing was done: Slack did not tell Mayday who you are. Press again, or do it in PagerDuty.'
  }
}

async function current(deps: IncidentsDeps, channel: string): Promise<Incident | undefined> {
  const open = await deps.store.incidents.open()
  return open.find((incident) => incident.channel === channel) ?? open[0]
}

async function showCard(deps: IncidentsDeps, id: IncidentId): Promise<void> {
  await deps.store.tx(async (t) => {
    // why: two replicas drawing one card must not overwrite the newer drawing with the older one.
    const incident = await t.incidents.take(id)
    if (incident === undefined) return
    const pages = await t.pages.ofIncident(id)
    const facts = await t.facts.ofIncident(id)
    const started = new Set(facts.flatMap((fact) => (fact.kind === 'checklist_started' ? [fact.checklist] : [])))
    const found = facts.findLast((fact) => fact.kind === 'docs_found')
    const card = renderCard({
      incident,
      pages,
      docs: found?.kind === 'docs_found' ? found.docs : ([] as readonly FoundDoc[]),
      checklists: found?.kind === 'docs_found' ? found.checklists.filter((name) => !started.has(name)) : [],
      joined: facts.filter((fact) => fact.kind === 'message_joined').length,
      teams: deps.teams,
      reads: deps.reads,
      now: deps.clock.now(),
    })
    await t.outbox.put({ key: `card:${id}`, channel: incident.channel, thread: threadOf(incident), ...card })
  })
}

async function offerFalseAlarm(deps: IncidentsDeps, fact: Fact & { readonly kind: 'message_deleted' }): Promise<void> {
  const incident = await deps.store.incidents.get(fact.incidentId)
  if (incident === undefined || !fact.root || !isOpen(incident)) return
  const message = deletedMessage(incident)
  await deps.store.outbox.put({
    key: `deleted:${fact.incidentId}`,
    channel: incident.channel,
    thread: threadOf(incident),
    ...message,
  })
}

function deletedMessage(incident: Incident): ChatMessage {
  const text =
    'The message of this emergency was deleted. Its page is still on: deleting does not call anybody off. If there was nothing, press False alarm.'
  return {
    text,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text } },
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: 'incident.false_alarm',
            value: String(incident.id),
            text: { type: 'plain_text', text: 'False alarm' },
          },
        ],
      },
    ],
  }
}

async function followPage(deps: IncidentsDeps, fact: Fact & PageFact): Promise<void> {
  await deps.store.tx(async (t) => {
    const incident = await taken(t, fact.incidentId)
    const after = await followed(t, incident, fact)
    if (after === incident) return
    await t.incidents.save(after)
    if (after.state !== 'resolved') return
    const closed = { kind: 'incident_resolved', falseAlarm: after.falseAlarm ?? false } as const
    await t.facts.append({
      id: `resolved-by:${fact.id}`,
      incidentId: incident.id,
      at: fact.at,
      actor: fact.actor,
      ...closed,
    })
  })
  deps.changed()
}

async function followed(t: Tables, incident: Incident, fact: Fact & PageFact): Promise<Incident> {
  if (fact.kind === 'page_acknowledged') return acknowledge(incident, fact.actor, fact.at)
  if (fact.kind === 'page_unacknowledged') return unacknowledge(reopen(incident))
  if (fact.kind !== 'page_resolved') return incident
  const open = (await t.pages.ofIncident(incident.id)).some(isFollowed)
  return open ? incident : resolve(incident, fact.actor, fact.at, fact.falseAlarm)
}

async function openThread(deps: IncidentsDeps, id: IncidentId): Promise<void> {
  const incident = await deps.store.incidents.get(id)
  if (incident === undefined || incident.threadTs !== undefined) return
  const { text } = rootMessage(incident)
  await deps.store.outbox.put({ key: rootKey(id), channel: incident.channel, urgent: true, text })
}

function rootMessage(incident: Incident): ChatMessage {
  const from = incident.declaredBy.slice(incident.declaredBy.indexOf(':') + 1)
  return {
    text: `Emergency #${incident.id}, raised from a terminal by ${escapedLine(from, 80)}: ${escapedText(readable(incident.text), 2_500)}`,
  }
}

async function taken(t: Tables, id: IncidentId): Promise<Incident> {
  const incident = await t.incidents.take(id)
  if (incident === undefined)
    throw new MaydayError('INCIDENT_UNKNOWN', { what: `There is no emergency #${id} in this store.` })
  return incident
}
