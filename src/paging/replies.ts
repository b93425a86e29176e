/**
 * What the thread says about a page, in each state. Pure. A sentence here claims no more than its fact: "accepted" is
 * never told as "paged", and whoever has not been seen to be called is not said to be called.
 */
import type { Actor, Page, PageFact, PageFailure } from '../incidents/incident.js'
import { escapedLine, readable, span, who } from '../mrkdwn.js'
import type { OnCall } from '../ports.js'
import { leftAcknowledged, unacknowledgeFailed } from './silence-words.js'

/** Somebody to call by phone, from `paging.contacts`. */
export interface Contact {
  readonly name: string
  readonly phone?: string | undefined
  readonly slack?: string | undefined
}

/** What a reply may draw on. */
export interface ReplyContext {
  readonly page: Page
  readonly actor: Actor
  /** When the fact happened, ms. */
  readonly at: number
  /** The last good copy, however old. */
  readonly onCall: OnCall | undefined
  readonly contacts: readonly Contact[]
  readonly reads: boolean
}

/** What the thread is told, and how loudly. */
export interface Reply {
  readonly text: string
  /** Also in the channel, before everything else that waits for it. */
  readonly loud: boolean
  /** With a button that pages again. */
  readonly pageAgain?: boolean
}

/** The reply for this fact, or undefined where the card alone says it. */
export function replyTo(fact: PageFact, context: ReplyContext): Reply | undefined {
  const { page } = context
  const team = page.team === undefined ? '' : ` for team ${escapedLine(page.team, 40)}`
  switch (fact.kind) {
    case 'page_requested':
    case 'page_assignees_changed':
      return undefined
    case 'page_shadowed':
      return quiet(`Shadow mode: Mayday would have paged${team} now. *Nobody has been called.*`)
    case 'page_accepted':
      return page.watch.shoutedAt === undefined
        ? undefined
        : quiet(
            `PagerDuty accepted the page${team} now, at attempt ${fact.attempts}. Not confirmed yet: keep calling until Mayday says who has it.`,
          )
    case 'page_failing':
      return quiet(
        `${untaken(fact.failure, team)} (${cause(fact.failure.because)}). Nobody is known to have been called so far. Mayday keeps trying.`,
      )
    case 'page_rejected':
      return quiet(
        `PagerDuty refused the page${team} (${cause(fact.failure.because)}). Nobody is known to have been called so far. Mayday is trying another way now.`,
      )
    case 'page_not_delivered':
      return loud(notDelivered(fact.failure, team, context))
    case 'page_unconfirmed':
      return loud(unconfirmed(fact, team, context))
    case 'page_confirmed':
      return fact.late
        ? {
            text: `The page${team} got through after all: PagerDuty is paging ${names(fact.pager.assignees)}.`,
            loud: true,
          }
        : undefined
    case 'page_acknowledge_asked':
      return fact.verifiable
        ? undefined
        : quiet(
            `${who(context.actor)} is on it and acknowledged from Slack. Mayday has no PagerDuty API token, so it cannot see whether PagerDuty has stopped calling.`,
          )
    case 'page_resolve_asked':
      return undefined
    case 'page_acknowledged':
      return quiet(`${who(context.actor)} acknowledged the page${team}.`)
    case 'page_unacknowledged':
      return loud(
        `${fact.silent === undefined ? '' : `${who(fact.silent)} gave no sign of life. `}The page${team} is no longer acknowledged in PagerDuty, so nobody is known to be on it.${(page.pager?.assignees ?? []).length === 0 ? '' : ' PagerDuty calls again.'}`,
      )
    case 'page_unacknowledge_failed':
      return unacknowledgeFailed(fact, team)
    case 'page_left_acknowledged':
      return quiet(leftAcknowledged(fact, team))
    case 'page_resolved':
      return quiet(resolved(fact.falseAlarm, team, context))
    case 'page_wish_failed':
      return quiet(
        `PagerDuty did not take the ${fact.wish === 'acknowledge' ? 'acknowledgement' : 'resolution'} (${cause(fact.because)}), so it may go on calling. Mayday keeps trying; doing it in PagerDuty works too.`,
      )
    case 'page_reminded':
      return quiet(reminded(fact.assignees, team, context))
    case 'page_escalated':
      return quiet(
        fact.level === undefined
          ? `${unacknowledged(team, context)} Mayday did not raise it to the next escalation level: ${context.reads ? cause(fact.because ?? 'unknown') : 'it has no PagerDuty API token'}.`
          : `${unacknowledged(team, context)} Mayday raised it to escalation level ${fact.level} in PagerDuty.`,
      )
    case 'page_backstop':
      return loud(
        `<!channel> *${unacknowledged(team, context)}* If you read this and can help, say so in the thread. Please also call by phone:\n${callList(context)}`,
      )
    case 'page_doubled':
      return quiet(doubled(fact.double, fact.merged))
  }
}

function notDelivered(failure: PageFailure, team: string, context: ReplyContext): string {
  return [
    `<!channel> *Nobody is known to have been paged${team}.* ${untaken(failure, '')} (${cause(failure.because)}). Please call by phone:`,
    callList(context),
    'Mayday keeps trying and will say here when the page gets through.',
  ].join('\n')
}

