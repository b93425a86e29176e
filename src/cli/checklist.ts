/** `mayday checklist`: what is there, one of them to read, and whether the files are right; these need no other setting. */
import { basename } from 'node:path'
import { systemClock } from '../adapters/system.js'
import { openLibrary, readChecklists } from '../adapters/world/library.js'
import type { Checklist, Step } from '../checklists/checklist.js'
import { lint as lintWords } from '../checklists/docs/words.js'
import { type Library, reviewAge } from '../checklists/library/library.js'
import { faultText, parseChecklists } from '../checklists/library/parse.js'
import type { SourceFile } from '../checklists/library/source.js'
import { warningsIn } from '../checklists/library/warnings.js'
import { MaydayError } from '../errors.js'
import { line } from '../mrkdwn.js'
import { changeStep, showRuns, startRun } from './checklist-run.js'
import { type Call, type Command, type Exit, type Io, settingsFile } from './io.js'
import { namesUnknownTo } from './known-names.js'

type Act = (call: Call, rest: readonly string[]) => Promise<Exit> | undefined

/** Undefined: that many words are not known after it. */
const ACTS: Readonly<Record<string, Act>> = {
  list: (call, rest) => (rest.length === 0 ? list(call) : undefined),
  show: (call, [name, ...more]) => {
    if (more.length > 0) return undefined
    return name === undefined || call.flags['incident'] !== undefined ? showRuns(call, name) : show(call, name)
  },
  lint: (call, [dir, ...more]) => (more.length > 0 ? undefined : lint(call, dir ?? dirOf(call.io))),
  start: (call, [name, ...more]) => (name === undefined || more.length > 0 ? undefined : startRun(call, name)),
  tick: stepAct('tick'),
  skip: stepAct('skip'),
  undo: stepAct('undo'),
  assign: stepAct('assign'),
}

function stepAct(what: Parameters<typeof changeStep>[2]): Act {
  return (call, rest) => (rest.length === 0 || rest.length > 2 ? undefined : changeStep(call, rest, what))
}

export const checklist: Command = {
  usage: 'checklist list|show [NAME]|lint [DIR]|start NAME|tick|skip|undo|assign [NAME] STEP',
  help: 'read and check the checklists, and work on those of an emergency',
  flags: {
    incident: { type: 'string', about: 'the number of the emergency; default the only open one. show: its checklists' },
    reason: { type: 'string', about: 'skip: why it is not needed, or not possible' },
    to: { type: 'string', about: 'assign: who does it, a name, a Slack user id or me' },
    due: { type: 'string', about: 'assign: by when, such as 2027-01-31' },
  },
  run: async (call) => {
    const [what, ...rest] = call.positionals
    const act = what !== undefined && Object.hasOwn(ACTS, what) ? ACTS[what] : undefined
    const done = act?.(call, rest)
    if (done !== undefined) return done
    throw usage(what === undefined ? 'Say what to do' : `"${line(call.positionals.join(' '), 80)}" is not known here`)
  },
}

function usage(what: string): MaydayError {
  return new MaydayError('USAGE', {
    what: `${what}; nothing was done.`,
    hint: 'mayday checklist list, show [NAME], lint [DIR], start NAME, and tick, skip, undo or assign [NAME] STEP.',
  })
}

/** The folder of the checklists. */
export function dirOf(io: Io): string {
  const dir = io.env['CHECKLISTS_DIR']
  return dir === undefined || dir === '' ? './checklists' : dir
}

function libraryOf(io: Io): Promise<Library> {
  return openLibrary({ checklistsDir: dirOf(io), docs: [] }, systemClock.now())
}

async function list({ io, json }: Call): Promise<Exit> {
  const now = systemClock.now()
  const { all } = await libraryOf(io)
  if (json) {
    io.out(JSON.stringify({ checklists: all.map((one) => ({ ...summary(one), overdue: ageOf(one, now).overdue })) }))
    return 0
  }
  if (all.length === 0) io.out(`There are no checklists in ${dirOf(io)}.`)
  const width = Math.max(0, ...all.map((one) => one.name.length))
  for (const one of all) io.out(`${one.name.padEnd(width)}  ${one.title}: ${one.about} (${reviewed(one, now)})`)
  return 0
}

