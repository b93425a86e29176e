/** How a page begins and what PagerDuty is told. Pure. */

import type { Actor, Incident, Page, PageId } from '../../incidents/incident.js'
import { readable, span } from '../../mrkdwn.js'
import type { PageEvent } from '../../ports.js'

/** PagerDuty's limit for `payload.summary` (Events API v2), counted in UTF-16 units to be on the safe side. */
const SUMMARY_LIMIT = 1024

/** What a page is made of. `at`: when the person wrote it, ms. */
export interface PageSource {
  readonly dedupKey: string
  readonly text: string
  readonly by: Actor
  readonly byName?: string
  readonly at: number
  readonly via: Incident['via']
  readonly permalink?: string
  readonly team?: string
}

/** A page as it is stored before its first attempt, which counts as begun: `attempts` 1, `uncertain`. */
export function firstPage(from: {
  readonly id: PageId
  readonly incident: Incident
  readonly emergency: PageSource
  readonly now: number
  readonly mode: 'armed' | 'shadow'
  readonly attempts: number
}): Page {
  const { emergency } = from
  return {
    id: from.id,
    incidentId: from.incident.id,
    dedupKey: emergency.dedupKey,
    ...pageText(emergency, from.now),
    requestedBy: emergency.by,
    requestedAt: from.now,
    state: from.mode === 'shadow' ? 'shadowed' : 'requested',
    attempts: from.mode === 'shadow' ? 0 : from.attempts,
    uncertain: from.mode !== 'shadow',
    lookups: 0,
    watch: { since: from.now },
    merged: [],
    notBefore: from.now,
    ...(emergency.team === undefined ? {} : { team: emergency.team }),
    ...(emergency.permalink === undefined ? {} : { clientUrl: emergency.permalink }),
  }
}

/** A message this old is told to the on-call with its age, ms: what it says may have changed since. */
const OLD_MS = 60_000

/** What the phone of the on-call shows, and the whole text behind it. Slack's escapes are undone. */
export function pageText(emergency: PageSource, now: number): { readonly summary: string; readonly body: string } {
  const words = readable(emergency.text)
  const said = words === '' ? '(no text; see the message in Slack)' : words
  const age = now - emergency.at
  const late = age < OLD_MS ? '' : `[written ${span(age)} ago] `
  return { summary: cut(`${late}${said.replace(/\s+/gu, ' ')}`, SUMMARY_LIMIT), body: said }
}

/** What the Events API, or REST on the second road, is told about this page. */
export function eventOf(page: Page, action: PageEvent['action']): PageEvent {
  return {
    action,
    dedupKey: page.dedupKey,
    summary: page.summary,
    body: page.body,
    source: page.dedupKey.startsWith('slack:') ? 'slack' : 'mayday',
    ...(page.team === undefined ? {} : { team: page.team }),
    ...(page.clientUrl === undefined ? {} : { clientUrl: page.clientUrl }),
  }
}

/** At most `limit` UTF-16 units, never half a code point, with "…" where something is missing. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const end = limit - 1
  const code = text.charCodeAt(end - 1)
  const splitsPair = code >= 0xd800 && code <= 0xdbff
  return `${text.slice(0, splitsPair ? end - 1 : end)}…`
}