/** why: a call without an answer may have been applied all the same, so PagerDuty may be calling already. */
function untaken(failure: PageFailure, team: string): string {
  return failure.kind === 'unknown'
    ? `PagerDuty did not say whether it took the page${team}`
    : `PagerDuty has not taken the page${team} yet`
}

function unconfirmed(
  { exists, unseen }: { readonly exists: boolean; readonly unseen?: string },
  team: string,
  context: ReplyContext,
): string {
  const what =
    unseen !== undefined
      ? `PagerDuty accepted the page, but does not let Mayday see what became of it (${cause(unseen)})`
      : exists
        ? 'PagerDuty has an incident for this page, but nobody is assigned to it'
        : 'PagerDuty accepted the page, but made no incident of it (often: nobody is on call, or the service is disabled)'
  return [
    `<!channel> *Nobody is known to have been paged${team}.* ${what}. Please call by phone:`,
    callList(context),
    'Mayday keeps trying and will say here when somebody is confirmed.',
  ].join('\n')
}

function resolved(falseAlarm: boolean, team: string, context: ReplyContext): string {
  const unseen = context.reads ? '' : ' PagerDuty accepted that; Mayday has no API token to see it take effect.'
  if (!falseAlarm) return `The page${team} was resolved by ${who(context.actor)}.${unseen}`
  const called =
    context.page.confirmedAt === undefined
      ? 'The on-call may have been called.'
      : `PagerDuty was already paging ${names(context.page.pager?.assignees ?? [])}.`
  return `False alarm, says ${who(context.actor)}, ${age(context)} after the page. ${called} Thank you for raising it: better once too often.${unseen}`
}

function reminded(assignees: readonly string[], team: string, context: ReplyContext): string {
  const people = context.contacts.filter((contact) => contact.slack !== undefined && assignees.includes(contact.name))
  const mention = people.map((contact) => `<@${contact.slack}>`).join(' ')
  const whom = assignees.length === 0 ? 'Nobody is confirmed as called.' : `PagerDuty is paging ${names(assignees)}.`
  return `${mention === '' ? '' : `${mention} `}${unacknowledged(team, context)} ${whom} If you are on it, press Acknowledge.`
}

// why: an incident can have several pages, so what nobody has acknowledged is this page, not the emergency.
function unacknowledged(team: string, context: ReplyContext): string {
  const sees = context.reads && context.page.unseen === undefined
  return sees
    ? `Nobody has acknowledged the page${team} after ${age(context)}.`
    : `Nobody has acknowledged the page${team} in Slack after ${age(context)}; whether somebody did in PagerDuty, Mayday cannot see.`
}

function doubled(double: string, merged: boolean): string {
  return merged
    ? 'PagerDuty ended up with two incidents for this emergency, because its answer came late. Mayday made them one; somebody may have been called twice.'
    : `PagerDuty ended up with two incidents for this emergency and Mayday could not merge them. Please resolve ${cause(double)} there by hand; it is not a second emergency.`
}

/** why: text is cut at 4,000 characters, and the sentence behind the list must not be what is missing. */
const LIST_MAX = 3_000

/** Names and numbers to call, and how old they are when they are not fresh. */
function callList(context: ReplyContext): string {
  const people = context.onCall?.people ?? []
  const rows = people.map((person) => {
    const contact = context.contacts.find((one) => one.name === person.name)
    return callRow(`${escapedLine(person.name, 80)} (on call, level ${person.level})`, person.phone, contact)
  })
  const others = context.contacts.filter((contact) => !people.some((person) => person.name === contact.name))
  const extra = others.map((contact) => callRow(escapedLine(contact.name, 80), undefined, contact))
  const old = context.onCall === undefined ? 0 : context.at - context.onCall.readAt
  const stale = old > 5 * 60_000 ? [`_This on-call list was read ${span(old)} ago._`] : []
  const whole = [...rows, ...extra]
  const told = whole.filter((_row, index) => whole.slice(0, index + 1).join('\n').length <= LIST_MAX)
  const more =
    whole.length > told.length ? [`• … and ${whole.length - told.length} more, in PagerDuty and mayday.yml`] : []
  const list = [...told, ...more, ...stale]
  return list.length === 0
    ? '• _Mayday knows no phone number: look in PagerDuty or your list of staff. For the next time, `paging.contacts` in mayday.yml holds numbers._'
    : list.join('\n')
}

function callRow(name: string, number: string | undefined, contact: Contact | undefined): string {
  const mention = contact?.slack === undefined ? '' : ` <@${contact.slack}>`
  return `• ${name}: ${phone(number ?? contact?.phone)}${mention}`
}

function phone(number: string | undefined): string {
  return number === undefined ? '_no number known_' : escapedLine(number, 40)
}

function names(people: readonly string[]): string {
  return people.length === 0 ? 'nobody' : people.map((name) => `*${escapedLine(name, 80)}*`).join(', ')
}

function age(context: ReplyContext): string {
  return span(context.at - context.page.watch.since)
}

function cause(because: string): string {
  return escapedLine(readable(because), 200)
}

function quiet(text: string): Reply {
  return { text, loud: false }
}

function loud(text: string): Reply {
  return { text, loud: true }
}
