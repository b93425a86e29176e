/** `/mayday …`: each subcommand stands once, with its help; `/mayday help` and the README's table are made of it. */
import { escapedLine, readable, span, who } from '../mrkdwn.js'
import type { Clock, Directory, Log, Store } from '../ports.js'
import type { Incident, Severity } from './incident.js'
import type { Answer, Incidents, Press } from './incidents.js'
import type { Reviews } from './review/reviews.js'
import { REVIEW_WORDS } from './review/words.js'

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
  /** Turns or lists containment switches; the answer is for the person alone. */
  readonly switching: (rest: string, call: { user: string; press: string; channel: string }) => Promise<string>
}

/** A slash command as Slack signs it; the actor is `user_id`, never a name in the text. */
export interface SlashCommand {
  readonly user_id: string
  readonly channel_id: string
  readonly text: string
  readonly trigger_id: string
}

interface Subcommand {
  readonly usage: string
  readonly help: string
  readonly run: (deps: CommandDeps, call: Call) => Promise<Answer>
}

interface Call {
  readonly rest: string
  readonly channel: string
  readonly user: string
  readonly press: string
}

export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  status: { usage: 'status', help: 'open emergencies and how far their pages are', run: reading(status) },
  oncall: { usage: 'oncall [TEAM]', help: 'who is on call now', run: reading(onCall) },
  page: { usage: 'page TEAM [TEXT]', help: 'page another team about the newest open emergency', run: pageTeam },
  ack: {
    usage: 'ack [NUMBER]',
    help: 'say that you are on it, here and in PagerDuty',
    run: withIncident((deps, press) => deps.incidents.acknowledge(press), 'You are on it.'),
  },
  resolve: {
    usage: 'resolve [NUMBER]',
    help: 'close the emergency, here and in PagerDuty',
    run: withIncident((deps, press) => deps.incidents.resolve(press, false), 'Closed.'),
  },
  severity: { usage: 'severity 1-5', help: 'say how bad it is; 1 is worst', run: severity },
  note: { usage: 'note TEXT', help: 'add a line to the timeline', run: note },
  switch: {
    usage: 'switch [NAME off|on]',
    help: 'turn something off while you think, or on again; alone: how all of them stand',
    run: reading((deps, call) => deps.switching(call.rest, call)),
  },
  retro: {
    usage: 'retro [done] [NUMBER]',
    help: 'put the review into the thread of the newest emergency or that one; done: it is reviewed',
    run: retro,
  },
  doctor: { usage: 'doctor', help: 'check tokens, channel, PagerDuty and store', run: reading(doctor) },
  help: { usage: 'help', help: 'this list', run: async () => helpText() },
}

/** Answers one command; the text is for the person alone. */
export async function answerCommand(deps: CommandDeps, command: SlashCommand): Promise<string> {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*)$/u.exec(command.text) ?? []
  const asked = name === '' ? 'help' : name.toLowerCase()
  const subcommand = Object.hasOwn(SUBCOMMANDS, asked) ? SUBCOMMANDS[asked] : undefined
  if (subcommand === undefined)
    return `There is no \`/mayday ${escapedLine(name, 40)}\`; nothing was done.\n${helpText()}`
  const call = { rest: rest.trim(), channel: command.channel_id, user: command.user_id, press: command.trigger_id }
  return (await subcommand.run(deps, call)) ?? 'Done; the thread says the rest.'
}

function helpText(): string {
  return Object.values(SUBCOMMANDS)
    .map((one) => `\`/mayday ${one.usage}\`: ${one.help}`)
    .join('\n')
}

async function status(deps: CommandDeps): Promise<string> {
  const open = await deps.store.incidents.open()
  if (open.length === 0) return 'No emergency is open.'
  const rows = await Promise.all(open.slice(0, 20).map((incident) => row(deps, incident)))
  return [`${open.length} open:`, ...rows].join('\n')
}

async function row(deps: CommandDeps, incident: Incident): Promise<string> {
  const pages = await deps.store.pages.ofIncident(incident.id)
  const states = pages.map(
    (page) => `${page.team === undefined ? 'page' : `team ${page.team}`} ${page.state.replace('_', ' ')}`,
  )
  const link = incident.permalink === undefined ? `#${incident.id}` : `<${incident.permalink}|#${incident.id}>`
  const by = incident.acknowledgedBy === undefined ? 'nobody has taken it' : `${who(incident.acknowledgedBy)} is on it`
  return `• ${link}, ${span(deps.clock.now() - incident.declaredAt)} old, ${by}; ${states.join(', ')}: ${escapedLine(readable(incident.text), 120)}`
}

