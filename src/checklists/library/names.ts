/**
 * Names in steps and documents that the configuration does not know: purge targets, jobs, teams, switches, checklists and
 * commands. Pure. A command that no longer works is found on a quiet day instead of at 2 am.
 *
 * Looked at: a step's `command` and `done_when`, and whatever stands in `back-ticks` in titles, helps and abouts. Words in
 * capitals (TEAM, JOB), numbers and "…" stand for something that the reader fills in.
 */
import { nearest } from './nearest.js'
import {
  byLine,
  type Entry,
  entries,
  type Fault,
  fault,
  type Path,
  read,
  type Source,
  type SourceFile,
  shown,
  toValue,
} from './source.js'

/** Kinds of names, each with what it is called in a fault. */
const KINDS = {
  target: 'a purge target',
  jobs: 'a jobs target',
  team: 'a team',
  switch: 'a switch',
  checklist: 'a checklist',
} as const
type Kind = keyof typeof KINDS

/** Every name that the configuration and this release know. */
export interface KnownNames extends Readonly<Record<Kind, readonly string[]>> {
  /** Subcommands by the command: "mayday", "purge-push", "incident-checklist", and "npx mayday" for the terminal. */
  readonly commands: Readonly<Record<Command, readonly string[]>>
}

type Command = 'mayday' | 'purge-push' | 'incident-checklist' | 'npx mayday'

/** What the word after a subcommand names; subcommands that are not here name nothing, or a number. */
const ARGUMENT: Readonly<Record<Command, Readonly<Record<string, Kind>>>> = {
  mayday: { page: 'team', oncall: 'team', switch: 'switch' },
  'purge-push': of('target', 'count plan pause resume cancel hold release'),
  'incident-checklist': of('checklist', 'start show'),
  'npx mayday': { oncall: 'team', switch: 'switch' },
}
/** As `ARGUMENT`, for commands of the terminal that have subcommands of their own. */
const SECOND: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  purge: of('target', 'count plan run pause resume cancel hold release'),
  jobs: of('jobs', 'count plan run remove'),
  checklist: of('checklist', 'show start'),
}

function of(kind: Kind, names: string): Readonly<Record<string, Kind>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]))
}

/** Every name in these files that is not known, each at its line. Files that cannot be read have none: parsing tells. */
export function unknownNames(files: readonly SourceFile[], known: KnownNames): readonly Fault[] {
  return files.flatMap(({ file, text }) => {
    const source = read(file, text)
    if (source.document.errors.length > 0) return []
    const value = toValue(source)
    return 'fault' in value ? [] : byLine(faultsIn(source, value.plain, known))
  })
}

function faultsIn(source: Source, plain: unknown, known: KnownNames): readonly Fault[] {
  const steps = entries(plain, 'steps').flatMap((step, index) => [
    ...prose(source, ['steps', index], step, ['title', 'help'], known),
    ...command(source, ['steps', index, 'command'], step['command'], known),
    ...condition(source, ['steps', index, 'done_when'], step['done_when'], known),
  ])
  const docs = entries(plain, 'docs').flatMap((doc, index) =>
    prose(source, ['docs', index], doc, ['title', 'about'], known),
  )
  return [...steps, ...docs]
}

function prose(source: Source, path: Path, entry: Entry, keys: readonly string[], known: KnownNames): readonly Fault[] {
  return keys.flatMap((key) => {
    const text = entry[key]
    const spans = typeof text === 'string' ? [...text.matchAll(/`([^`]+)`/gu)] : []
    return spans.flatMap(([, span = '']) => command(source, [...path, key], span, known))
  })
}

function command(source: Source, path: Path, said: unknown, known: KnownNames): readonly Fault[] {
  if (typeof said !== 'string') return []
  const [, slash, terminal, rest = ''] =
    /^(?:\/(mayday|purge-push|incident-checklist)|(npx mayday))(?:\s+(.*))?$/su.exec(said.trim()) ?? []
  const which = (slash ?? terminal) as Command | undefined
  if (which === undefined) return []
  const words = rest.split(/\s+/u).filter((word) => word !== '')
  const [sub] = words
  if (sub === undefined || isBlank(sub)) return []
  if (!known.commands[which].includes(sub))
    return [
      unknown(
        source,
        path,
        `the command ${shown(`${slash === undefined ? '' : '/'}${which} ${sub}`)}`,
        sub,
        known.commands[which],
      ),
    ]
  return [...argument(source, path, which, words, known), ...flag(source, path, words, known)]
}

function argument(
  source: Source,
  path: Path,
  which: Command,
  words: readonly string[],
  known: KnownNames,
): readonly Fault[] {
  const [sub = '', first = '', second = ''] = words
  const deep = which === 'npx mayday' ? SECOND[sub] : undefined
  const kind = deep === undefined ? ARGUMENT[which][sub] : deep[first]
  return kind === undefined ? [] : named(source, path, kind, deep === undefined ? first : second, known)
}

function flag(source: Source, path: Path, words: readonly string[], known: KnownNames): readonly Fault[] {
  const team = words.indexOf('--team')
  return team < 0 ? [] : named(source, path, 'team', words[team + 1] ?? '', known)
}

function condition(source: Source, path: Path, said: unknown, known: KnownNames): readonly Fault[] {
  const [name = '', of = ''] = typeof said === 'string' ? said.split(' ') : []
  if (name.startsWith('page_')) return named(source, path, 'team', of, known)
  if (name.startsWith('switch_')) return named(source, path, 'switch', of, known)
  if (!/^(?:purge|delivery)_/.test(name)) return []
  const either = { ...known, target: name.startsWith('purge_') ? [...known.target, ...known.jobs] : known.target }
  return named(source, path, 'target', of, either)
}

function named(source: Source, path: Path, kind: Kind, name: string, known: KnownNames): readonly Fault[] {
  if (name === '' || isBlank(name) || known[kind].includes(name)) return []
  return [unknown(source, path, `${shown(name)}, which is not ${KINDS[kind]}`, name, known[kind])]
}

function unknown(source: Source, path: Path, found: string, name: string, all: readonly string[]): Fault {
  const near = nearest(name, all)
  const list = all.length === 0 ? 'none is configured' : all.join(', ')
  return fault(source, path, found, near === undefined ? list : `${near}?`)
}

/** Something that the reader fills in, or no name at all. */
function isBlank(word: string): boolean {
  return !/^[a-z][a-z0-9_-]*$/u.test(word)
}
