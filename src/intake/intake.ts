/** Other ways in: what machines tell is paged by the same rules as what people write. */
import type { Actor, IncidentId } from '../incidents/incident.js'
import { isOpen } from '../incidents/incident.js'
import { escaped } from '../mrkdwn.js'
import { type AlertFact, type AlertKeys, alertNote } from '../ports/alerts.js'
import type { Clock, Log, Notes, Store, Tables } from '../ports.js'
import { type Delivery, type Notification, readAlerts } from './alerts.js'
import { type Issue, readGitHub } from './github.js'
import { changeWaiting, readWaiting, type Waiting } from './waiting.js'
import * as words from './words.js'

/** What the paging room takes. */
interface Declared {
  readonly dedupKey: string
  readonly channel: string
  readonly text: string
  readonly by: Actor
  readonly at: number
  readonly via: 'alert'
  readonly alert: AlertKeys
}

export interface IntakeDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  /** SHA-256, hexadecimal. */
  readonly digest: (text: string) => string
  readonly declare: (emergency: Declared) => Promise<{ readonly kind: 'opened' | 'joined' | 'known' | 'unrecorded' }>
  /** The emergency channel, without asking Slack. */
  readonly channel: (notes: Notes) => Promise<string>
  readonly changed: () => void
  readonly github: GitHubPolicy
}

/** From `intake.github` in mayday.yml. */
export interface GitHubPolicy {
  readonly labels: readonly string[]
  readonly answerWithinMs: number
  readonly pageWhenLate: boolean
}

/**
 * `taken`: it is in the store. `ignored`: nothing follows from it. `again`: send it again later, the page is on its way
 * without a record. `unreadable`: it is no alert.
 */
export type Taken = 'taken' | 'ignored' | 'again' | 'unreadable'

export interface Intake {
  alert(body: unknown, delivery: Omit<Delivery, 'at'>): Promise<Taken>
  github(event: string, body: unknown): Promise<Taken>
  /** Tells of issues that wait too long. */
  tick(): Promise<void>
}

export function createIntake(deps: IntakeDeps): Intake {
  return {
    async alert(body, delivery) {
      const told = readAlerts(body, { ...delivery, at: deps.clock.now() })
      if (told === undefined) return 'unreadable'
      return take(deps, told)
    },
    github: (event, body) => github(deps, event, body),
    tick: () => tellLate(deps),
  }
}

