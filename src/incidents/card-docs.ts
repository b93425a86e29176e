/** The documents on the incident card: each with a button that leads to it. Pure. */
import type { KnownBlock, SectionBlock } from '@slack/types'
import { escapedLine, keeper, plain, span, utc, weight } from '../mrkdwn.js'
import { docIdOf, type FoundDoc } from '../ports/docs.js'
import type { IncidentId } from './incident.js'

/**
 * why: the card's blocks must stay below what Slack takes together; documents get this much of it, as they travel. A cut
 * address leads nowhere, so a document with a longer one is shown without its button.
 */
const BUDGET = { docs: 3_000, link: 500 } as const
const SHOWN_MAX = 5

/** A heading and a row for each document that fits; nothing when there is none. */
export function docBlocks(id: IncidentId, docs: readonly FoundDoc[], now: number): readonly KnownBlock[] {
  if (docs.length === 0) return []
  const head = section('*Documents that fit this message*')
  let left = BUDGET.docs - weight([head])
  const rows = docs.slice(0, SHOWN_MAX).map((doc) => docRow(id, doc, now))
  const fit = rows.filter((row) => {
    left -= weight([row])
    return left >= 0
  })
  return fit.length === 0 ? [] : [head, ...fit]
}

/** The same in a sentence, for whoever has the text alone. */
export function docsSentence(docs: readonly FoundDoc[], now: number): readonly string[] {
  if (docs.length === 0) return []
  return [`Documents: ${docs.map((doc) => `${escapedLine(doc.title, 150)} (${stateOf(doc, now)})`).join('; ')}.`]
}

function docRow(id: IncidentId, doc: FoundDoc, now: number): SectionBlock {
  const about = doc.about === undefined ? '' : `: ${escapedLine(doc.about, 200)}`
  const owner = doc.owner === undefined ? '' : `, kept by ${keeper(doc.owner)}`
  const row = section(`*${escapedLine(doc.title, 150)}*${about} _(${stateOf(doc, now)}${owner})_`)
  if (doc.url.length > BUDGET.link) return row
  return {
    ...row,
    accessory: {
      type: 'button',
      action_id: 'docs.open',
      text: { type: 'plain_text', text: 'Open' },
      accessibility_label: plain(`Open ${doc.title}`, 75),
      url: doc.url,
      value: `${id}:${docIdOf(doc.url)}`,
    },
  }
}

/** What a reader must know before trusting it. */
function stateOf(doc: FoundDoc, now: number): string {
  const ago = (since: number): string => span(Math.max(0, now - since))
  const read = doc.reviewed === undefined ? 'never reviewed' : `reviewed ${ago(Date.parse(doc.reviewed))} ago`
  const overdue = doc.reviewed !== undefined && doc.overdue === true ? ', review overdue' : ''
  const dead = doc.deadSince === undefined ? '' : `, its link has failed since ${utc(doc.deadSince).slice(0, 10)}`
  return `${read}${overdue}${dead}`
}

function section(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}
