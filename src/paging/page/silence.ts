/** The silent owner: PagerDuty is asked to take the acknowledgement back, and answers. Pure. */
import type { Page, PageFailure } from '../../incidents/incident.js'
import type { SilenceWish } from '../../ports/silence.js'
import type { Outcome, PagerIncident } from '../../ports.js'
import { about, by, type Change, without } from './change.js'
import { observe } from './observe.js'
import { backoff, type Means } from './policy.js'

/** PagerDuty's clock and this machine's may differ by so much, ms. */
const SKEW_MS = 60_000

/** Can PagerDuty be asked at all? Only for what it has been seen to show as acknowledged. */
export function canUnacknowledge(page: Page, means: Pick<Means, 'reads'>): boolean {
  return means.reads && page.state === 'acknowledged' && page.pager !== undefined && page.wantsResolve === undefined
}

/** Mayday wants it taken back; asked twice is asked once. */
export function wishUnacknowledge(page: Page, wish: SilenceWish, means: Means): Change {
  if (!canUnacknowledge(page, means) || page.wantsUnacknowledge !== undefined) return by('mayday', page, [])
  return by('mayday', { ...page, wantsUnacknowledge: wish }, [])
}

/** A sign of life came. What PagerDuty has done already stays done. */
export function dropUnacknowledge(page: Page): Change {
  if (page.wantsUnacknowledge === undefined) return by('mayday', page, [])
  return by('mayday', without(page, 'wantsUnacknowledge', 'failure'), [])
}

/** Did somebody acknowledge it anew since the owner's last sign of life? */
export function isTakenAnew(incident: PagerIncident, wish: SilenceWish): boolean {
  const at = incident.acknowledgedAt
  return incident.status === 'acknowledged' && at !== undefined && at > wish.since + SKEW_MS
}

/** PagerDuty answered: with the incident as it is afterwards, or not. */
export function unacknowledgeAnswered(page: Page, outcome: Outcome<PagerIncident>, now: number, means: Means): Change {
  const wish = page.wantsUnacknowledge
  if (wish === undefined)
    return outcome.kind === 'accepted' ? observe(page, outcome.value, now) : by('mayday', page, [])
  if (outcome.kind !== 'accepted') return failed(page, wish, outcome, now, means)
  const incident = outcome.value
  if (incident.status !== 'acknowledged') return observe(without(page, 'failure'), incident, now)
  const until = incident.snoozedUntil
  if (until === undefined && !isTakenAnew(incident, wish))
    return refused(page, 'PagerDuty took it, and shows the page as acknowledged all the same')
  const seen = observe(without(page, 'wantsUnacknowledge', 'failure'), incident, now)
  const person = until === undefined ? incident.acknowledgedBy : undefined
  const left = about(page, {
    kind: 'page_left_acknowledged',
    ...(until === undefined ? {} : { until }),
    ...(person === undefined ? {} : { by: person }),
  })
  return { page: seen.page, facts: [...seen.facts, ...by('mayday', seen.page, [left]).facts] }
}

function failed(
  page: Page,
  wish: SilenceWish,
  outcome: Exclude<Outcome<unknown>, { kind: 'accepted' }>,
  now: number,
  means: Means,
): Change {
  if (outcome.kind === 'rejected' || outcome.kind === 'auth') return refused(page, outcome.because)
  const failures = (wish.failures ?? 0) + 1
  const failure: PageFailure = { kind: outcome.kind, because: outcome.because, at: now }
  const wait = backoff(failures, means.random, outcome.kind === 'retry' ? outcome.retryAfterMs : 0)
  const next: Page = { ...page, wantsUnacknowledge: { ...wish, failures }, failure, notBefore: now + wait }
  // why: the second try a moment later mostly gets through; people are told when that has failed too.
  if (failures !== 2) return by('mayday', next, [])
  const fact = about(page, { kind: 'page_unacknowledge_failed', because: outcome.because, final: false })
  return by('mayday', next, [fact])
}

function refused(page: Page, because: string): Change {
  return by('mayday', without(page, 'wantsUnacknowledge', 'failure'), [
    about(page, { kind: 'page_unacknowledge_failed', because, final: true }),
  ])
}
