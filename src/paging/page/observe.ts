/** What PagerDuty says of an incident, and what that makes of the page. Pure. */
import type { Actor, Page, PagerRef, PageWish } from '../../incidents/incident.js'
import type { PagerIncident } from '../../ports.js'
import { about, awaitsDelivery, by, type Change, creditOf, isBeyondAccepted, without } from './change.js'
import { lookupDelay, POLL_ACKNOWLEDGED_MS, POLL_MS, WISH_AGAIN_MS } from './policy.js'

/**
 * The one reducer for what PagerDuty says of an incident, whether a poll, a look-up or a webhook brought it. A page
 * goes back only for a reopening or an un-acknowledgement; a merge points it at the incident that took it in.
 */
export function observe(page: Page, incident: PagerIncident, now: number): Change {
  if (incident.mergedInto !== undefined && incident.mergedInto !== incident.id) {
    const pager: PagerRef = { id: incident.mergedInto, url: incident.url, assignees: lastAssignees(page, incident) }
    const state = awaitsDelivery(page) ? 'accepted' : page.state
    const moved = { ...page, state, pager, merged: [...page.merged, incident.id], notBefore: now }
    return by('mayday', moved, [])
  }
  const pager: PagerRef = {
    id: incident.id,
    url: incident.url,
    assignees: incident.status === 'resolved' ? lastAssignees(page, incident) : incident.assignees,
    ...(incident.number === undefined ? {} : { number: incident.number }),
  }
  const base: Page = { ...withUnmetWishes(page, incident, now), pager, uncertain: false }
  switch (incident.status) {
    case 'triggered':
      return observeTriggered(page, base, pager, now)
    case 'acknowledged':
      return observeAcknowledged(page, base, incident, pager, now)
    case 'resolved':
      return observeResolved(page, base, incident, pager, now)
  }
}

// why: PagerDuty lists nobody on a resolved incident; whoever was called for it is still to be named.
function lastAssignees(page: Page, incident: PagerIncident): readonly string[] {
  const known = page.pager?.id === incident.id ? page.pager.assignees : []
  return incident.assignees.length === 0 ? known : incident.assignees
}

/**
 * why: PagerDuty answers 202 to an acknowledgement or resolution and then drops it when it has no open alert of that
 * key (Events API v2), for instance because the incident came by REST. What had no effect is sent again.
 */
function withUnmetWishes(page: Page, incident: PagerIncident, now: number): Page {
  const { wantsAcknowledge: ack, wantsResolve: resolve } = page
  const isUnmet = (wish: PageWish | undefined): boolean =>
    wish?.sent === true && now - (wish.sentAt ?? wish.at) >= WISH_AGAIN_MS
  return {
    ...page,
    ...(ack !== undefined && isUnmet(ack) && incident.status === 'triggered'
      ? { wantsAcknowledge: { ...ack, sent: false } }
      : {}),
    ...(resolve !== undefined && isUnmet(resolve) && incident.status !== 'resolved'
      ? { wantsResolve: { ...resolve, sent: false } }
      : {}),
  }
}

function observeTriggered(page: Page, base: Page, pager: PagerRef, now: number): Change {
  if (page.state === 'acknowledged' || page.state === 'resolved') return reopened(page, base, now)
  // why: an incident to which nobody is assigned calls nobody; that is not a page.
  if (pager.assignees.length === 0) return unassigned(page, base, now)
  if (page.state !== 'confirmed') return confirm(page, base, pager, now)
  const changed = page.pager?.assignees.join('|') !== pager.assignees.join('|')
  const next = { ...base, notBefore: now + POLL_MS }
  if (!changed) return by('mayday', next, [])
  // why: PagerDuty has passed it on by itself; raising the level now would call the same people twice, or lower ones.
  const passedOn = page.pager?.id === pager.id
  const watch = passedOn ? { ...base.watch, escalatedAt: base.watch.escalatedAt ?? now } : base.watch
  return by('mayday', { ...next, watch }, [about(page, { kind: 'page_assignees_changed', assignees: pager.assignees })])
}

