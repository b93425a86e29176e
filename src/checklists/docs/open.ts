/** The button beside a document: Slack opens the address by itself, and tells that it was pressed. */
import type { IncidentId } from '../../incidents/incident.js'
import type { FoundDoc } from '../../ports/docs.js'
import type { Clock, Store } from '../../ports.js'

export interface OpenDeps {
  readonly store: Store
  readonly clock: Clock
  readonly changed: () => void
}

/** One press of one button. */
export interface DocPress {
  readonly incident: IncidentId
  /** Which of the documents of the incident, from 0. */
  readonly index: number
  readonly user: string
  /** Slack's id of the press; the same press is recorded once. */
  readonly press: string
}

/** Records who opened which document, for the review; a button of a document that is not there records nothing. */
export async function recordOpened(deps: OpenDeps, { incident, index, user, press }: DocPress): Promise<void> {
  const found = (await deps.store.facts.ofIncident(incident)).findLast((fact) => fact.kind === 'docs_found')
  const doc: FoundDoc | undefined = found?.kind === 'docs_found' ? found.docs[index] : undefined
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
