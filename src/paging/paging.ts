/** The paging room's use cases for facts that other rooms made: what `reactions.ts` calls. All are idempotent. */
import { MaydayError } from '../errors.js'
import type { Actor, Fact, IncidentId, Page, PageFact, PageId } from '../incidents/incident.js'
import { isFollowed, threadOf } from '../incidents/incident.js'
import { readable, span } from '../mrkdwn.js'
import type { AlertFact } from '../ports/alerts.js'
import type { Chat, Clock, Directory, Log, OnCall, Pager, PagerIncident, Store } from '../ports.js'
import { tellAlert } from './alerts.js'
import { observe } from './page/observe.js'
import { wishAcknowledge, wishResolve } from './page/wishes.js'
import type { PageWorker } from './pager.js'
import { type Contact, replyTo } from './replies.js'
import type { Requests } from './request.js'
import { endSilence, keepAcknowledged, withPageAgain } from './silence.js'

export interface PagingDeps {
  readonly store: Store
  readonly worker: PageWorker
  readonly requests: Requests
  readonly pager: Pager
  readonly directory: Directory
  readonly chat: Chat
  readonly clock: Clock
  readonly log: Log
  readonly contacts: readonly Contact[]
  readonly teams: readonly string[]
}

/** What carries a person's wish to PagerDuty. */
export interface WishCarrier extends Pick<PagingDeps, 'store' | 'worker' | 'clock' | 'log'> {
  readonly chat: Pick<Chat, 'person'>
}

/** One webhook, read: `type` is PagerDuty's event type, e.g. `incident.acknowledged`. */
export interface News {
  readonly type: string
  readonly incident: PagerIncident
  /** Only sure to be there when the incident was just triggered. */
  readonly clientUrl?: string
}

export interface Paging {
  /** Says in the thread what the fact means, where the card alone is not enough. */
  reply(fact: Fact & PageFact): Promise<void>
  tellJoined(fact: Fact & { readonly kind: 'message_joined' }): Promise<void>
  tellAlert(fact: Fact & AlertFact): Promise<void>
  /** The person's acknowledgement is carried to every page of the incident. */
  wantAcknowledged(incident: IncidentId, by: Actor): Promise<void>
  wantResolved(incident: IncidentId, by: Actor, falseAlarm: boolean): Promise<void>
  /** Nobody answered in time: the team called `backstop` is paged too, where there is one. */
  widen(incident: IncidentId, page: string): Promise<void>
  /** The owner stays silent: PagerDuty is asked to take the acknowledgement back. */
  endSilence(fact: Fact & { readonly kind: 'silence_ended' }): Promise<void>
  /** A sign of life: what PagerDuty was still to be asked for is dropped. */
  keepAcknowledged(incident: IncidentId): Promise<void>
  /** What a webhook tells. News of incidents that are not ours is dropped. */
  news(news: News): Promise<void>
}

export function createPaging(deps: PagingDeps): Paging {
  const later = createLater(deps.log)
  return {
    reply: (fact) => reply(deps, fact),
    tellJoined: (fact) => tellJoined(deps, later, fact),
    tellAlert: (fact) => tellAlert(deps.store, fact),
    wantAcknowledged: (incident, by) => carryWish(deps, incident, by, undefined),
    wantResolved: (incident, by, falseAlarm) => carryWish(deps, incident, by, falseAlarm),
    widen: (incident, page) => widen(deps, incident, page),
    endSilence: (fact) => endSilence(deps, fact),
    keepAcknowledged: (incident) => keepAcknowledged(deps, incident),
    news: (told) => news(deps, told),
  }
}

