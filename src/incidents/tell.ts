/** What the thread is told of the work on an emergency. Called by `reactions.ts`; the same fact is told once. */
import { followupsOf, type ResponseFact } from '../ports/response.js'
import type { ChatMessage, Store } from '../ports.js'
import { type Fact, type Incident, threadOf } from './incident.js'
import { LABEL, THREAD } from './words.js'

/** What somebody did beside taking and closing it. */
export type WorkFact = Fact &
  Exclude<ResponseFact, { readonly kind: 'on_call_changed' | 'silence_asked' | 'still_on_it' | 'silence_ended' }>

/** Tells the thread what somebody did, where the card alone would be missed. */
export function createTellWork({ store }: { readonly store: Store }): (fact: WorkFact) => Promise<void> {
  return async (fact) => {
    const incident = await store.incidents.get(fact.incidentId)
    if (incident === undefined) return
    if (fact.kind === 'followup_added' || fact.kind === 'followup_done') {
      const number = fact.kind === 'followup_added' ? fact.followup.number : fact.number
      await showFollowup(store, incident, number)
    }
    const text = sentenceOf(fact)
    if (text === undefined) return
    await store.outbox.put({ key: `work:${fact.id}`, channel: incident.channel, thread: threadOf(incident), text })
  }
}

/** One message for each follow-up, which says how it stands now. */
async function showFollowup(store: Store, incident: Incident, number: number): Promise<void> {
  await store.tx(async (t) => {
    // why: two replicas showing one follow-up must not overwrite the newer state with the older one.
    await t.incidents.take(incident.id)
    const facts = await t.facts.ofIncident(incident.id)
    const followup = followupsOf(facts).find((one) => one.number === number)
    const added = facts.find((fact) => fact.kind === 'followup_added' && fact.followup.number === number)
    if (followup === undefined || added === undefined) return
    const text = THREAD.followup(added.actor, followup, followup.done)
    const message = followup.done ? { text } : withDone(text, incident, number)
    const key = `followup:${incident.id}:${number}`
    await t.outbox.put({ key, channel: incident.channel, thread: threadOf(incident), ...message })
  })
}

function withDone(text: string, { id }: Incident, number: number): ChatMessage {
  const label = { type: 'plain_text', text: LABEL.done }
  const button = { type: 'button', action_id: 'incident.followup_done', value: `${id}:${number}`, text: label }
  const blocks = [
    { type: 'section', text: { type: 'mrkdwn', text } },
    { type: 'actions', elements: [button] },
  ]
  return { text, blocks }
}

function sentenceOf(fact: WorkFact): string | undefined {
  switch (fact.kind) {
    case 'role_claimed':
      return THREAD.role(fact.actor, fact.role, fact.from)
    case 'role_given_up':
      return THREAD.noRole(fact.actor, fact.role)
    case 'incident_mitigated':
      return THREAD.mitigated(fact.actor)
    case 'mitigation_withdrawn':
      return THREAD.back(fact.actor)
    case 'impact_noted':
      return THREAD.impact(fact.actor, fact.text)
    case 'followup_done':
      return THREAD.followupDone(fact.actor, fact.number)
    case 'followup_added':
      return undefined
  }
}
