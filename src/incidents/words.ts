/** What the room says to people, in English. Pure; a second language is a second file of this form. */
import { escapedLine, escapedText, localTime, readable, span, who } from '../mrkdwn.js'
import type { Followup, Role } from '../ports/response.js'
import type { OnCallPerson } from '../ports.js'
import { type Actor, type FactBody, type Incident, isOpen } from './incident.js'

/** What can be asked for in vain, because it is so already. */
export type Change = Extract<
  FactBody,
  {
    readonly kind:
      | ('incident_acknowledged' | 'incident_resolved' | 'severity_set' | 'incident_mitigated')
      | ('mitigation_withdrawn' | 'role_claimed' | 'role_given_up')
  }
>

/** Why a deed changed nothing. */
export function nothingChanged(incident: Incident, fact: Change): string {
  const name = `Emergency #${incident.id}`
  if (!isOpen(incident)) return `${name} is closed already; nothing was changed.`
  switch (fact.kind) {
    case 'mitigation_withdrawn':
      return `${name} is not said to be mitigated; nothing was changed.`
    case 'role_given_up':
      return SAID.notYours(fact.role, incident.roles?.[fact.role])
    case 'severity_set':
      return `${name} has severity ${fact.severity} already.`
    case 'incident_mitigated':
      return `${name} is mitigated already; nothing was changed.`
    case 'role_claimed':
      return `You are the ${fact.role} of emergency #${incident.id} already.`
    case 'incident_acknowledged':
    case 'incident_resolved':
      return `Somebody is on emergency #${incident.id} already; nothing was changed.`
  }
}