async function reply(deps: PagingDeps, fact: Fact & PageFact): Promise<void> {
  const page = await deps.store.pages.get(fact.page)
  const incident = await deps.store.incidents.get(fact.incidentId)
  if (page === undefined || incident === undefined)
    throw new MaydayError('BUG', { what: 'A fact names a page that is not stored.' })
  const onCall = await knownOnCall(deps, page.team)
  const said = replyTo(fact, {
    page,
    actor: fact.actor,
    at: fact.at,
    onCall,
    contacts: deps.contacts,
    reads: deps.pager.reads,
  })
  if (said === undefined) return
  await deps.store.outbox.put({
    key: `reply:${fact.id}`,
    channel: incident.channel,
    thread: threadOf(incident),
    text: said.text,
    ...(said.pageAgain === true ? { blocks: withPageAgain(said.text, incident.id, 'Page again') } : {}),
    ...(said.loud ? { broadcast: true, urgent: true } : {}),
  })
}

// why: a loud message must not wait for PagerDuty, which may be the very thing that is down.
async function knownOnCall(deps: PagingDeps, team: string | undefined): Promise<OnCall | undefined> {
  try {
    return await deps.directory.known(team)
  } catch (error) {
    deps.log.warn('the last on-call list could not be read', { error })
    return undefined
  }
}

/** Notes for PagerDuty that may wait; more are left out. */
const NOTES_MAX = 200

/** Does courtesies one after the other; whoever asks for one does not wait for it. */
function createLater(log: Log): (work: () => Promise<void>) => void {
  let tail = Promise.resolve()
  let waiting = 0
  return (work) => {
    if (waiting >= NOTES_MAX) return log.warn('a note for PagerDuty was left out: too many wait', { waiting })
    waiting += 1
    tail = tail
      .then(work)
      .catch((error: unknown) => log.warn('a note could not be added in PagerDuty', { error }))
      .finally(() => {
        waiting -= 1
      })
  }
}

async function tellJoined(
  deps: PagingDeps,
  later: (work: () => Promise<void>) => void,
  fact: Fact & { readonly kind: 'message_joined' },
): Promise<void> {
  const incident = await deps.store.incidents.get(fact.incidentId)
  if (incident === undefined) return
  const pages = await deps.store.pages.ofIncident(incident.id)
  const link = incident.permalink === undefined ? `#${incident.id}` : `<${incident.permalink}|#${incident.id}>`
  const why = fact.because === 'storm' ? 'Mayday has paged as often as it may in one minute, so this' : 'This'
  const text = `${why} was added to emergency ${link} (${stateOf(pages, fact.at)}). It does not page again by itself. If it is a different emergency, press Page again.`
  await deps.store.outbox.put({
    key: `joined:${fact.ts}`,
    channel: incident.channel,
    thread: { ts: fact.ts },
    text,
    blocks: withPageAgain(text, `${incident.id}:${fact.ts}`, 'Different emergency: page again'),
  })
  // why: facts of one incident wait for each other; a press of Acknowledge must not wait for a note that hangs.
  later(() => noteInPagerDuty(deps, pages, fact.text))
}

/** One clause on how far the incident's first page that is still on is, for somebody who joins it. */
function stateOf(pages: readonly Page[], now: number): string {
  const own = pages.filter((one) => one.team === undefined)
  const page = own.find(isFollowed) ?? own[0] ?? pages[0]
  if (page === undefined) return 'no page'
  const ago = `${span(now - page.requestedAt)} ago`
  if (page.state === 'acknowledged') return 'somebody has acknowledged it'
  if (page.state === 'confirmed') return `paged ${ago}, not acknowledged`
  if (page.state === 'shadowed') return 'shadow mode: nobody was paged'
  if (page.state === 'resolved') return 'its page is over'
  return `page requested ${ago}, nobody confirmed yet`
}

// why: the person who is being called reads PagerDuty, not Slack; a missing note takes nothing from the page.
async function noteInPagerDuty(deps: PagingDeps, pages: readonly Page[], text: string): Promise<void> {
  const page = pages.find((one) => one.pager !== undefined && isFollowed(one))
  if (!deps.pager.reads || page?.pager === undefined) return
  const answer = await deps.pager.note(page.pager.id, `Also posted: ${readable(text).slice(0, 1_000)}`)
  if (answer.kind !== 'accepted')
    deps.log.warn('a note could not be added in PagerDuty', { page: page.id, outcome: answer })
}

