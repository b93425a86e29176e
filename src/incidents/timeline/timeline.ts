/**
 * The timeline of an emergency: a sentence for every fact, in order, with where it stands in Slack. Pure, and total: a
 * kind of fact without a sentence does not compile.
 */
import type { Actor, Fact, Incident } from '../incident.js'
import { OF_INCIDENTS } from './of-incidents.js'
import { OF_PAGES } from './of-pages.js'
import { OF_PURGES } from './of-purges.js'
import type { Kind, Sentences, Teller } from './tell.js'

/** One line. */
export interface TimelineEntry {
  /** ms */
  readonly at: number
  readonly actor: Actor
  /** Made by the teller: safe where it goes. */
  readonly sentence: string
  /** The message in Slack that it is about, where it is about one and the address is known. */
  readonly link: string | undefined
}

const SENTENCES: Sentences<Kind> = { ...OF_INCIDENTS, ...OF_PAGES, ...OF_PURGES }

/** What happened, without who and when. */
export function sentenceOf(fact: Fact, teller: Teller): string {
  // The table has the right function under every kind, which the compiler cannot see through a union.
  const tell = SENTENCES[fact.kind] as (one: Fact, by: Teller) => string
  return tell(fact, teller)
}

/** All of them, oldest first; what happened at the same moment stays in the order in which it was stored. */
export function timelineOf(incident: Incident, facts: readonly Fact[], teller: Teller): readonly TimelineEntry[] {
  return facts
    .map((fact) => ({
      ...{ at: fact.at, actor: fact.actor, sentence: sentenceOf(fact, teller) },
      link: linkOf(incident, fact),
    }))
    .sort((a, b) => a.at - b.at)
}

/**
 * The address of the message in Slack that a fact is about.
 * why: Slack's permalinks are `…/archives/<channel>/p<ts without the dot>`; a reply also names its thread.
 */
export function linkOf({ permalink, threadTs, channel }: Incident, fact: Fact): string | undefined {
  if (permalink === undefined || !/\/p\d+$/u.test(permalink)) return undefined
  if (fact.kind === 'declared') return permalink
  if (!('ts' in fact) || fact.ts === undefined || fact.kind === 'message_deleted') return undefined
  const own = permalink.replace(/\/p\d+$/u, `/p${fact.ts.replace('.', '')}`)
  const isRoot = fact.kind === 'message_joined' || fact.ts === threadTs || threadTs === undefined
  return isRoot ? own : `${own}?thread_ts=${threadTs}&cid=${channel}`
}
