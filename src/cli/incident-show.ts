/** `mayday incidents show NUMBER`: everything that is recorded of one emergency. */
import { MaydayError } from '../errors.js'
import type { Incident, IncidentId } from '../incidents/incident.js'
import type { Teller } from '../incidents/timeline/tell.js'
import { timelineOf } from '../incidents/timeline/timeline.js'
import { line, readable, utc } from '../mrkdwn.js'
import { followupsOf } from '../ports/response.js'
import type { Tables } from '../ports.js'
import { followupLine, headLines, nameOf, pageLine, plainOf } from './incident-words.js'
import { type Call, type Exit, loadConfig, quietWorld, withGround } from './io.js'

const WORDS_MAX = 500

/** Names and words for a terminal; nothing in them is a control character. */
const TELLER: Teller = {
  name: nameOf,
  said: (mrkdwn) => line(readable(mrkdwn), WORDS_MAX),
  text: (words) => line(words, WORDS_MAX),
  when: utc,
}

export async function showIncident({ io, json }: Call, id: IncidentId): Promise<Exit> {
  const config = loadConfig(io, { slackless: true })
  const now = quietWorld(config).clock.now()
  const { incident, pages, facts } = await withGround(config, async ({ store }) => ({
    incident: await known(store, id),
    pages: await store.pages.ofIncident(id),
    facts: await store.facts.ofIncident(id),
  }))
  const impacts = facts.flatMap((fact) => (fact.kind === 'impact_noted' ? [fact.text] : []))
  const followups = followupsOf(facts)
  const timeline = timelineOf(incident, facts, TELLER).map(({ at, actor, sentence }) => ({ at, actor, sentence }))
  if (json) {
    io.out(JSON.stringify({ ...plainOf(incident, pages), impacts, followups, timeline }))
    return 0
  }
  const rows = [
    ...headLines(incident, now),
    ...pages.map((page) => `  ${pageLine(page)}`),
    ...impacts.map((text) => `  impact: ${TELLER.said(text)}`),
    ...followups.map((one) => `  follow-up ${followupLine(one)}`),
    ...timeline.map(({ at, actor, sentence }) => `  ${utc(at)}  ${nameOf(actor)}: ${sentence}`),
  ]
  for (const words of rows) io.out(words)
  return 0
}

/** `INCIDENT_UNKNOWN`. */
export async function known(store: Pick<Tables, 'incidents'>, id: IncidentId): Promise<Incident> {
  const incident = await store.incidents.get(id)
  if (incident !== undefined) return incident
  throw new MaydayError('INCIDENT_UNKNOWN', {
    what: `There is no emergency #${id} in this store; nothing was done.`,
    hint: 'mayday incidents lists them.',
  })
}
