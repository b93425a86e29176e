import { describe, expect, it } from 'vitest'
import { companyLibrary, titleOf } from './company.js'
import { HELD_OUT, HELD_OUT_NOTHING } from './held-out.js'
import { HELD_OUT_FRESH, NOTHING_FRESH } from './held-out-fresh.js'
import { LABELLED, NOTHING, type Said } from './labelled.js'
import { LABELLED_MORE, NOTHING_MORE } from './labelled-more.js'
import { STRANGERS, STRANGERS_NOTHING } from './strangers.js'
import { STRANGERS_AFTER, STRANGERS_AFTER_NOTHING } from './strangers-after.js'
import { STRANGERS_LAST, STRANGERS_LAST_NOTHING } from './strangers-last.js'

const library = companyLibrary()
const found = (text: string): readonly string[] => library.matchDocs(text).map(({ doc }) => doc.title)

/** What people asked for and did not get, each with what they got instead. */
function missed(said: readonly Said[]): readonly string[] {
  return said
    .filter(([text, ids]) => !found(text).some((title) => ids.map(titleOf).includes(title)))
    .map(([text, ids]) => `${text} -> ${found(text).join(', ') || 'nothing'} instead of ${ids.join(', ')}`)
}

function noisy(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => found(text).length > 0).map((text) => `${text} -> ${found(text).join(', ')}`)
}

function rate(part: number, whole: number): number {
  return Math.round((1000 * part) / whole) / 10
}

/** What the bar is, in percent, and what is reached on the lot that nothing was tuned on: it must not get worse. */
const BAR = { found: 90, noise: 10 }
const UNSEEN = { found: 75, noise: 25 }

describe('the right document is among the first three', () => {
  it.each([
    { name: 'labelled', said: [...LABELLED, ...LABELLED_MORE], atLeast: 60, bar: BAR },
    { name: 'held-out', said: HELD_OUT, atLeast: 30, bar: BAR },
    { name: 'fresh held-out', said: HELD_OUT_FRESH, atLeast: 30, bar: BAR },
    { name: "strangers'", said: STRANGERS, atLeast: 60, bar: BAR },
    { name: "strangers' later", said: STRANGERS_AFTER, atLeast: 40, bar: BAR },
    { name: "strangers' last", said: STRANGERS_LAST, atLeast: 40, bar: UNSEEN },
  ])('for at least $bar.found % of the $name messages', ({ name, said, atLeast, bar }) => {
    expect(said.length).toBeGreaterThanOrEqual(atLeast)
    expect(new Set(said.map(([text]) => text)).size).toBe(said.length)
    const misses = missed(said)
    const hits = said.length - misses.length
    console.info(`docs, ${name}: ${hits} of ${said.length} in the first three (${rate(hits, said.length)} %)`)
    expect(rate(hits, said.length), misses.join('\n')).toBeGreaterThanOrEqual(bar.found)
  })
})

describe('nothing is better than noise', () => {
  it.each([
    { name: 'labelled', texts: [...NOTHING, ...NOTHING_MORE], bar: BAR },
    { name: 'held-out', texts: HELD_OUT_NOTHING, bar: BAR },
    { name: 'fresh held-out', texts: NOTHING_FRESH, bar: BAR },
    { name: "strangers'", texts: STRANGERS_NOTHING, bar: BAR },
    { name: "strangers' later", texts: STRANGERS_AFTER_NOTHING, bar: BAR },
    { name: "strangers' last", texts: STRANGERS_LAST_NOTHING, bar: UNSEEN },
  ])('for at most $bar.noise % of the $name messages that no document is about', ({ name, texts, bar }) => {
    const noise = noisy(texts)
    console.info(`docs, ${name}: ${noise.length} of ${texts.length} messages got a document that is none of theirs`)
    expect(rate(noise.length, texts.length), noise.join('\n')).toBeLessThanOrEqual(bar.noise)
  })
})
