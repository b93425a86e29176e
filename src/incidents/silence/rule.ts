/** When whoever has an emergency counts as silent, and what is due then. Pure. */
import { type Actor, type Fact, type Incident, isOpen, tsToMs } from '../incident.js'

/** Both in ms; undefined: switched off. From `paging` in mayday.yml. */
export interface SilencePolicy {
  /** So long without a sign of life: the owner is asked in the thread. */
  readonly askSilentOwnerAfterMs: number | undefined
  /** So long without an answer: PagerDuty is asked to take the acknowledgement back. */
  readonly unacknowledgeAfterMs: number | undefined
}

/** Somebody's silence, and how far it has been followed. */
export interface Silence {
  readonly owner: Actor
  /** ms */
  readonly since: number
  /** The fact by which they were asked. */
  readonly asked?: Fact & { readonly kind: 'silence_asked' }
  /** It was ended once; nothing more is done until there is a sign of life. */
  readonly ended: boolean
}

/**
 * Who has it, and since when nothing was heard. Undefined: nobody has it, it is over, or it is mitigated: users do not feel
 * it, so nobody is woken for it. `speaksFor`: is a word of this one a sign of life? `seenAt`: one from elsewhere, ms.
 */
export function silenceOf(
  incident: Incident,
  facts: readonly Fact[],
  speaksFor: (actor: Actor) => boolean,
  seenAt = 0,
): Silence | undefined {
  const { acknowledgedBy: owner, acknowledgedAt = incident.recordedAt } = incident
  if (!isOpen(incident) || incident.state !== 'acknowledged' || owner === undefined) return undefined
  const signs = facts.flatMap((fact) => signAt(fact, speaksFor) ?? [])
  const since = Math.max(acknowledgedAt, seenAt, ...signs)
  const asked = facts.findLast((fact) => fact.kind === 'silence_asked' && fact.at > since)
  const ended = facts.some((fact) => fact.kind === 'silence_ended' && fact.at > since)
  return { owner, since, ended, ...(asked?.kind === 'silence_asked' ? { asked } : {}) }
}

function signAt(fact: Fact, speaksFor: (actor: Actor) => boolean): number | undefined {
  // why: whoever says "I am on it" is a person awake, whoever they are; and a snooze says when the next sign is due.
  if (fact.kind === 'still_on_it') return fact.at
  if (fact.kind === 'page_left_acknowledged') return Math.max(fact.at, fact.until ?? 0)
  if (!speaksFor(fact.actor)) return undefined
  // A message is as old as it is, also when it was read late.
  return fact.kind === 'noted' && fact.ts !== undefined ? Math.min(fact.at, tsToMs(fact.ts)) : fact.at
}

/** What is due now. */
export function dueOf(silence: Silence, policy: SilencePolicy, now: number): 'ask' | 'end' | undefined {
  const { askSilentOwnerAfterMs: ask, unacknowledgeAfterMs: end } = policy
  if (ask === undefined || silence.ended) return undefined
  if (silence.asked === undefined) return now - silence.since >= ask ? 'ask' : undefined
  return end !== undefined && now - silence.asked.at >= end ? 'end' : undefined
}
