/** What a person in Slack wants done in PagerDuty: remembered, carried over, answered. Pure. */
import type { Page, PageFailure, PageWish } from '../../incidents/incident.js'
import type { Outcome, PagerIncident } from '../../ports.js'
import { about, by, type Change, isLive, without } from './change.js'
import { finish, observe } from './observe.js'
import { backoff, lookupDelay, type Means, REFUSED_RETRY_MS } from './policy.js'

/** A person wants it acknowledged. Remembered until PagerDuty shows it; asked twice is asked once. */
export function wishAcknowledge(page: Page, wish: PageWish, means: Means): Change {
  if (page.wantsAcknowledge !== undefined || page.state === 'acknowledged' || !isLive(page))
    return by('mayday', page, [])
  return by(wish.by, { ...page, wantsAcknowledge: wish }, [
    about(page, { kind: 'page_acknowledge_asked', verifiable: means.reads }),
  ])
}

/** A person wants it over. `falseAlarm`: there was nothing. */
export function wishResolve(page: Page, wish: PageWish & { readonly falseAlarm: boolean }, means: Means): Change {
  if (page.wantsResolve !== undefined || !isLive(page)) return by('mayday', page, [])
  const fact = about(page, { kind: 'page_resolve_asked', falseAlarm: wish.falseAlarm, verifiable: means.reads })
  return by(wish.by, { ...page, wantsResolve: wish }, [fact])
}

/** PagerDuty answered an acknowledgement: with the incident as it now is (REST), or with a 202 (Events, `undefined`). */
export function acknowledgeAnswered(
  page: Page,
  outcome: Outcome<PagerIncident | undefined>,
  now: number,
  means: Means,
): Change {
  const wish = page.wantsAcknowledge
  if (wish === undefined) return by('mayday', page, [])
  if (outcome.kind !== 'accepted') return wishFailed(page, 'acknowledge', outcome, now, means)
  const marked: Page = {
    ...without(page, 'failure'),
    wantsAcknowledge: { ...wish, sent: true, sentAt: now },
    notBefore: now + lookupDelay(0),
  }
  return outcome.value === undefined ? by('mayday', marked, []) : observe(marked, outcome.value, now)
}

/**
 * PagerDuty answered a resolution. `open` is what a look-up by key still shows as open afterwards; undefined where
 * nothing can be read, and then PagerDuty's 202 is all that is known.
 */
export function resolveAnswered(
  page: Page,
  outcome: Outcome<PagerIncident | undefined>,
  now: number,
  means: Means,
): Change {
  const wish = page.wantsResolve
  if (wish === undefined) return by('mayday', page, [])
  if (outcome.kind !== 'accepted') return wishFailed(page, 'resolve', outcome, now, means)
  const marked: Page = { ...without(page, 'failure'), wantsResolve: { ...wish, sent: true, sentAt: now } }
  return outcome.value === undefined ? finish(marked, wish.by, now) : observe(marked, outcome.value, now)
}

const WANTS = { acknowledge: 'wantsAcknowledge', resolve: 'wantsResolve' } as const

function wishFailed(
  page: Page,
  wish: 'acknowledge' | 'resolve',
  outcome: Exclude<Outcome<unknown>, { kind: 'accepted' }>,
  now: number,
  means: Means,
): Change {
  const failure: PageFailure = { kind: outcome.kind, because: outcome.because, at: now }
  const refused = outcome.kind === 'rejected' || outcome.kind === 'auth'
  const asked = page[WANTS[wish]]
  const failures = (asked?.failures ?? 0) + 1
  const wait = refused
    ? REFUSED_RETRY_MS
    : backoff(failures, means.random, outcome.kind === 'retry' ? outcome.retryAfterMs : 0)
  const counted = asked === undefined ? {} : { [WANTS[wish]]: { ...asked, failures } }
  const next: Page = { ...page, ...counted, failure, notBefore: now + wait }
  const told = page.failure !== undefined
  return by('mayday', next, told ? [] : [about(page, { kind: 'page_wish_failed', wish, because: failure.because })])
}