async function onCall(deps: CommandDeps, call: Call): Promise<string> {
  const team = call.rest === '' ? undefined : call.rest
  if (team !== undefined && !deps.teams.some((one) => one.name === team))
    return `There is no team "${escapedLine(team, 40)}".`
  const list = await deps.directory.onCall(team)
  if (list === undefined)
    return 'Mayday cannot say who is on call: it needs PAGERDUTY_API_TOKEN, or PagerDuty has never answered.'
  const rows = list.people.map(
    (person) =>
      `• level ${person.level}: ${escapedLine(person.name, 80)}${person.phone === undefined ? '' : `, ${escapedLine(person.phone, 40)}`}`,
  )
  const old = deps.clock.now() - list.readAt
  const stale = old > 120_000 ? [`_This list is ${span(old)} old: PagerDuty does not answer._`] : []
  return [...(rows.length === 0 ? ['*Nobody is on call.* A page would reach nobody.'] : rows), ...stale].join('\n')
}

async function pageTeam(deps: CommandDeps, call: Call): Promise<Answer> {
  const [, team = '', text = ''] = /^(\S*)\s*([\s\S]*)$/u.exec(call.rest) ?? []
  if (team === '') return `Say which team; nobody was paged. Usage: \`/mayday page TEAM [TEXT]\`.${teamList(deps)}`
  const incident = await deps.incidents.current(call.channel)
  if (incident === undefined)
    return 'No emergency is open, so nobody was paged. Post in the emergency channel: that pages at once.'
  const answer = await deps.incidents.pageTeam(
    { incident: incident.id, user: call.user, press: call.press },
    team,
    text,
  )
  return (
    answer ??
    `The page for team ${escapedLine(team, 40)} is on its way; the thread of emergency #${incident.id} says when it is confirmed.`
  )
}

function teamList({ teams }: CommandDeps): string {
  return teams.length === 0 ? '' : ` Teams: ${teams.map((team) => team.name).join(', ')}.`
}

async function severity(deps: CommandDeps, call: Call): Promise<Answer> {
  if (!/^[1-5]$/u.test(call.rest))
    return 'Say how bad it is, from 1 (worst) to 5; nothing was changed. Usage: `/mayday severity 2`.'
  const incident = await deps.incidents.current(call.channel)
  if (incident === undefined) return 'No emergency is open; nothing was changed.'
  const press = { incident: incident.id, user: call.user, press: call.press }
  return (
    (await deps.incidents.severity(press, Number(call.rest) as Severity)) ??
    `Emergency #${incident.id} has severity ${call.rest} now.`
  )
}

async function note(deps: CommandDeps, call: Call): Promise<Answer> {
  const incident = await deps.incidents.current(call.channel)
  if (incident === undefined) return 'No emergency is open; nothing was noted.'
  return deps.incidents.note({ incident: incident.id, user: call.user, press: call.press }, call.rest)
}

async function retro({ reviews }: CommandDeps, call: Call): Promise<Answer> {
  const [, done, number] = /^(done)?\s*(?:#?(\d{1,9}))?$/iu.exec(call.rest) ?? []
  if (call.rest !== '' && done === undefined && number === undefined) return REVIEW_WORDS.usage
  const id = number === undefined ? (await reviews.latest(call.channel))?.id : (Number(number) as Incident['id'])
  if (id === undefined) return REVIEW_WORDS.unknown
  const press = { incident: id, user: call.user, press: call.press }
  return done === undefined ? reviews.write(press) : reviews.done(press)
}

async function doctor(deps: CommandDeps): Promise<string> {
  return (await deps.checkUp()).join('\n')
}

// why: a guest may post, and so page, and nothing else; this shows phone numbers and what other people wrote.
function reading(run: Subcommand['run']): Subcommand['run'] {
  return async (deps, call) =>
    (await deps.incidents.refusal(call.user, { channel: call.channel }, call.press, 'read')) ?? run(deps, call)
}

function withIncident(act: (deps: CommandDeps, press: Press) => Promise<Answer>, done: string): Subcommand['run'] {
  return async (deps, call) => {
    const incident = await incidentOf(deps, call)
    if (typeof incident === 'string') return incident
    return (
      (await act(deps, { incident: incident.id, user: call.user, press: call.press })) ??
      `${done} Emergency #${incident.id}; the thread says when PagerDuty has it.`
    )
  }
}

/** why: Slack does not tell a command from which thread it was typed, so with two open Mayday asks instead of guessing. */
async function theOnlyOne(deps: CommandDeps): Promise<Incident | string> {
  const open = await deps.store.incidents.open()
  const [only, ...others] = open
  if (only === undefined) return 'No emergency is open; nothing was done.'
  if (others.length === 0) return only
  const rows = await Promise.all(open.slice(0, 20).map((incident) => row(deps, incident)))
  return [`${open.length} emergencies are open; nothing was done. Say which, by its number:`, ...rows].join('\n')
}

async function incidentOf(deps: CommandDeps, call: Call): Promise<Incident | string> {
  if (call.rest === '') return theOnlyOne(deps)
  const number = /^#?(\d{1,9})$/u.exec(call.rest)?.[1]
  if (number === undefined)
    return `"${escapedLine(call.rest, 40)}" is not the number of an emergency; nothing was done.`
  const incident = await deps.store.incidents.get(Number(number) as Incident['id'])
  return incident ?? `There is no emergency #${number}; nothing was done.`
}
