/**
 * From the text of checklist files to checklists, or to every fault in them at once, each with its line. Pure: reading
 * the files is the caller's.
 */
import { type Document, isNode, isPair, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml'
import type { z } from 'zod'
import { MaydayError } from '../../errors.js'
import type { Checklist, Step } from '../checklist.js'
import { nearest } from './nearest.js'
import { checklistSchema, keysAt, type stepSchema } from './schema.js'

/** A file as the caller read it; `file` is how people call it, e.g. "checklists/on-call.yml". */
export interface SourceFile {
  readonly file: string
  readonly text: string
}

/** One thing wrong at one place. `line` and `column` count from 1, as editors do. */
export interface Fault {
  readonly file: string
  readonly line: number
  readonly column: number
  /** "steps[2].doc"; empty for the file as a whole. */
  readonly path: string
  readonly found: string
  readonly accepted: string
}

/** Either `faults` is empty, or `checklists` must not be used: half a library at 2 am is worse than a refused start. */
export interface Parsed {
  readonly checklists: readonly Checklist[]
  readonly faults: readonly Fault[]
}

type Path = readonly PropertyKey[]
interface Source {
  readonly file: string
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

/**
 * Parses one file. `now` (ms) decides whether a review date lies in the future.
 * Throws nothing: whatever the text holds comes back as faults.
 */
export function parseChecklist(text: string, file: string, now: number): Checklist | readonly Fault[] {
  return check(read(file, text), now)
}

function read(file: string, text: string): Source {
  const lines = new LineCounter()
  // Not 'silent', which also hides a second document in the file.
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error' } as const
  return { file, lines, document: parseDocument(text, options) }
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

function fault(source: Source, path: Path, found: string, accepted: string, what: 'key' | 'value' = 'value'): Fault {
  return { ...position(source, offsetOf(source, path, what)), path: pathText(path), found, accepted }
}

function position(source: Source, offset: number): Pick<Fault, 'file' | 'line' | 'column'> {
  // An empty file has no lines to count.
  const { line, col } = source.lines.linePos(offset)
  return { file: source.file, line: Math.max(1, line), column: Math.max(1, col) }
}

/** Where the node at `path` begins; where there is none (a missing key), the nearest thing that should hold it. */
function offsetOf(source: Source, path: Path, what: 'key' | 'value'): number {
  let node: unknown = source.document.contents
  let offset = start(node) ?? 0
  path.forEach((key, depth) => {
    const pair = pairOf(node, key)
    const last = depth === path.length - 1
    node = pair === undefined ? undefined : pair.value
    const found = (last && what === 'key') || start(node) === undefined ? start(pair?.key) : start(node)
    offset = found ?? offset
  })
  return offset
}

function pairOf(node: unknown, key: PropertyKey): Pick<Pair<unknown, unknown>, 'key' | 'value'> | undefined {
  if (typeof node !== 'object' || node === null || !('items' in node) || !Array.isArray(node.items)) return undefined
  const items: readonly unknown[] = node.items
  if (typeof key === 'number') return { key: items[key], value: items[key] }
  return items
    .filter((item) => isPair(item))
    .find((pair) => (isScalar(pair.key) ? String(pair.key.value) === key : false))
}

function start(node: unknown): number | undefined {
  return isNode(node) ? (node satisfies Node).range?.[0] : undefined
}

function scalarAt(source: Source, path: Path): unknown {
  try {
    return source.document.getIn(path)
  } catch {
    // The path leads through something that is not a map or list; the shape check names it.
    return undefined
  }
}

function toValue(source: Source): { readonly plain: unknown } | { readonly fault: Fault } {
  try {
    return { plain: source.document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    return { fault: fault(source, [], because, 'every *alias after its &anchor, and few of them') }
  }
}

type Entry = Readonly<Record<string, unknown>>
function entries(plain: unknown, key: string): readonly Entry[] {
  const value = isEntry(plain) ? plain[key] : undefined
  // Entries of another kind keep their place, so that indexes still fit the file.
  return Array.isArray(value) ? value.map((one: unknown) => (isEntry(one) ? one : {})) : []
}
function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function yamlFault(code: string, message: string): Pick<Fault, 'found' | 'accepted'> {
  if (code === 'DUPLICATE_KEY') return { found: 'a key that this block has already', accepted: 'every key once' }
  if (code === 'MULTIPLE_DOCS') return { found: 'a second document (---)', accepted: 'one checklist in one file' }
  const quote = code === 'BLOCK_AS_IMPLICIT_KEY' ? '; a text with a colon in it needs quotes' : ''
  return { found: `text that is not YAML (${message})`, accepted: `YAML${quote}` }
}

function byLine(faults: readonly Fault[]): readonly Fault[] {
  return faults.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text === '' ? '' : '.'}${String(key)}`),
    '',
  )
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'a block of keys'
  const json = JSON.stringify(value)
  return json.length > 80 ? `${json.slice(0, 60)}… (${String(value).length} characters)` : json
}
