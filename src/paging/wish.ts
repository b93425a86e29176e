/** Carries what a person in Slack wants to PagerDuty, so that the person gets the credit and nothing stays open. */
import type { Page, PageWish } from '../incidents/incident.js'
import type { SilenceWish } from '../ports/silence.js'
import type { Directory, Log, Outcome, Pager, PagerIncident } from '../ports.js'
import { eventOf } from './page/new-page.js'
import { isTakenAnew } from './page/silence.js'

export interface WishDeps {
  readonly pager: Pager
  readonly directory: Directory
  readonly log: Log
}

/**
 * With a PagerDuty login of the same e-mail the person gets the credit by REST; otherwise the Events API, which drops
 * an acknowledgement of something already resolved and so cannot reopen it, and a note that names the person.
 */
export async function carryAcknowledgement(
  deps: WishDeps,
  page: Page,
  wish: PageWish,
  id: string | undefined,
): Promise<Outcome<PagerIncident | undefined>> {
  const login = id === undefined ? undefined : await loginOf(deps, wish)
  // why: Events acknowledges alerts, and an incident born from REST has none; what it dropped once is not given to it again.
  const eventsReachIt = page.road === 'events' && wish.sentAt === undefined
  if (id !== undefined && (login !== undefined || !eventsReachIt)) {
    const answer = await deps.pager.update(id, { status: 'acknowledged' }, login)
    if (login === undefined && answer.kind === 'accepted') await noteAcknowledgement(deps, id, wish)
    return answer
  }
  const answer = await deps.pager.send(eventOf(page, 'acknowledge'))
  if (answer.kind !== 'accepted') return answer
  if (id !== undefined) await noteAcknowledgement(deps, id, wish)
  return { kind: 'accepted', value: undefined }
}

/**
 * Both roads. REST first, for every incident that is open: whoever resolves first has the credit. Events last, so that a
 * trigger still queued there is closed too.
 */
export async function carryResolution(
  deps: WishDeps,
  page: Page,
  wish: PageWish & { readonly falseAlarm?: boolean },
  id: string | undefined,
): Promise<Outcome<PagerIncident | undefined>> {
  const rest = deps.pager.reads ? await resolveOpen(deps, page, wish, id) : undefined
  const events = await deps.pager.send(eventOf(page, 'resolve'))
  if (rest === undefined) return events.kind === 'accepted' ? { kind: 'accepted', value: undefined } : events
  if (rest.kind !== 'accepted') return rest
  // why: a trigger that waits in the Events queue opens an incident later, unless a resolution waits behind it.
  const mayBeQueued = id === undefined || page.road === 'rest' || page.createTriedAt !== undefined
  const silent = events.kind === 'retry' || events.kind === 'unknown'
  return mayBeQueued && silent ? events : rest
}

/** Takes an acknowledgement back, unless somebody acknowledged anew meanwhile. As Mayday's own user: nobody did it. */
export async function carryUnacknowledgement(
  pager: Pager,
  wish: SilenceWish,
  id: string,
): Promise<Outcome<PagerIncident>> {
  const now = await pager.get(id)
  if (now.kind !== 'accepted' || now.value.status !== 'acknowledged' || isTakenAnew(now.value, wish)) return now
  return pager.update(id, { status: 'triggered' })
}

/** The last incident as it is after its resolution; undefined: nothing is open under the page's key. */
async function resolveOpen(
  deps: WishDeps,
  page: Page,
  wish: PageWish & { readonly falseAlarm?: boolean },
  id: string | undefined,
): Promise<Outcome<PagerIncident | undefined>> {
  const open = await openByKey(deps, page, id)
  if (open.kind !== 'accepted') return open
  const login = await loginOf(deps, wish)
  let last: Outcome<PagerIncident | undefined> = { kind: 'accepted', value: undefined }
  for (const one of open.value) {
    last = await deps.pager.update(one, { status: 'resolved' }, login)
    if (last.kind !== 'accepted') return last
    if (login === undefined) await noteWho(deps, one, `Resolved by ${wish.name} ${whence(wish)}.`)
    if (wish.falseAlarm === true) await noteWho(deps, one, `False alarm, says ${wish.name}.`)
  }
  return last
}

/** Ids of what is open under the page's key; the incident that the page is known by comes last. */
async function openByKey(deps: WishDeps, page: Page, id: string | undefined): Promise<Outcome<readonly string[]>> {
  const known = id === undefined ? [] : [id]
  const answer = await deps.pager.find(page.dedupKey)
  if (answer.kind !== 'accepted') return id === undefined ? answer : { kind: 'accepted', value: known }
  const others = answer.value.filter((one) => one.status !== 'resolved' && one.id !== id).map((one) => one.id)
  return { kind: 'accepted', value: [...others, ...known] }
}

async function loginOf(deps: WishDeps, wish: PageWish): Promise<string | undefined> {
  if (wish.email === undefined) return undefined
  const answer = await deps.directory.loginOf(wish.email)
  return answer.kind === 'accepted' ? answer.value : undefined
}

async function noteAcknowledgement(deps: WishDeps, id: string, wish: PageWish): Promise<void> {
  if (wish.sentAt === undefined) await noteWho(deps, id, `Acknowledged by ${wish.name} ${whence(wish)}.`)
}

function whence({ by }: PageWish): string {
  return by.startsWith('terminal:') ? 'at a terminal' : 'from Slack'
}

// why: a note is a courtesy to the person reading PagerDuty; the page does not depend on it.
async function noteWho(deps: WishDeps, id: string, text: string): Promise<void> {
  const answer = await deps.pager.note(id, text)
  if (answer.kind !== 'accepted')
    deps.log.warn('a note could not be added in PagerDuty', { incident: id, outcome: answer })
}
