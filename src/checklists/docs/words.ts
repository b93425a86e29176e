/**
 * Every English sentence about documents, in Slack and at a terminal, so that a second language is a file. Pure. What goes
 * into mrkdwn is escaped here; what is called plain is not.
 */
import { escaped, escapedLine, keeper, line, readable, utc } from '../../mrkdwn.js'
import type { Due, Owned } from './due.js'
import type { DocView, Found } from './view.js'

/** why: an answer above 4,000 characters is cut by Slack; one that is nearly that long is read by nobody. */
const ANSWER_MAX = 3_500
/** A cut address leads nowhere, so a document with a longer one is named without it. */
const LINK_MAX = 500

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function reviewed({ days, overdue }: Pick<DocView, 'days' | 'overdue'>): string {
  const when =
    days === undefined ? 'never reviewed' : days === 0 ? 'reviewed today' : `reviewed ${plural(days, 'day')} ago`
  return `${when}${days !== undefined && overdue ? ', review overdue' : ''}`
}

/** What is known of its link; nothing where that is not worth a word. Plain. */
function linkState({ link, brokenSince, because }: DocView): string {
  const why = because === undefined ? '' : ` (${because})`
  if (link === 'dead' && brokenSince !== undefined) return `, its link has failed since ${day(brokenSince)}${why}`
  if (link === 'failing') return `, its link failed when it was last checked${why}; one failure proves nothing`
  if (link === 'login') return ', its link needs a login: not checked'
  if (link === 'unsure') return `, its link was not checked: ${because ?? 'nothing was learnt'}`
  return ''
}

function day(at: number): string {
  return utc(at).slice(0, 10)
}

/** The first of them that are together at most `max` long. */
function fitting(rows: readonly string[], max: number): readonly string[] {
  let left = max
  return rows.filter((row) => {
    left -= row.length + 2
    return left >= 0
  })
}

/** One document in a list. mrkdwn. */
function row(doc: DocView): string {
  const url = escaped(doc.url)
  const title = escapedLine(doc.title, 150)
  const named = url.length > LINK_MAX ? title : `<${url}|${title.replaceAll('|', '¦')}>`
  const about = doc.about === undefined ? '' : `: ${escapedLine(doc.about, 200)}`
  const owner = doc.owner === undefined ? '' : `, kept by ${keeper(doc.owner)}`
  return `• ${named}${about} _(${reviewed(doc)}${owner}${escapedLine(linkState(doc), 200)})_`
}

/** Why a whole round of questions showed nothing. Plain. */
export const cutOff = 'no address at all answered, so Mayday itself may be cut off'

/** What `/mayday docs` answers. mrkdwn. */
export const docAnswers = {
  found: (words: string, { docs, checklists }: Found): string => {
    const rows = [
      ...docs.map(row),
      ...checklists.map(
        ({ name, title }) => `• checklist ${escapedLine(title, 100)}: \`/incident-checklist start ${name}\``,
      ),
    ]
    return rows.length === 0
      ? `Nothing fits "${escapedLine(readable(words), 200)}". \`/mayday docs\` alone lists every document.`
      : rows.join('\n')
  },
  all: (docs: readonly DocView[]): string => {
    if (docs.length === 0) return 'No document is listed, neither in mayday.yml nor in a checklist.'
    const rows = docs.map(row)
    const fit = fitting(rows, ANSWER_MAX)
    const more = rows.length - fit.length
    const rest = more === 0 ? [] : [`… and ${more} more: \`npx mayday docs list\` at a terminal shows all.`]
    return [`${plural(docs.length, 'document')}:`, ...fit, ...rest].join('\n')
  },
} as const

/** What one owner keeps beyond this length is counted, not named. */
const OWNER_MAX = 1_000
const SHORT_LINK_MAX = 300

