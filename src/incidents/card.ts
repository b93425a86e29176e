/** The incident card: one reply in the thread, updated in place. Pure. Its text alone says everything. */
import type { KnownBlock } from '@slack/types'
import { escapedLine, localTime, span, utc, who } from '../mrkdwn.js'
import type { FoundDoc } from '../ports/docs.js'
import type { Followup } from '../ports/response.js'
import { actionBlocks, fitting } from './actions.js'
import { docBlocks, docsSentence } from './card-docs.js'
import type { Incident, Page } from './incident.js'
import { LINE } from './words.js'

/** Everything that the card tells. */
export interface CardInput {
  readonly incident: Incident
  readonly pages: readonly Page[]
  readonly docs: readonly FoundDoc[]
  /** Names of checklists that fit the message and have not been started. */
  readonly checklists: readonly string[]
  readonly joined: number
  /** What is turned off, one line each. */
  readonly contained?: readonly string[]
  /** What users felt, in people's words, oldest first. */
  readonly impacts: readonly string[]
  /** Follow-ups that are not done. */
  readonly followups: readonly Followup[]
  readonly teams: readonly { readonly name: string; readonly about?: string }[]
  /** False: no REST key, said on every card. */
  readonly reads: boolean
  /** For the age of documents, ms. */
  readonly now: number
}

/** What is posted: `text` says everything, the blocks say it better. */
export interface Card {
  readonly text: string
  readonly blocks: readonly KnownBlock[]
}

/** A message read this long after it was written is called late, ms. */
const LATE_MS = 30_000
/**
 * why: Slack refuses a section above 3,000 characters and blocks that are together longer than about 13,200. Refused, the
 * card would lose its buttons; so what can grow has a budget, and with everything at its longest the sum stays below.
 */
const BUDGET = { pages: 1_200, text: 3_900 } as const
/** More names than this tell nobody anything that PagerDuty does not tell better. */
const NAMES_MAX = 10

/** The whole card for what is known now. */
export function renderCard(input: CardInput): Card {
  const { incident, docs, now } = input
  const head = headline(input)
  const work = workLines(input)
  const rest = [...pageLines(input), ...(input.contained ?? []), ...lateLine(input), ...meansLine(input)]
  const blocks: KnownBlock[] = [
    section(head),
    ...(work.length > 0 ? [context(work.join('\n'))] : []),
    ...(rest.length > 0 ? [context(rest.join('\n'))] : []),
    ...docBlocks(incident.id, docs, now),
    ...actionBlocks(input),
  ]
  return { text: spoken([head, ...work, ...rest, ...docsSentence(docs, now)]), blocks }
}

/** why: a text above 4,000 characters is cut in the middle of a word; what does not fit is said to stand on the card. */
function spoken(lines: readonly string[]): string {
  const all = lines.map(withoutMarks)
  const told = fitting(all, (line) => line.length + 1, BUDGET.text)
  return [...told, ...(told.length < all.length ? [LINE.moreOnCard] : [])].join(' ')
}

function headline({ incident, pages, joined }: CardInput): string {
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
  const main = pages.find((page) => page.team === undefined) ?? pages[0]
  return `${name}: ${main === undefined ? 'no page yet.' : sentence(main)}${more}`
}

/** What people made of it: who leads, what users feel, what is left to do. */
function workLines({ incident, impacts, followups }: CardInput): readonly string[] {
  const { mitigated, roles } = incident
  const last = impacts.at(-1)
  return [
    ...(mitigated === undefined ? [] : [LINE.mitigated(mitigated.by, mitigated.at)]),
    ...(roles === undefined || Object.keys(roles).length === 0 ? [] : [LINE.roles(incident)]),
    ...(last === undefined ? [] : [LINE.impact(last, impacts.length - 1)]),
    ...(followups.length === 0 ? [] : [LINE.followups(followups)]),
  ]
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

function names(all: readonly string[]): string {
  const told = all.slice(0, NAMES_MAX).map((name) => `*${escapedLine(name, 80)}*`)
  const more = all.length - told.length
  return `${told.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function pageLines({ incident, pages }: CardInput): readonly string[] {
  const main = pages.find((page) => page.team === undefined) ?? pages[0]
  const taken = incident.acknowledgedBy !== undefined || incident.state === 'resolved'
  const all = pages
    .filter((page) => page !== main || taken)
    .map(
      (page) =>
        `${page.team === undefined ? (page === main ? 'Page' : 'Paged again') : `Team ${escapedLine(page.team, 40)}`}: ${sentence(page)}`,
    )
  const told = fitting(all.slice(0, 10), (line) => line.length + 1, BUDGET.pages)
  const more = all.length - told.length
  return more === 0 ? told : [...told, `And ${more} more ${more === 1 ? 'page' : 'pages'}: see PagerDuty.`]
}

function lateLine({ incident }: CardInput): readonly string[] {
  const delay = incident.recordedAt - incident.declaredAt
  const how =
    incident.via !== 'shortcut' ? 'Posted' : incident.about === undefined ? 'Raised' : 'Raised about a message'
  const posted = `${how} by ${who(incident.declaredBy)} at ${localTime(incident.declaredAt)}.`
  if (delay < LATE_MS) return [posted]
  return [
    `${posted} *Mayday read it only ${span(delay)} later* (${utc(incident.recordedAt)}): it was not running or was cut off from Slack.`,
  ]
}

function meansLine({ reads }: CardInput): readonly string[] {
  return reads
    ? []
    : [
        'Mayday has no PagerDuty API token (`PAGERDUTY_API_TOKEN`): it cannot see who is called or who acknowledges in PagerDuty.',
      ]
}

function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function context(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] }
}

/** Stars and back-ticks are read aloud by screen readers; underscores stay, addresses have them. */
function withoutMarks(text: string): string {
  return text.replace(/[*`]/gu, '')
}