function summary({ name, title, about, owner, reviewed, always, steps }: Checklist) {
  return { name, title, about, owner, reviewed, always, steps: steps.length }
}

function ageOf(one: Checklist, now: number) {
  return reviewAge(one.reviewed, now, one.reviewEveryDays)
}

function reviewed(one: Checklist, now: number): string {
  const { days = 0, overdue } = ageOf(one, now)
  return `reviewed ${days === 0 ? 'today' : `${days} days ago`}${overdue ? ', review overdue' : ''}`
}

async function show({ io, json }: Call, name: string): Promise<Exit> {
  const library = await libraryOf(io)
  const found = library.byName(name)
  if (found === undefined) {
    const near = library.nearestName(name)
    const hint = near === undefined ? 'mayday checklist list shows their names.' : `Did you mean ${near}?`
    throw new MaydayError('CHECKLIST_UNKNOWN', { what: `There is no checklist "${line(name, 80)}".`, hint })
  }
  if (json) io.out(JSON.stringify(found))
  else for (const words of text(found, systemClock.now())) io.out(words)
  return 0
}

function text(one: Checklist, now: number): readonly string[] {
  return [
    one.title,
    `${one.about} (owner: ${one.owner}, ${reviewed(one, now)})`,
    '',
    ...one.steps.flatMap((step, index) => stepLines(step, index + 1, one)),
    ...(one.docs.length === 0 ? [] : ['', 'Documents:', ...one.docs.map((doc) => `  ${doc.title}: ${doc.url}`)]),
  ]
}

function stepLines(step: Step, number: number, one: Checklist): readonly string[] {
  const doc = one.docs.find((other) => other.title === step.doc)
  const below = [
    ...(step.help?.trimEnd().split('\n') ?? []),
    ...(step.command === undefined ? [] : [`Type: ${step.command}`]),
    ...(doc === undefined ? [] : [`${doc.title}: ${doc.url}`]),
    ...(step.owner === undefined ? [] : [`Owner: ${step.owner}`]),
  ]
  const head = `${String(number).padStart(2)}. ${step.title}${step.required ? ' (required)' : ''}`
  return [head, ...below.map((words) => `    ${words}`)]
}

async function lint({ io, json }: Call, dir: string): Promise<Exit> {
  const files = await readChecklists(dir)
  const { checklists, faults: broken } = parseChecklists(files, systemClock.now())
  const names = checklists.map((one) => one.name)
  // why: a file that cannot be read keeps its name, so that one slip in it is not told a second time elsewhere.
  const unread = files.map(({ file }) => basename(file).replace(/\.ya?ml$/u, ''))
  const unknown = namesUnknownTo(io, files, [...names, ...unread])
  const faults = [...broken, ...unknown]
  const warnings = warningsIn([...settingsOf(io), ...files], systemClock.now())
  const good = faults.length === 0 && files.length > 0
  if (json) {
    io.out(JSON.stringify({ dir, files: files.length, checklists: names, faults, warnings }))
    return good ? 0 : 2
  }
  for (const fault of faults) io.err(faultText(fault))
  for (const warning of warnings) io.err(`warning: ${faultText(warning)}`)
  const warned = warnings.length === 0 ? '' : `, ${lintWords.told(warnings.length)}`
  if (good) io.out(`${plural(files.length, 'checklist')} in ${dir}: no faults${warned}.`)
  else if (files.length === 0) io.err(`There is no checklist in ${dir} (their names end in .yml or .yaml).`)
  else if (broken.length > 0)
    io.err(`${plural(faults.length, 'fault')} in ${dir}. The bot does not start until these lines are mended.`)
  else io.err(`${plural(faults.length, 'fault')} in ${dir}. The bot starts, and people read names that lead nowhere.`)
  return good ? 0 : 2
}

/** mayday.yml as a file with documents; which wins where both list a page. */
function settingsOf(io: Io): readonly SourceFile[] {
  const settings = settingsFile(io)
  return settings === undefined ? [] : [{ file: settings.name, text: settings.text }]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
