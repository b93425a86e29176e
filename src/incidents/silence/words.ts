/** What is said to and about a silent owner. Pure. */
import { escapedLine, span, who } from '../../mrkdwn.js'
import type { Actor, IncidentId } from '../incident.js'

/** The button's text. */
export const STILL_ON_IT = 'I am on it'

/** The question in the thread. `mention`: Slack user of the owner, where one is known. */
export function question(about: {
  readonly incident: IncidentId
  readonly owner: Actor
  readonly mention: string | undefined
  readonly silentMs: number
  readonly answerWithinMs: number | undefined
}): string {
  const { owner, mention, answerWithinMs } = about
  const name = mention === undefined ? who(owner) : `<@${mention}>`
  const next =
    answerWithinMs === undefined
      ? ''
      : ` Without an answer within ${span(answerWithinMs)} Mayday asks PagerDuty to take the acknowledgement back, so that it calls again.`
  return `${name}, are you still on emergency #${about.incident}? Nothing was heard from you for ${span(about.silentMs)}. Write a word here, or press ${STILL_ON_IT}.${next}`
}

/** The question when somebody has answered it. */
export function answered(by: Actor, owner: Actor): string {
  return by === owner ? `${who(by)} is still on it.` : `${who(by)} says: I am on it.`
}

/** Told to somebody who answered for another person. */
export function takeItOver(incident: IncidentId, owner: Actor, url: string | undefined): string {
  const where = url === undefined ? 'in PagerDuty' : `in <${url}|PagerDuty>`
  return `Noted; Mayday leaves emergency #${incident} acknowledged. PagerDuty still has ${escapedOwner(owner)} for it and does not know of you: acknowledge it or reassign it to yourself ${where}, so that it calls you.`
}

/** Told to somebody who pressed when nobody had it any more. */
export function nobodyHasIt(incident: IncidentId): string {
  return `Nobody is known to be on emergency #${incident} any more. If you are, press Acknowledge on its card, or use \`/mayday ack ${incident}\`; nothing was changed by this.`
}

function escapedOwner(owner: Actor): string {
  return owner.startsWith('pagerduty:') ? escapedLine(owner.slice(owner.indexOf(':') + 1), 80) : who(owner)
}
