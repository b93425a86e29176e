/**
 * From the text of checklist files to checklists, or to every fault in them at once, each with its line. Pure: reading
 * the files is the caller's.
 */
import type { z } from 'zod'
import { MaydayError } from '../../errors.js'
import type { Checklist, Step } from '../checklist.js'
import { nearest } from './nearest.js'
import { checklistSchema, keysAt, type stepSchema } from './schema.js'
import {
  byLine,
  type Entry,
  entries,
  type Fault,
  fault,
  type Path,
  position,
  read,
  type Source,
  type SourceFile,
  scalarAt,
  shown,
  toValue,
} from './source.js'

/** Either `faults` is empty, or `checklists` must not be used: half a library at 2 am is worse than a refused start. */
export interface Parsed {
  readonly checklists: readonly Checklist[]
  readonly faults: readonly Fault[]
}

/**
 * Parses one file. `now` (ms) decides whether a review date lies in the future.
 * Throws nothing: whatever the text holds comes back as faults.
 */
export function parseChecklist(text: string, file: string, now: number): Checklist | readonly Fault[] {
  return check(read(file, text), now)
}

function check(source: Source, now: number): Checklist | readonly Fault[] {
  const { document } = source
  const faults: Fault[] = [...document.errors, ...document.warnings].map((error) => ({
    ...position(source, error.pos[0]),
    path: '',
    ...yamlFault(error.code, error.message),
  }))
  // A broken file has no shape to check; a doubled key still has one.
  if (document.errors.some((error) => error.code !== 'DUPLICATE_KEY')) return faults
  const value = toValue(source)
  if ('fault' in value) return [...faults, value.fault]
  const parsed = checklistSchema.safeParse(value.plain, { reportInput: true })
  if (!parsed.success) {
    faults.push(...parsed.error.issues.flatMap((issue) => shapeFaults(source, issue)))
    return byLine([...faults, ...senseFaults(source, value.plain, now)])
  }
  faults.push(...senseFaults(source, value.plain, now))
  if (faults.length > 0) return byLine(faults)
  const { review_every: reviewEveryDays, docs, steps, ...rest } = parsed.data
  return { ...rest, reviewEveryDays, docs: docs.map((doc) => ({ ...doc, reviewEveryDays })), steps: steps.map(stepOf) }
}

function stepOf({ due, blocks_review, done_when, ...step }: z.output<typeof stepSchema>): Step {
  return {
    ...step,
    ...(due === undefined ? {} : { dueDays: due }),
    ...(blocks_review ? { blocksReview: true } : {}),
    ...(done_when === undefined ? {} : { doneWhen: done_when }),
  }
}

/** Parses all files and holds them against each other: one name means one checklist, and one is posted for everything. */
export function parseChecklists(files: readonly SourceFile[], now: number): Parsed {
  const checklists: Checklist[] = []
  const faults: Fault[] = []
  const firstOf = new Map<string, string>()
  for (const { file, text } of files) {
    const source = read(file, text)
    const parsed = check(source, now)
    if (!('name' in parsed)) faults.push(...parsed)
    else checklists.push(parsed)
    faults.push(...clashes(source, firstOf))
  }
  return { checklists, faults }
}

/** One fault on one line: "checklists/on-call.yml:12:5 steps[3].titel: found …; accepted: …". */
export function faultText(fault: Fault): string {
  const path = fault.path === '' ? '' : ` ${fault.path}:`
  return `${fault.file}:${fault.line}:${fault.column}${path} found ${fault.found}; accepted: ${fault.accepted}`
}

/** All faults as the one error that ends a start: every line, then what to do. */
export function checklistInvalid(faults: readonly Fault[]): MaydayError {
  const count = faults.length === 1 ? 'There is 1 fault' : `There are ${faults.length} faults`
  return new MaydayError('CHECKLIST_INVALID', {
    what: `${count} in the checklists; none of the files was loaded.\n${faults.map(faultText).join('\n')}`,
    hint: 'Mend these lines; `mayday checklist lint` checks them without starting anything.',
  })
}

