/** `/mayday switch …`, and the buttons that do the same. */
import type { IncidentId } from '../incidents/incident.js'
import type { SwitchState } from '../ports/switches.js'
import type { Standing, Switches } from './switches.js'
import * as words from './words.js'

export interface SwitchCommandDeps {
  readonly switches: Switches
  /** Undefined: the person may; else the refusal in words, recorded. */
  readonly refusal: (asked: Asked) => Promise<string | undefined>
}

/** Who asks. `press`: Slack's id of the press or command. */
export interface Asked {
  readonly user: string
  readonly press: string
  readonly incident: IncidentId | undefined
}

/** The answer is for the person alone; what happened is told in the thread. */
export async function answerSwitchCommand(deps: SwitchCommandDeps, rest: string, asked: Asked): Promise<string> {
  const [name = '', verb = '', ...more] = rest.trim().split(/\s+/u)
  if (deps.switches.names.length === 0) return words.NONE
  if (name === '') return (await deps.switches.list()).map(listed).join('\n')
  const wanted = verb.toLowerCase()
  if ((wanted !== 'off' && wanted !== 'on') || more.length > 0) return words.USAGE
  return turn(deps, name, wanted, asked)
}

/** For a person of Slack. */
export async function turn(deps: SwitchCommandDeps, name: string, wanted: SwitchState, asked: Asked): Promise<string> {
  if (!deps.switches.names.includes(name)) return words.unknown(name, deps.switches.names)
  const refused = await deps.refusal(asked)
  if (refused !== undefined) return refused
  const incident = asked.incident === undefined ? {} : { incident: asked.incident }
  return (await deps.switches.flip(name, wanted, { by: `slack:${asked.user}`, ...incident })).text
}

/** One line for a list. */
export function listed({ name, about, state, detail, record }: Standing): string {
  const { seen } = record
  if (state === undefined) return words.standingUnread(name, about, detail, seen?.state)
  const since = seen?.state === state ? { at: seen.since, by: seen.by } : undefined
  return words.standing({ name, about, detail }, state, since)
}
