/**
 * Every English sentence that this room says in Slack or at a terminal, so that a second language is a file. Pure. What goes into mrkdwn
 * is escaped here; what is called plain is not, and must be where it is used.
 */
import type { Actor, Fact, Incident } from '../incidents/incident.js'
import { code, escapedLine, escapedText, line, localTime, plain, readable, span, utc, who } from '../mrkdwn.js'
import type { PurgeFact } from '../ports/purges.js'
import type { Checklist, ChecklistRun, RunStep, StepState } from './checklist.js'
import { type Progress, progress } from './progress.js'

type Dealt = Exclude<StepState, { readonly status: 'open' }>

function quoted(title: string): string {
  return `"${escapedLine(title, 150)}"`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A person who has a step: at a terminal people are known by name alone, and need not sit there. */
export function holder(actor: Actor): string {
  return actor.startsWith('terminal:') ? escapedLine(actor.slice('terminal:'.length), 80) : who(actor)
}

/** Why a change of a step was refused; goes on in lower case, mrkdwn. */
export const refusals = {
  already: (title: string, state: Dealt): string => {
    const verb = state.status === 'done' ? 'done' : 'skipped'
    const why = state.status === 'skipped' ? state.reason : state.because
    return `${quoted(title)} was already ${verb} by ${who(state.by)} at ${utc(state.at)}${why === undefined ? '' : ` because: ${escapedLine(why, 500)}`}`
  },
  open: (title: string): string => `${quoted(title)} is open already; there is nothing to undo`,
  noReason: (title: string): string => `say why ${quoted(title)} is skipped; it stays open until then`,
  longReason: (max: number): string => `the reason is too long; say it in ${max} characters or fewer`,
  theirs: (title: string, assignee: Actor): string => `${quoted(title)} is already with ${holder(assignee)}`,
  noStep: (id: string, ids: readonly string[]): string =>
    escapedLine(`there is no step "${id}" in this checklist; its steps are ${ids.join(', ')}`, 1500),
} as const

type Reasons = { readonly [K in Fact['kind']]?: (fact: Extract<Fact, { readonly kind: K }>) => string }

const MET: Reasons = {
  page_acknowledged: ({ actor, team }) =>
    `PagerDuty says that ${nameOf(actor)} took the page${team === undefined ? '' : ` to team ${team}`}`,
  severity_set: ({ severity }) => `severity ${severity} was set`,
  purge_planned: (fact) => `${purgeOf(fact)} was previewed`,
  purge_done: (fact) => `${purgeOf(fact)} was verified: none of what was planned is left`,
  purge_undone: (fact) => `${purgeOf(fact)} was undone`,
  purge_held: ({ target }) => `delivery of ${target} was put on hold`,
  purge_released: ({ target }) => `delivery of ${target} was let go on`,
  switch_off: (fact) => `the switch ${fact.switch} is off`,
  switch_on: (fact) => `the switch ${fact.switch} is on again`,
  incident_mitigated: () => 'users were said to feel it no longer',
  incident_resolved: () => 'the emergency was closed',
}

const UNDONE: Reasons = {
  page_unacknowledged: () => 'PagerDuty says that nobody has the page any more',
  purge_undone: (fact) => `${purgeOf(fact)} was undone`,
  purge_held: ({ target }) => `delivery of ${target} was put on hold again`,
  switch_off: (fact) => `the switch ${fact.switch} was turned off again`,
  mitigation_withdrawn: () => 'users feel it again',
}

function reason(reasons: Reasons, fact: Fact): string {
  const say = reasons[fact.kind] as ((fact: Fact) => string) | undefined
  return say?.(fact) ?? fact.kind.replaceAll('_', ' ')
}

/** Why a step is ticked by itself, or opened again; plain, goes on from "because". */
export const because = {
  met: (fact: Fact): string => reason(MET, fact),
  undone: (fact: Fact): string => reason(UNDONE, fact),
} as const

function purgeOf({ purge, target }: PurgeFact): string {
  return `${purge === undefined ? 'the purge' : `purge ${purge}`} of ${target}`
}

/** A person in plain words; Slack ids say nothing outside a mention. */
function nameOf(actor: Actor): string {
  const name = actor.slice(actor.indexOf(':') + 1)
  if (actor.startsWith('slack:')) return 'somebody'
  return name === '' ? 'somebody' : name
}

/** "3 of 9 done, 1 skipped": the same words wherever progress is told. Plain. */
export function progressText({ done, skipped, total }: Progress): string {
  return `${done} of ${total} done${skipped === 0 ? '' : `, ${skipped} skipped`}`
}

/** What stands on the card of a run. mrkdwn, save for buttons, which are plain. */
export const card = {
  header: (title: string, progress: string): string => `${plain(title, 148 - progress.length)}: ${progress}`,
  about: (run: ChecklistRun, { open, openRequired }: Progress): string => {
    const left = open === 0 ? 'Nothing is left open.' : `${openRequired.length} of ${open} open steps are required.`
    return `${escapedLine(run.about, 400)}\nEmergency #${run.incident}, started by ${who(run.startedBy)} at ${localTime(run.startedAt)}. ${left}`
  },
  /** The whole state in sentences, for screen readers and notifications; below Slack's advice of 4,000 characters. */
  spoken: (run: ChecklistRun, progress: Progress): string => {
    const { open, openRequired } = progress
    const start = `Checklist ${escapedLine(run.title, 150)}: ${progressText(progress)}.`
    if (open === 0) return `${start} Nothing is left open.`
    const next = run.steps.findIndex((step) => step.state.status === 'open')
    const names = openRequired.map((step) => `"${escapedLine(step.title, 120)}"`)
    const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
    const required = names.length === 0 ? '' : ` Required and open: ${names.slice(0, 10).join(', ')}${more}.`
    return `${start} Next is step ${next + 1}, "${escapedLine(run.steps[next]?.title ?? '', 150)}".${required}`
  },
  /** One line for what is dealt with, so that what is left stands out. */
  dealt: (title: string, state: Dealt, number: number): string => {
    const mark = state.status === 'done' ? '☑ *Done*' : '⊘ *Skipped*'
    const said = `${mark} ${number}. ${escapedLine(title, 300)}, ${who(state.by)} at ${localTime(state.at)}`
    if (state.status === 'skipped') return `${said}: ${escapedLine(state.reason, 600)}`
    return state.because === undefined ? said : `${said}, because ${escapedLine(state.because, 300)}`
  },
  /** The head of an open step: what, and who has it until when. */
  open: (step: RunStep, number: number): string => {
    const required = step.required ? ' (required)' : ''
    const has = card.with(step)
    return `☐ *${number}. ${escapedLine(step.title, 300)}*${required}${has === '' ? '' : `\n${has}`}`
  },
  with: ({ assignee, owner, due }: RunStep): string => {
    const by = due === undefined ? '' : `by ${due}`
    if (assignee !== undefined) return `With ${holder(assignee)}${by === '' ? '' : `, ${by}`}`
    if (owner !== undefined) return `For: ${escapedLine(owner, 120)}${by === '' ? '' : `, ${by}`}`
    return by === '' ? '' : `Nobody has it yet; ${by}`
  },
  type: (command: string): string => `Type ${code(command, 250)}`,
  read: (link: string): string => `Read ${link}`,
  reviewed: ({ days, overdue }: { readonly days?: number; readonly overdue: boolean }): string =>
    `${days === undefined ? 'never reviewed' : `reviewed ${plural(days, 'day')} ago`}${overdue ? ', review overdue' : ''}`,
  done: 'Done',
  undo: 'Undo',
  skip: 'Skip…',
  assign: 'Assign…',
  doneAloud: (number: number): string => `Step ${number} is done`,
  undoAloud: (number: number): string => `Undo step ${number}`,
  skipAnother: 'Skip another step…',
  assignAnother: 'Assign another step…',
  option: (number: number, title: string): string => plain(`${number}. ${title}`, 70),
  everything: 'Show everything of every step',
  short: 'Show only the next step in full',
  turn: (way: 'Earlier' | 'Later', from: number, to: number, of: number): string =>
    `${way} steps: ${from} to ${to} of ${of}`,
} as const

/** The forms. Plain, save for `about`. */
export const forms = {
  listTitle: 'Checklists',
  skipTitle: 'Skip a step',
  skip: 'Skip',
  assignTitle: 'Assign a step',
  assign: 'Assign',
  back: 'Back',
  about: (step: RunStep): string => `*${escapedLine(step.title, 300)}*`,
  aboutRequired: '\nIt is *required*: without it somebody will ask when the incident is closed.',
  aboutBlocking: '\nThe emergency counts as reviewed only when this is dealt with.',
  reason: 'Why is it not needed, or not possible?',
  reasonHint: 'It goes on the timeline, for whoever reads it in the morning.',
  assignee: 'Who does it?',
  assigneeHint: 'Say it to them as well; a name in a list wakes nobody.',
  due: 'By when?',
} as const

/** What is posted in the thread. mrkdwn. */
export const thread = {
  nudge: (run: ChecklistRun, steps: readonly RunStep[], afterMs: number): string => {
    const are =
      steps.length === 1 ? 'a required step that nobody has' : `${steps.length} required steps that nobody has`
    const text = `${span(afterMs)} into "${run.title}" there ${steps.length === 1 ? 'is' : 'are'} ${are}:\n${bullets(steps.map((step) => step.title))}\nWho takes them?`
    return escapedText(text, 3_000)
  },
  take: 'I take them',
  closed: (open: readonly string[]): string => {
    const steps = open.length === 1 ? 'one required step is' : `${open.length} required steps are`
    const text = `This emergency was closed, but ${steps} still open:\n${bullets(open)}\nPlease tick or skip them, saying why.`
    return escapedText(text, 2_900)
  },
  /** A step that blocks the review and is open. */
  blocking: (step: RunStep): string =>
    `${quoted(step.title)} blocks the review of this emergency until it is done. ${card.with(step) || 'Nobody has it yet, and it has no date'}.`,
  late: (run: ChecklistRun, step: RunStep): string =>
    `${quoted(step.title)} of "${escapedLine(run.title, 100)}" was to be done by ${step.due ?? ''} and is still open. ${step.assignee === undefined ? 'Nobody has it.' : `${holder(step.assignee)} has it.`}`,
} as const

function bullets(titles: readonly string[]): string {
  const more = titles.length > 20 ? [`• and ${titles.length - 20} more`] : []
  return [...titles.slice(0, 20).map((title) => `• ${line(title, 120)}`), ...more].join('\n')
}

/** One open emergency in a menu; plain. */
export function incidentOption(incident: Incident, now: number): string {
  return plain(`#${incident.id}, ${span(now - incident.declaredAt)} old: ${readable(incident.text)}`, 70)
}

const USAGE = {
  '': 'the checklists of the open emergency; of several, asks which',
  list: 'every checklist there is',
  'start NAME': 'start one in the open emergency',
  'show [NAME]': 'what is open and what is done',
  'assign STEP @WHO [YYYY-MM-DD]': 'give a step to somebody, and say by when; STEP is its number or id, WHO may be me',
  help: 'this list; #NUMBER after any of them says which emergency is meant',
} as const

const HELP = Object.entries(USAGE)
  .map(([use, help]) => `\`/incident-checklist${use === '' ? '' : ` ${use}`}\`: ${help}`)
  .join('\n')

/** What the person who typed a command reads. mrkdwn, save for menus, which are plain. */
export const answers = {
  usage: USAGE,
  help: HELP,
  noSuchCommand: (name: string): string =>
    `There is no \`/incident-checklist ${escapedLine(name, 40)}\`; nothing was done.\n${HELP}`,
  listed: (one: Checklist, age: { readonly days?: number; readonly overdue: boolean }): string =>
    `• \`${one.name}\` ${escapedLine(one.title, 100)}: ${escapedLine(one.about, 200)} _(${card.reviewed(age)})_`,
  noChecklists: 'There are no checklists.',
  noIncident: (id: number): string => `There is no emergency #${id}; nothing was done.`,
  sayWhich: 'Say which; nothing was started.',
  startMenu: 'Start a checklist…',
  startOption: (title: string): string => plain(title, 70),
  incidentMenu: 'Choose an emergency…',
  noneToStartIn: 'No emergency is open, so nothing was started. Post in the emergency channel to open one.',
  noneToAssignIn: 'No emergency is open; nothing was assigned. #NUMBER names a closed one.',
  whichToStartIn: (count: number): string => `${count} emergencies are open; nothing was started. In which one?`,
  whichToShow: (count: number): string => `${count} emergencies are open. Whose checklists?`,
  whichToAssignIn: (open: readonly Incident[]): string =>
    `${open.length} emergencies are open; nothing was assigned. Say which, for example #${open[0]?.id ?? 1} at the end.`,
  started: (run: ChecklistRun): string =>
    `"${escapedLine(run.title, 100)}" is in the thread of emergency #${run.incident}: ${progressText(progress(run))}.`,
  noneOpen: (list: string): string => `No emergency is open. Checklists:\n${list}`,
  noSuchRun: (incident: number): string => `No such checklist runs in emergency #${incident}.`,
  shown: (run: ChecklistRun): string =>
    [
      `*${escapedLine(run.title, 100)}*: ${progressText(progress(run))}`,
      ...run.steps.map((step, index) => `${index + 1}. ${escapedLine(step.title, 120)}${standing(step)}`),
    ].join('\n'),
  template: (one: Checklist): string =>
    [
      `*${escapedLine(one.title, 100)}*: ${escapedLine(one.about, 300)} No emergency is open; this is the file.`,
      ...one.steps.map(
        (step, index) => `${index + 1}. ${escapedLine(step.title, 120)}${step.required ? ', required' : ''}`,
      ),
    ].join('\n'),
  cut: (lines: number): string => `… and ${plural(lines, 'more line')}; the card in the thread has them all.`,
  assignUsage:
    'Say which step, and who; nothing was assigned. For example `/incident-checklist assign 3 @kim`, or `… assign on-call tell-users me 2027-01-31`.',
  whoIs: (name: string): string =>
    `Slack did not say who ${escapedLine(name, 60)} is, so nothing was assigned. Pick the name from the list that Slack offers while you type, or press Assign on the step.`,
  noSuchDay: (said: string): string =>
    `${escapedLine(said, 20)} is not a day; nothing was assigned. Days are written like 2027-01-31.`,
  noRunOf: (name: string | undefined, runs: readonly ChecklistRun[]): string =>
    `${name === undefined ? 'No checklist runs' : `The checklist "${escapedLine(name, 40)}" does not run`} in this emergency; nothing was done.${runs.length === 0 ? '' : ` There are: ${namesOf(runs)}.`}`,
  noStepOf: (said: string, runs: readonly ChecklistRun[]): string =>
    `There is no step "${escapedLine(said, 60)}" in ${namesOf(runs)}; nothing was done. Its number or id is wanted.`,
  severalSteps: (said: string, runs: readonly ChecklistRun[]): string =>
    `"${escapedLine(said, 60)}" is a step of several checklists (${namesOf(runs)}); nothing was done. Say the checklist before it.`,
  assigned: (run: ChecklistRun, step: RunStep, assignee: Actor, due: string | undefined): string =>
    `${quoted(step.title)} of "${escapedLine(run.title, 100)}" is with ${holder(assignee)} now${due === undefined ? '' : `, by ${due}`}. Say it to them as well; a name in a list wakes nobody.`,
  notDone: (refused: string): string => `Nothing was done: ${refused}.`,
  took: (count: number): string =>
    count === 0 ? 'Somebody has them all by now; nothing was changed.' : `${plural(count, 'step')} with you now.`,
  oldButton: 'This button is from an older Mayday; nothing was done.',
  noSuchStep: 'This step is not in the store any more; nothing was done.',
  failed: (because: string): string => `This failed and nothing is known to have been done: ${because}`,
  done: 'Done.',
} as const

/** What the room's errors say: what happened, and what to do next. Plain. */
export const failures = {
  noChecklist: (name: string, names: readonly string[], near: string | undefined) => ({
    what: `There is no checklist "${name}"; nothing was started.`,
    hint: `${near === undefined ? '' : `Did you mean "${near}"? `}There are: ${names.join(', ')}.`,
  }),
  noRun: (id: string) => ({ what: `There is no checklist run ${id} in this store.` }),
  unreadable: { what: 'A stored checklist run cannot be read.' },
} as const

function namesOf(runs: readonly ChecklistRun[]): string {
  return runs.map((run) => run.checklist).join(', ')
}

function standing(step: RunStep): string {
  const { state } = step
  if (state.status !== 'open') {
    const why = state.status === 'done' ? state.because : state.reason
    return ` (${state.status} by ${who(state.by)}${why === undefined ? '' : `: ${escapedLine(why, 120)}`})`
  }
  const has = card.with(step)
  return `${step.required ? ', required' : ''}${has === '' ? '' : `, ${has}`} (open)`
}
