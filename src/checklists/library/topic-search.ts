/**
 * Finds documents by what they are about, where none of their phrases stands in the message. Pure and deterministic. A
 * message counts only when it says that something is wrong; nothing is better than noise.
 */
import { distance } from './nearest.js'
import type { Findable, Match } from './search.js'
import { MACHINES } from './topics/machines.js'
import { PEOPLE } from './topics/people.js'
import { RUNNING } from './topics/running.js'
import { SERVICES } from './topics/services.js'
import { SYSTEMS } from './topics/systems.js'
import type { Topic } from './topics/topic.js'
import { ELSEWHERE, OUTSIDE, TROUBLE } from './topics/trouble.js'
import { stemsInClauses, stemsOf as synonymsOf, wordsOf } from './words.js'

/** What a word of a topic is worth; a message needs `ENOUGH` of one topic. */
const WORTH = { names: 1, alarms: 1.2, hints: 0.5 } as const
const ENOUGH = 0.9
/** The same for a message that does not say that anything is wrong. */
const ENOUGH_UNTROUBLED = 1.5
/** More words of one topic than this make it no surer. */
const AT_MOST = 2
/** A topic is worth half a phrase: what a file says itself goes first. */
const TOPIC_SCORE = 0.5
/** A phrase whose telling words are all there, with other words of trouble than the file's. */
const PHRASE_SCORE = 0.6
/** The title says more about a document than one of its keywords. */
const TITLE_WEIGHT = 2
/** A topic that is in fewer of a document's phrases than this share is not what it is about. */
const SHARE = 0.25
/** Figures that nobody posts because all is well: HTTP errors, and shares that are (nearly) all or nothing, thousands. */
const FIGURES = /\b[45]\d\ds?\b|\b(9\d|100)\s?(%|pct|percent)|(^|\s)0\s?%|\b\d+([.,]\d+)?[km]\b/iu
/** Words may stand between the words of a term: "turn the new checkout off". */
const GAP = 3
/** Words that are in the phrases of many documents and tell none of them apart, without a word of the file beside them. */
const VAGUE = new Set(
  (
    'data job name report table account key code content page number file list order event request result group change ' +
    'line time version value api web token'
  ).split(' '),
)

/** What leaked or was broken into is our trouble wherever it happened. */
const ANYWHERE = new Set(['secrets', 'privacy', 'abuse'])

type Kind = keyof typeof WORTH

interface Term {
  readonly stems: readonly string[]
  readonly text: string
  readonly topic: string
  readonly kind: Kind
}

/** What a message is about, by topic. */
interface Sighting {
  readonly worth: number
  readonly because: string
  readonly alarm: boolean
}
type About = ReadonlyMap<string, Sighting>

const WRONG = new Set(listed(TROUBLE).flatMap(stemsOf))
const OFFICE = listed(ELSEWHERE).map(stemsOf)
const WORLD = listed(OUTSIDE).map(stemsOf)
const TERMS = Object.entries(together([SYSTEMS, SERVICES, PEOPLE, MACHINES, RUNNING])).flatMap(([topic, words]) =>
  termsOf(topic, words),
)
const BY_FIRST = new Map<string, Term[]>()
for (const term of TERMS) BY_FIRST.set(term.stems[0] ?? '', [...(BY_FIRST.get(term.stems[0] ?? '') ?? []), term])
const KNOWN = new Set(TERMS.flatMap(({ stems }) => stems))
const SINGLE = TERMS.filter(({ stems: [one = ''], stems }) => stems.length === 1 && one.length >= 5)

/** One topic may stand in several lists. */
function together(lists: readonly Readonly<Record<string, Topic>>[]): Readonly<Record<string, Topic>> {
  const all: Record<string, Topic> = {}
  for (const [topic, { names, alarms, hints }] of lists.flatMap((list) => Object.entries(list))) {
    const had = all[topic]
    all[topic] = {
      names: `${had?.names ?? ''}, ${names}`,
      alarms: `${had?.alarms ?? ''}, ${alarms}`,
      hints: `${had?.hints ?? ''}, ${hints}`,
    }
  }
  return all
}

/** Each once, as the strongest thing that it is said to be; what only says that something is wrong names no topic. */
function termsOf(topic: string, words: Topic): readonly Term[] {
  const byStems = new Map<string, Term>()
  for (const kind of ['alarms', 'names', 'hints'] as const) {
    for (const text of listed(words[kind])) {
      const stems = stemsOf(text)
      const key = stems.join(' ')
      if (byStems.has(key) || stems.every((stem) => WRONG.has(stem))) continue
      byStems.set(key, { stems, text, topic, kind })
    }
  }
  return [...byStems.values()]
}

function listed(words: string): readonly string[] {
  return words.split(/,\s*/u).filter((word) => word !== '')
}

function stemsOf(text: string): readonly string[] {
  return stemsInClauses(text)[0] ?? []
}

