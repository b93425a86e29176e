/**
 * From a person's words to a stored page: one transaction writes the incident, the page and the facts; the page leaves
 * at once after the commit. When the store does not answer, the page leaves all the same under the same key and the
 * record follows: the store is never the reason that nobody is paged.
 */
import { MaydayError } from '../errors.js'
import type { Actor, Incident, IncidentId, Page, PageId } from '../incidents/incident.js'
import { isOpen } from '../incidents/incident.js'
import type { AlertKeys } from '../ports/alerts.js'
import type { Clock, Log, NewId, Pager, Store, Tables } from '../ports.js'
import { noteAlerts, unseenPart } from './alerts.js'
import { join, threadNote } from './join.js'
import { type Orphan, sendOrphan } from './orphan.js'
import { firstPage } from './page/new-page.js'
import type { PageWorker } from './pager.js'
import type { StormPolicy } from './trigger.js'

/** One message that pages. Times are ms. */
export interface Emergency {
  readonly dedupKey: string
  readonly channel: string
  /** Undefined when it came from the terminal: the thread is opened later. */
  readonly ts?: string
  readonly text: string
  readonly by: Actor
  /** Name of the author where it is known without asking Slack. */
  readonly byName?: string
  readonly at: number
  readonly via: Incident['via']
  readonly permalink?: string
  readonly team?: string
  /** Set when another machine tells it. `dedupKey` is then the first of its keys. */
  readonly alert?: AlertKeys
  /** Set when somebody raised it about a message, by the shortcut. */
  readonly about?: NonNullable<Incident['about']>
}

export type Requested =
  | { readonly kind: 'opened'; readonly incident: IncidentId; readonly page: PageId }
  | { readonly kind: 'joined'; readonly incident: IncidentId }
  | { readonly kind: 'known' }
  /** The store did not answer; the page went out without a record, which follows. */
  | { readonly kind: 'unrecorded' }

export interface RequestDeps {
  readonly store: Store
  readonly pager: Pager
  readonly worker: PageWorker
  readonly clock: Clock
  readonly log: Log
  readonly newId: NewId
  readonly random: () => number
  readonly storm: StormPolicy
  readonly mode: 'armed' | 'shadow'
  readonly changed: () => void
}

export interface Requests {
  declare(emergency: Emergency): Promise<Requested>
  /** Another page for an incident: "page again", or another team. Undefined: the storm limit holds it back. */
  pageMore(more: MorePages): Promise<PageId | undefined>
  /** Writes the record of pages that went out while the store was away. */
  settle(): Promise<void>
  unrecorded(): number
  /** Sends nothing more by itself; a message whose page has no record is still open in the inbox. */
  stop(): void
}

export interface MorePages {
  readonly incident: IncidentId
  readonly team?: string
  readonly by: Actor
  readonly byName?: string
  /** Default: the incident's own text and address. */
  readonly text?: string
  readonly permalink?: string
  /** Distinguishes this press from every other; the same press delivered twice makes one page. */
  readonly press: string
}

/** After this the fast path is taken for dead and any process may send the page (same key, so still one page), ms. */
const SAFETY_NET_MS = 3_000
/** The store gets this long before the page goes without it, ms. */
const STORE_PATIENCE_MS = 2_500