/** The monthly reminder of everything that is due. mrkdwn; its mentions are meant to be heard. */
export function reminder(due: readonly Owned[]): string {
  const count = due.reduce((sum, one) => sum + one.things.length, 0)
  const are = count === 1 ? '1 checklist or document needs' : `${count} checklists and documents need`
  const head = `*${are} somebody who knows.* People in trouble are shown them. Please read yours, mend what is wrong, and set \`reviewed\` to that day in its file.`
  const rows = due.map(owned)
  const fit = fitting(rows, ANSWER_MAX - head.length)
  const more = rows.length - fit.length
  const rest =
    more === 0 ? [] : [`… and those of ${plural(more, 'more owner')}: \`/mayday docs\` marks what is overdue.`]
  return [head, ...fit, ...rest].join('\n')
}

function owned({ owner, things }: Owned): string {
  const whose = owner === undefined ? 'Nobody is named as owner' : keeper(owner, 'everybody')
  const named = fitting(things.map(thing), OWNER_MAX)
  const more = things.length - named.length
  return `• ${whose}: ${[...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ')}`
}

function thing(due: Due): string {
  const url = escaped(due.url ?? '')
  const title = escapedLine(due.title, 100)
  const named = due.kind === 'checklist' ? `the checklist ${title}` : title
  const linked = url === '' || url.length > SHORT_LINK_MAX ? named : `<${url}|${title.replaceAll('|', '¦')}>`
  const dead = due.deadSince === undefined ? '' : `, its link has failed since ${day(due.deadSince)}`
  return `${linked} (${reviewed({ ...due, overdue: false })}${dead})`
}

/** What `mayday docs` prints. Plain. */
export const docLines = {
  rows: (doc: DocView): readonly string[] => {
    const about = doc.about === undefined ? '' : `: ${line(doc.about, 300)}`
    const owner = doc.owner === undefined ? '' : `, kept by ${line(doc.owner, 80)}`
    return [
      `${line(doc.title, 150)}${about}`,
      `    ${doc.url}`,
      `    ${reviewed(doc)}${owner}${line(linkState(doc), 200)}`,
    ]
  },
  checklist: ({ name, title }: Found['checklists'][number]): string =>
    `Checklist ${line(title, 100)}: mayday checklist show ${name}`,
  nothing: (words: string): string => `Nothing fits "${line(words, 200)}". mayday docs list shows every document.`,
  none: 'No document is listed, neither in mayday.yml nor in a checklist.',
  blind: 'Whether the links live is not known here: the settings or the store could not be read.',
  usage: 'mayday docs search WORDS, or mayday docs list.',
  sayWhat: 'Say what to do; nothing was done.',
  noWords: 'Say the words of the trouble; nothing was searched.',
} as const

/** What `mayday checklist lint` warns of: "found …; accepted: …". Plain. */
export const lint = {
  reviewed: (days: number | undefined): string =>
    days === undefined ? 'no review' : `a review ${plural(days, 'day')} ago`,
  reviewAccepted: (days: number | undefined, every: number | undefined): string =>
    days === undefined
      ? 'reviewed: the day when somebody who knows last read it'
      : `one ${every === undefined ? 'within 90 days' : `within ${plural(every, 'day')}`}; read it, mend it and set the date`,
  unfound: (title: string): string => `${title}, which no message finds`,
  noKeywords: 'a document without keywords, which only the words of its title find',
  keywordsAccepted: 'keywords: what people in trouble type',
  repeated: (said: string): string => `${said}, which is there already`,
  once: 'every phrase once',
  sameUrl: (url: string, at: string, other: readonly string[]): string =>
    `${url}, as in ${at}${other.length === 0 ? '' : ` with another ${other.join(' and ')}`}`,
  onePage: 'one page with one title, owner and review; the words of several entries are added up',
  sameTitle: (title: string, at: string): string => `${title}, as in ${at} for another page`,
  oneTitle: 'titles that tell pages apart',
  told: (count: number): string => plural(count, 'warning'),
} as const
