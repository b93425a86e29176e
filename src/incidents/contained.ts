/** What is turned off because of an emergency, as its card shows it until it is on again. Pure. */
import { CARD } from './card-words.js'
import type { Fact } from './incident.js'

/** More lines than this are left to `/mayday switch`. */
const LINES_MAX = 4

/** One line for each switch whose last word on this timeline is that it was read to be off. */
export function containedLines(facts: readonly Fact[]): readonly string[] {
  const off = new Map<string, string>()
  for (const fact of facts) {
    if (fact.kind === 'switch_on') off.delete(fact.switch)
    if (fact.kind !== 'switch_off') continue
    off.set(fact.switch, CARD.off(fact.switch, fact.at, fact.found === true ? undefined : fact.actor, fact.detail))
  }
  const told = [...off.values()].slice(0, LINES_MAX)
  const more = off.size - told.length
  return more === 0 ? told : [...told, CARD.moreOff(more)]
}