/** Answers to one person. */
export const SAID = {
  noSubcommand: (typed: string) => `There is no \`/mayday ${escapedLine(typed, 40)}\`; nothing was done.`,
  done: 'Done; the thread says the rest.',
  onIt: 'You are on it.',
  closed: 'Closed.',
  asked: (done: string, id: number) => `${done} Emergency #${id}; the thread says when PagerDuty has it.`,
  nothingOpen: 'No emergency is open.',
  openCount: (count: number) => `${count} open:`,
  noTeam: (typed: string) => `There is no team "${escapedLine(typed, 40)}".`,
  onCallUnseen: 'Mayday cannot say who is on call: it needs PAGERDUTY_API_TOKEN, or PagerDuty has never answered.',
  onCallRow: ({ level, name, phone }: OnCallPerson) =>
    `• level ${level}: ${escapedLine(name, 80)}${phone === undefined ? '' : `, ${escapedLine(phone, 40)}`}`,
  onCallOld: (ageMs: number) => `_This list is ${span(ageMs)} old: PagerDuty does not answer._`,
  nobodyOnCall: '*Nobody is on call.* A page would reach nobody.',
  whichTeam: (teams: readonly string[]) =>
    `Say which team; nobody was paged. Usage: \`/mayday page TEAM [TEXT]\`.${teams.length === 0 ? '' : ` Teams: ${teams.join(', ')}.`}`,
  noneOpenToPage: 'No emergency is open, so nobody was paged. Post in the emergency channel: that pages at once.',
  teamPaged: (team: string, id: number) =>
    `The page for team ${escapedLine(team, 40)} is on its way; the thread of emergency #${id} says when it is confirmed.`,
  refused: (because: string) =>
    `Nothing was done: ${because}. Full members of this workspace may do this. Your messages here do page.`,
  whoAreYou: 'Nothing was done: Slack did not tell Mayday who you are. Press again, or do it in PagerDuty.',
  noTeamToPage: (typed: string, known: readonly string[]) =>
    `There is no team "${escapedLine(typed, 40)}"; nobody was paged. ${known.length === 0 ? 'No teams are configured (`teams` in mayday.yml).' : `Teams: ${known.join(', ')}.`}`,
  closedNotPaged: (id: number) =>
    `Emergency #${id} is closed, so nobody was paged. Post it again in the emergency channel: that pages at once.`,
  shadowed: 'Shadow mode: nobody was paged. The thread shows what Mayday would have done.',
  heldBack:
    'Mayday has paged as often as it may in one minute (`paging.max_pages_per_minute`), so nobody was paged by this press. Wait a minute, or call by phone.',
  noText: (what: 'note' | 'impact' | 'followup') =>
    ({
      note: 'There is no text; nothing was noted. Usage: `/mayday note TEXT`.',
      impact:
        'There is no text; nothing was noted. Say what users felt: `/mayday impact Payments failed for 20 minutes`.',
      followup: 'There is no text; no follow-up was noted. Usage: `/mayday followup @owner 2026-12-01 TEXT`.',
    })[what],
  tooLong: (max: number) => `This has more than ${max} characters; nothing was noted. Say it shorter.`,
  badSeverity: 'Say how bad it is, from 1 (worst) to 5; nothing was changed. Usage: `/mayday severity 2`.',
  rated: (id: number, severity: string) => `Emergency #${id} has severity ${severity} now.`,
  noted: (id: number) => `Noted on the timeline of emergency #${id}.`,
  impactNoted: (id: number) => `The impact is on the card of emergency #${id}.`,
  mitigated: (id: number) =>
    `Emergency #${id} is mitigated: users no longer feel it. PagerDuty was told nothing; close it with Resolve when it is over.`,
  notMitigated: (id: number) => `Emergency #${id} is felt by users again. Nobody new was paged; Page again does that.`,
  claimed: (role: Role, id: number) => `You are the ${role} of emergency #${id}.`,
  gaveUp: (role: Role, id: number) => `You are no longer the ${role} of emergency #${id}.`,
  notYours: (role: Role, holder: Actor | undefined) =>
    holder === undefined
      ? `Nobody is ${role}; nothing was changed.`
      : `You are not the ${role}; ${who(holder)} is. Nothing was changed.`,
  roleMoved: (role: Role, holder: Actor | undefined) =>
    `It changed while you looked: ${holder === undefined ? 'nobody' : who(holder)} is ${role} now. Nothing was done; press again if you still want to.`,
  roles: (incident: Incident) => `Emergency #${incident.id}. ${LINE.roles(incident)}`,
  noRole: (typed: string) =>
    `There is no role "${escapedLine(typed, 40)}"; nothing was changed. Usage: \`/mayday role commander|scribe\`, and \`off\` behind it to give it up.`,
  followupUsage:
    'No follow-up was noted. Usage: `/mayday followup @owner 2026-12-01 TEXT` (or `tomorrow`, `5d`), `/mayday followup done 2`, `/mayday followup` to see them.',
  noOwner: (typed: string) =>
    `"${escapedLine(typed, 60)}" is nobody whom Slack knows; no follow-up was noted. Pick the name from the list that Slack shows behind @, or say \`me\`.`,
  noDate: (typed: string) =>
    `"${escapedLine(typed, 40)}" is no date; no follow-up was noted. Say it as 2026-12-01, \`tomorrow\` or \`5d\`.`,
  past: (typed: string) => `${escapedLine(typed, 40)} is in the past; no follow-up was noted.`,
  followupAdded: (id: number, owner: Actor, due: string) =>
    `Noted for emergency #${id}: ${who(owner)} owns it until ${due}.`,
  followupDone: (id: number, number: number) => `Follow-up ${number} of emergency #${id} is done.`,
  noFollowup: (id: number, number: number) => `Emergency #${id} has no follow-up ${number}; nothing was changed.`,
  followupDoneAlready: (number: number) => `Follow-up ${number} is done already; nothing was changed.`,
  followups: (id: number, all: readonly (Followup & { readonly done: boolean })[]) =>
    all.length === 0
      ? `Emergency #${id} has no follow-ups. Add one: \`/mayday followup @owner 2026-12-01 TEXT\`.`
      : [
          `Follow-ups of emergency #${id}:`,
          ...all.slice(0, 50).map((one) => `${one.done ? '☑' : '☐'} ${LINE.followup(one)}`),
        ].join('\n'),
  noneOpen: 'No emergency is open; nothing was done. For one that is closed, put its number first, for example `#12`.',
  which: (open: number) => `${open} emergencies are open; nothing was done. Say which, by its number:`,
  byNumber:
    'In front of what follows `severity`, `mitigated`, `role`, `impact`, `followup` and `note`, `#12` means emergency 12, open or closed.',
  mitigatedUsage: 'Nothing was changed. Usage: `/mayday mitigated`, `/mayday mitigated off`.',
  unknown: (id: string) => `There is no emergency #${id}; nothing was done.`,
} as const

/** What people wrote, with an end: the lines of the card are one text for whoever has it read aloud. */
function stopped(words: string): string {
  return /[.!?…]$/u.test(words) ? words : `${words}.`
}

