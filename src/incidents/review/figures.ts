/** What can be read from the facts of an emergency: gaps, troubles, what was skipped. Pure. What no fact says is undefined. */
import type { Actor, Fact, Incident, PageFact, PageId } from '../incident.js'
import type { FactOf, Kind } from '../timeline/tell.js'

/** The steps that are measured, in the order in which they should come. */
export const GAPS = ['read', 'accepted', 'confirmed', 'acknowledged', 'doc_opened', 'mitigated', 'resolved'] as const
/** One of them. */
export type GapName = (typeof GAPS)[number]

/** When a step was first seen. */
export interface Gap {
  readonly name: GapName
  /** ms; undefined: not recorded. */
  readonly at: number | undefined
}

/** All facts of these kinds, oldest first. */
export function factsOf<K extends Kind>(facts: readonly Fact[], ...kinds: readonly K[]): readonly FactOf<K>[] {
  return facts.filter((fact): fact is FactOf<K> => kinds.some((kind) => kind === fact.kind))
}

/** Measured from the facts alone. A mitigation that was withdrawn, and an end that was none, do not count. */
export function gapsOf(facts: readonly Fact[]): readonly Gap[] {
  const at: Readonly<Record<GapName, number | undefined>> = {
    read: readAt(facts),
    accepted: firstOf(facts, 'page_accepted'),
    confirmed: firstOf(facts, 'page_confirmed'),
    acknowledged: firstOf(facts, 'incident_acknowledged', 'page_acknowledged'),
    doc_opened: firstOf(facts, 'doc_opened'),
    mitigated: standing(facts, 'incident_mitigated', ['mitigation_withdrawn', 'page_unacknowledged']),
    resolved: standing(facts, 'incident_resolved', ['page_unacknowledged']),
  }
  return GAPS.map((name) => ({ name, at: at[name] }))
}

function readAt(facts: readonly Fact[]): number | undefined {
  return factsOf(facts, 'declared')[0]?.at
}

function firstOf(facts: readonly Fact[], ...kinds: readonly Kind[]): number | undefined {
  const all = factsOf(facts, ...kinds).map((fact) => fact.at)
  return all.length === 0 ? undefined : Math.min(...all)
}

/** The last of `kind`, unless something later took it back. Opened again by PagerDuty: what was over is not. */
function standing(facts: readonly Fact[], kind: Kind, undone: readonly Kind[]): number | undefined {
  const last = factsOf(facts, kind).at(-1)
  if (last === undefined) return undefined
  const back = factsOf(facts, ...undone).some((fact) => fact.at > last.at && reopens(fact, facts))
  return back ? undefined : last.at
}

/** An un-acknowledgement takes an end back only where the emergency was over and is worked on again. */
function reopens(fact: Fact, facts: readonly Fact[]): boolean {
  if (fact.kind !== 'page_unacknowledged') return true
  return factsOf(facts, 'incident_resolved').some((end) => end.at < fact.at)
}

/** One page, from its facts. */
export interface PageStory {
  readonly page: PageId
  readonly team: string | undefined
  readonly requestedAt: number | undefined
  readonly acceptedAt: number | undefined
  readonly confirmedAt: number | undefined
  readonly acknowledgedAt: number | undefined
  /** What did not go as it should, oldest first. */
  readonly troubles: readonly (Fact & PageFact)[]
}

const TROUBLES: ReadonlySet<Kind> = new Set<PageFact['kind']>([
  ...(['page_shadowed', 'page_rejected', 'page_failing', 'page_not_delivered', 'page_unconfirmed'] as const),
  ...(['page_wish_failed', 'page_reminded', 'page_escalated', 'page_backstop', 'page_doubled'] as const),
  'page_unacknowledged',
])

