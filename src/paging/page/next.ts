/** What has to be done for a page now. Pure: the worker in `pager.ts` does it and reports back to `outcomes.ts`. */
import type { Page, PageWish } from '../../incidents/incident.js'
import type { SilenceWish } from '../../ports/silence.js'
import { JUST_SEEN_MS, type Means, type PagePolicy, SECOND_ROAD_EVERY_MS } from './policy.js'

/** One thing to do. */
export type Step =
  /** Send the trigger by the Events API. */
  | { readonly do: 'send' }
  /** Ask PagerDuty for incidents born from the page's key. */
  | { readonly do: 'look_up' }
  /** Create an incident by REST: the second road. */
  | { readonly do: 'create' }
  /** Read the known incident. */
  | { readonly do: 'poll'; readonly id: string }
  | { readonly do: 'acknowledge'; readonly wish: PageWish; readonly id: string | undefined }
  /** Ask PagerDuty to take the acknowledgement back. */
  | { readonly do: 'unacknowledge'; readonly wish: SilenceWish; readonly id: string }
  | { readonly do: 'resolve'; readonly wish: PageWish; readonly id: string | undefined }
  /** Raise the escalation level of the known incident. */
  | { readonly do: 'escalate'; readonly id: string }
  /** A deadline has passed and only the record changes: facts follow from `outcomes.passed`. */
  | { readonly do: 'pass'; readonly deadline: Deadline }
  /** Nothing before `until` (ms); null: never again by itself. */
  | { readonly do: 'wait'; readonly until: number | null }

/** The moments of `PagePolicy`, by what is done at them. */
export type Deadline = 'shout' | 'confirm' | 'remind' | 'escalate' | 'backstop'

/** The next step of a page at `now`. Every state has one; `wait` never names a moment that has passed. */
export function nextStep(page: Page, now: number, policy: PagePolicy, means: Means): Step {
  if (page.state === 'shadowed' || page.state === 'resolved') return { do: 'wait', until: null }
  const passed = looksFirst(page, now, means) ? undefined : passedDeadline(page, now, policy, means)
  if (passed !== undefined) return passed
  // why: a person's wish does not wait for the next poll, only for the back-off after a failure.
  const wish = page.notBefore <= now || page.failure === undefined ? wishStep(page, means) : undefined
  if (wish !== undefined) return wish
  if (page.notBefore > now && !isSecondRoadFresh(page, means))
    return { do: 'wait', until: earliest(page, now, policy, means) }
  return workOf(page, now, policy, means)
}

// why: what happened in PagerDuty while Mayday slept can make a deadline void, and nobody is to be woken for nothing.
function looksFirst(page: Page, now: number, means: Means): boolean {
  const looking = page.state === 'accepted' || page.state === 'unconfirmed' || page.state === 'confirmed'
  return looking && means.reads && page.notBefore <= now
}

function workOf(page: Page, now: number, policy: PagePolicy, means: Means): Step {
  switch (page.state) {
    case 'requested':
    case 'rejected':
    case 'not_delivered':
      return roadStep(page, now, means)
    case 'accepted':
    case 'unconfirmed':
      return confirmStep(page, now, policy, means)
    case 'confirmed':
    case 'acknowledged':
      return followStep(page, now, policy, means)
    case 'resolved':
    case 'shadowed':
      return { do: 'wait', until: null }
  }
}

/**
 * Not yet taken by PagerDuty. A call that may have been applied is looked up first: a trigger after the resolution of
 * the same key would open, and so page, a second time (PagerDuty, Events API v2, de-duplication).
 */
function roadStep(page: Page, now: number, means: Means): Step {
  if (means.reads && page.uncertain) return { do: 'look_up' }
  if (!means.reads) return { do: 'send' }
  const refused = page.failure?.kind === 'rejected' || page.failure?.kind === 'auth'
  // why: after a refusal both roads wait equally long, so they take turns; attempts counts both.
  if (refused) return page.attempts % 2 === 1 ? { do: 'create' } : { do: 'send' }
  return page.state === 'not_delivered' && secondRoadDue(page, now) ? { do: 'create' } : { do: 'send' }
}

/** Accepted is not paged: look until an incident with an assignee is there; then the second road. */
function confirmStep(page: Page, now: number, policy: PagePolicy, means: Means): Step {
  if (!means.reads) return { do: 'wait', until: earliest(page, now, policy, means) }
  // why: what shows up between the last look and the second road would page a second time, so the look comes first.
  const looked = page.seenAt !== undefined && now - page.seenAt < JUST_SEEN_MS
  if (looked && page.state === 'unconfirmed' && page.pager === undefined && secondRoadDue(page, now)) {
    return page.attempts % 2 === 1 ? { do: 'create' } : { do: 'send' }
  }
  return { do: 'look_up' }
}

