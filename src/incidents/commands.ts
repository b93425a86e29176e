/** `/mayday …`: each subcommand stands once, with its help; `/mayday help` and the README's table are made of it. */
import { aboutNewest, type Call, type CommandDeps, numberOf, row, type Subcommand, theOnlyOne } from './command.js'
import type { Incident, Severity } from './incident.js'
import type { Answer, Press } from './incidents.js'
import { REVIEW_WORDS } from './review/words.js'
import { SAID } from './words.js'
import { followup, impact, mitigated, role } from './work.js'

/** A slash command as Slack signs it; the actor is `user_id`, never a name in the text. */
export interface SlashCommand {
  readonly user_id: string
  readonly channel_id: string
  readonly text: string
  readonly trigger_id: string
}

export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  status: { usage: 'status', help: 'open emergencies and how far their pages are', run: reading(status) },
  oncall: { usage: 'oncall [TEAM]', help: 'who is on call now', run: reading(onCall) },
  page: { usage: 'page TEAM [TEXT]', help: 'page another team about the newest open emergency', run: pageTeam },
  ack: {
    usage: 'ack [NUMBER]',
    help: 'say that you are on it, here and in PagerDuty',
    run: withIncident((deps, press) => deps.incidents.acknowledge(press), SAID.onIt),
  },
  resolve: {
    usage: 'resolve [NUMBER]',
    help: 'close the emergency, here and in PagerDuty',
    run: withIncident((deps, press) => deps.incidents.resolve(press, false), SAID.closed),
  },
  severity: { usage: 'severity 1-5', help: 'say how bad it is; 1 is worst', run: severity },
  mitigated: {
    usage: 'mitigated [off]',
    help: 'say that users no longer feel it, or that they do again',
    run: mitigated,
  },
  role: { usage: 'role [commander|scribe [off]]', help: 'take a role, give it up, or see who has which', run: role },
  impact: {
    usage: 'impact TEXT',
    help: 'note what users felt, in their words, for the card and the review',
    run: impact,
  },
  followup: {
    usage: 'followup [@OWNER DATE TEXT|done N]',
    help: 'note work that is left, with its owner and date; see it; tick it off',
    run: followup,
  },
  note: { usage: 'note TEXT', help: 'add a line to the timeline', run: note },
  switch: {
    usage: 'switch [NAME off|on]',
    help: 'turn something off while you think, or on again; alone: how all of them stand',
    run: reading((deps, call) => deps.switching(call.rest, call)),
  },
  docs: {
    usage: 'docs [WORDS]',
    help: 'documents and checklists that fit the words; alone: every document',
    run: reading((deps, call) => deps.findDocs(call.rest)),
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
  if (subcommand === undefined) return `${SAID.noSubcommand(name)}\n${helpText()}`
  const call = { rest: rest.trim(), channel: command.channel_id, user: command.user_id, press: command.trigger_id }
  return (await subcommand.run(deps, call)) ?? SAID.done
}

/** As `/mayday status`, for whoever asks without typing. */
export function statusFor(deps: CommandDeps, { user, press }: { user: string; press: string }): Promise<string> {
  return answerCommand(deps, { text: 'status', user_id: user, channel_id: '', trigger_id: press })
}

function helpText(): string {
  const rows = Object.values(SUBCOMMANDS).map((one) => `\`/mayday ${one.usage}\`: ${one.help}`)
  return [...rows, SAID.byNumber].join('\n')
}

async function status(deps: CommandDeps): Promise<string> {
  const open = await deps.store.incidents.open()
  if (open.length === 0) return SAID.nothingOpen
  const rows = await Promise.all(open.slice(0, 20).map((incident) => row(deps, incident)))
  return [SAID.openCount(open.length), ...rows].join('\n')
}

async function onCall(deps: CommandDeps, call: Call): Promise<string> {
  const team = call.rest === '' ? undefined : call.rest
  if (team !== undefined && !deps.teams.some((one) => one.name === team)) return SAID.noTeam(team)
  const list = await deps.directory.onCall(team)
  if (list === undefined) return SAID.onCallUnseen
  const rows = list.people.map(SAID.onCallRow)
  const old = deps.clock.now() - list.readAt
  const stale = old > 120_000 ? [SAID.onCallOld(old)] : []
  return [...(rows.length === 0 ? [SAID.nobodyOnCall] : rows), ...stale].join('\n')
}

async function pageTeam(deps: CommandDeps, call: Call): Promise<Answer> {
  const [, team = '', text = ''] = /^(\S*)\s*([\s\S]*)$/u.exec(call.rest) ?? []
  if (team === '') return SAID.whichTeam(deps.teams.map((one) => one.name))
  const incident = await deps.incidents.current(call.channel)
  if (incident === undefined) return SAID.noneOpenToPage
  const answer = await deps.incidents.pageTeam(
    { incident: incident.id, user: call.user, press: call.press },
    team,
    text,
  )
  return answer ?? SAID.teamPaged(team, incident.id)
}

async function severity(deps: CommandDeps, call: Call): Promise<Answer> {
  const about = await aboutNewest(deps, call)
  if (typeof about === 'string') return about
  if (!/^[1-5]$/u.test(about.rest)) return SAID.badSeverity
  return (
    (await deps.incidents.severity(about.press, Number(about.rest) as Severity)) ??
    SAID.rated(about.incident.id, about.rest)
  )
}

async function note(deps: CommandDeps, call: Call): Promise<Answer> {
  const about = await aboutNewest(deps, call)
  if (typeof about === 'string') return about
  return (await deps.incidents.note(about.press, about.rest)) ?? SAID.noted(about.incident.id)
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
      (await act(deps, { incident: incident.id, user: call.user, press: call.press })) ?? SAID.asked(done, incident.id)
    )
  }
}

async function incidentOf(deps: CommandDeps, call: Call): Promise<Incident | string> {
  if (call.rest === '') return theOnlyOne(deps)
  const number = numberOf(call.rest)
  if (typeof number === 'string') return number
  return (await deps.store.incidents.get(number)) ?? SAID.unknown(String(number))
}