/** Lines of the card, in mrkdwn. */
export const LINE = {
  roles: ({ roles }: Incident) =>
    `Commander: ${roles?.commander === undefined ? 'nobody' : who(roles.commander)}. Scribe: ${roles?.scribe === undefined ? 'nobody' : who(roles.scribe)}.`,
  mitigated: (by: Actor, at: number) =>
    `*Mitigated*: ${who(by)} says since ${localTime(at)} that users no longer feel it.`,
  impact: (text: string, earlier: number) =>
    `Impact: ${stopped(escapedLine(readable(text), 300))}${earlier === 0 ? '' : ` (And ${earlier} earlier, on the timeline.)`}`,
  followups: (open: readonly Followup[]) =>
    `Open follow-ups: ${open.slice(0, 3).map(LINE.followup).join('; ')}${open.length > 3 ? `; and ${open.length - 3} more` : ''}.`,
  followup: (one: Followup): string =>
    `${one.number}. ${escapedLine(readable(one.text), 120)} (${who(one.owner)}, due ${one.due})`,
} as const

/** Labels of buttons, plain text. */
export const LABEL = {
  falseAlarm: 'False alarm',
  claim: { commander: 'Be commander', scribe: 'Be scribe' },
  held: { commander: 'Commander: take over or give up', scribe: 'Scribe: take over or give up' },
  heldTitle: { commander: 'The commander', scribe: 'The scribe' },
  heldText:
    'If it is you, you give it up. If it is somebody else, you take it over; tell them first. The timeline records it.',
  yes: 'Do it',
  no: 'No',
  mitigated: 'Mitigated',
  mitigatedTitle: 'Do users no longer feel it?',
  mitigatedText: 'The emergency stays open, and PagerDuty is told nothing. The timeline records the time.',
  notMitigated: 'Users feel it again',
  details: 'Impact, severity',
  followup: 'Follow-up',
  done: 'Done',
} as const

/** Forms. Titles at most 24 characters. */
export const FORM = {
  detailsTitle: 'Impact and severity',
  impact: 'What do users feel, or what did they feel?',
  impactHint: 'In words a customer would use. It goes on the card and into the review.',
  severity: 'How bad is it?',
  severities: ['1, worst', '2', '3', '4', '5'],
  followupTitle: 'Add a follow-up',
  what: 'What is to be done?',
  owner: 'Who sees to it?',
  due: 'Until when?',
  save: 'Save',
  cancel: 'Cancel',
  past: 'This day is in the past.',
  nothingSaid: 'Nothing was filled in, so nothing was changed.',
  needed: 'Say something, or cancel.',
} as const

/** What the thread is told. */
export const THREAD = {
  deleted:
    'The message of this emergency was deleted. Its page is still on: deleting does not call anybody off. If there was nothing, press False alarm.',
  mitigated: (by: Actor) => `${who(by)} says that users no longer feel it. The cause may still be there.`,
  back: (by: Actor) =>
    `${who(by)} says that users feel it again. Nobody new was paged by this; Page again on the card does that.`,
  role: (by: Actor, role: Role, from: Actor | undefined) =>
    `${who(by)} is ${role} now${from === undefined ? '' : `, after ${who(from)}`}.`,
  noRole: (by: Actor, role: Role) => `${who(by)} gave up being ${role}; nobody is.`,
  impact: (by: Actor, text: string) => `Impact, says ${who(by)}: ${escapedText(readable(text), 3_000)}`,
  followup: (by: Actor, one: Followup, done: boolean) =>
    `${done ? '☑ Done' : '☐ Open'}: follow-up ${one.number}, noted by ${who(by)}; ${who(one.owner)} owns it until ${one.due}: ${escapedText(readable(one.text), 2_500)}`,
  followupDone: (by: Actor, number: number) => `${who(by)} says that follow-up ${number} is done.`,
} as const

/** The message that opens the thread of an emergency that did not begin as one in this channel. */
export function rootText(incident: Incident): string {
  const { id, about, via, declaredBy } = incident
  const words = escapedText(readable(incident.text), 2_500)
  if (about !== undefined)
    return `Emergency #${id}, raised by ${who(declaredBy)} about ${messageOf(incident, about)}: ${words}`
  if (via === 'shortcut') return `Emergency #${id}, raised by ${who(declaredBy)}: ${words}`
  const from = declaredBy.slice(declaredBy.indexOf(':') + 1)
  return `Emergency #${id}, raised ${via === 'alert' ? 'by' : 'from a terminal by'} ${escapedLine(from, 80)}: ${words}`
}

/** why: only a well-formed channel id may stand in angle brackets; anything else there could be a broadcast. */
function messageOf({ permalink }: Incident, about: NonNullable<Incident['about']>): string {
  const message = permalink === undefined ? 'a message' : `<${permalink}|a message>`
  const by = about.by === undefined ? '' : ` by ${who(about.by)}`
  const where = /^[CGD][A-Z0-9]{1,30}$/u.test(about.channel) ? ` in <#${about.channel}>` : ''
  return `${message}${by}${where}`
}
