/**
 * Finds what fits a message. Pure and deterministic. The unit is the phrase that somebody wrote into a file as a symptom
 * or keyword: it must be (nearly) all there in the message. Adding a document therefore never changes whether another
 * one is found, and every hit can name its reason. A wrong document at 2 am costs more than none, hence the threshold.
 */
import MiniSearch from 'minisearch'
import { distance } from './nearest.js'
import { clausesOf, stemsOf, type Word, wordsOf } from './words.js'

/** A thing that can be found, by any of its phrases. */
export interface Findable<T> {
  readonly item: T
  readonly phrases: readonly string[]
}

/** What was found. `because` names the phrase that fits, unescaped. */
export interface Match<T> {
  readonly item: T
  /** About 1 for one telling word, more for more; compare within one answer only. */
  readonly score: number
  readonly because: string
}

/** Weight of a word that proves nothing alone; two of them in one clause ("site down") do. */
const GENERIC_WEIGHT = 0.5
/** Below this a phrase does not count: one telling word, spelt wrong, is just above. */
const THRESHOLD = 0.7
/** Share of a phrase's weight that must be in the message when it has three or more words; shorter ones must be whole. */
const COVERAGE = 0.8
/** What scores less than this share of the best is left out. */
const NEAR_THE_BEST = 0.4

interface Phrase {
  readonly owner: number
  readonly text: string
  readonly words: readonly Word[]
}
type Best = Map<number, { score: number; because: string; more: number }>

/** Builds the index once; the returned function looks things up, best first, equal scores in the order given. */
export function createSearch<T>(things: readonly Findable<T>[]): (text: string, limit: number) => readonly Match<T>[] {
  const phrases = things
    .flatMap(({ phrases: texts }, owner) => texts.map((text): Phrase => ({ owner, text, words: wordsOf(text) })))
    .filter((phrase) => phrase.words.length > 0)
  const vocabulary = new Set(phrases.flatMap((phrase) => phrase.words.flatMap((word) => stemsOf(word.meaning))))
  const vague = (phrase: Phrase): boolean => phrase.words.every((word) => word.generic)
  const inTelling = createLookup(
    phrases.filter((phrase) => !vague(phrase)),
    vocabulary,
  )
  const inVague = createLookup(phrases.filter(vague), vocabulary)

  return (text, limit) => {
    const best: Best = new Map()
    const clauses = clausesOf(text)
    const all = clauses.flat()
    // Only telling words lead to candidates: "down" alone is in half of all phrases.
    inTelling(
      all.filter((word) => !word.generic),
      all,
      best,
    )
    // A phrase of generic words must stand in one clause: "the site" here and "down" ten lines later is not "site down".
    for (const clause of clauses) inVague(clause, clause, best)
    return ranked(things, best, limit)
  }
}

function ranked<T>(things: readonly Findable<T>[], best: Best, limit: number): readonly Match<T>[] {
  const matches = things.flatMap(({ item }, owner): Match<T>[] => {
    const hit = best.get(owner)
    if (hit === undefined) return []
    return [{ item, score: Math.round((hit.score + 0.1 * Math.min(3, hit.more)) * 100) / 100, because: hit.because }]
  })
  return nearTheBest(matches, limit)
}

/** Best first, without what is far behind the best. */
export function nearTheBest<T>(matches: readonly Match<T>[], limit: number): readonly Match<T>[] {
  const sorted = matches.toSorted((a, b) => b.score - a.score)
  const top = sorted[0]?.score ?? 0
  return sorted.filter((match) => match.score >= top * NEAR_THE_BEST).slice(0, limit)
}

/** The returned function notes in `best` which of these phrases fit `said`; `leads` are the words that find candidates. */
function createLookup(phrases: readonly Phrase[], vocabulary: ReadonlySet<string>) {
  const index = new MiniSearch<{ id: number; stems: string }>({
    fields: ['stems'],
    tokenize: (text) => text.split(' '),
    processTerm: (term) => term,
  })
  index.addAll(
    phrases.map(({ words }, id) => ({ id, stems: words.flatMap(({ meaning }) => stemsOf(meaning)).join(' ') })),
  )
  const unknown = (term: string): boolean => !vocabulary.has(term)

  return (leads: readonly Word[], said: readonly Word[], best: Best): void => {
    if (leads.length === 0) return
    const stems = [...new Set(said.map((word) => word.stem))]
    const nearest = new Map<string, number>()
    const results = index.search([...new Set(leads.map((word) => word.stem))].join(' '), {
      prefix: (term) => term.length >= 5 && unknown(term),
      // Two, because a pair of swapped letters is two to the index; `nearness` then counts it as one.
      fuzzy: (term) => (term.length >= 4 && unknown(term) ? 2 : false),
    })
    for (const result of results) {
      const phrase = phrases[Number(result['id'])]
      if (phrase === undefined) continue
      const strength = strengthOf(phrase, stems, nearest)
      if (strength >= THRESHOLD) note(best, phrase, strength)
    }
  }
}

function note(best: Best, phrase: Phrase, strength: number): void {
  const had = best.get(phrase.owner)
  if (had === undefined) best.set(phrase.owner, { score: strength, because: phrase.text, more: 0 })
  else if (strength <= had.score) had.more += phrase.text === had.because ? 0 : 1
  else best.set(phrase.owner, { score: strength, because: phrase.text, more: had.more + 1 })
}

/** `nearest` remembers, for one message, how near its words come to a meaning. */
function strengthOf(phrase: Phrase, stems: readonly string[], nearest: Map<string, number>): number {
  let total = 0
  let covered = 0
  let strength = 0
  for (const { meaning, generic } of phrase.words) {
    const weight = generic ? GENERIC_WEIGHT : 1
    const near =
      nearest.get(meaning) ?? Math.max(...stemsOf(meaning).flatMap((term) => stems.map((one) => nearness(one, term))))
    nearest.set(meaning, near)
    total += weight
    covered += near > 0 ? weight : 0
    strength += weight * near
  }
  const share = covered / total
  return share >= (phrase.words.length < 3 ? 1 : COVERAGE) ? strength * share : 0
}

/** Words that are no misspelling of what they look like. */
const THEMSELVES = new Set('attach statu massag pavement relaps'.split(' '))

/** How sure it is that `said` means `term`: 1 the word itself, less for a beginning or a misspelling, 0 for neither. */
function nearness(said: string, term: string): number {
  if (said === term) return 1
  if (said.length >= 5 && term.startsWith(said)) return 0.8
  // People seldom miss the first letter, and other words that differ in it are many: fails and rails.
  if (said[0] !== term[0] || Math.min(said.length, term.length) < 4 || THEMSELVES.has(said)) return 0
  const long = Math.max(said.length, term.length)
  if (long <= 5) return said !== term && sameLetters(said, term) && distance(said, term) === 1 ? 0.75 : 0
  return distance(said, term) <= (long >= 9 ? 2 : 1) ? 0.75 : 0
}

function sameLetters(a: string, b: string): boolean {
  return [...a].toSorted().join('') === [...b].toSorted().join('')
}
