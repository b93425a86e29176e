/** What the card says, in English, in mrkdwn. Pure; a second language is a second file of this form. */
import { escapedLine, localTime, span, utc, who } from '../mrkdwn.js'
import type { Actor, Incident, Page } from './incident.js'

/** Sentences of the card. */
export const CARD = {
  headline,
  page: (page: Page, isFirst: boolean): string => {
    const name = page.team === undefined ? (isFirst ? 'Page' : 'Paged again') : `Team ${escapedLine(page.team, 40)}`
    return `${name}: ${sentence(page)}`
  },
  morePages: (more: number): string => `And ${more} more ${more === 1 ? 'page' : 'pages'}: see PagerDuty.`,
  posted: ({ via, about, declaredBy, declaredAt }: Incident): string => {
    const how = via !== 'shortcut' ? 'Posted' : about === undefined ? 'Raised' : 'Raised about a message'
    return `${how} by ${who(declaredBy)} at ${localTime(declaredAt)}.`
  },
  late: (delayMs: number, at: number): string =>
    `*Mayday read it only ${span(delayMs)} later* (${utc(at)}): it was not running or was cut off from Slack.`,
  noToken:
    'Mayday has no PagerDuty API token (`PAGERDUTY_API_TOKEN`): it cannot see who is called or who acknowledges in PagerDuty.',
  off: (name: string, at: number, by: Actor | undefined, detail: string): string =>
    `*${escapedLine(name, 40)} is off* since ${localTime(at)}, ${by === undefined ? 'outside of Mayday' : `by ${who(by)}`} (${escapedLine(detail, 60)}).`,
  moreOff: (more: number): string => `And ${more} more: /mayday switch shows them.`,
  moreOnCard: 'More stands on the card.',
} as const

/** `page`: the one that the emergency began with. */
function headline(incident: Incident, page: Page | undefined, joined: number): string {
  const rated = incident.severity === undefined ? '' : `, severity ${incident.severity}`
  const name = `*Emergency #${incident.id}*${rated}`
  const more = joined === 0 ? '' : ` ${joined} more ${joined === 1 ? 'message' : 'messages'} joined it.`
  if (incident.state === 'resolved' || incident.state === 'reviewed') {
    const by = incident.resolvedBy === undefined ? '' : ` by ${who(incident.resolvedBy)}`
    const after =
      incident.resolvedAt === undefined
        ? ''
        : `, ${span(incident.resolvedAt - incident.declaredAt)} after the first message`
    return `${name}: ${incident.falseAlarm === true ? 'false alarm, closed' : 'resolved'}${by}${after}.${more}`
  }
  if (incident.acknowledgedBy !== undefined) return `${name}: ${who(incident.acknowledgedBy)} is on it.${more}`
  return `${name}: ${page === undefined ? 'no page yet.' : sentence(page)}${more}`
}

/** One truthful sentence for a page's state. */
function sentence(page: Page): string {
  const link =
    page.pager === undefined
      ? 'an incident'
      : `<${page.pager.url}|incident${page.pager.number === undefined ? '' : ` ${page.pager.number}`}>`
  const people = names(page.pager?.assignees ?? [])
  switch (page.state) {
    case 'requested':
      return page.failure === undefined
        ? 'sending the page to PagerDuty. Nobody is known to have been called yet.'
        : `${page.failure.kind === 'unknown' ? 'PagerDuty did not say whether it took the page' : 'PagerDuty has not taken the page yet'} (${escapedLine(page.failure.because, 120)}). Nobody is known to have been called so far; Mayday keeps trying.`
    case 'accepted':
      return 'PagerDuty accepted the page. Whom it calls is not confirmed yet.'
    case 'confirmed':
      return `PagerDuty opened ${link} and is paging ${people}. Not acknowledged yet.`
    case 'acknowledged':
      return `${page.acknowledgedBy === undefined ? 'somebody' : who(page.acknowledgedBy)} acknowledged ${link} in PagerDuty.`
    case 'resolved':
      return `the page was resolved${page.resolvedBy === undefined ? '' : ` by ${who(page.resolvedBy)}`}.`
    case 'rejected':
      return `the page did not go out the usual way${page.failure === undefined ? '' : ` (${escapedLine(page.failure.because, 120)})`}; Mayday is trying another way now. Nobody is known to have been called so far.`
    case 'unconfirmed':
      return 'PagerDuty accepted the page, but *nobody is known to have been called*. Please call by phone; Mayday keeps trying.'
    case 'not_delivered':
      return `*nobody is known to have been paged.* ${page.failure?.kind === 'unknown' ? 'PagerDuty does not answer' : 'PagerDuty does not take the page'}. Please call by phone; Mayday keeps trying.`
    case 'shadowed':
      return 'shadow mode: *nobody has been called*, Mayday only shows what it would do.'
  }
}

/** More names than this tell nobody anything that PagerDuty does not tell better. */
const NAMES_MAX = 10

function names(all: readonly string[]): string {
  const told = all.slice(0, NAMES_MAX).map((name) => `*${escapedLine(name, 80)}*`)
  const more = all.length - told.length
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