/** Remembers on every open page what a person wants of it, and begins to carry it; undefined: an acknowledgement. */
export async function carryWish(
  deps: WishCarrier,
  incident: IncidentId,
  by: Actor,
  falseAlarm: boolean | undefined,
): Promise<void> {
  const person = await personOf(deps, by)
  const pages = await deps.store.pages.ofIncident(incident)
  for (const page of pages.filter(isFollowed)) {
    const wish = { by, at: deps.clock.now(), ...person }
    await deps.worker.apply(page.id, (current) =>
      falseAlarm === undefined
        ? wishAcknowledge(current, wish, deps.worker.means())
        : wishResolve(current, { ...wish, falseAlarm }, deps.worker.means()),
    )
    void deps.worker.run(page.id)
  }
}

/** Name and e-mail of whoever acts. Slack may be down: then PagerDuty gets the plain id, and Mayday's own credit. */
async function personOf(deps: WishCarrier, by: Actor): Promise<{ readonly name: string; readonly email?: string }> {
  const id = by.slice(by.indexOf(':') + 1)
  if (!by.startsWith('slack:')) return { name: id }
  try {
    const person = await deps.chat.person(id)
    if (person === undefined) return { name: id }
    return { name: person.name, ...(person.email === undefined ? {} : { email: person.email }) }
  } catch (error) {
    deps.log.warn('Slack did not say who a person is; PagerDuty will show the id', { user: id, error })
    return { name: id }
  }
}

/** Name in `teams` of whoever is paged when nobody answers. */
const BACKSTOP = 'backstop'

async function widen(deps: PagingDeps, incident: IncidentId, page: string): Promise<void> {
  if (!deps.teams.includes(BACKSTOP)) return
  // why: the last team of all has nobody behind it; its unanswered page would page it again every ten minutes.
  const pages = await deps.store.pages.ofIncident(incident)
  if (pages.some((one) => one.team === BACKSTOP && isFollowed(one))) return
  await deps.requests.pageMore({ incident, team: BACKSTOP, by: 'mayday', press: page })
}

/**
 * Webhooks come late, twice and out of order. With a REST key they are only a reason to look now; without one they are
 * all there is, and then only what goes forward, or says that it goes back, is believed.
 */
async function news(deps: PagingDeps, told: News): Promise<void> {
  const page = (await deps.store.pages.byPagerId(told.incident.id)) ?? (await byClientUrl(deps, told.clientUrl))
  if (page === undefined) return
  const goesBack = told.type === 'incident.unacknowledged' || told.type === 'incident.reopened'
  if (deps.pager.reads && goesBack && page.state === 'resolved') await reopen(deps, page.id, told.incident)
  await deps.worker.apply(page.id, (current, now) => {
    if (deps.pager.reads) return { page: { ...current, notBefore: now }, facts: [] }
    const forward = RANK[told.incident.status] > rankOf(current)
    return forward || goesBack ? observe(current, told.incident, now) : { page: current, facts: [] }
  })
  void deps.worker.run(page.id)
}

/** why: what is resolved is not read any more, so news that it is open again has to be looked into here. */
async function reopen(deps: PagingDeps, page: PageId, told: PagerIncident): Promise<void> {
  const answer = await deps.pager.get(told.id)
  if (answer.kind === 'accepted' && answer.value.status === 'resolved') return
  const open = answer.kind === 'accepted' ? answer.value : told
  await deps.worker.apply(page, (current, now) =>
    current.state === 'resolved'
      ? observe(current, { ...open, status: 'triggered' }, now)
      : { page: current, facts: [] },
  )
}

const RANK = { triggered: 1, acknowledged: 2, resolved: 3 } as const

function rankOf(page: Page): number {
  if (page.state === 'resolved') return RANK.resolved
  if (page.state === 'acknowledged') return RANK.acknowledged
  return page.state === 'confirmed' ? RANK.triggered : 0
}

async function byClientUrl(deps: PagingDeps, clientUrl: string | undefined): Promise<Page | undefined> {
  if (clientUrl === undefined) return undefined
  return (await deps.store.pages.followed()).find((page) => page.pager === undefined && page.clientUrl === clientUrl)
}
