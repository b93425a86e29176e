/** The incident card: one reply in the thread, updated in place. Pure. Its text alone says everything. */
import type { KnownBlock } from '@slack/types'
import { escapedLine, localTime, plain, span, utc, weight, who } from '../mrkdwn.js'
import type { FoundDoc } from '../ports/docs.js'
import { docBlocks, docsSentence } from './card-docs.js'
import type { Incident, Page } from './incident.js'

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
/** why: a static_select holds at most 100 options, an actions block 25 elements, a button text 75 characters. */
const OPTIONS_MAX = 100
/**
 * why: Slack refuses a section above 3,000 characters and blocks that are together longer than about 13,200. Refused, the
 * card would lose its buttons; so what can grow has a budget, and with everything at its longest the sum stays below.
 */
const BUDGET = { pages: 1_200, menu: 5_000 } as const
/** More names than this tell nobody anything that PagerDuty does not tell better. */
const NAMES_MAX = 10

/** The whole card for what is known now. */
export function renderCard(input: CardInput): Card {
  const { incident, docs, now } = input
  const lines = [
    headline(input),
    ...pageLines(input),
    ...(input.contained ?? []),
    ...lateLine(input),
    ...meansLine(input),
  ]
  const blocks: KnownBlock[] = [
    section(lines[0] ?? ''),
    ...(lines.length > 1 ? [context(lines.slice(1).join('\n'))] : []),
    ...docBlocks(incident.id, docs, now),
    ...actionBlocks(input),
  ]
  const text = [...lines, ...docsSentence(docs, now)].map(withoutMarks).join(' ')
  return { text, blocks }
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

/** The first ones that fit together; what comes behind the first that does not is left out too. */
function fitting<T>(all: readonly T[], size: (one: T) => number, budget: number): readonly T[] {
  let sum = 0
  return all.filter((one) => {
    sum += size(one)
    return sum <= budget
  })
}

function lateLine({ incident }: CardInput): readonly string[] {
  const delay = incident.recordedAt - incident.declaredAt
  const how = incident.via === 'shortcut' ? 'Raised about a message' : 'Posted'
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

function actionBlocks({ incident, pages, teams, checklists }: CardInput): readonly KnownBlock[] {
  const value = String(incident.id)
  if (incident.state === 'resolved' || incident.state === 'reviewed')
    return [{ type: 'actions', block_id: `incident:${value}`, elements: [button('incident.retro', 'Review', value)] }]
  const shadow = pages.every((page) => page.state === 'shadowed')
  const buttons = [
    ...(incident.state === 'declared' ? [button('incident.ack', 'Acknowledge', value, 'primary')] : []),
    button('incident.resolve', 'Resolve', value, undefined, {
      title: 'Resolve this emergency?',
      text: 'PagerDuty stops calling, for every page of this emergency.',
      yes: 'Resolve',
    }),
    button('incident.false_alarm', 'False alarm', value, undefined, {
      title: 'False alarm?',
      text: 'PagerDuty stops calling. Whoever was called already is told that it was nothing.',
      yes: 'It was nothing',
    }),
    ...(shadow
      ? []
      : [
          button('incident.page_again', 'Page again', value, 'danger', {
            title: 'Page again?',
            text: 'The on-call is called a second time, by a new page.',
            yes: 'Page again',
          }),
        ]),
  ]
  const select = teams.length === 0 || shadow ? [] : [teamSelect(incident.id, teams)]
  const suggested = checklists
    .slice(0, 3)
    .map((name) => button('checklist.start', `Start checklist: ${name}`.slice(0, 75), `${value}:${name}`))
  // why: action ids must be unique within one block, so each suggested checklist has its own.
  return [
    { type: 'actions', block_id: `incident:${value}`, elements: [...buttons, ...select] },
    ...suggested.map(
      (element, index): KnownBlock => ({
        type: 'actions',
        block_id: `suggested:${value}:${index}`,
        elements: [element],
      }),
    ),
  ]
}

function teamSelect(id: number, teams: CardInput['teams']) {
  const bare = teams.slice(0, OPTIONS_MAX).map((team) => ({
    text: { type: 'plain_text' as const, text: team.name.slice(0, 75) },
    value: `${id}:${team.name}`.slice(0, 150),
  }))
  const full = bare.map((option, index) => {
    // why: Slack refuses an empty description, and the whole card with it.
    const about = plain(teams[index]?.about ?? '', 75)
    return about === '' ? option : { ...option, description: { type: 'plain_text' as const, text: about } }
  })
  const options = fitting(weight(full) <= BUDGET.menu ? full : bare, (option) => weight([option]), BUDGET.menu)
  const label = options.length === teams.length ? 'Page another team' : 'Page another team (all: /mayday page)'
  return {
    type: 'static_select' as const,
    action_id: 'incident.page_team',
    placeholder: { type: 'plain_text' as const, text: label },
    options: [...options],
    confirm: {
      title: { type: 'plain_text' as const, text: 'Page this team?' },
      text: { type: 'plain_text' as const, text: 'Its on-call is called now.' },
      confirm: { type: 'plain_text' as const, text: 'Page' },
      deny: { type: 'plain_text' as const, text: 'No' },
    },
  }
}

function button(
  actionId: string,
  label: string,
  value: string,
  style?: 'primary' | 'danger',
  confirm?: { readonly title: string; readonly text: string; readonly yes: string },
) {
  return {
    type: 'button' as const,
    action_id: actionId,
    text: { type: 'plain_text' as const, text: label },
    value,
    ...(style === undefined ? {} : { style }),
    ...(confirm === undefined
      ? {}
      : {
          confirm: {
            title: { type: 'plain_text' as const, text: confirm.title },
            text: { type: 'plain_text' as const, text: confirm.text },
            confirm: { type: 'plain_text' as const, text: confirm.yes },
            deny: { type: 'plain_text' as const, text: 'No' },
          },
        }),
  }
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
