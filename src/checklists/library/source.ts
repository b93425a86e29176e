/** A YAML file with the place of everything in it, and what is wrong at one of them. Pure. */
import { type Document, isNode, isPair, isScalar, LineCounter, type Node, type Pair, parseDocument } from 'yaml'

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

/** The way to a value: keys and indexes from the top. */
export type Path = readonly PropertyKey[]
/** A file, parsed. */
export interface Source {
  readonly file: string
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

/** Parses; what is wrong with it is in `document.errors`. */
export function read(file: string, text: string): Source {
  const lines = new LineCounter()
  // Not 'silent', which also hides a second document in the file.
  const options = { lineCounter: lines, prettyErrors: false, logLevel: 'error' } as const
  return { file, lines, document: parseDocument(text, options) }
}

/** A fault at `path`, or at the nearest thing that should hold it. */
export function fault(
  source: Source,
  path: Path,
  found: string,
  accepted: string,
  what: 'key' | 'value' = 'value',
): Fault {
  return { ...position(source, offsetOf(source, path, what)), path: pathText(path), found, accepted }
}

/** Line and column of an offset. */
export function position(source: Source, offset: number): Pick<Fault, 'file' | 'line' | 'column'> {
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

/** The plain value at `path`; undefined: there is none. */
export function scalarAt(source: Source, path: Path): unknown {
  try {
    return source.document.getIn(path)
  } catch {
    // The path leads through something that is not a map or list; the shape check names it.
    return undefined
  }
}

/** The file as plain values, or why it has none. */
export function toValue(source: Source): { readonly plain: unknown } | { readonly fault: Fault } {
  try {
    return { plain: source.document.toJS({ maxAliasCount: 100 }) }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    return { fault: fault(source, [], because, 'every *alias after its &anchor, and few of them') }
  }
}

/** A block of keys. */
export type Entry = Readonly<Record<string, unknown>>
/** The entries of a list of blocks. */
export function entries(plain: unknown, key: string): readonly Entry[] {
  const value = isEntry(plain) ? plain[key] : undefined
  // Entries of another kind keep their place, so that indexes still fit the file.
  return Array.isArray(value) ? value.map((one: unknown) => (isEntry(one) ? one : {})) : []
}
function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** In the order of the file. */
export function byLine(faults: readonly Fault[]): readonly Fault[] {
  return faults.toSorted((a, b) => a.line - b.line || a.column - b.column)
}

function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text === '' ? '' : '.'}${String(key)}`),
    '',
  )
}

/** A value as a fault shows it, cut where it is long. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'a block of keys'
  const json = JSON.stringify(value)
  return json.length > 80 ? `${json.slice(0, 60)}… (${String(value).length} characters)` : json
}
