/**
 * What ticks a step without anybody pressing: a fact of the incident. A closed list, because a checklist that waits for
 * something which never comes is worse than one that waits for a person. Pure.
 */
import type { Fact } from '../incidents/incident.js'

/** Each condition, with what a name after it stands for. Without a name any of its kind will do, save for pages. */
export const CONDITIONS = {
  /** PagerDuty says that a person took the page; without a name the emergency's own page, with one that team's. */
  page_acknowledged: 'team',
  severity_set: 'nothing',
  purge_planned: 'target',
  /** Removed, and counted again: none of what was planned is left. */
  purge_done: 'target',
  purge_undone: 'target',
  delivery_held: 'target',
  delivery_released: 'target',
  switch_off: 'switch',
  switch_on: 'switch',
  incident_mitigated: 'nothing',
  incident_resolved: 'nothing',
} as const

/** Name of a condition, as checklists write it. */
export type ConditionName = keyof typeof CONDITIONS

/** A condition as a step has it: "purge_done push". */
export interface Condition {
  readonly name: ConditionName
  readonly of?: string
}

/** What a name after this condition stands for. */
export function namedBy(name: ConditionName): 'team' | 'target' | 'switch' | 'nothing' {
  return CONDITIONS[name]
}

/** Is there a condition of this name? */
export function isConditionName(said: string): said is ConditionName {
  return Object.hasOwn(CONDITIONS, said)
}

/**
 * - `met`: the step is done.
 * - `undone`: it was, and this takes it back.
 * - `overtaken`: it was true once and is over; a checklist that is started afterwards does not count it.
 */
export type Effect = 'met' | 'undone' | 'overtaken'

/** What this fact means for this condition; undefined: nothing. */
export function effectOf(condition: Condition, fact: Fact): Effect | undefined {
  const effect = effectByKind(condition.name, fact)
  return effect === undefined || isNamed(condition, fact) ? effect : undefined
}

function effectByKind(name: ConditionName, fact: Fact): Effect | undefined {
  switch (name) {
    case 'page_acknowledged':
      return by(fact, { page_acknowledged: 'met', page_unacknowledged: 'undone' })
    case 'severity_set':
      return by(fact, { severity_set: 'met' })
    case 'purge_planned':
      return by(fact, { purge_planned: 'met' })
    case 'purge_done':
      if (fact.kind === 'purge_done') return fact.remaining === 0 ? 'met' : undefined
      return by(fact, { purge_undone: 'undone' })
    case 'purge_undone':
      return by(fact, { purge_undone: 'met' })
    case 'delivery_held':
      return by(fact, { purge_held: 'met', purge_released: 'overtaken' })
    case 'delivery_released':
      return by(fact, { purge_released: 'met', purge_held: 'undone' })
    case 'switch_off':
      return by(fact, { switch_off: 'met', switch_on: 'overtaken' })
    case 'switch_on':
      return by(fact, { switch_on: 'met', switch_off: 'undone' })
    case 'incident_mitigated':
      return by(fact, { incident_mitigated: 'met', mitigation_withdrawn: 'undone' })
    case 'incident_resolved':
      return by(fact, { incident_resolved: 'met', page_unacknowledged: 'undone' })
  }
}

function by(fact: Fact, effects: Partial<Record<Fact['kind'], Effect>>): Effect | undefined {
  return effects[fact.kind]
}

function isNamed({ name, of }: Condition, fact: Fact): boolean {
  // why: another team's acknowledgement is not the on-call's.
  if (name === 'page_acknowledged') return 'team' in fact ? fact.team === of : of === undefined
  return of === undefined || ('target' in fact && fact.target === of) || ('switch' in fact && fact.switch === of)
}

/** The last of these facts (oldest first) that makes the condition true now; undefined: it is not. */
export function metBy(condition: Condition, facts: readonly Fact[]): Fact | undefined {
  const last = facts.findLast((fact) => effectOf(condition, fact) !== undefined)
  return last !== undefined && effectOf(condition, last) === 'met' ? last : undefined
}
