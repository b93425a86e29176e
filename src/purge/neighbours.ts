/** What became of those who share the database with what was purged. Pure. */
import type { Neighbour, ServerState } from '../ports/keys.js'
import type { PurgePlan } from './plan.js'
import { count } from './words.js'

/** One prefix (of Sidekiq: one place where jobs wait), when it was planned and after the purge. */
export interface NeighbourChange extends Verdict {
  readonly prefix: string
  readonly before: number
  readonly after: number
  /** By which both together may be wrong. 0: both were counted exactly. */
  readonly margin: number
}

/** `unchanged`: no more than the margin. `explained`: by what others did. `doubtful`: Mayday cannot tell why. */
export interface Verdict {
  readonly verdict: 'unchanged' | 'explained' | 'doubtful'
  readonly because: string
}

/**
 * why: a margin holds in 95 of 100 samples; with ten prefixes every other purge would be called doubtful for nothing. 1.7
 * times that holds in 999 of 1,000.
 */
const SURE = 1.7

/** The prefixes to be counted again. */
export function neighboursOf({ survey, layout }: PurgePlan): readonly string[] {
  // Jobs of other classes share their places with those of the target.
  return survey.prefixes.filter((one) => !one.own || layout === 'sidekiq').map(({ prefix }) => prefix)
}

/** `lost`: of the server after the purge. */
export function neighbourChanges(
  plan: PurgePlan,
  now: readonly Neighbour[],
  lost: ServerState['lost'],
): readonly NeighbourChange[] {
  const went = wentByThemselves(plan, lost)
  return now.flatMap(({ prefix, about: after, margin }): readonly NeighbourChange[] => {
    const planned = plan.survey.prefixes.find((one) => one.prefix === prefix && (!one.own || plan.layout === 'sidekiq'))
    // Surveyed by a Mayday that told no margins.
    if (planned?.margin === undefined) return []
    const before = Math.max(0, planned.about - ownJobs(plan, prefix))
    const unsure = Math.round(SURE * Math.hypot(planned.margin, margin))
    return [{ prefix, before, after, margin: unsure, ...judge(plan, after - before, unsure, went) }]
  })
}

function judge(plan: PurgePlan, more: number, margin: number, went: number | undefined): Verdict {
  if (Math.abs(more) <= margin) return { verdict: 'unchanged', because: margin === 0 ? 'as many' : 'within the margin' }
  if (more > 0) return { verdict: 'explained', because: 'written meanwhile' }
  if (plan.layout === 'sidekiq')
    return { verdict: 'doubtful', because: `workers may have taken them; Mayday took jobs of ${plan.what} alone` }
  if (went !== undefined && went >= -more - margin)
    return { verdict: 'explained', because: `${count(went)} keys of this server expired or were evicted meanwhile` }
  const told =
    went === undefined
      ? 'how many expired is not told'
      : `only ${count(went)} keys of this server expired or were evicted`
  return {
    verdict: 'doubtful',
    because: `${told}; whoever writes them may have removed them, Mayday took ${plan.what} alone`,
  }
}

/** Keys that expired or were evicted since it was planned; undefined: not told, or the server was restarted. */
function wentByThemselves({ lost: before }: PurgePlan, lost: ServerState['lost']): number | undefined {
  if (before === undefined || lost === undefined) return undefined
  const went = lost.expired + lost.evicted - before.expired - before.evicted
  return went < 0 ? undefined : went
}

const STATES: Readonly<Record<string, string>> = { schedule: 'scheduled', retry: 'retrying', dead: 'dead' }

/** How many of the plan were in this place of Sidekiq's. */
function ownJobs({ layout, kinds }: PurgePlan, place: string): number {
  if (layout !== 'sidekiq') return 0
  const state = STATES[place]
  if (state === undefined) return kinds[`${place.replace(/^queue:/u, '')}/queued`] ?? 0
  return Object.entries(kinds).reduce((sum, [kind, n]) => sum + (kind.endsWith(`/${state}`) ? n : 0), 0)
}

/** Named in a sentence at most; the others are counted. */
const NAMED = 4

/** In a sentence or two, each with a blank before it; '' where there is nobody. */
export function neighbourWords(changes: readonly NeighbourChange[] | undefined, layout: PurgePlan['layout']): string {
  if (changes === undefined || changes.length === 0) return ''
  const isExact = changes.every(({ margin }) => margin === 0)
  const others = layout === 'sidekiq' ? 'Other jobs in its places' : 'Neighbours'
  const how = isExact ? 'counted' : 'by a sample'
  const same = changes.filter(({ verdict }) => verdict === 'unchanged').length
  const [head, rest] = [
    ` ${others} (${how}): ${same} of ${changes.length} unchanged`,
    changes.filter((one) => one.verdict !== 'unchanged'),
  ]
  const doubtful = rest.filter(({ verdict }) => verdict === 'doubtful')
  const named = [...doubtful, ...rest.filter(({ verdict }) => verdict === 'explained')].slice(0, NAMED)
  const more = rest.length > named.length ? [`${rest.length - named.length} more, see --json`] : []
  return `${[head, ...named.map(changeWords), ...more].join('; ')}.`
}

function changeWords({ prefix, before, after, margin, verdict, because }: NeighbourChange): string {
  const by = count(Math.abs(after - before))
  const how = margin === 0 ? by : `about ${by} (± ${count(margin)})`
  return `${prefix.slice(0, 60)} has ${how} ${after > before ? 'more' : 'fewer'}, ${verdict}: ${because}`
}