export function createRequests(deps: RequestDeps): Requests {
  const orphans = new Map<string, Orphan>()

  async function declare(emergency: Emergency): Promise<Requested> {
    if (orphans.has(emergency.dedupKey)) return { kind: 'unrecorded' }
    try {
      const recorded = await withPatience(
        deps.clock,
        deps.store.tx((t) => record(deps, t, emergency), 'urgent'),
      )
      return follow(deps, recorded)
    } catch (error) {
      deps.log.error('the store did not take a page; it goes out without a record', { page: emergency.dedupKey, error })
      if (deps.mode === 'armed') orphans.set(emergency.dedupKey, sendOrphan(deps, emergency))
      else throw error
      return { kind: 'unrecorded' }
    }
  }

  async function settle(): Promise<void> {
    const failures: unknown[] = []
    for (const [key, orphan] of orphans) {
      try {
        const attempts = orphan.attempts()
        const recorded = await deps.store.tx((t) => record(deps, t, orphan.emergency, attempts))
        orphan.stop()
        orphans.delete(key)
        deps.log.info('a page that went out without a record was recorded', { page: key, attempts })
        follow(deps, recorded.kind === 'opened' ? { ...recorded, fresh: undefined } : recorded)
      } catch (error) {
        // The others are recorded all the same; this one is tried again.
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    declare,
    pageMore: (more) => pageMore(deps, more),
    settle,
    unrecorded: () => orphans.size,
    stop: () => {
      for (const orphan of orphans.values()) orphan.stop()
    },
  }
}

type Recorded =
  | { readonly kind: 'opened'; readonly incident: IncidentId; readonly page: Page; readonly fresh: Page | undefined }
  | { readonly kind: 'joined'; readonly incident: IncidentId }
  | { readonly kind: 'known' }

function follow(deps: RequestDeps, recorded: Recorded): Requested {
  if (recorded.kind !== 'known') deps.changed()
  if (recorded.kind !== 'opened') return recorded
  // Not awaited: the message is safe in the store, and the worker reports its own failures.
  if (recorded.page.state === 'requested') void deps.worker.run(recorded.page.id, recorded.fresh)
  return { kind: 'opened', incident: recorded.incident, page: recorded.page.id }
}

/** Opens an incident with its page, joins an open one, or finds that this message was recorded before. */
async function record(deps: RequestDeps, t: Tables, told: Emergency, sentBefore?: number): Promise<Recorded> {
  await t.lock(`channel:${told.channel}`)
  const emergency = await unseenPart(t, told)
  if (emergency === undefined) return { kind: 'known' }
  if ((await t.pages.byDedupKey(emergency.dedupKey)) !== undefined) return { kind: 'known' }
  if (emergency.ts !== undefined && (await t.notes.get(threadNote(emergency.channel, emergency.ts))) !== undefined) {
    return { kind: 'known' }
  }
  const now = deps.clock.now()
  const joined = sentBefore === undefined ? await join(deps, t, emergency, now) : undefined
  if (joined !== undefined) return { kind: 'joined', incident: joined }
  const incident = await t.incidents.create(newIncident(emergency, now))
  const attempts = (sentBefore ?? 0) + 1
  const page = firstPage({ id: deps.newId() as PageId, incident, emergency, now, mode: deps.mode, attempts })
  await t.facts.append({
    id: deps.newId(),
    incidentId: incident.id,
    at: now,
    actor: emergency.by,
    kind: 'declared',
    via: emergency.via,
    delayMs: Math.max(0, now - emergency.at),
  })
  await storePage(deps, t, page, now + (sentBefore === undefined ? SAFETY_NET_MS : 0))
  if (emergency.ts !== undefined) await t.notes.set(threadNote(emergency.channel, emergency.ts), String(incident.id))
  await noteAlerts(t, emergency, incident.id)
  return { kind: 'opened', incident: incident.id, page, fresh: sentBefore === undefined ? page : undefined }
}

function newIncident(emergency: Emergency, now: number): Omit<Incident, 'id'> {
  const { channel, text, by, at, via, ts, permalink, about } = emergency
  return {
    ...{ state: 'declared', channel, text, declaredBy: by, declaredAt: at, recordedAt: now, via },
    ...(ts === undefined ? {} : { threadTs: ts }),
    // why: a shortcut may be used on an old message; what follows joins by when it was used.
    ...(ts === undefined || via === 'shortcut' ? {} : { lastMessageTs: ts }),
    ...(permalink === undefined ? {} : { permalink }),
    ...(about === undefined ? {} : { about }),
  }
}

async function pageMore(deps: RequestDeps, more: MorePages): Promise<PageId | undefined> {
  const made = await deps.store.tx((t) => recordMore(deps, t, more))
  if (made === undefined) return undefined
  deps.changed()
  if (made.page.state === 'requested') void deps.worker.run(made.page.id, made.fresh)
  return made.page.id
}

async function recordMore(
  deps: RequestDeps,
  t: Tables,
  more: MorePages,
): Promise<{ readonly page: Page; readonly fresh: Page | undefined } | undefined> {
  await t.lock('page_more')
  const incident = await t.incidents.get(more.incident)
  if (incident === undefined) {
    throw new MaydayError('INCIDENT_UNKNOWN', { hint: 'Post in the emergency channel to open one.' })
  }
  const now = deps.clock.now()
  const first = (await t.pages.ofIncident(incident.id)).find((one) => one.team === undefined)
  const root = first?.dedupKey ?? `mayday:${incident.id}`
  const dedupKey = `${root}#${more.team === undefined ? 'again' : `team-${more.team}`}-${more.press}`.slice(0, 255)
  const known = await t.pages.byDedupKey(dedupKey)
  if (known !== undefined) return { page: known, fresh: undefined }
  // why: it may have been closed since Mayday decided to wake more people.
  if (more.by === 'mayday' && !isOpen(incident)) return undefined
  // why: the limit is against presses of many people; the page that Mayday itself asks for is the last resort.
  const limited = more.by !== 'mayday' && (await t.pages.requestedSince(now - 60_000)) >= deps.storm.maxPagesPerMinute
  if (limited) return undefined
  const permalink = more.permalink ?? incident.permalink
  const source = {
    dedupKey,
    text: more.text ?? incident.text,
    by: more.by,
    at: now,
    via: incident.via,
    ...(more.byName === undefined ? {} : { byName: more.byName }),
    ...(permalink === undefined ? {} : { permalink }),
    ...(more.team === undefined ? {} : { team: more.team }),
  }
  const page = firstPage({ id: deps.newId() as PageId, incident, emergency: source, now, mode: deps.mode, attempts: 1 })
  await storePage(deps, t, page, now + SAFETY_NET_MS)
  return { page, fresh: page }
}

async function storePage(deps: RequestDeps, t: Tables, page: Page, nextAt: number): Promise<void> {
  await t.pages.create(page, nextAt)
  await t.facts.append({
    id: deps.newId(),
    incidentId: page.incidentId,
    at: page.requestedAt,
    actor: page.requestedBy,
    kind: page.state === 'shadowed' ? 'page_shadowed' : 'page_requested',
    page: page.id,
    ...(page.team === undefined ? {} : { team: page.team }),
  })
}

async function withPatience<T>(clock: Clock, work: Promise<T>): Promise<T> {
  let cancel = () => {}
  const late = new Promise<never>((_resolve, reject) => {
    cancel = clock.after(STORE_PATIENCE_MS, () =>
      reject(new MaydayError('STORE_UNAVAILABLE', { what: 'The store took too long.', retry: true })),
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    cancel()
    work.catch(() => {})
  }
}
