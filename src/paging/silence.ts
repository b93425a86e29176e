/** What the room does about a silent owner: asks PagerDuty to take the acknowledgement back, or says why it cannot. */
import type { Fact, Incident, IncidentId, Page } from '../incidents/incident.js'
import { isOpen, threadOf } from '../incidents/incident.js'
import type { Clock, Pager, Store } from '../ports.js'
import { canUnacknowledge, dropUnacknowledge, wishUnacknowledge } from './page/silence.js'
import type { PageWorker } from './pager.js'
import { nothingToTakeBack } from './silence-words.js'

interface SilenceDeps {
  readonly store: Store
  readonly worker: PageWorker
  readonly pager: Pager
  readonly clock: Clock
}

/** Every page that the silent owner has; where there is none, the thread is told that nobody is called. */
export async function endSilence(deps: SilenceDeps, fact: Fact & { readonly kind: 'silence_ended' }): Promise<void> {
  const incident = await deps.store.incidents.get(fact.incidentId)
  if (incident === undefined || !isOpen(incident)) return
  const pages = await deps.store.pages.ofIncident(incident.id)
  const reachable = pages.filter((page) => canUnacknowledge(page, deps.worker.means()))
  const own = reachable.filter((page) => page.acknowledgedBy === fact.owner)
  // why: who acknowledged the default service's page has the emergency, whatever name PagerDuty gives them.
  const chosen = own.length > 0 ? own : reachable.filter((page) => page.team === undefined)
  if (chosen.length === 0) return sayNothingToTakeBack(deps, incident, pages, fact)
  const wish = { owner: fact.owner, since: fact.at - fact.silentMs, at: fact.at }
  for (const page of chosen) {
    // why: not run at once. The worker that claims it is the only one then, so PagerDuty is asked once by all replicas.
    await deps.worker.apply(page.id, (current) => wishUnacknowledge(current, wish, deps.worker.means()))
  }
}

async function sayNothingToTakeBack(
  deps: SilenceDeps,
  incident: Incident,
  pages: readonly Page[],
  fact: Fact & { readonly kind: 'silence_ended' },
): Promise<void> {
  const shadow = pages.length > 0 && pages.every((page) => page.state === 'shadowed')
  const text = nothingToTakeBack(shadow ? 'shadow' : deps.pager.reads ? 'no page' : 'no token', fact.owner)
  await deps.store.outbox.put({
    ...{ key: `silence-end:${fact.id}`, channel: incident.channel, thread: threadOf(incident), text },
    ...(shadow ? {} : { blocks: withPageAgain(text, incident.id, 'Page again'), broadcast: true, urgent: true }),
  })
}

/** Only what was not asked for yet can be dropped; an answer on its way is believed. */
export async function keepAcknowledged(deps: SilenceDeps, incident: IncidentId): Promise<void> {
  for (const page of await deps.store.pages.ofIncident(incident)) {
    if (page.wantsUnacknowledge !== undefined) await deps.worker.apply(page.id, dropUnacknowledge)
  }
}

/** A message with the button that pages again. `value`: the emergency, and after a colon the message that joined it. */
export function withPageAgain(text: string, value: IncidentId | string, label: string): readonly object[] {
  const button = {
    ...{ type: 'button', action_id: 'incident.page_again', value: String(value) },
    text: { type: 'plain_text', text: label },
  }
  return [
    { type: 'section', text: { type: 'mrkdwn', text } },
    { type: 'actions', elements: [button] },
  ]
}
