/** The incident card: one reply in the thread, updated in place. Pure. Its text alone says everything. */
import type { KnownBlock } from '@slack/types'
import type { FoundDoc } from '../ports/docs.js'
import type { Followup } from '../ports/response.js'
import { actionBlocks, fitting } from './actions.js'
import { docBlocks, docsSentence } from './card-docs.js'
import { CARD } from './card-words.js'
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
/** The whole card for what is known now. */
export function renderCard(input: CardInput): Card {
  const { incident, docs, now } = input
  const main = input.pages.find((page) => page.team === undefined) ?? input.pages[0]
  const head = CARD.headline(input.incident, main, input.joined)
  const work = workLines(input)
  const rest = [
    ...pageLines(input),
    ...(input.contained ?? []),
    ...lateLine(input),
    ...(input.reads ? [] : [CARD.noToken]),
  ]
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
  return [...told, ...(told.length < all.length ? [CARD.moreOnCard] : [])].join(' ')
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

function pageLines({ incident, pages }: CardInput): readonly string[] {
  const main = pages.find((page) => page.team === undefined) ?? pages[0]
  const taken = incident.acknowledgedBy !== undefined || incident.state === 'resolved'
  const all = pages.filter((page) => page !== main || taken).map((page) => CARD.page(page, page === main))
  const told = fitting(all.slice(0, 10), (line) => line.length + 1, BUDGET.pages)
  const more = all.length - told.length
  return more === 0 ? told : [...told, CARD.morePages(more)]
}

function lateLine({ incident }: CardInput): readonly string[] {
  const delay = incident.recordedAt - incident.declaredAt
  return [delay < LATE_MS ? CARD.posted(incident) : `${CARD.posted(incident)} ${CARD.late(delay, incident.recordedAt)}`]
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
