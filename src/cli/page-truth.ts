/** What is known of a page that a terminal sent, and how it is said. Claims no more than PagerDuty has answered. */
import type { Page } from '../incidents/incident.js'
import { line, span } from '../mrkdwn.js'
import type { Directory, OnCall, Outcome, PageEvent, Pager, PagerIncident } from '../ports.js'

export type Truth =
  | { readonly kind: 'sending' }
  | { readonly kind: 'failing' | 'refused' | 'not_delivered'; readonly because: string }
  | { readonly kind: 'accepted' | 'unconfirmed' | 'shadowed' | 'withdrawn' }
  | { readonly kind: 'confirmed'; readonly assignees: readonly string[]; readonly url: string; readonly by?: string }

/** Hears what PagerDuty answers about one key, whoever in this process asked. */
export interface Watch {
  readonly pager: Pager
  /** The trigger as it was sent; undefined until it was. */
  event(): PageEvent | undefined
  truth(): Truth
}

/** Stands between the paging room and PagerDuty, and changes nothing. */
export function watchPager(pager: Pager, dedupKey: string): Watch {
  let event: PageEvent | undefined
  let truth: Truth = { kind: 'sending' }
  const heard = (answer: Outcome<readonly PagerIncident[] | undefined>): void => {
    // An answer never takes back what an earlier one has shown.
    if (truth.kind === 'confirmed') return
    if (answer.kind !== 'accepted') {
      const refused = answer.kind === 'rejected' || answer.kind === 'auth'
      if (truth.kind !== 'accepted') truth = { kind: refused ? 'refused' : 'failing', because: answer.because }
      return
    }
    const called = answer.value?.find((one) => one.status !== 'resolved' && one.assignees.length > 0)
    if (called !== undefined) truth = truthOf(called)
    else if (answer.value === undefined || answer.value.length > 0) truth = { kind: 'accepted' }
  }
  const watched: Pager = {
    ...pager,
    async send(sent) {
      const answer = await pager.send(sent)
      if (sent.dedupKey === dedupKey && sent.action === 'trigger') {
        event = sent
        heard(answer.kind === 'accepted' ? { kind: 'accepted', value: undefined } : answer)
      }
      return answer
    },
    async create(sent) {
      const answer = await pager.create(sent)
      if (sent.dedupKey === dedupKey) heard(listOf(answer))
      return answer
    },
    async find(key) {
      const answer = await pager.find(key)
      // A look-up that fails says nothing about the page.
      if (key === dedupKey && answer.kind === 'accepted') heard(answer)
      return answer
    },
  }
  return { pager: watched, event: () => event, truth: () => truth }
}

function listOf(answer: Outcome<PagerIncident>): Outcome<readonly PagerIncident[]> {
  return answer.kind === 'accepted' ? { kind: 'accepted', value: [answer.value] } : answer
}

function truthOf(incident: PagerIncident): Truth {
  const by = incident.acknowledgedBy
  const { assignees, url } = incident
  return { kind: 'confirmed', assignees, url, ...(by === undefined ? {} : { by }) }
}

/** What the stored page says. */
export function truthOfPage(page: Page): Truth {
  const because = page.failure?.because ?? 'no answer yet'
  switch (page.state) {
    case 'requested':
      return page.failure === undefined ? { kind: 'sending' } : { kind: 'failing', because }
    case 'rejected':
      return { kind: 'refused', because }
    case 'not_delivered':
      return { kind: 'not_delivered', because }
    case 'accepted':
    case 'unconfirmed':
    case 'shadowed':
      return { kind: page.state }
    case 'resolved':
      if (page.pager === undefined) return { kind: 'withdrawn' }
      return { kind: 'confirmed', assignees: page.pager.assignees, url: page.pager.url }
    case 'confirmed':
    case 'acknowledged': {
      const by = page.acknowledgedBy?.replace(/^\w+:/u, '')
      const { assignees = [], url = '' } = page.pager ?? {}
      return { kind: 'confirmed', assignees, url, ...(by === undefined ? {} : { by }) }
    }
  }
}

/** One line for a person. `reads`: a REST key is set. */
export function sentence(truth: Truth, reads: boolean): string {
  switch (truth.kind) {
    case 'sending':
      return 'Sending the page to PagerDuty…'
    case 'failing':
      return `PagerDuty has not taken the page yet (${line(truth.because, 200)}). Nobody has been called so far; trying again…`
    case 'refused':
      return `PagerDuty refused the page (${line(truth.because, 200)}). Nobody is known to have been called so far; trying another way…`
    case 'not_delivered':
      return `PagerDuty still does not take the page (${line(truth.because, 200)}).`
    case 'accepted':
      return reads
        ? 'PagerDuty accepted it (202); nobody is confirmed yet.'
        : 'PagerDuty accepted it (202). PAGERDUTY_API_TOKEN is not set, so Mayday cannot confirm that anybody is called.'
    case 'unconfirmed':
      return 'PagerDuty accepted it, but nobody is assigned to an incident of it.'
    case 'shadowed':
      return 'Shadow mode (paging.mode in mayday.yml): nothing was sent.'
    case 'withdrawn':
      return 'The page was withdrawn before PagerDuty had it.'
    case 'confirmed':
      return confirmed(truth)
  }
}

function confirmed(truth: Truth & { readonly kind: 'confirmed' }): string {
  const names = truth.assignees.map((name) => line(name, 80)).join(', ')
  const url = line(truth.url, 300)
  if (truth.by !== undefined) return `${line(truth.by, 80)} has it (acknowledged in PagerDuty): ${url}`
  return `PagerDuty is paging ${names === '' ? 'nobody' : names}: ${url}`
}

/** Somebody to call by phone. */
interface Callee {
  readonly name: string
  readonly phone?: string
  readonly level?: number
}

export interface CallList {
  readonly people: readonly Callee[]
  /** How old the on-call list is, ms; undefined where there is none. */
  readonly ageMs?: number
}

/** From the last good copy and the configuration. Never throws: without a list the numbers of the configuration stand. */
export async function callListOf(
  directory: Directory,
  team: string | undefined,
  contacts: readonly { readonly name: string; readonly phone?: string | undefined }[],
  now: number,
): Promise<CallList> {
  const known: OnCall | undefined = await directory.known(team).catch(() => undefined)
  const onCall = (known?.people ?? []).map(({ name, level, phone }) => ({
    name,
    level,
    ...(phone === undefined ? {} : { phone }),
  }))
  const extra = contacts.map(({ name, phone }) => ({ name, ...(phone === undefined ? {} : { phone }) }))
  return { people: [...onCall, ...extra], ...(known === undefined ? {} : { ageMs: now - known.readAt }) }
}

/** Lines that one can dial from. */
export function loud(list: CallList): readonly string[] {
  const rows = list.people.map(({ name, level, phone }) => {
    const who = level === undefined ? name : `${name} (on call, level ${level})`
    return `  ${line(who, 100)}: ${phone === undefined ? 'no number known' : line(phone, 40)}`
  })
  const old = (list.ageMs ?? 0) > 5 * 60_000 ? [`  (The on-call list is ${span(list.ageMs ?? 0)} old.)`] : []
  if (rows.length > 0) return [...rows, ...old]
  return ['  Mayday knows no phone number: set paging.contacts in mayday.yml, or PAGERDUTY_API_TOKEN.']
}
