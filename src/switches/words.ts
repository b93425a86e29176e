/** What people read about switches, in one place. Pure. */
import type { Actor } from '../incidents/incident.js'
import { escapedLine, localTime, span, who } from '../mrkdwn.js'
import type { SwitchState } from '../ports/switches.js'

/** How a name stands in a sentence. */
const named = (name: string): string => `*${escapedLine(name, 40)}*`

/** A switch as it was just read. */
export interface Read {
  readonly name: string
  readonly about: string
  readonly detail: string
}

/** It was seen to be off or on, after somebody asked. */
export function turned(read: Read, state: SwitchState, by: Actor, after: string | undefined): string {
  const more = state === 'off' && after !== undefined ? ` ${after}` : ''
  return `${named(read.name)} is *${state}*: turned ${state} by ${who(by)} and read back (${place(read)}).${more}`
}

/** Nobody here did it. */
export function foundSo(read: Read, state: SwitchState): string {
  return `${named(read.name)} is *${state}* (${place(read)}): it was not turned ${state} by Mayday.`
}

/** Nothing was to be done. */
export function alreadySo(read: Read, state: SwitchState, more = 'Nothing was done.'): string {
  return `${named(read.name)} is ${state} already (${place(read)}, read just now). ${more}`
}
/** Off again, where new work comes in meanwhile. */
export const TAKEN_AGAIN = 'What had come meanwhile was taken aside too.'

/** It was asked for and did not come about. `reading`: how it stands now. */
export function failed(name: string, wanted: SwitchState, because: string, reading: string): string {
  return `${named(name)} was *not* turned ${wanted}: ${escapedLine(because, 600)} ${reading}`
}

/** As it stands after a failure. */
export function standsStill(state: SwitchState, detail: string): string {
  return `It is ${state} (${escapedLine(detail, 100)}, read just now).`
}

/** Nobody knows whether it took effect. */
export function notKnown(name: string, wanted: SwitchState, because: string): string {
  return `It is *not known* whether ${named(name)} is ${wanted}: ${escapedLine(because, 600)} Mayday goes on looking, and says here what it sees. Look yourself, too.`
}

/** The process ended, or the answer was lost, and it is not so. */
export function didNotCome(name: string, wanted: SwitchState): string {
  return `Mayday was interrupted, or the answer was lost, before it took effect. Ask again: /mayday switch ${name} ${wanted}.`
}

/** Still off, read back just now. */
export function reminder(read: Read, since: number, by: Actor, now: number): string {
  return `${named(read.name)} is still *off*, for ${span(now - since)} now (${place(read)}, read just now; ${author(by)}). Turn it on again when it is safe: \`/mayday switch ${escapedLine(read.name, 40)} on\`.`
}

/** It was off when last seen, and cannot be read now. */
export function reminderUnread(name: string, readAt: number, because: string): string {
  return `${named(name)} was *off* when Mayday last read it (${localTime(readAt)}), and cannot be read now: ${escapedLine(because, 600)}`
}

/** One line of the list. */
export function standing(read: Read, state: SwitchState, since: { at: number; by: Actor } | undefined): string {
  const when = since === undefined || state === 'on' ? '' : ` since ${localTime(since.at)}, ${author(since.by)}`
  return `• ${named(read.name)}: *${state}*${when} (${place(read)})`
}

/** One line of the list for a switch that does not answer. */
export function standingUnread(name: string, about: string, because: string, last: string | undefined): string {
  const before = last === undefined ? '' : ` When last read it was ${last}.`
  return `• ${named(name)}: *not known* (${escapedLine(about, 120)}): ${escapedLine(because, 300)}${before}`
}

/** No switch of that name. */
export function unknown(name: string, names: readonly string[]): string {
  const known = names.length === 0 ? 'None is set up (switches in mayday.yml)' : `Switches: ${names.join(', ')}`
  return `There is no switch "${escapedLine(name, 40)}"; nothing was done. ${escapedLine(known, 1_500)}.`
}

/** How the command is used. */
export const USAGE = 'Usage: `/mayday switch` lists them, `/mayday switch NAME off|on` turns one off or on.'
/** There are none. */
export const NONE = 'No switches are set up (`switches` in mayday.yml).'
/** Another call holds it. */
export const BUSY =
  'Somebody is turning this switch at this moment; nothing was done by this press. Look again in a few seconds.'
/** A button. */
export const BUTTON = { on: 'Turn it on again', off: 'Turn it off' } as const
/** The question behind the button. */
export const CONFIRM = {
  title: 'Turn it on again?',
  text: 'What was stopped starts again.',
  yes: 'Turn it on',
  no: 'No',
} as const

function place({ about, detail }: Read): string {
  return `${escapedLine(about, 120)}: ${escapedLine(detail, 100)}`
}

function author(by: Actor): string {
  return by === 'mayday' ? 'turned off outside of Mayday' : `turned off by ${who(by)}`
}
