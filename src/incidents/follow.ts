/** What facts do to an incident and how it is shown: called by `reactions.ts`, all idempotent. */
import { MaydayError } from '../errors.js'
import type { FoundDoc } from '../ports/docs.js'
import { followupsOf } from '../ports/response.js'
import type { ChatMessage, Clock, Store, Tables } from '../ports.js'
import { renderCard } from './card.js'
import { containedLines } from './contained.js'
import {
  acknowledge,
  type Fact,
  type Incident,
  type IncidentId,
  isFollowed,
  isOpen,
  type PageFact,
  reopen,
  resolve,
  rootKey,
  threadOf,
  unacknowledge,
} from './incident.js'
import { createTellWork, type WorkFact } from './tell.js'
import { LABEL, rootText, THREAD } from './words.js'

export interface FollowDeps {
  readonly store: Store
  readonly clock: Clock
  readonly teams: readonly { readonly name: string; readonly about?: string }[]
  /** A REST key is set; without one every card says so. */
  readonly reads: boolean
  readonly changed: () => void
}

export interface Follow {
  showCard(incident: IncidentId): Promise<void>
  offerFalseAlarm(fact: Fact & { readonly kind: 'message_deleted' }): Promise<void>
  /** What PagerDuty's word on a page means for its incident. */
  followPage(fact: Fact & PageFact): Promise<void>
  /** The message that opens the thread of an incident that did not begin in Slack. */
  openThread(incident: IncidentId): Promise<void>
  /** Says in the thread what somebody did, where the card alone would be missed. */
  tellWork(fact: WorkFact): Promise<void>
}

export function createFollow(deps: FollowDeps): Follow {
  return {
    showCard: (incident) => showCard(deps, incident),
    offerFalseAlarm: (fact) => offerFalseAlarm(deps, fact),
    followPage: (fact) => followPage(deps, fact),
    openThread: (incident) => openThread(deps, incident),
    tellWork: createTellWork(deps),
  }
}

async function showCard(deps: FollowDeps, id: IncidentId): Promise<void> {
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
      impacts: facts.flatMap((fact) => (fact.kind === 'impact_noted' ? [fact.text] : [])),
      followups: followupsOf(facts).filter((one) => !one.done),
      joined: facts.filter((fact) => fact.kind === 'message_joined').length,
      contained: containedLines(facts),
      teams: deps.teams,
      reads: deps.reads,
      now: deps.clock.now(),
    })
    await t.outbox.put({ key: `card:${id}`, channel: incident.channel, thread: threadOf(incident), ...card })
  })
}

async function offerFalseAlarm(deps: FollowDeps, fact: Fact & { readonly kind: 'message_deleted' }): Promise<void> {
  const incident = await deps.store.incidents.get(fact.incidentId)
  // why: a joined message is the root of its own thread, but not the message of this emergency.
  if (incident === undefined || !fact.root || fact.ts !== incident.threadTs || !isOpen(incident)) return
  const message = deletedMessage(incident)
  await deps.store.outbox.put({
    key: `deleted:${fact.incidentId}`,
    channel: incident.channel,
    thread: threadOf(incident),
    ...message,
  })
}

function deletedMessage(incident: Incident): ChatMessage {
  const text = THREAD.deleted
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
            text: { type: 'plain_text', text: LABEL.falseAlarm },
          },
        ],
      },
    ],
  }
}

async function followPage(deps: FollowDeps, fact: Fact & PageFact): Promise<void> {
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

async function openThread(deps: FollowDeps, id: IncidentId): Promise<void> {
  const incident = await deps.store.incidents.get(id)
  if (incident === undefined || incident.threadTs !== undefined) return
  await deps.store.outbox.put({ key: rootKey(id), channel: incident.channel, urgent: true, text: rootText(incident) })
}

/** The incident, held until the transaction ends. `INCIDENT_UNKNOWN`. */
export async function taken(t: Tables, id: IncidentId): Promise<Incident> {
  const incident = await t.incidents.take(id)
  if (incident === undefined)
    throw new MaydayError('INCIDENT_UNKNOWN', { what: `There is no emergency #${id} in this store.` })
  return incident
}
