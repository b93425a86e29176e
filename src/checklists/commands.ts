/** `/incident-checklist …`: list, start, show, assign; and what the menus under its answers do. */
import type { KnownBlock, PlainTextOption } from '@slack/types'
import type { Actor, Incident, IncidentId } from '../incidents/incident.js'
import type { Clock, Store } from '../ports.js'
import { type CardMessage, section } from './card.js'
import { assign, type ChecklistRun, type RunStep } from './checklist.js'
import { reviewAge } from './library/library.js'
import { findStep, isDay } from './progress.js'
import type { Checklists } from './runs.js'
import { answers, incidentOption } from './words.js'

export interface ChecklistCommandDeps {
  readonly checklists: Checklists
  readonly clock: Clock
  readonly store: { readonly incidents: Pick<Store['incidents'], 'get' | 'open'> }
}

/** A slash command as Slack signs it. */
interface Call {
  readonly text: string
  readonly user_id: string
  readonly channel_id: string
}

export type Answer = string | CardMessage

export const CHECKLIST_USAGE: Readonly<Record<string, string>> = answers.usage

/** why: Slack takes at most 100 options in one menu. */
const MOST_OPTIONS = 100

/** Answers one command; the answer is for the person alone. */
export async function answerChecklistCommand(deps: ChecklistCommandDeps, call: Call): Promise<Answer> {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*)$/su.exec(call.text) ?? []
  const { words, number } = wordsOf(rest)
  switch (name.toLowerCase()) {
    case 'list':
      return list(deps)
    case 'start':
      return start(deps, call, words.join(' '), number)
    case '':
    case 'show':
      return show(deps, call, words.join(' '), number)
    case 'assign':
      return assignBy(deps, call, words, number)
    case 'help':
      return answers.help
    default:
      return /^#\d{1,9}$/.test(name) ? show(deps, call, '', Number(name.slice(1))) : answers.noSuchCommand(name)
  }
}

/** What is open and done in one emergency, with a menu of what can be started; for the menu of emergencies. */
export async function showIncident(deps: ChecklistCommandDeps, id: IncidentId): Promise<Answer> {
  const incident = await deps.store.incidents.get(id)
  return incident === undefined ? answers.noIncident(id) : showRuns(deps, incident, '')
}

