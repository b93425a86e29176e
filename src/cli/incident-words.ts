/** How an emergency and what is known of its pages read at a terminal. Pure. */
import { type Incident, type IncidentId, isOpen, type Page } from '../incidents/incident.js'
import { ROLES } from '../incidents/response.js'
import { line, readable, span, utc } from '../mrkdwn.js'
import type { Followup } from '../ports/response.js'

/** A Slack user is known by id alone here: Slack may be the outage. */
export function nameOf(actor: string | undefined): string {
  return actor === undefined ? 'nobody' : line(actor.replace(/^(slack|pagerduty|terminal|alert):/u, ''), 80)
}

/** Slack's text for a terminal. */
export function bare(text: string): string {
  const dated = text.replace(/<!date\^[^|>]*\|([^>]*)>/gu, '$1')
  return line(readable(dated).replace(/[*`•]/gu, ''), 4_000)
}

/** How far one page is. */
export function pageLine(page: Page): string {
  const team = page.team === undefined ? 'page' : `page to team ${page.team}`
  const whom = page.pager === undefined ? '' : `, PagerDuty: ${page.pager.assignees.join(', ')} ${page.pager.url}`
  const why = page.failure === undefined ? '' : ` (${line(page.failure.because, 100)})`
  return `${team}: ${page.state.replace('_', ' ')}${why}${line(whom, 200)}`
}

/** For `--json`. */
export function plainOf(incident: Incident, pages: readonly Page[]) {
  const short = pages.map(({ id, team, state, dedupKey, requestedAt, acceptedAt, confirmedAt, pager, failure }) => ({
    ...{ id, team, state, dedupKey, requestedAt, acceptedAt, confirmedAt, pager, failure },
  }))
  return { ...incident, pages: short }
}

/** A follow-up in one line. */
export function followupLine({ number, text, owner, due, done }: Followup & { readonly done: boolean }): string {
  return `[${done ? 'x' : ' '}] ${number}. ${line(readable(text), 300)} (${nameOf(owner)}, due ${due})`
}

/** Who has which role. */
export function rolesLine({ roles }: Incident): string {
  return ROLES.map((role) => `${role}: ${nameOf(roles?.[role])}`).join(', ')
}

/** What it is, who has it, how bad it is; without its pages. */
export function headLines(incident: Incident, now: number): readonly string[] {
  const { acknowledgedBy, mitigated, resolvedBy, resolvedAt, severity } = incident
  const state = isOpen(incident)
    ? `open for ${span(now - incident.declaredAt)}`
    : `${incident.falseAlarm === true ? 'false alarm, closed' : 'resolved'}${resolvedBy === undefined ? '' : ` by ${nameOf(resolvedBy)}`}${resolvedAt === undefined ? '' : ` at ${utc(resolvedAt)}`}${incident.state === 'reviewed' ? ', reviewed' : ''}`
  return [
    `Emergency #${incident.id}: ${line(readable(incident.text), 500)}`,
    `  ${state}; declared by ${nameOf(incident.declaredBy)} at ${utc(incident.declaredAt)}`,
    `  on it: ${nameOf(acknowledgedBy)}; severity: ${severity ?? 'not said'}; ${rolesLine(incident)}`,
    ...(mitigated === undefined ? [] : [`  mitigated, says ${nameOf(mitigated.by)}, since ${utc(mitigated.at)}`]),
  ]
}

/** What was done, in words for whoever typed it. */
export const DONE = {
  ack: (id: IncidentId) => `You are on emergency #${id}.`,
  resolve: (id: IncidentId) => `Emergency #${id} is closed.`,
  note: (id: IncidentId) => `Noted on the timeline of emergency #${id}.`,
  impact: (id: IncidentId) => `Noted as the impact of emergency #${id}.`,
} as const

/** What PagerDuty makes of an acknowledgement or a resolution. */
export const CARRIED = {
  none: 'No page of it is open in PagerDuty.',
  shadow: 'Shadow mode: nobody was paged, so PagerDuty was told nothing.',
  ack: 'PagerDuty shows it as acknowledged.',
  resolve: 'Nothing of it is open in PagerDuty any more.',
  blind: 'PagerDuty took it; without PAGERDUTY_API_TOKEN Mayday cannot see what came of it.',
  waiting: (because: string) =>
    `PagerDuty does not have it yet (${because}), so it may go on calling. A bot that runs on this store goes on trying; without one, type the same again.`,
} as const

/** What follows in Slack; a terminal cannot see it. */
export const LATER = 'A bot that runs on this store says it in Slack, when Slack is there.'