/** PagerDuty has it, so it is not sent again; nobody is called yet. */
function unassigned(page: Page, base: Page, now: number): Change {
  const waiting: Page = { ...base, notBefore: now + lookupDelay(base.lookups) }
  if (!awaitsDelivery(page)) return by('mayday', waiting, [])
  const road = page.road ?? 'events'
  const taken: Page = { ...without(waiting, 'failure'), state: 'accepted', road, acceptedAt: page.acceptedAt ?? now }
  return by('mayday', taken, [about(page, { kind: 'page_accepted', road, attempts: page.attempts })])
}

// why: an incident can be open again with nobody assigned; then it is only accepted, and the deadline for that starts anew.
function reopened(page: Page, base: Page, now: number): Change {
  const nobody = base.pager === undefined || base.pager.assignees.length === 0
  const back: Page = {
    ...without(
      base,
      'acknowledgedBy',
      'acknowledgedAt',
      'resolvedBy',
      'resolvedAt',
      'wantsAcknowledge',
      'wantsResolve',
      'wantsUnacknowledge',
    ),
    state: nobody ? 'accepted' : 'confirmed',
    acceptedAt: nobody ? now : (base.acceptedAt ?? now),
    watch: { since: now },
    notBefore: now + POLL_MS,
  }
  return by('mayday', back, [about(page, { kind: 'page_unacknowledged', ...silenceOf(page) })])
}

/** Whose silence this ends, where Mayday asked for it. */
function silenceOf({ state, wantsUnacknowledge: wish }: Page): { readonly silent?: Actor } {
  return state === 'acknowledged' && wish !== undefined ? { silent: wish.owner } : {}
}

function confirm(page: Page, base: Page, pager: PagerRef, now: number): Change {
  const late = page.watch.shoutedAt !== undefined
  const confirmed: Page = {
    ...without(base, 'failure'),
    state: 'confirmed',
    confirmedAt: now,
    acceptedAt: base.acceptedAt ?? now,
    notBefore: now + POLL_MS,
  }
  return by('mayday', confirmed, [about(page, { kind: 'page_confirmed', pager, late })])
}

function observeAcknowledged(page: Page, base: Page, incident: PagerIncident, pager: PagerRef, now: number): Change {
  if (page.state === 'acknowledged') return by('mayday', { ...base, notBefore: now + POLL_ACKNOWLEDGED_MS }, [])
  const before = isBeyondAccepted(page) ? { page: base, facts: [] } : confirm(page, base, pager, now)
  const actor = creditOf(page.wantsAcknowledge, incident.acknowledgedBy)
  const taken: Page = {
    ...without(before.page, 'resolvedBy', 'resolvedAt', 'failure'),
    state: 'acknowledged',
    acknowledgedBy: actor,
    acknowledgedAt: now,
    notBefore: now + POLL_ACKNOWLEDGED_MS,
  }
  return {
    page: taken,
    facts: [...before.facts, ...by(actor, taken, [about(page, { kind: 'page_acknowledged' })]).facts],
  }
}

function observeResolved(page: Page, base: Page, incident: PagerIncident, pager: PagerRef, now: number): Change {
  if (page.state === 'resolved') return by('mayday', base, [])
  const before =
    isBeyondAccepted(page) || pager.assignees.length === 0 ? { page: base, facts: [] } : confirm(page, base, pager, now)
  const actor = creditOf(page.wantsResolve, incident.resolvedBy)
  const over = finish(before.page, actor, now)
  return { page: over.page, facts: [...before.facts, ...over.facts] }
}

/** Over, with the credit to `actor`. */
export function finish(page: Page, actor: Actor, now: number): Change {
  const falseAlarm = page.wantsResolve?.falseAlarm ?? false
  const resolved: Page = {
    ...without(page, 'failure'),
    state: 'resolved',
    resolvedBy: actor,
    resolvedAt: now,
    uncertain: false,
  }
  return by(actor, resolved, [about(page, { kind: 'page_resolved', falseAlarm })])
}
