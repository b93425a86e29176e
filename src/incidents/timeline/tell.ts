/** What the sentences of the timeline are made with. Pure. */
import type { Actor, Fact } from '../incident.js'

/** Makes names and words safe where the sentences go; a second place (or a terminal) is a second teller. */
export interface Teller {
  readonly name: (actor: Actor) => string
  /** Words that somebody wrote in Slack, as Slack delivered them (mrkdwn). All of them. */
  readonly said: (mrkdwn: string) => string
  /** Plain words from anywhere else: titles, reasons, names of teams. */
  readonly text: (words: string) => string
  /** A moment, ms. */
  readonly when: (ms: number) => string
}

/** The name of a fact. */
export type Kind = Fact['kind']

/** The facts of one kind. */
export type FactOf<K extends Kind> = Extract<Fact, { readonly kind: K }>

/**
 * One sentence for each kind of fact, without who did it and when: it goes on after "03:14 Alex: ". A table of all kinds
 * does not compile while one is missing.
 */
export type Sentences<K extends Kind> = {
  readonly [One in K]: (fact: FactOf<One>, teller: Teller) => string
}

/** "1 key", "2 keys", "1,200 keys". */
export function counted(n: number, one: string, many = `${one}s`): string {
  const digits = Math.round(n)
    .toString()
    .replace(/\B(?=(\d{3})+$)/gu, ',')
  return `${digits} ${n === 1 ? one : many}`
}

/** "Alex", "Alex and Kim", "Alex, Kim and Sam"; nobody is "nobody". */
export function listed(names: readonly string[]): string {
  const last = names.at(-1)
  if (last === undefined) return 'nobody'
  return names.length === 1 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