/** In the order in which they were asked for. */
export function pagesOf(facts: readonly Fact[]): readonly PageStory[] {
  const own = facts.filter((fact): fact is Fact & PageFact => 'page' in fact)
  return [...new Set(own.map((fact) => fact.page))].map((page) => {
    const mine = own.filter((fact) => fact.page === page)
    return {
      page,
      team: mine.find((fact) => fact.team !== undefined)?.team,
      requestedAt: firstOf(mine, 'page_requested'),
      acceptedAt: firstOf(mine, 'page_accepted'),
      confirmedAt: firstOf(mine, 'page_confirmed'),
      acknowledgedAt: firstOf(mine, 'page_acknowledged'),
      troubles: mine.filter((fact) => TROUBLES.has(fact.kind) || (fact.kind === 'page_confirmed' && fact.late)),
    }
  })
}

/** Steps that were skipped and not opened again. */
export function skippedOf(facts: readonly Fact[]): readonly FactOf<'step_skipped'>[] {
  return factsOf(facts, 'step_skipped').filter(
    (skip) =>
      !factsOf(facts, 'step_undone').some(
        (undo) => undo.run === skip.run && undo.step === skip.step && facts.indexOf(undo) > facts.indexOf(skip),
      ),
  )
}

/** One purge, from its facts. */
export interface PurgeStory {
  readonly purge: number
  readonly target: string
  readonly planned: number | undefined
  /** Undefined: the facts do not say whether an archive was kept. */
  readonly archive: boolean | undefined
  readonly confirmedBy: readonly Actor[]
  readonly last: Fact & { readonly purge?: number }
  readonly done: FactOf<'purge_done'> | undefined
  readonly undone: FactOf<'purge_undone'> | undefined
  readonly impact: FactOf<'purge_impact_counted'> | undefined
}

/** In the order of their numbers. */
export function purgesOf(facts: readonly Fact[]): readonly PurgeStory[] {
  const own = facts.filter(
    (fact): fact is Fact & { readonly purge: number; readonly target: string } =>
      'purge' in fact && fact.purge !== undefined,
  )
  const numbers = [...new Set(own.map((fact) => fact.purge))].sort((a, b) => a - b)
  return numbers.flatMap((purge) => {
    const mine = own.filter((fact) => fact.purge === purge)
    const last = mine.at(-1)
    if (last === undefined) return []
    const planned = factsOf(mine, 'purge_planned')[0]
    return {
      ...{ purge, target: last.target, last, planned: planned?.count, archive: planned?.archive },
      confirmedBy: [...new Set(factsOf(mine, 'purge_confirmed').map((fact) => fact.actor))],
      done: factsOf(mine, 'purge_done').at(-1),
      undone: factsOf(mine, 'purge_undone').at(-1),
      impact: factsOf(mine, 'purge_impact_counted').at(-1),
    }
  })
}

/** Switches as the last fact about each says they stand. */
export function switchesOf(facts: readonly Fact[]): readonly (FactOf<'switch_off'> | FactOf<'switch_on'>)[] {
  const last = new Map<string, FactOf<'switch_off'> | FactOf<'switch_on'>>()
  for (const fact of factsOf(facts, 'switch_off', 'switch_on')) last.set(fact.switch, fact)
  return [...last.values()]
}

/** Delivery of targets that is still on hold, as far as the facts say. */
export function heldOf(facts: readonly Fact[]): readonly string[] {
  const held = new Map<string, boolean>()
  for (const fact of factsOf(facts, 'purge_held', 'purge_released')) held.set(fact.target, fact.kind === 'purge_held')
  return [...held].filter(([, isHeld]) => isHeld).map(([target]) => target)
}

/** Everybody who did anything, in the order in which they came; machines are not among them. */
export function peopleOf({ declaredBy }: Incident, facts: readonly Fact[]): readonly Actor[] {
  return [...new Set([declaredBy, ...facts.map((fact) => fact.actor)])].filter(
    (actor) => actor !== 'mayday' && !actor.startsWith('alert:'),
  )
}