function wordsOf(text: string): { readonly words: readonly string[]; readonly number: number | undefined } {
  const all = text.split(/\s+/u).filter((word) => word !== '')
  const numbered = all.find((word) => /^#\d{1,9}$/.test(word))
  const words = all.filter((word) => word !== numbered)
  return { words, number: numbered === undefined ? undefined : Number(numbered.slice(1)) }
}

function list({ checklists, clock }: ChecklistCommandDeps): string {
  const now = clock.now()
  const rows = checklists.library.all.map((one) =>
    answers.listed(one, reviewAge(one.reviewed, now, one.reviewEveryDays)),
  )
  return rows.length === 0 ? answers.noChecklists : rows.join('\n')
}

/** why: Slack does not tell a command from which thread it was typed, so with several open one is asked, not guessed. */
async function meant(
  { store }: ChecklistCommandDeps,
  channel: string,
  number: number | undefined,
): Promise<Incident | readonly Incident[] | string> {
  if (number !== undefined) return (await store.incidents.get(number as IncidentId)) ?? answers.noIncident(number)
  const open = await store.incidents.open()
  const here = open.filter((one) => one.channel === channel)
  const [only, ...others] = here.length === 0 ? open : here
  return only !== undefined && others.length === 0 ? only : here.length === 0 ? open : here
}

function isOne(found: Incident | readonly Incident[]): found is Incident {
  return 'id' in found
}

async function start(
  deps: ChecklistCommandDeps,
  call: Call,
  name: string,
  number: number | undefined,
): Promise<Answer> {
  const found = await meant(deps, call.channel_id, number)
  if (typeof found === 'string') return found
  if (name === '') {
    const text = `${answers.sayWhich}\n${list(deps)}`
    return isOne(found) ? withMenu(text, startOptions(deps, found, []), 'start', answers.startMenu) : text
  }
  if (!isOne(found)) {
    if (found.length === 0) return answers.noneToStartIn
    const options = found.map((one) => incidentChoice(deps, one, `${one.id}:${name.slice(0, 40)}`))
    return withMenu(answers.whichToStartIn(found.length), options, 'start', answers.incidentMenu)
  }
  return startIn(deps, found.id, name, `slack:${call.user_id}`)
}

/** Starts a checklist and says so. `CHECKLIST_UNKNOWN`. */
export async function startIn(
  { checklists }: ChecklistCommandDeps,
  incident: IncidentId,
  name: string,
  by: Actor,
): Promise<string> {
  return answers.started(await checklists.start(incident, name, by))
}

async function show(deps: ChecklistCommandDeps, call: Call, name: string, number: number | undefined): Promise<Answer> {
  const found = await meant(deps, call.channel_id, number)
  if (typeof found === 'string') return found
  if (isOne(found)) return showRuns(deps, found, name)
  if (found.length > 0) {
    const options = found.map((one) => incidentChoice(deps, one, `${one.id}:`))
    return withMenu(answers.whichToShow(found.length), options, 'pick', answers.incidentMenu)
  }
  const template = name === '' ? undefined : deps.checklists.library.byName(name)
  return template === undefined ? answers.noneOpen(list(deps)) : clipped(answers.template(template))
}

async function showRuns(deps: ChecklistCommandDeps, incident: Incident, name: string): Promise<Answer> {
  const all = await deps.checklists.ofIncident(incident.id)
  const runs = all.filter((run) => name === '' || run.checklist === name.toLowerCase())
  const text =
    runs.length === 0 ? `${answers.noSuchRun(incident.id)}\n${list(deps)}` : runs.map(answers.shown).join('\n')
  return withMenu(clipped(text), startOptions(deps, incident, all), 'start', answers.startMenu)
}

async function assignBy(
  deps: ChecklistCommandDeps,
  call: Call,
  words: readonly string[],
  number: number | undefined,
): Promise<Answer> {
  const asked = readAssignment(words, call.user_id)
  if (typeof asked === 'string') return asked
  const found = await meant(deps, call.channel_id, number)
  if (typeof found === 'string') return found
  if (!isOne(found)) return found.length === 0 ? answers.noneToAssignIn : answers.whichToAssignIn(found)
  const runs = await deps.checklists.ofIncident(found.id)
  const step = findOne(runs, asked.where)
  if (typeof step === 'string') return step
  const by: Actor = `slack:${call.user_id}`
  const { assignee, due } = asked
  const refused = await deps.checklists.change(
    step.run.id,
    (run, at) => assign(run, { step: step.step.id, by, at, assignee, ...(due === undefined ? {} : { due }) }),
    by,
  )
  return refused === undefined ? answers.assigned(step.run, step.step, assignee, due) : answers.notDone(refused)
}

interface Assignment {
  /** [step] or [checklist, step] */
  readonly where: readonly string[]
  readonly assignee: Actor
  readonly due: string | undefined
}

const MENTION = /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/u

function readAssignment(words: readonly string[], me: string): Assignment | string {
  const mentioned = words.find((word) => MENTION.test(word))
  const whom = mentioned ?? words.find((word) => word.toLowerCase() === 'me')
  const named = words.find((word) => word.startsWith('@'))
  if (whom === undefined) return named === undefined ? answers.assignUsage : answers.whoIs(named)
  const due = words.find((word) => /^\d{4}-\d{1,2}-\d{1,2}$/.test(word))
  if (due !== undefined && !isDay(due)) return answers.noSuchDay(due)
  const where = words.filter((word) => word !== whom && word !== due)
  if (where.length === 0 || where.length > 2) return answers.assignUsage
  return { where, assignee: `slack:${MENTION.exec(whom)?.[1] ?? me}`, due }
}

/** The one step that [step] or [checklist, step] means, or why it is not clear. */
export function findOne(
  runs: readonly ChecklistRun[],
  where: readonly string[],
): { readonly run: ChecklistRun; readonly step: RunStep } | string {
  const said = where.at(-1) ?? ''
  const name = where.length > 1 ? (where[0] ?? '').toLowerCase() : undefined
  const among = runs.filter((run) => name === undefined || run.checklist === name)
  if (among.length === 0) return answers.noRunOf(name, runs)
  const hits = among.flatMap((run) => {
    const step = findStep(run, said)
    return step === undefined ? [] : [{ run, step }]
  })
  const [only, ...others] = hits
  if (only === undefined) return answers.noStepOf(said, among)
  return others.length === 0 ? only : answers.severalSteps(said, among)
}

/** Below Slack's advice of 4,000 characters; cut between lines, because half a mention or entity reads as something else. */
function clipped(text: string): string {
  const lines = text.split('\n')
  const fits = lines.findIndex((_one, index) => lines.slice(0, index + 1).join('\n').length > 3_800)
  return fits < 0 ? text : [...lines.slice(0, fits), answers.cut(lines.length - fits)].join('\n')
}

function startOptions(
  { checklists }: ChecklistCommandDeps,
  incident: Incident,
  runs: readonly ChecklistRun[],
): readonly PlainTextOption[] {
  return checklists.library.all
    .filter((one) => !runs.some((run) => run.checklist === one.name))
    .map((one) => ({ text: plainText(answers.startOption(one.title)), value: `${incident.id}:${one.name}` }))
}

function incidentChoice({ clock }: ChecklistCommandDeps, incident: Incident, value: string): PlainTextOption {
  return { text: plainText(incidentOption(incident, clock.now())), value }
}

function withMenu(
  text: string,
  options: readonly PlainTextOption[],
  action: 'start' | 'pick',
  placeholder: string,
): CardMessage {
  if (options.length === 0) return { text, blocks: [] }
  const parts = text.match(/[\s\S]{1,2900}(?:\n|$)|[\s\S]{1,2900}/gu) ?? [text]
  const menu: KnownBlock = {
    type: 'actions',
    elements: [
      {
        type: 'static_select',
        action_id: `checklist.${action}`,
        placeholder: plainText(placeholder),
        options: options.slice(0, MOST_OPTIONS),
      },
    ],
  }
  return { text, blocks: [...parts.map((part) => section(part)), menu] }
}

function plainText(text: string): { readonly type: 'plain_text'; readonly text: string } {
  return { type: 'plain_text', text }
}