async function take(deps: IntakeDeps, told: Notification): Promise<Taken> {
  const { source, firing, over } = told
  const keyOf = (parts: readonly string[]): string =>
    `alert:${source.toLowerCase().replace(/\W+/gu, '-')}:${deps.digest(JSON.stringify(parts)).slice(0, 40)}`
  const group = keyOf(['group', ...told.group])
  for (const alert of over)
    await note(deps, { source, key: keyOf(alert.key), group, text: alert.text, kind: 'alert_over' })
  // In a fixed order, so that the same alerts have the same first key however they are sorted.
  const sorted = firing
    .map((alert) => ({ ...alert, key: keyOf(alert.key) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const [first] = sorted
  if (first === undefined && over.length === 0) return 'ignored'
  // First what pages: the store may be the outage, and a page does not wait for it.
  const became = first === undefined ? 'known' : await fire(deps, { source, sorted, group })
  if (became === 'unrecorded') return 'again'
  for (const alert of over)
    await note(deps, { source, key: keyOf(alert.key), group, text: alert.text, kind: 'alert_over' })
  return 'taken'
}

interface Firing {
  readonly source: string
  readonly sorted: readonly { readonly key: string; readonly text: string }[]
  readonly group: string
}

async function fire(deps: IntakeDeps, { source, sorted, group }: Firing) {
  const text = words.told(
    source,
    sorted.map((alert) => alert.text),
  )
  const became = await declare(deps, { source, keys: sorted.map(({ key }) => key), group }, text)
  const [first] = sorted
  deps.log.info('an alert was taken', { source, alert: first?.key, became })
  if (became !== 'known' || first === undefined) return became
  await note(deps, { source, key: first.key, group, text: first.text, kind: 'alert_again' })
  return became
}

async function declare(deps: IntakeDeps, alert: AlertKeys, text: string) {
  // why: the page must not wait for a store that is slow; without it the channel's name will do.
  const channel = await deps.channel(deps.store.notes)
  const by: Actor = `alert:${alert.source}`
  const [dedupKey = alert.group] = alert.keys
  const at = deps.clock.now()
  return (await deps.declare({ dedupKey, channel, text: escaped(text), by, at, via: 'alert', alert })).kind
}

interface Noted {
  readonly source: string
  readonly key: string
  readonly group: string
  readonly text: string
  readonly kind: 'alert_over' | 'alert_again'
}

/** On the timeline of the emergency that it belongs to, once. An alert that is told again matters when that is closed. */
async function note(deps: IntakeDeps, { source, key, group, text, kind }: Noted): Promise<void> {
  const isNew = await deps.store.tx(async (t) => {
    const id = await incidentOf(t, key, group)
    if (id === undefined) return false
    const incident = await t.incidents.get(id)
    if (incident === undefined || (kind === 'alert_again' && isOpen(incident))) return false
    const head = { id: `${kind}:${key}`, incidentId: id, at: deps.clock.now(), actor: `alert:${source}` as const }
    const news: AlertFact = { kind, alert: key, source, text: escaped(text) }
    return t.facts.append({ ...head, ...news })
  })
  if (isNew) deps.changed()
}

async function incidentOf(t: Tables, key: string, group: string): Promise<IncidentId | undefined> {
  const noted = (await t.notes.get(alertNote(key))) ?? (await t.notes.get(alertNote(group)))
  return noted === undefined ? undefined : (Number(noted) as IncidentId)
}

async function github(deps: IntakeDeps, event: string, body: unknown): Promise<Taken> {
  const news = readGitHub(event, body, deps.github.labels)
  if (news === 'unreadable') return 'unreadable'
  if (news === undefined) return 'ignored'
  const { issue } = news
  if (news.kind === 'raised') {
    const became = await take(deps, issueNews(issue, news.again ?? ''))
    await wait(deps, issue)
    return became
  }
  await changeWaiting(deps.store, async (all) => ({
    all: all.filter((one) => one.key !== issue.key),
    value: undefined,
  }))
  if (news.kind === 'over')
    return take(deps, { ...issueNews(issue, ''), firing: [], over: issueNews(issue, '').firing })
  return 'taken'
}

function issueNews(issue: Issue, again: string): Notification {
  const text = words.issue(issue.repository, issue.number, issue.title, issue.url)
  return { source: 'GitHub', group: [issue.key], firing: [{ key: [issue.key, again], text }], over: [] }
}

function wait(deps: IntakeDeps, { key, repository, number, title, url }: Issue): Promise<void> {
  return changeWaiting(deps.store, async (all) => {
    if (all.some((one) => one.key === key)) return { all, value: undefined }
    const one = { key, words: words.issue(repository, number, title, url), since: deps.clock.now() }
    return { all: [...all, one], value: undefined }
  })
}

async function tellLate(deps: IntakeDeps): Promise<void> {
  const { answerWithinMs, pageWhenLate } = deps.github
  const isLate = ({ since, toldAt }: Waiting): boolean =>
    toldAt === undefined && deps.clock.now() - since >= answerWithinMs
  const late = (await readWaiting(deps.store)).filter(isLate)
  if (late.length === 0) return
  // Before it is noted as told: told twice is one page by its key, told never is none.
  for (const { key, words: said, since } of pageWhenLate ? late : []) {
    const text = words.unanswered(said, deps.clock.now() - since)
    const firing = [{ key: [key, 'late', String(since)], text }]
    await take(deps, { source: 'GitHub', group: [key, 'late'], firing, over: [] })
  }
  const keys = new Set(late.map(({ key }) => key))
  await changeWaiting(deps.store, async (all, t) => {
    const now = deps.clock.now()
    const due = all.filter((one) => keys.has(one.key) && isLate(one))
    const channel = await deps.channel(t.notes)
    for (const { key, words: said, since } of pageWhenLate ? [] : due) {
      const text = escaped(`${words.unanswered(said, now - since)}\n${words.NOT_PAGED}`)
      await t.outbox.put({ key: `late:github:${key}:${since}`, channel, text })
    }
    return { all: all.map((one) => (due.includes(one) ? { ...one, toldAt: now } : one)), value: undefined }
  })
  deps.changed()
}