/** Reads what the things are about once; the returned function finds them, in no order, each with its score. */
export function createTopicSearch<T>(things: readonly Findable<T>[]): (text: string) => readonly Match<T>[] {
  const known = things.map((thing) => ({
    item: thing.item,
    about: aboutOf(thing.phrases),
    keys: keysOf(thing.phrases),
  }))
  return (text) => {
    const clauses = stemsInClauses(text)
    if (clauses.some((clause) => has(clause, WORLD))) return []
    const trouble = clauses.some((clause) => clause.some((one) => WRONG.has(one))) || FIGURES.test(text)
    const about = spotted(clauses, trouble)
    const said = new Set(trouble ? clauses.filter((clause) => !isElsewhere(clause)).flat() : [])
    return known.flatMap(({ item, about: own, keys }): Match<T>[] => {
      const key = keys.find(({ telling }) => telling.every((stems) => stems.some((one) => said.has(one))))
      const byTopic = scoreOf(own, about)
      const score = byTopic.score + (key === undefined ? 0 : PHRASE_SCORE)
      const because = key?.text ?? byTopic.because
      return score === 0 ? [] : [{ item, score, because }]
    })
  }
}

function scoreOf(own: ReadonlyMap<string, number>, about: About): { readonly score: number; readonly because: string } {
  let score = 0
  let because = ''
  for (const [topic, affinity] of own) {
    const hit = about.get(topic)
    if (hit === undefined) continue
    score += affinity * Math.min(AT_MOST, hit.worth) * TOPIC_SCORE
    because ||= hit.because
  }
  return { score, because }
}

/** How much a document is about a topic: 1 for its main one. */
function aboutOf(phrases: readonly string[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>()
  let total = 0
  phrases.forEach((phrase, index) => {
    const weight = index === 0 ? TITLE_WEIGHT : 1
    total += weight
    for (const [topic, { worth }] of spotted([stemsOf(phrase)], true)) {
      sums.set(topic, (sums.get(topic) ?? 0) + weight * Math.min(1, worth))
    }
  })
  const most = Math.max(...sums.values())
  return new Map([...sums].filter(([, sum]) => sum / total >= SHARE).map(([topic, sum]) => [topic, sum / most]))
}

/** The phrases that tell a thing apart by themselves, once a message says that something is wrong. */
function keysOf(phrases: readonly string[]) {
  return phrases.flatMap((text) => {
    const words = wordsOf(text)
    const telling = words.filter((word) => !word.generic)
    const good = telling.length > 0 && telling.length < words.length && telling.some(({ stem }) => !VAGUE.has(stem))
    return good ? [{ text, telling: telling.map(({ meaning }) => synonymsOf(meaning)) }] : []
  })
}

function spotted(clauses: readonly (readonly string[])[], trouble: boolean): About {
  const about = new Map<string, Sighting>()
  const seen = new Set<Term>()
  for (const clause of clauses) {
    const elsewhere = isElsewhere(clause)
    for (const [at, said] of clause.entries()) {
      for (const term of termsFrom(said)) {
        if (seen.has(term) || !follows(clause, at, term.stems)) continue
        if (elsewhere && !(term.kind === 'alarms' && ANYWHERE.has(term.topic))) continue
        seen.add(term)
        const had = about.get(term.topic)
        about.set(term.topic, {
          worth: (had?.worth ?? 0) + WORTH[term.kind],
          because: had?.because ?? term.text,
          alarm: had?.alarm === true || term.kind === 'alarms',
        })
      }
    }
  }
  return new Map([...about].filter(([, { worth, alarm }]) => worth >= (trouble || alarm ? ENOUGH : ENOUGH_UNTROUBLED)))
}

/** Terms that begin with this word, or with the word that it is a misspelling of. */
function termsFrom(said: string): readonly Term[] {
  const exact = BY_FIRST.get(said)
  if (exact !== undefined || KNOWN.has(said) || WRONG.has(said) || said.length < 5) return exact ?? []
  return SINGLE.filter(
    ({ stems: [one = ''] }) => one[0] === said[0] && distance(one, said) === 1 && isMisspelt(one, said),
  )
}

/** Short words have neighbours that are words of their own (offsite and offset); swapped letters are a slip at any length. */
function isMisspelt(word: string, said: string): boolean {
  return word.length >= 7 || [...word].toSorted().join('') === [...said].toSorted().join('')
}

/** Do these words stand here in this order, with few others between them? The first one is known to. */
function follows(clause: readonly string[], at: number, stems: readonly string[]): boolean {
  let from = at + 1
  for (const stem of stems.slice(1)) {
    const next = clause.indexOf(stem, from)
    if (next === -1 || next - from > GAP) return false
    from = next + 1
  }
  return true
}

function isElsewhere(clause: readonly string[]): boolean {
  return has(clause, OFFICE)
}

function has(clause: readonly string[], phrases: readonly (readonly string[])[]): boolean {
  return phrases.some(([first = '', ...rest]) => {
    const at = clause.indexOf(first)
    return at !== -1 && rest.every((one, index) => clause[at + 1 + index] === one)
  })
}
