/** Documents for a message: by the phrases of their files first, then by what they are about. Pure. */
import { createSearch, type Findable, type Match, nearTheBest } from './search.js'
import { createTopicSearch } from './topic-search.js'

/** Builds both indexes once; the returned function looks things up, best first, equal scores in the order given. */
export function createDocSearch<T>(
  things: readonly Findable<T>[],
): (text: string, limit: number) => readonly Match<T>[] {
  const byPhrase = createSearch(things)
  const byTopic = createTopicSearch(things)
  return (text, limit) => {
    const said = new Map(byPhrase(text, things.length).map((match) => [match.item, match]))
    const about = new Map(byTopic(text).map((match) => [match.item, match]))
    const all = things.flatMap(({ item }): Match<T>[] => {
      const phrase = said.get(item)
      const topic = about.get(item)
      if (phrase === undefined && topic === undefined) return []
      const score = Math.round(((phrase?.score ?? 0) + (topic?.score ?? 0)) * 100) / 100
      return [{ item, score, because: phrase?.because ?? topic?.because ?? '' }]
    })
    return nearTheBest(all, limit)
  }
}
