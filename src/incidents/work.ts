/** `/mayday` subcommands for the work on an emergency: roles, mitigation, impact, follow-ups. */
import { followupsOf, type Role } from '../ports/response.js'
import { aboutOnly, type Call, type CommandDeps } from './command.js'
import { dueDate, isPast, mentioned } from './due.js'
import type { Actor, Incident } from './incident.js'
import type { Answer, Press } from './incidents.js'
import { ROLES } from './response.js'
import { SAID } from './words.js'

/** `role`, `role commander`, `role commander off`. */
export async function role(deps: CommandDeps, call: Call): Promise<Answer> {
  const about = await aboutOnly(deps, call)
  if (typeof about === 'string') return about
  const { incident, press, rest } = about
  if (rest === '') return reading(deps, press, async () => SAID.roles(incident))
  const [name = '', off, ...more] = rest.toLowerCase().split(/\s+/u)
  const wanted = ROLES.find((one) => one === name)
  if (wanted === undefined || (off !== undefined && off !== 'off') || more.length > 0) return SAID.noRole(rest)
  return changeRole(deps, press, wanted, off === undefined)
}

async function changeRole(deps: CommandDeps, press: Press, wanted: Role, mine: boolean): Promise<Answer> {
  const answer = mine ? await deps.incidents.claim(press, wanted) : await deps.incidents.giveUp(press, wanted)
  return answer ?? (mine ? SAID.claimed(wanted, press.incident) : SAID.gaveUp(wanted, press.incident))
}

/** `mitigated`, `mitigated off`. */
export async function mitigated(deps: CommandDeps, call: Call): Promise<Answer> {
  const about = await aboutOnly(deps, call)
  if (typeof about === 'string') return about
  const { press, rest } = about
  if (rest !== '' && rest !== 'off') return SAID.mitigatedUsage
  const over = rest === ''
  return (
    (await deps.incidents.mitigate(press, over)) ??
    (over ? SAID.mitigated(press.incident) : SAID.notMitigated(press.incident))
  )
}

/** `impact TEXT`. */
export async function impact(deps: CommandDeps, call: Call): Promise<Answer> {
  const about = await aboutOnly(deps, call)
  if (typeof about === 'string') return about
  return (await deps.incidents.impact(about.press, about.rest)) ?? SAID.impactNoted(about.incident.id)
}

/** `followup @owner DATE TEXT`, `followup done N`, `followup`. */
export async function followup(deps: CommandDeps, call: Call): Promise<Answer> {
  const about = await aboutOnly(deps, call)
  if (typeof about === 'string') return about
  const { incident, press, rest } = about
  if (rest === '') return reading(deps, press, () => listed(deps, incident))
  const done = /^done\s+#?(\d{1,6})$/iu.exec(rest)?.[1]
  if (done !== undefined)
    return (await deps.incidents.doneFollowup(press, Number(done))) ?? SAID.followupDone(incident.id, Number(done))
  const wanted = readFollowup(rest, call.user, deps.clock.now())
  if (typeof wanted === 'string') return wanted
  return (await deps.incidents.addFollowup(press, wanted)) ?? SAID.followupAdded(incident.id, wanted.owner, wanted.due)
}

async function listed(deps: CommandDeps, incident: Incident): Promise<string> {
  return SAID.followups(incident.id, followupsOf(await deps.store.facts.ofIncident(incident.id)))
}

/** The three parts of `@owner DATE TEXT`, or what is wrong with them. */
function readFollowup(
  typed: string,
  me: string,
  now: number,
): { readonly owner: Actor; readonly due: string; readonly text: string } | string {
  const [, first = '', day = '', text = ''] = /^(\S+)\s+(\S+)\s+([\s\S]+)$/u.exec(typed) ?? []
  if (text === '') return SAID.followupUsage
  const owner = first.toLowerCase() === 'me' ? me : mentioned(first)
  if (owner === undefined) return SAID.noOwner(first)
  const due = dueDate(day, now)
  if (due === undefined) return SAID.noDate(day)
  return isPast(due, now) ? SAID.past(day) : { owner: `slack:${owner}`, due, text }
}

// why: a guest may post, and so page, and nothing else; what others wrote is not for them.
async function reading(deps: CommandDeps, press: Press, read: () => Promise<string>): Promise<Answer> {
  return (await deps.incidents.refusal(press.user, press.incident, press.press, 'read')) ?? read()
}
