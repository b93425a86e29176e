/** mayday.yml -> its settings, with every fault at its line. */
import { type Document, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { describe } from '../errors.js'
import type { Fault } from './fault.js'
import { type FileConfig, fileSchema } from './file-schema.js'

export interface SettingsFile {
  readonly name: string
  readonly text: string
}

/** The settings with their defaults; undefined, and faults added, when they cannot be read. */
export function readFile(file: SettingsFile | undefined, faults: Fault[]): FileConfig | undefined {
  if (file === undefined) return fileSchema.parse({})
  const lines = new LineCounter()
  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const broken = (offset: number | undefined, found: string): void => {
    const line = offset === undefined ? '' : `:${lines.linePos(offset).line}`
    faults.push({ where: `${file.name}${line}`, found, accepts: 'valid YAML' })
  }
  for (const error of document.errors) broken(error.pos[0], error.message)
  if (document.errors.length > 0) return undefined
  const value = plainValue(document, (found) => broken(undefined, found))
  const parsed = fileSchema.safeParse(value ?? {})
  const at = (path: readonly PropertyKey[]): string => {
    const offset = offsetOf(document, path)
    return `${file.name}${offset === undefined ? '' : `:${lines.linePos(offset).line}`} ${path.join('.')}`.trim()
  }
  if (value !== BROKEN) faults.push(...(parsed.error?.issues ?? []).flatMap((issue) => faultsOf(issue, document, at)))
  return parsed.data
}

const BROKEN = Symbol('broken')

// why: `yaml` finds an alias without an anchor, or one that grows without end, only here, and throws.
function plainValue(document: Document, broken: (found: string) => void): unknown {
  try {
    return document.toJS()
  } catch (error) {
    broken(describe(error))
    return BROKEN
  }
}

function faultsOf(
  issue: z.core.$ZodIssue,
  document: Document,
  at: (path: readonly PropertyKey[]) => string,
): readonly Fault[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    const accepts = 'only the documented keys'
    return issue.keys.map((key) => ({ where: at([...path, key]), found: `unknown key ${key}`, accepts }))
  }
  const found = path.length === 0 ? document.toJS() : plain(document.getIn(path.map(String)))
  return [{ where: at(path), found: found === undefined ? 'nothing' : JSON.stringify(found), accepts: accepted(issue) }]
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a group of `name: value` lines',
  record: 'a group of `name: value` lines',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
}

/** The schema's own words where it has some, else what zod expected. */
function accepted(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected
  return issue.message.replace(/^(?:Invalid \w+|Too \w+): expected /u, '').replace(/, received .*$/u, '')
}

/** Where the value stands, or the nearest thing around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length).map(String), true)
    if (hasRange(node)) return node.range[0]
  }
  return hasRange(document.contents) ? document.contents.range[0] : undefined
}

function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
    ? value.toJSON()
    : value
}

function hasRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}
