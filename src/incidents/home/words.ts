/** What App Home says, in English. Pure. Every text from people or from outside is escaped and cut here. */
import { escapedLine, escapedText, localDay, readable, who } from '../../mrkdwn.js'
import type { StaleCounts } from '../../ports/docs.js'
import type { OnCall } from '../../ports.js'
import type { Page } from '../incident.js'
import type { HomeHold, HomeSwitch, OpenOne } from './home.js'

/** More of each than this are counted. */
export const HOME_MAX = {
  incidents: 15,
  people: 10,
  peopleOfTeam: 2,
  teams: 6,
  holds: 8,
  switches: 8,
  purges: 5,
} as const
/** Older than this, an on-call list is told with its age, ms. */
const OLD_LIST_MS = 180_000

/** Names on buttons and of forms; a title has at most 24 characters. */
export const HOME_LABELS = {
  head: 'Mayday',
  page: 'Page…',
  status: 'Status',
  checklists: 'Checklists',
  statusTitle: 'Open emergencies',
  close: 'Close',
} as const

/** Sentences of App Home, in mrkdwn. */
export const homeWords = {
  channel: (channel: string | undefined): string =>
    channel === undefined
      ? 'Slack has not told Mayday yet which channel is the emergency channel.'
      : `A message in <#${channel}> pages whoever is on call, at once.`,
  shadow: '*Shadow mode:* nobody is called; Mayday only shows what it would do.',
  none: '*No emergency is open.*',
  open: (count: number): string => `*${count === 1 ? '1 emergency is open' : `${count} emergencies are open`}*`,
  incident: ({ incident, pages, link }: OpenOne): string => {
    const number = link === undefined ? `#${incident.id}` : `<${link}|#${incident.id}>`
    const rated = incident.severity === undefined ? '' : `, severity ${incident.severity}`
    const by =
      incident.acknowledgedBy === undefined ? 'nobody has taken it' : `${who(incident.acknowledgedBy)} is on it`
    const mitigated = incident.state === 'mitigated' ? ', mitigated' : ''
    return `*${number}*${rated}, since ${localDay(incident.declaredAt)}: ${by}${mitigated}. ${pagesOf(pages)}\n${escapedLine(readable(incident.text), 200)}`
  },
  more: (count: number, where: string): string => `And ${count} more: ${where}`,
  onCallHead: '*On call*',
  onCall: (team: string | undefined, onCall: OnCall | undefined, now: number): string => {
    const name = team === undefined ? 'Default' : `Team ${escapedLine(team, 40)}`
    if (onCall === undefined) return `• ${name}: Mayday cannot see who is on call.`
    const age =
      now - onCall.readAt < OLD_LIST_MS
        ? ''
        : ` _(as PagerDuty said ${localDay(onCall.readAt)}; it has not answered since)_`
    if (onCall.people.length === 0) return `• ${name}: *nobody is on call*${age}`
    const max = team === undefined ? HOME_MAX.people : HOME_MAX.peopleOfTeam
    const named = onCall.people.slice(0, max).map((one) => `${escapedLine(one.name, 80)} (level ${one.level})`)
    const more = onCall.people.length - named.length
    return `• ${name}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}${age}`
  },
  nothingHeld: 'As far as Mayday knows, no delivery is on hold, no switch is off and no purge is running.',
  hold: (one: HomeHold): string =>
    `• *Delivery of ${escapedLine(one.target, 40)} is on hold* since ${localDay(one.at)}, by ${who(one.by)}`,
  off: (one: HomeSwitch): string =>
    `• *${escapedLine(one.name, 40)} is off* since ${localDay(one.since)} (${escapedLine(one.detail, 60)}), read ${localDay(one.readAt)}`,
  purge: (standing: string): string => `• ${escapedText(standing, 400)}`,
  upkeep: ({ checklists, docs, deadLinks }: StaleCounts): string => {
    if (checklists + docs + deadLinks === 0) return 'No checklist and no document is overdue for review.'
    const dead =
      deadLinks === 0 ? '' : `; ${counted(deadLinks, 'document has a dead link', 'documents have dead links')}`
    return `Overdue for review: ${counted(checklists, 'checklist', 'checklists')} and ${counted(docs, 'document', 'documents')}${dead}. \`npx mayday checklist lint\` names them.`
  },
  noDrill: 'Days since the last drill: no drill has been run yet.',
  asOf: (now: number): string => `As of ${localDay(now)}.`,
  keptAsOf: (now: number): string =>
    `As of ${localDay(now)}. Mayday keeps this up to date for an hour after you open it.`,
  outsider: (because: string): string =>
    `Nothing is shown here: ${escapedLine(because, 200)}. Your messages in the emergency channel do page.`,
  unknown: 'Slack did not tell Mayday who you are; open this tab again',
  storeAway:
    "Mayday's store does not answer, so nothing can be shown here. A message in the emergency channel pages all the same.",
  failed: (because: string): string => `This failed, and nothing was done: ${escapedText(because, 1_000)}`,
} as const

/** How far the pages of an emergency are, in a clause. */
function pagesOf(pages: readonly Page[]): string {
  const told = pages.slice(0, 4).map((page) => {
    const name = page.team === undefined ? 'Page' : `page of team ${escapedLine(page.team, 40)}`
    const people =
      page.state === 'confirmed' ? ` (calling ${escapedLine((page.pager?.assignees ?? []).join(', '), 120)})` : ''
    return `${name} ${page.state.replace('_', ' ')}${people}`
  })
  const more = pages.length - told.length
  return `${told.join('; ')}${more > 0 ? ` and ${more} more pages` : ''}.`
}

function counted(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`
}