// why: an incident born from REST, also from a call that was never answered, can meet a late twin from the Events queue;
// only the look-up by key sees both.
function followStep(page: Page, now: number, policy: PagePolicy, means: Means): Step {
  if (!means.reads || page.pager === undefined) return { do: 'wait', until: earliest(page, now, policy, means) }
  const bothRoads = page.road === 'rest' || page.createTriedAt !== undefined
  return bothRoads ? { do: 'look_up' } : { do: 'poll', id: page.pager.id }
}

function wishStep(page: Page, means: Means): Step | undefined {
  const id = means.reads ? page.pager?.id : undefined
  const { wantsResolve, wantsAcknowledge, wantsUnacknowledge: silence } = page
  if (wantsResolve !== undefined && wantsResolve.sent !== true) return { do: 'resolve', wish: wantsResolve, id }
  if (silence !== undefined && id !== undefined && page.state === 'acknowledged' && wantsResolve === undefined)
    return { do: 'unacknowledge', wish: silence, id }
  if (wantsAcknowledge === undefined || wantsAcknowledge.sent === true) return undefined
  // why: before PagerDuty has the page there is nothing to acknowledge; the wish waits for it.
  const there = page.state === 'accepted' || page.state === 'confirmed' || page.state === 'unconfirmed'
  return there ? { do: 'acknowledge', wish: wantsAcknowledge, id } : undefined
}

// why: `Retry-After`, up to five minutes, speaks for the road that gave it and not for the one that was never tried.
function isSecondRoadFresh(page: Page, means: Means): boolean {
  const fresh = page.state === 'not_delivered' && means.reads && page.createTriedAt === undefined
  return fresh && page.wantsResolve === undefined
}

/** Is it time to try the road that has not been tried, or not for a while? */
export function secondRoadDue(page: Page, now: number): boolean {
  return page.createTriedAt === undefined || now - page.createTriedAt >= SECOND_ROAD_EVERY_MS
}

/** Somebody has it: PagerDuty says so, or a person pressed Acknowledge in Slack. The watchdog rests. */
export function isTaken(page: Page): boolean {
  return page.state === 'acknowledged' || page.wantsAcknowledge !== undefined || page.wantsResolve !== undefined
}

function passedDeadline(page: Page, now: number, policy: PagePolicy, means: Means): Step | undefined {
  const { watch } = page
  // why: one attempt comes first, so that a page found after a crash is sent before anybody is alarmed.
  const failing = isUnshouted(page) && page.failure !== undefined
  if (failing && now >= page.requestedAt + policy.shoutAfterMs) return { do: 'pass', deadline: 'shout' }
  if (isUnconfirmed(page, means) && now >= confirmBy(page, policy)) return { do: 'pass', deadline: 'confirm' }
  if (isTaken(page)) return undefined
  if (watch.backstopAt === undefined && now >= watch.since + policy.backstopAfterMs)
    return { do: 'pass', deadline: 'backstop' }
  if (watch.escalatedAt === undefined && now >= watch.since + policy.escalateAfterMs) {
    const id = page.state === 'confirmed' && means.reads ? page.pager?.id : undefined
    return id === undefined ? { do: 'pass', deadline: 'escalate' } : { do: 'escalate', id }
  }
  if (watch.remindedAt === undefined && now >= watch.since + policy.remindAfterMs)
    return { do: 'pass', deadline: 'remind' }
  return undefined
}

/** The earliest moment after `now` at which `nextStep` can answer something else than `wait`; null: never by itself. */
function earliest(page: Page, now: number, policy: PagePolicy, means: Means): number | null {
  const { watch } = page
  const times = [page.notBefore]
  if (isUnshouted(page)) times.push(page.requestedAt + policy.shoutAfterMs)
  if (isUnconfirmed(page, means)) times.push(confirmBy(page, policy))
  if (!isTaken(page)) {
    if (watch.remindedAt === undefined) times.push(watch.since + policy.remindAfterMs)
    if (watch.escalatedAt === undefined) times.push(watch.since + policy.escalateAfterMs)
    if (watch.backstopAt === undefined) times.push(watch.since + policy.backstopAfterMs)
  }
  const ahead = times.filter((time) => time > now)
  return ahead.length === 0 ? null : Math.min(...ahead)
}

/** People still have to be told when it stays undelivered; not those who called it off. */
export function isUnshouted(page: Page): boolean {
  return (page.state === 'requested' || page.state === 'rejected') && page.wantsResolve === undefined
}

function isUnconfirmed(page: Page, means: Means): boolean {
  return page.state === 'accepted' && means.reads && page.wantsResolve === undefined
}

function confirmBy(page: Page, policy: PagePolicy): number {
  return (page.acceptedAt ?? page.requestedAt) + policy.confirmWithinMs
}
