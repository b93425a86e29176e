/**
 * What a page becomes when something was tried or missed. Pure. With `observe.ts` and `wishes.ts` the only place where a
 * page's state changes, and no state is reached that PagerDuty has not answered for: the property tests hold it to that.
 */
import type { Page, PageFact, PageFailure } from '../../incidents/incident.js'
import type { Outcome, PagerIncident } from '../../ports.js'
import { about, awaitsDelivery, by, type Change, isBeyondAccepted, without } from './change.js'
import { type Deadline, isUnshouted, secondRoadDue } from './next.js'
import { observe } from './observe.js'
import { backoff, lookupDelay, type Means, POLL_MS, REFUSED_RETRY_MS } from './policy.js'

/** Recorded before a call that could page goes out: a crash during it leaves `uncertain`, which is looked up. */
export function begin(page: Page, now: number, road: 'events' | 'rest'): Page {
  const begun = { ...page, attempts: page.attempts + 1, uncertain: true }
  return road === 'rest' || page.state === 'unconfirmed' ? { ...begun, createTriedAt: now } : begun
}

/** The Events API answered the trigger, or did not. */
export function sent(page: Page, outcome: Outcome<void>, now: number, means: Means): Change {
  if (outcome.kind !== 'accepted') return failed(page, outcome, now, means)
  const facts: PageFact[] = []
  if (page.state !== 'unconfirmed')
    facts.push(about(page, { kind: 'page_accepted', road: 'events', attempts: page.attempts }))
  const accepted: Page = {
    ...without(page, 'failure'),
    state: page.state === 'unconfirmed' ? 'unconfirmed' : 'accepted',
    road: page.road ?? 'events',
    acceptedAt: page.acceptedAt ?? now,
    uncertain: false,
    lookups: 0,
    notBefore: now + lookupDelay(0),
  }
  // why: found by somebody else (webhook, poll) while this call was on its way; an answer never moves a page back.
  if (isBeyondAccepted(page)) return { page: { ...page, uncertain: false }, facts: [] }
  return by('mayday', accepted, facts)
}

/** REST answered the creation. Code 2002, "open incident with matching key", means that it is there already. */
export function created(page: Page, outcome: Outcome<PagerIncident>, now: number, means: Means): Change {
  if (outcome.kind === 'accepted') {
    const road: Page = {
      ...without(page, 'failure'),
      state: awaitsDelivery(page) ? 'accepted' : page.state,
      road: 'rest',
      acceptedAt: page.acceptedAt ?? now,
      uncertain: false,
    }
    const accepted: PageFact = about(page, { kind: 'page_accepted', road: 'rest', attempts: page.attempts })
    const seen = observe(road, outcome.value, now)
    return { page: seen.page, facts: [...by('mayday', road, [accepted]).facts, ...seen.facts] }
  }
  if (outcome.kind === 'rejected' && outcome.code === 2002) {
    return by('mayday', { ...page, uncertain: true, notBefore: now }, [])
  }
  return failed(page, outcome, now, means)
}

function failed(
  page: Page,
  outcome: Exclude<Outcome<unknown>, { kind: 'accepted' }>,
  now: number,
  means: Means,
): Change {
  if (isBeyondAccepted(page)) return { page: { ...page, uncertain: false }, facts: [] }
  const failure: PageFailure = { kind: outcome.kind, because: outcome.because, at: now }
  const refused = outcome.kind === 'rejected' || outcome.kind === 'auth'
  // why: a refusal cannot be waited out, so the second road follows at once; only when that failed too it is slow.
  const firstRefusal = refused && page.state === 'requested' && means.reads
  const retryAfter = outcome.kind === 'retry' ? outcome.retryAfterMs : undefined
  const wait = firstRefusal ? 0 : refused ? REFUSED_RETRY_MS : backoff(page.attempts, means.random, retryAfter)
  const next: Page = { ...page, failure, uncertain: outcome.kind === 'unknown', notBefore: now + wait }
  if (page.state === 'unconfirmed') return by('mayday', { ...next, lookups: 0 }, [])
  if (firstRefusal) {
    // why: status 0 is a call that was never made, for a team without a routing key; PagerDuty has refused nothing.
    const asked = outcome.status !== 0
    return by('mayday', { ...next, state: 'rejected' }, asked ? [about(page, { kind: 'page_rejected', failure })] : [])
  }
  if (refused && page.state !== 'not_delivered' && page.wantsResolve === undefined) return shout(next, failure, now)
  if (page.failure === undefined) return by('mayday', next, [about(page, { kind: 'page_failing', failure })])
  return by('mayday', next, [])
}

