/** The note for whoever goes on call in the middle of an emergency. Pure; English is here and nowhere else of this room. */
import { escapedLine, escapedText, readable, span, who } from '../../mrkdwn.js'
import { followupsOf } from '../../ports/response.js'
import type { Fact, Incident, Page } from '../incident.js'
import { ROLES } from '../response.js'

/** Everything that the note tells. */
export interface HandoverNote {
  readonly incident: Incident
  readonly pages: readonly Page[]
  readonly facts: readonly Fact[]
  readonly from: readonly string[]
  readonly to: readonly string[]
  /** Slack users of those who are on call now, where they are known. */
  readonly mentions: readonly string[]
  /** "Checklist: step" of the required steps that are open. */
  readonly openSteps: readonly string[]
  /** Deliveries on hold and switches that are off, one line each. */
  readonly contained: readonly string[]
  /** Purges that are under way, one line each. */
  readonly purges: readonly string[]
  /** When the on-call list was read, ms. */
  readonly at: number
}

const LINES_MAX = 5
const NOTES_MAX = 3

/** The note; its text says everything. why: at most 4,000 characters, so every part has its own limit. */
export function handoverText(note: HandoverNote): string {
  const { incident, from, to, mentions } = note
  const mention = mentions.length === 0 ? '' : `${mentions.map((id) => `<@${id}>`).join(' ')} `
  return [
    `${mention}*The on-call changed* from ${people(from)} to ${people(to)} while emergency #${incident.id} is open. PagerDuty does not hand over by itself what somebody has: whoever is on it says whether they go on.`,
    `*What it is*: ${escapedText(readable(incident.text), 400)}`,
    `*How it stands*: ${standing(note)}`,
    `*Roles*: ${roles(incident)}`,
    ...part('*Impact*', impact(note.facts), LINES_MAX),
    ...part('*Said last*', said(note.facts), NOTES_MAX),
    part(
      '*Required steps that are open*',
      note.openSteps.map((step) => escapedLine(step, 120)),
      LINES_MAX,
    )[0] ?? '*Required steps that are open*: none.',
    ...part('*Follow-ups that are open*', followups(note.facts), LINES_MAX),
    part('*On hold or off*', note.contained, LINES_MAX)[0] ?? '*On hold or off*: nothing, as far as Mayday knows.',
    part(
      '*Purges under way*',
      note.purges.map((line) => escapedText(line, 200)),
      LINES_MAX,
    )[0] ?? '*Purges under way*: none.',
  ].join('\n')
}

function standing({ incident, pages, at }: HandoverNote): string {
  const rated = incident.severity === undefined ? 'no severity' : `severity ${incident.severity}`
  const by =
    incident.acknowledgedBy === undefined ? 'nobody is known to be on it' : `${who(incident.acknowledgedBy)} is on it`
  const eased = incident.state === 'mitigated' ? 'mitigated, ' : ''
  const paged = pages.map(
    (page) =>
      `${page.team === undefined ? 'page' : `team ${escapedLine(page.team, 40)}`} ${page.state.replace('_', ' ')}`,
  )
  const told = [...paged.slice(0, LINES_MAX), ...(paged.length > LINES_MAX ? [`${paged.length - LINES_MAX} more`] : [])]
  return `${span(at - incident.declaredAt)} old, ${eased}${rated}, ${by}; ${told.join(', ')}.`
}

function roles(incident: Incident): string {
  return ROLES.map((role) => {
    const holder = incident.roles?.[role]
    return `${role}: ${holder === undefined ? 'nobody' : who(holder)}`
  }).join(', ')
}

function impact(facts: readonly Fact[]): readonly string[] {
  return facts
    .flatMap((fact) => (fact.kind === 'impact_noted' ? [escapedText(readable(fact.text), 120)] : []))
    .toReversed()
}

function said(facts: readonly Fact[]): readonly string[] {
  const notes = facts.flatMap((fact) =>
    fact.kind === 'noted' ? [`${who(fact.actor)}: ${escapedLine(readable(fact.text), 160)}`] : [],
  )
  return notes.slice(-NOTES_MAX)
}

function followups(facts: readonly Fact[]): readonly string[] {
  return followupsOf(facts).flatMap((one) =>
    one.done
      ? []
      : [`${one.number}: ${escapedLine(readable(one.text), 100)} (${who(one.owner)}, due ${escapedLine(one.due, 20)})`],
  )
}

/** One paragraph, or nothing where there is nothing to tell. */
function part(title: string, lines: readonly string[], max: number): readonly string[] {
  if (lines.length === 0) return []
  const more = lines.length > max ? [`• and ${lines.length - max} more`] : []
  return [
    [`${title}:`, ...lines.slice(0, max).map((line) => (line.startsWith('• ') ? line : `• ${line}`)), ...more].join(
      '\n',
    ),
  ]
}

function people(names: readonly string[]): string {
  return names.length === 0
    ? 'nobody'
    : names
        .slice(0, 10)
        .map((name) => escapedLine(name, 80))
        .join(', ')
}
