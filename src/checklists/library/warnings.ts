/**
 * What is not wrong in a file, but makes it less true or harder to find: reviews that are overdue, documents that no
 * message finds, things that stand twice. Pure: `now` is epoch milliseconds.
 */
import { lint } from '../docs/words.js'
import { createDocSearch } from './doc-search.js'
import { reviewAge } from './library.js'
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

/** Where something was seen first: `file:line`, and the entry that stood there. */
interface Seen {
  readonly at: string
  readonly doc: Entry
}
interface Memory {
  readonly urls: Map<string, Seen>
  readonly titles: Map<string, Seen>
}

/** Every warning about these files, checklists or settings, each at its line. Files that cannot be read have none. */
export function warningsIn(files: readonly SourceFile[], now: number): readonly Fault[] {
  const memory: Memory = { urls: new Map(), titles: new Map() }
  return files.flatMap(({ file, text }) => {
    const source = read(file, text)
    const value = source.document.errors.length > 0 ? undefined : toValue(source)
    return value === undefined || 'fault' in value ? [] : byLine(warnings(source, value.plain, now, memory))
  })
}

function warnings(source: Source, plain: unknown, now: number, memory: Memory): readonly Fault[] {
  const [top = {}] = entries({ top: [plain] }, 'top')
  const every = top['review_every']
  return [
    ...(typeof top['reviewed'] === 'string' ? overdue(source, ['reviewed'], top, every, now) : []),
    ...repeated(source, ['symptoms'], top['symptoms']),
    ...entries(plain, 'docs').flatMap((doc, index) => {
      const path: Path = ['docs', index]
      return [
        ...overdue(source, [...path, 'reviewed'], doc, doc['review_every'] ?? every, now),
        ...unfound(source, path, doc),
        ...repeated(source, [...path, 'keywords'], doc['keywords']),
        ...twice(source, path, doc, memory),
      ]
    }),
  ]
}

function overdue(source: Source, path: Path, { reviewed }: Entry, every: unknown, now: number): readonly Fault[] {
  const limit = daysOf(every)
  const age = reviewAge(typeof reviewed === 'string' ? reviewed : undefined, now, limit)
  if (!age.overdue) return []
  return [fault(source, path, lint.reviewed(age.days), lint.reviewAccepted(age.days, limit))]
}

/** Days of "90d", "12w" or "36h"; undefined: the default holds. */
function daysOf(every: unknown): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*([hdw])$/u.exec(typeof every === 'string' ? every : '') ?? []
  if (count === undefined) return undefined
  return Math.max(1, Math.round(Number(count) * ({ h: 1 / 24, w: 7 }[unit ?? ''] ?? 1)))
}

function unfound(source: Source, path: Path, doc: Entry): readonly Fault[] {
  const keywords = texts(doc['keywords'])
  const phrases = [...texts([doc['title']]), ...keywords]
  const find = createDocSearch([{ item: doc, phrases }])
  const found = phrases.some((phrase) => find(phrase, 1).length > 0)
  const at: Path = [...path, keywords.length === 0 ? 'title' : 'keywords']
  if (!found) return [fault(source, at, lint.unfound(shown(doc['title'])), lint.keywordsAccepted)]
  return keywords.length === 0 ? [fault(source, at, lint.noKeywords, lint.keywordsAccepted)] : []
}

function repeated(source: Source, path: Path, list: unknown): readonly Fault[] {
  const all = Array.isArray(list) ? list : []
  const seen = new Set<string>()
  return all.flatMap((one: unknown, index) => {
    if (typeof one !== 'string') return []
    const key = one.trim().toLowerCase()
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    return [fault(source, [...path, index], lint.repeated(shown(one)), lint.once)]
  })
}

/** A page may be listed twice for different words; what is said about it must then be the same. */
function twice(source: Source, path: Path, doc: Entry, { urls, titles }: Memory): readonly Fault[] {
  const { url, title } = doc
  if (typeof url !== 'string' || typeof title !== 'string') return []
  const { line } = fault(source, path, '', '')
  const here: Seen = { at: `${source.file}:${line}`, doc }
  const same = urls.get(url)
  if (same !== undefined) {
    const other = ['title', 'reviewed', 'owner'].filter((key) => same.doc[key] !== doc[key])
    const inFile = same.at.startsWith(`${source.file}:`)
    if (other.length === 0 && !inFile) return []
    return [fault(source, [...path, 'url'], lint.sameUrl(shown(url), same.at, other), lint.onePage)]
  }
  urls.set(url, here)
  const key = title.trim().toLowerCase()
  const namesake = titles.get(key)
  if (namesake === undefined) titles.set(key, here)
  return namesake === undefined
    ? []
    : [fault(source, [...path, 'title'], lint.sameTitle(shown(title), namesake.at), lint.oneTitle)]
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((one: unknown) => typeof one === 'string') : []
}
