/** What every `/mayday` subcommand is given, and how it says which emergency it means. */
import { escapedLine, readable, span, who } from '../mrkdwn.js'
import type { Clock, Directory, Log, Store } from '../ports.js'
import type { Incident, IncidentId } from './incident.js'
import type { Answer, Incidents, Press } from './incidents.js'
import type { Reviews } from './review/reviews.js'
import { SAID } from './words.js'

export interface CommandDeps {
  readonly incidents: Incidents
  readonly reviews: Reviews
  readonly store: Store
  readonly directory: Directory
  readonly clock: Clock
  readonly teams: readonly { readonly name: string; readonly about?: string }[]
  /** Lines of the self-check. Undefined while it cannot run. */
  readonly checkUp: () => Promise<readonly string[]>
  readonly log: Log
  /** Documents and checklists that fit the words, or all documents. */
  readonly findDocs: (words: string) => Promise<string>
  /** Turns or lists containment switches; the answer is for the person alone. */
  readonly switching: (rest: string, call: { user: string; press: string; channel: string }) => Promise<string>
}

export interface Subcommand {
  readonly usage: string
  readonly help: string
  readonly run: (deps: CommandDeps, call: Call) => Promise<Answer>
}

/** One command as it was typed: `rest` is what stands behind the subcommand. */
export interface Call {
  readonly rest: string
  readonly channel: string
  readonly user: string
  readonly press: string
}

/** What a command is about, and what was said about it. */
export interface AboutOne {
  readonly incident: Incident
  readonly press: Press
  readonly rest: string
}

/**
 * The emergency that a command means: the one whose number stands first (`#12 …`), else the newest open one of the
 * channel. `rest` is what follows. A string: why there is none.
 */
export async function aboutNewest(deps: CommandDeps, call: Call): Promise<AboutOne | string> {
  return aboutNumber(deps, call, async () => (await deps.incidents.current(call.channel)) ?? SAID.noneOpen)
}

/** The same, but with several open and no number nothing is guessed. */
export async function aboutOnly(deps: CommandDeps, call: Call): Promise<AboutOne | string> {
  return aboutNumber(deps, call, () => theOnlyOne(deps))
}

async function aboutNumber(
  deps: CommandDeps,
  call: Call,
  otherwise: () => Promise<Incident | string>,
): Promise<AboutOne | string> {
  const [, number, behind = ''] = /^#(\d{1,9})(?:\s+([\s\S]*))?$/u.exec(call.rest) ?? []
  const incident =
    number === undefined
      ? await otherwise()
      : ((await deps.store.incidents.get(Number(number) as IncidentId)) ?? SAID.unknown(number))
  if (typeof incident === 'string') return incident
  const press = { incident: incident.id, user: call.user, press: call.press }
  return { incident, press, rest: number === undefined ? call.rest : behind.trim() }
}

/** why: Slack does not tell a command from which thread it was typed, so with two open Mayday asks instead of guessing. */
export async function theOnlyOne(deps: CommandDeps): Promise<Incident | string> {
  const open = await deps.store.incidents.open()
  const [only, ...others] = open
  if (only === undefined) return SAID.noneOpen
  if (others.length === 0) return only
  const rows = await Promise.all(open.slice(0, 20).map((incident) => row(deps, incident)))
  return [SAID.which(open.length), ...rows].join('\n')
}

/** One open emergency in a list: its age, who has it, how far its pages are. */
export async function row(deps: CommandDeps, incident: Incident): Promise<string> {
  const pages = await deps.store.pages.ofIncident(incident.id)
  const states = pages.map(
    (page) => `${page.team === undefined ? 'page' : `team ${page.team}`} ${page.state.replace('_', ' ')}`,
  )
  const link = incident.permalink === undefined ? `#${incident.id}` : `<${incident.permalink}|#${incident.id}>`
  return `• ${link}, ${span(deps.clock.now() - incident.declaredAt)} old, ${ownerOf(incident)}; ${states.join(', ')}: ${escapedLine(readable(incident.text), 120)}`
}

/** Who has it, as lists of emergencies say it. */
function ownerOf(incident: Incident): string {
  const by = incident.acknowledgedBy === undefined ? 'nobody has taken it' : `${who(incident.acknowledgedBy)} is on it`
  return incident.state === 'mitigated' ? `mitigated, ${by}` : by
}

/** The number that the person typed, or why it is none. */
export function numberOf(typed: string): IncidentId | string {
  const number = /^#?(\d{1,9})$/u.exec(typed)?.[1]
  if (number === undefined) return `"${escapedLine(typed, 40)}" is not the number of an emergency; nothing was done.`
  return Number(number) as IncidentId
}