/** Names and `always` are compared even between files that have other faults, so that all faults show at once. */
function clashes(source: Source, firstOf: Map<string, string>): readonly Fault[] {
  const faults: Fault[] = []
  const claim = (key: string, path: string, found: string, accepted: string): void => {
    const first = firstOf.get(key)
    if (first === undefined) firstOf.set(key, source.file)
    else faults.push(fault(source, [path], `${found}, as in ${first}`, accepted))
  }
  const name = scalarAt(source, ['name'])
  if (typeof name === 'string') claim(`name ${name}`, 'name', shown(name), 'a name that no other file has')
  if (scalarAt(source, ['always']) === true) {
    claim('always', 'always', 'true', 'true in one file only: the checklist that is posted for every incident')
  }
  return faults
}

/** What a schema cannot see: ids that repeat, documents that are not listed, reviews that have not happened yet. */
function senseFaults(source: Source, plain: unknown, now: number): readonly Fault[] {
  const docs = entries(plain, 'docs')
  const steps = entries(plain, 'steps')
  const titles = docs.map((doc) => doc['title']).filter((title) => typeof title === 'string')
  const faults = [
    ...doubles(source, 'docs', 'title', docs, 'a title that no other document of this file has'),
    ...doubles(source, 'steps', 'id', steps, 'an id that no other step of this file has'),
  ]
  steps.forEach(({ doc }, index) => {
    if (typeof doc !== 'string' || titles.includes(doc)) return
    const near = nearest(doc, titles)
    const accepted = titles.length === 0 ? 'a title from docs, which lists none' : titles.map(shown).join(', ')
    faults.push(fault(source, ['steps', index, 'doc'], shown(doc), near ? `${shown(near)}?` : accepted))
  })
  const dated: Path[] = [['reviewed'], ...docs.map((_, index) => ['docs', index, 'reviewed'])]
  for (const path of dated) {
    const reviewed = scalarAt(source, path)
    // 14 h: the furthest a reviewer's calendar can be ahead of UTC.
    const latest = new Date(now + 14 * 3_600_000).toISOString().slice(0, 10)
    if (typeof reviewed === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(reviewed) && reviewed > latest) {
      faults.push(
        fault(source, path, `${reviewed}, which is in the future`, `the day it was last read, up to ${latest}`),
      )
    }
  }
  return faults
}

function doubles(source: Source, list: string, key: string, items: readonly Entry[], accepted: string): Fault[] {
  const seen = new Map<unknown, number>()
  return items.flatMap((item, index) => {
    const value = item[key]
    const first = seen.get(value)
    if (value === undefined) return []
    if (first === undefined) seen.set(value, index)
    return first === undefined
      ? []
      : [fault(source, [list, index, key], `${shown(value)}, as in ${list}[${first}]`, accepted)]
  })
}

type Issue = NonNullable<ReturnType<typeof checklistSchema.safeParse>['error']>['issues'][number]

function shapeFaults(source: Source, issue: Issue): readonly Fault[] {
  if (issue.code !== 'unrecognized_keys') return [fault(source, issue.path, shown(issue.input), issue.message)]
  const known = keysAt(issue.path)
  return issue.keys.map((key) => {
    const near = nearest(key, known)
    return fault(
      source,
      [...issue.path, key],
      `the unknown key ${shown(key)}`,
      near ? `${near}?` : known.join(', '),
      'key',
    )
  })
}

function yamlFault(code: string, message: string): Pick<Fault, 'found' | 'accepted'> {
  if (code === 'DUPLICATE_KEY') return { found: 'a key that this block has already', accepted: 'every key once' }
  if (code === 'MULTIPLE_DOCS') return { found: 'a second document (---)', accepted: 'one checklist in one file' }
  const quote = code === 'BLOCK_AS_IMPLICIT_KEY' ? '; a text with a colon in it needs quotes' : ''
  return { found: `text that is not YAML (${message})`, accepted: `YAML${quote}` }
}
