/** What the shortcut says, in English. Pure. */
import type { Incident } from '../../incidents/incident.js'
import { escapedLine, escapedText, readable, span, who } from '../../mrkdwn.js'
import type { OnCall } from '../../ports.js'

/** Names that Slack shows in the form. At most 24 characters each (title, submit, close). */
export const SHORTCUT_LABELS = {
  title: 'Page about this',
  page: 'Page now',
  close: 'Close',
  reason: 'What should whoever is called know?',
  words: 'What is wrong?',
  wordsHint: 'Goes to the phone of whoever is called, and into the emergency channel.',
  reasonHint: 'Stands before the message, on the phone and in the thread.',
} as const

/** More open emergencies than this are counted, and more names on call. */
const NAMED_MAX = 3
/** Length of a section's text that Slack takes is 3,000 characters. */
const QUOTE_MAX = 2_800

/** Sentences of the form and of its outcome, in mrkdwn. */
export const shortcutWords = {
  whom: (onCall: OnCall | undefined, now: number): string => {
    if (onCall === undefined)
      return '*Who is called:* whoever is on call in PagerDuty. Mayday cannot see who that is at the moment.'
    const age = span(now - onCall.readAt)
    if (onCall.people.length === 0)
      return `*Nobody is on call*, as PagerDuty said ${age} ago. A page would reach nobody: call by phone, too.`
    const named = onCall.people
      .slice(0, NAMED_MAX)
      .map((one) => `${escapedLine(one.name, 80)} (level ${one.level})`)
      .join(', ')
    const more = onCall.people.length - NAMED_MAX
    return `*Who is called:* ${named}${more > 0 ? ` and ${more} more` : ''}, as PagerDuty said ${age} ago.`
  },
  rule: (channel: string, rule: Rule): string =>
    rule.mode === 'shadow'
      ? `*Shadow mode:* nobody is called; <#${channel}> shows what Mayday would do.`
      : `*By which rule:* as for a message in <#${channel}>: the default service of PagerDuty, ${rule.reads ? `level 1 first; if nobody acknowledges within ${span(rule.escalateAfterMs)} the next level` : 'by its own escalation rules; Mayday has no PagerDuty API token and cannot see who is called'}; after ${span(rule.backstopAfterMs)} the whole channel is told.`,
  where: (channel: string): string =>
    `The card, this text and a link to the message will stand in <#${channel}>, for everybody there to read, and the text goes to PagerDuty.`,
  quote: (text: string): string => {
    const words = escapedText(readable(text), QUOTE_MAX)
    return words === '' ? '_The message has no text; a link to it is sent._' : words
  },
  cut: 'The message is longer than this; whoever is called gets this much and the link.',
  open: (incidents: readonly Incident[], now: number): string => {
    const rows = incidents
      .slice(0, NAMED_MAX)
      .map((one) => `• ${numbered(one)}, ${span(now - one.declaredAt)} ago: ${escapedLine(readable(one.text), 100)}`)
    const more = incidents.length - NAMED_MAX
    const rest = more > 0 ? [`• and ${more} more`] : []
    return [
      '*Open now.* If it is one of these, close this form and go there: this one pages anew.',
      ...rows,
      ...rest,
    ].join('\n')
  },
  unseen:
    'Mayday cannot read its store at the moment, so it does not know whether this message has paged already. The page goes out all the same.',
  already: (incident: Incident): string =>
    incident.state === 'resolved' || incident.state === 'reviewed'
      ? `This message belongs to emergency ${numbered(incident)}, which is closed, so nobody was paged now. Post in <#${incident.channel}>: that pages at once.`
      : `This message belongs to emergency ${numbered(incident)}, which is open${incident.acknowledgedBy === undefined ? '' : `; ${who(incident.acknowledgedBy)} is on it`}. Nobody was paged now: for another call press *Page again* in its thread in <#${incident.channel}>.`,
  raised: (incident: Incident): string =>
    `Emergency ${numbered(incident)} is raised and its page is on the way to PagerDuty. Nobody is known to have been called yet; its thread in <#${incident.channel}> says who is.`,
  shadowed: (incident: Incident): string =>
    `Emergency ${numbered(incident)} is recorded. Shadow mode: *nobody was paged*.`,
  unrecorded: (channel: string): string =>
    `The page is on its way to PagerDuty without a record, because Mayday's store does not answer. Nobody is known to have been called yet. The thread in <#${channel}> follows when the store is back; until then call by phone, too.`,
  held: (channel: string): string =>
    `Mayday has paged as often as it may in one minute (\`paging.max_pages_per_minute\`) and emergencies are open, so nobody was paged by this. Wait a minute and press again, or write in <#${channel}>.`,
  nowhere:
    'Nobody was paged: Slack has not told Mayday yet which channel is the emergency channel. Call by phone, or use `npx mayday page`.',
  unopened: (channel: string): string =>
    `Nobody was paged: Slack did not show the form. Use the shortcut again, or post in <#${channel}>: that pages at once.`,
  failed: (because: string): string =>
    `This failed, and nothing is known to have been done: ${escapedText(because, 1_000)} Post in the emergency channel, or call by phone.`,
} as const

/** What of `paging` in mayday.yml the form tells. Times are ms. */
export interface Rule {
  readonly mode: 'armed' | 'shadow'
  /** A REST key is set. */
  readonly reads: boolean
  readonly escalateAfterMs: number
  readonly backstopAfterMs: number
}

function numbered(incident: Incident): string {
  return incident.permalink === undefined ? `#${incident.id}` : `<${incident.permalink}|#${incident.id}>`
}
