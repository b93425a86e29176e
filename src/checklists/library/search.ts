/**
 * Finds what fits a message. Pure and deterministic. The unit is the phrase that somebody wrote into a file as a symptom
 * or keyword: it must be (nearly) all there in the message. Adding a document therefore never changes whether another
 * one is found, and every hit can name its reason. A wrong document at 2 am costs more than none, hence the threshold.
 */
import MiniSearch from 'minisearch'
import { distance } from './nearest.js'
import { clausesOf, meaningOf, stemsOf, type Word, wordsOf } from './words.js'

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
  readonly id: number
  readonly owner: number
  readonly text: string
  readonly words: readonly Word[]
}

/** Builds the index once; the returned function looks things up, best first, equal scores in the order given. */
export function createSearch<T>(things: readonly Findable<T>[]): (text: string, limit: number) => readonly Match<T>[] {
  const phrases = things
    .flatMap(({ phrases: texts }, owner) => texts.map((text) => ({ owner, text, words: wordsOf(text) })))
    .filter((phrase) => phrase.words.length > 0)
    .map((phrase, id): Phrase => ({ id, ...phrase }))
  const vocabulary = new Set(phrases.flatMap((phrase) => phrase.words.flatMap((word) => stemsOf(word.meaning))))
  const index = indexOf(phrases)
  const fits = (clauses: readonly (readonly Word[])[]) => strengths(index, vocabulary, phrases, clauses)

  return (text, limit) => {
    const best = new Map<number, { score: number; because: string; more: number }>()
    for (const [id, strength] of fits(clausesOf(text))) {
      const phrase = phrases[id]
      if (phrase === undefined) continue
      const had = best.get(phrase.owner)
      if (had === undefined) best.set(phrase.owner, { score: strength, because: phrase.text, more: 0 })
      else if (strength > had.score) Object.assign(had, { score: strength, because: phrase.text, more: had.more + 1 })
      else had.more += 1
    }
    return ranked(things, best, limit)
  }
}

function ranked<T>(
  things: readonly Findable<T>[],
  best: ReadonlyMap<number, { readonly score: number; readonly because: string; readonly more: number }>,
  limit: number,
): readonly Match<T>[] {
  const matches = things.flatMap(({ item }, owner): Match<T>[] => {
    const hit = best.get(owner)
    if (hit === undefined) return []
    return [{ item, score: Math.round((hit.score + 0.1 * Math.min(3, hit.more)) * 100) / 100, because: hit.because }]
  })
  const sorted = matches.toSorted((a, b) => b.score - a.score)
  const top = sorted[0]?.score ?? 0
  return sorted.filter((match) => match.score >= top * NEAR_THE_BEST).slice(0, limit)
}

function indexOf(phrases: readonly Phrase[]): MiniSearch<{ id: number; stems: string }> {
  const index = new MiniSearch<{ id: number; stems: string }>({
    fields: ['stems'],
    tokenize: (text) => text.split(' '),
    processTerm: (term) => term,
  })
  index.addAll(
    phrases.map(({ id, words }) => ({ id, stems: words.flatMap((word) => stemsOf(word.meaning)).join(' ') })),
  )
  return index
}

/** Strength of every phrase that fits, by its id. */
function strengths(
  index: MiniSearch<{ id: number; stems: string }>,
  vocabulary: ReadonlySet<string>,
  phrases: readonly Phrase[],
  clauses: readonly (readonly Word[])[],
): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  // A phrase of generic words must stand in one clause: "the site" here and "down" ten lines later is not "site down".
  const places = [clauses.flat(), ...(clauses.length > 1 ? clauses : [])]
  places.forEach((words, place) => {
    const whole = place === 0 && clauses.length > 1
    const said = [...new Set(words.map((word) => word.stem))]
    if (said.length === 0) return
    const known = (term: string): boolean => vocabulary.has(term)
    const results = index.search(said.join(' '), {
      prefix: (term) => term.length >= 5 && !known(term),
      // Two, because a pair of swapped letters is two to the index; `nearness` then counts it as one.
      fuzzy: (term) => (term.length >= 4 && !known(term) ? 2 : false),
    })
    for (const result of results) {
      const phrase = phrases[Number(result['id'])]
      if (phrase === undefined || (whole && phrase.words.every((word) => word.generic))) continue
      const strength = strengthOf(phrase, result.terms, said)
      if (strength >= THRESHOLD) found.set(phrase.id, Math.max(strength, found.get(phrase.id) ?? 0))
    }
  })
  return found
}

function strengthOf(phrase: Phrase, terms: readonly string[], said: readonly string[]): number {
  const nearnesses = new Map<string, number>()
  for (const term of terms) {
    const meaning = meaningOf(term)
    const near = Math.max(...said.map((one) => nearness(one, term)))
    nearnesses.set(meaning, Math.max(near, nearnesses.get(meaning) ?? 0))
  }
  let total = 0
  let covered = 0
  let strength = 0
  for (const word of phrase.words) {
    const weight = word.generic ? GENERIC_WEIGHT : 1
    const near = nearnesses.get(word.meaning) ?? 0
    total += weight
    covered += near > 0 ? weight : 0
    strength += weight * near
  }
  const share = covered / total
  return share >= (phrase.words.length < 3 ? 1 : COVERAGE) ? strength * share : 0
}

/** How sure it is that `said` means `term`: 1 the word itself, less for a beginning or a misspelling, 0 for neither. */
function nearness(said: string, term: string): number {
  if (said === term) return 1
  if (said.length >= 5 && term.startsWith(said)) return 0.8
  // People seldom miss the first letter, and other words that differ in it are many: fails and rails.
  if (said[0] !== term[0] || Math.min(said.length, term.length) < 4) return 0
  const long = Math.max(said.length, term.length)
  if (long <= 5) return said !== term && sameLetters(said, term) && distance(said, term) === 1 ? 0.75 : 0
  return distance(said, term) <= (long >= 9 ? 2 : 1) ? 0.75 : 0
}

function sameLetters(a: string, b: string): boolean {
  return [...a].toSorted().join('') === [...b].toSorted().join('')
}
