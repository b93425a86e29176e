/**
 * What will be removed, frozen: the preview a person approves, bound to what it was made of. Pure: time and hashing are
 * arguments.
 */
import type { Estimate, Layout, Scope, ServerState, Survey, TargetSpec } from '../ports/keys.js'
import { count, entries } from './words.js'

/** A target with what the configuration says about it. */
export type TargetSettings = TargetSpec & { readonly latencyBudgetMs: number }

/** What was previewed, and what an approval is for. */
export interface PurgePlan {
  readonly target: string
  readonly layout: Layout
  /** The pattern, or the class of the jobs. */
  readonly what: string
  readonly protect: readonly string[]
  /** Of the server, when it was planned; see `ServerState.identity`. */
  readonly identity: string
  readonly version: string
  readonly database: number
  readonly scope: Scope
  /** Exact. */
  readonly count: number
  /** What the target said of itself when it was counted; only told apart from `count` where the scope is not all of it. */
  readonly estimate: Estimate
  readonly kinds: Readonly<Record<string, number>>
  /** False: the person asked for a purge that cannot be undone. */
  readonly archive: boolean
  readonly budgetMs: number
  readonly plannedAt: number
  readonly expiresAt: number
  /** Folder of its planned names and archive; never used twice. */
  readonly folder: string
  readonly keysInDatabase: number
  /** Who followed it, and how far behind. Undefined: planned before this was recorded. */
  readonly replicas?: ServerState['replicas']
  /** As `ServerState.lost`, when it was planned. */
  readonly lost?: ServerState['lost']
  readonly survey: Survey
  /** About how long the purge takes, ms. */
  readonly expectedMs: number
}

/** How long a plan may be confirmed, ms. */
export const PLAN_LIFE_MS = 15 * 60_000

/** The text that a plan's digest is made of: whatever decides what is removed, from where, and how. */
export function canonical(plan: PurgePlan): string {
  const { target, layout, what, protect, identity, database, scope, archive, budgetMs } = plan
  const kinds = Object.entries(plan.kinds).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([
    ...[target, layout, what, protect, identity, database, scope.mode, scope.upToId ?? null, scope.bornBefore ?? null],
    ...[plan.count, kinds, archive, budgetMs, plan.plannedAt, plan.expiresAt, plan.folder],
  ])
}

/** The pattern or class that a target is about. */
export function whatOf(spec: TargetSpec): string {
  return spec.layout === 'sidekiq' ? spec.className : spec.pattern
}

/** `now` in ms. */
export function isExpired(plan: PurgePlan, now: number): boolean {
  return now > plan.expiresAt
}

/** What is there now, to hold a plan against. */
export interface Now {
  readonly settings: TargetSettings | undefined
  readonly server: ServerState
  readonly estimate: Estimate
}

/** A count may move by this share, or by `SLACK` entries, before a plan is stale: living systems do. */
const TOLERANCE = 0.05
const SLACK = 100

/** How things differ from what was planned, in words; empty: the plan holds. */
export function differences(plan: PurgePlan, now: Now): readonly string[] {
  const { settings, server } = now
  if (settings === undefined) return [`the target ${plan.target} is no longer configured`]
  const found: string[] = []
  if (settings.layout !== plan.layout) found.push(`its layout is ${settings.layout} now, and was ${plan.layout}`)
  if (whatOf(settings) !== plan.what) found.push(`it means ${whatOf(settings)} now, and meant ${plan.what}`)
  const protect = settings.layout === 'sidekiq' ? [] : settings.protect
  if (protect.join('\n') !== plan.protect.join('\n')) found.push('other keys are protected than when it was planned')
  if (server.database !== plan.database)
    found.push(`it is database ${server.database} now, and was database ${plan.database}`)
  if (server.identity !== plan.identity)
    found.push('the Redis server was restarted or is another one than when it was planned')
  const { about, margin } = countNow(plan, now.estimate)
  if (Math.abs(about - plan.count) > Math.max(SLACK, plan.count * TOLERANCE) + margin) {
    const words = margin === 0 ? '' : 'about '
    found.push(
      `there are ${words}${entries(about, plan.layout)} now, and ${entries(plan.count, plan.layout)} were planned`,
    )
  }
  return found
}

/** why: an estimate is of the whole target; of a part of it, only how far the whole has moved can be told at once. */
function countNow(plan: PurgePlan, estimate: Estimate): Estimate {
  if (plan.scope.mode === 'all') return estimate
  const about = plan.count + estimate.about - plan.estimate.about
  return { about: Math.max(0, about), margin: estimate.margin + plan.estimate.margin }
}

/** What a person types to confirm. Thousands may be separated, blanks are free. */
export function isConfirmation(text: string, plan: PurgePlan): boolean {
  const match = /^\s*purge\s+(\d{1,3}(?:[,_' ]\d{3})+|\d+)\s*$/iu.exec(text)
  return match?.[1]?.replace(/[,_' ]/gu, '') === String(plan.count)
}

/** As it is asked for. */
export function confirmationOf(plan: PurgePlan): string {
  return `purge ${plan.count}`
}

/** Rates of one core, ms of wall time an entry: measured on hashes of 0.5 KB, rounded up. */
const COST = { archived: 0.016, bare: 0.004 } as const

/** About how long removing takes at the budget, from how long the walk that counted took. */
export function expectedMs(input: {
  readonly walkMs: number
  readonly count: number
  readonly archive: boolean
  readonly budgetMs: number
}): number {
  const work = input.count * (input.archive ? COST.archived : COST.bare)
  // A quantum of less than half a millisecond leaves a growing part of the time to round trips.
  return Math.round((input.walkMs + work) * Math.max(1, 0.5 / input.budgetMs) + 500)
}

/** The most frequent kinds, and how many are left out. */
export function topKinds(
  kinds: Readonly<Record<string, number>>,
  most: number,
): { readonly rows: readonly (readonly [string, number])[]; readonly more: string } {
  const sorted = Object.entries(kinds).sort(([, a], [, b]) => b - a)
  const rest = sorted.slice(most)
  const sum = rest.reduce((total, [, n]) => total + n, 0)
  return { rows: sorted.slice(0, most), more: rest.length === 0 ? '' : `${count(sum)} of ${rest.length} other kinds` }
}
