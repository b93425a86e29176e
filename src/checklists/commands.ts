/** `/incident-checklist …` in words: list, start, show. */
import type { Incident } from '../incidents/incident.js'
import { escapedLine, who } from '../mrkdwn.js'
import type { Clock } from '../ports.js'
import { progressText } from './checklist.js'
import { reviewAge } from './library/library.js'
import type { Checklists } from './runs.js'

export interface ChecklistCommandDeps {
  readonly checklists: Checklists
  readonly clock: Clock
  /** The incident that a command in this channel means. */
  readonly current: (channel: string) => Promise<Incident | undefined>
}

interface Call {
  readonly text: string
  readonly user_id: string
  readonly channel_id: string
}

export const CHECKLIST_USAGE: Readonly<Record<string, string>> = {
  '': 'the checklists of the newest open emergency',
  list: 'every checklist there is',
  'start NAME': 'start one in the newest open emergency',
  'show [NAME]': 'what is open and what is done',
  help: 'this list',
}

/** Answers one command; the text is for the person alone. */
export async function answerChecklistCommand(deps: ChecklistCommandDeps, call: Call): Promise<string> {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*)$/su.exec(call.text) ?? []
  switch (name.toLowerCase()) {
    case 'list':
      return list(deps)
    case 'start':
      return start(deps, call, rest.trim())
    case '':
    case 'show':
      return show(deps, call, rest.trim())
    default:
      return `${name === 'help' ? '' : `There is no \`/incident-checklist ${escapedLine(name, 40)}\`; nothing was done.\n`}${usage()}`
  }
}

function usage(): string {
  return Object.entries(CHECKLIST_USAGE)
    .map(([use, help]) => `\`/incident-checklist${use === '' ? '' : ` ${use}`}\`: ${help}`)
    .join('\n')
}

function list(deps: ChecklistCommandDeps): string {
  const now = deps.clock.now()
  const rows = deps.checklists.library.all.map((one) => {
    const age = reviewAge(one.reviewed, now, one.reviewEveryDays)
    return `• \`${one.name}\` ${escapedLine(one.title, 100)}: ${escapedLine(one.about, 200)} _(reviewed ${age.days ?? '?'} days ago${age.overdue ? ', review overdue' : ''})_`
  })
  return rows.length === 0 ? 'There are no checklists.' : rows.join('\n')
}

async function start(deps: ChecklistCommandDeps, call: Call, name: string): Promise<string> {
  if (name === '') return `Say which; nothing was started.\n${list(deps)}`
  const incident = await deps.current(call.channel_id)
  if (incident === undefined)
    return 'No emergency is open, so nothing was started. Post in the emergency channel to open one.'
  const run = await deps.checklists.start(incident.id, name, `slack:${call.user_id}`)
  return `"${escapedLine(run.title, 100)}" is in the thread of emergency #${incident.id}: ${progressText(run)}.`
}

async function show(deps: ChecklistCommandDeps, call: Call, name: string): Promise<string> {
  const incident = await deps.current(call.channel_id)
  if (incident === undefined) return `No emergency is open. Checklists:\n${list(deps)}`
  const runs = (await deps.checklists.ofIncident(incident.id)).filter((run) => name === '' || run.checklist === name)
  if (runs.length === 0) return `No such checklist runs in emergency #${incident.id}.\n${list(deps)}`
  const rows = runs.flatMap((run) => [
    `*${escapedLine(run.title, 100)}*: ${progressText(run)}`,
    ...run.steps.map((step, index) => {
      const mark = step.state.status === 'open' ? 'open' : `${step.state.status} by ${who(step.state.by)}`
      return `${index + 1}. ${escapedLine(step.title, 120)} (${mark})`
    }),
  ])
  return rows.join('\n').slice(0, 3_900)
}