function shout(page: Page, failure: PageFailure, now: number): Change {
  const loud: Page = { ...page, state: 'not_delivered', watch: { ...page.watch, shoutedAt: now } }
  return by('mayday', loud, [about(page, { kind: 'page_not_delivered', failure })])
}

/** PagerDuty answered the look-up by key, or did not. Several open incidents are the same emergency by both roads. */
export function found(
  page: Page,
  outcome: Outcome<readonly PagerIncident[]>,
  now: number,
): Change & { readonly doubles: readonly string[] } {
  const next: Page = { ...without(page, 'unseen'), lookups: page.lookups + 1 }
  if (outcome.kind !== 'accepted') {
    // why: the look-up is a courtesy before a re-send; when it fails, a second trigger with the same key is the safe side.
    const wait = awaitsDelivery(page) ? 0 : lookupDelay(page.lookups)
    return {
      page: { ...next, uncertain: false, unseen: outcome.because, notBefore: Math.max(page.notBefore, now + wait) },
      facts: [],
      doubles: [],
    }
  }
  const known = outcome.value.filter((incident) => !page.merged.includes(incident.id))
  const chosen = choose(page, known)
  if (chosen === undefined) {
    const roadNext = page.state === 'unconfirmed' && secondRoadDue(page, now)
    const wait = awaitsDelivery(page) || roadNext ? 0 : lookupDelay(next.lookups)
    return { page: { ...next, uncertain: false, seenAt: now, notBefore: now + wait }, facts: [], doubles: [] }
  }
  const seen = observe({ ...next, uncertain: false }, chosen, now)
  const doubles = known
    .filter((incident) => incident.id !== chosen.id && incident.status !== 'resolved')
    .map((one) => one.id)
  return { ...seen, doubles }
}

/** The incident that stands for the page: the known one while it is open, else an open one, else the newest. */
function choose(page: Page, incidents: readonly PagerIncident[]): PagerIncident | undefined {
  const current = incidents.find((one) => one.id === page.pager?.id)
  if (current !== undefined && current.status !== 'resolved') return current
  return (
    incidents.find((one) => one.status !== 'resolved' && one.assignees.length > 0) ??
    incidents.find((one) => one.status !== 'resolved') ??
    current ??
    incidents[0]
  )
}

/** A double was merged into the page's incident, or could not be. Either way the thread is told. */
export function doubled(page: Page, double: string, merged: boolean): Change {
  return by('mayday', { ...page, merged: [...page.merged, double] }, [
    about(page, { kind: 'page_doubled', double, merged }),
  ])
}

/** PagerDuty answered a read of the incident, or did not. */
export function polled(page: Page, outcome: Outcome<PagerIncident>, now: number): Change {
  if (outcome.kind === 'accepted') return observe(without(page, 'unseen'), outcome.value, now)
  return by('mayday', { ...page, unseen: outcome.because, notBefore: now + POLL_MS }, [])
}

/** A deadline passed. Each is acted on once per watch; a later one swallows the earlier ones that were slept through. */
export function passed(page: Page, deadline: Deadline, now: number): Change {
  const { watch } = page
  switch (deadline) {
    case 'shout':
      if (!isUnshouted(page)) return by('mayday', page, [])
      return shout(page, page.failure ?? { kind: 'unknown', because: 'no answer yet', at: now }, now)
    case 'confirm':
      return by('mayday', { ...page, state: 'unconfirmed', notBefore: now, watch: { ...watch, shoutedAt: now } }, [
        about(page, {
          kind: 'page_unconfirmed',
          exists: page.pager !== undefined,
          ...(page.unseen === undefined ? {} : { unseen: page.unseen }),
        }),
      ])
    case 'remind':
      return by('mayday', { ...page, watch: { ...watch, remindedAt: now } }, [
        about(page, { kind: 'page_reminded', assignees: page.pager?.assignees ?? [] }),
      ])
    case 'escalate':
      return escalated(page, undefined, now, 'PagerDuty has no incident that could be raised')
    case 'backstop': {
      const spent = {
        ...watch,
        backstopAt: now,
        remindedAt: watch.remindedAt ?? now,
        escalatedAt: watch.escalatedAt ?? now,
      }
      return by('mayday', { ...page, watch: spent }, [about(page, { kind: 'page_backstop' })])
    }
  }
}

/** The escalation level was raised to `level`, or was not, because… */
export function escalated(page: Page, level: number | undefined, now: number, because?: string): Change {
  const next: Page = {
    ...page,
    watch: { ...page.watch, escalatedAt: now, remindedAt: page.watch.remindedAt ?? now },
    notBefore: now,
  }
  return by('mayday', next, [
    about(page, {
      kind: 'page_escalated',
      ...(level === undefined ? {} : { level }),
      ...(because === undefined ? {} : { because }),
    }),
  ])
}
