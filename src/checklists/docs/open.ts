/** The button beside a document: Slack opens the address by itself, and tells that it was pressed. */
import type { IncidentId } from '../../incidents/incident.js'
import { docIdOf } from '../../ports/docs.js'
import type { Clock, Store } from '../../ports.js'

export interface OpenDeps {
  readonly store: Store
  readonly clock: Clock
  readonly changed: () => void
}

/** One press of one button. */
export interface DocPress {
  readonly incident: IncidentId
  /** Id of the document, from its address: a card may be older than what was found last. */
  readonly doc: string
  readonly user: string
  /** Slack's id of the press; the same press is recorded once. */
  readonly press: string
}

/** Records who opened which document, for the review; a button of a document that is not there records nothing. */
export async function recordOpened(deps: OpenDeps, { incident, doc: id, user, press }: DocPress): Promise<void> {
  const facts = await deps.store.facts.ofIncident(incident)
  const doc = facts
    .flatMap((fact) => (fact.kind === 'docs_found' ? fact.docs : []))
    .findLast((one) => docIdOf(one.url) === id)
  if (doc === undefined) return
  await deps.store.facts.append({
    id: `opened:${incident}:${user}:${press}`,
    incidentId: incident,
    at: deps.clock.now(),
    actor: `slack:${user}`,
    kind: 'doc_opened',
    title: doc.title,
    url: doc.url,
  })
  deps.changed()
}
