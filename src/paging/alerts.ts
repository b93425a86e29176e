/** What is particular about alerts of other machines: told again and again, in groups, and over by themselves. */
import { type Actor, type Incident, type IncidentId, isOpen, threadOf } from '../incidents/incident.js'
import { escapedText, readable } from '../mrkdwn.js'
import { type AlertFact, type AlertKeys, alertNote } from '../ports/alerts.js'
import type { Store, Tables } from '../ports.js'

interface Told {
  readonly text: string
  readonly by: Actor
  readonly at: number
  readonly dedupKey: string
  readonly alert?: AlertKeys
}

/** Without the alerts that were told before; undefined: all of them were. What is no alert is unseen here. */
export async function unseenPart<T extends Told>(t: Tables, told: T): Promise<T | undefined> {
  if (told.alert === undefined) return told
  const keys: string[] = []
  for (const key of told.alert.keys) {
    if ((await t.notes.get(alertNote(key))) === undefined) keys.push(key)
  }
  const [first] = keys
  return first === undefined ? undefined : { ...told, dedupKey: first, alert: { ...told.alert, keys } }
}

/** From now on these alerts, and their group, belong to this emergency. */
export async function noteAlerts(t: Tables, { alert }: Told, incident: IncidentId): Promise<void> {
  if (alert === undefined) return
  for (const key of [...alert.keys, alert.group]) await t.notes.set(alertNote(key), String(incident))
}

/** why: whoever set the machine up said by its groups what is one thing; a group that grows is no new emergency. */
export async function joinGroup(
  t: Tables,
  told: Told,
  open: readonly Incident[],
  now: number,
): Promise<IncidentId | undefined> {
  if (told.alert === undefined) return undefined
  const noted = await t.notes.get(alertNote(told.alert.group))
  const own = open.find((incident) => String(incident.id) === noted)
  return own === undefined ? undefined : joinAlert(t, told, own.id, now, 'group')
}

export async function joinAlert(
  t: Tables,
  told: Told,
  id: IncidentId,
  now: number,
  because: 'window' | 'storm' | 'group',
): Promise<IncidentId | undefined> {
  const incident = await t.incidents.take(id)
  if (incident === undefined || told.alert === undefined) return undefined
  const ts = (told.at / 1000).toFixed(6)
  const latest = incident.lastMessageTs === undefined || Number(incident.lastMessageTs) < Number(ts)
  await t.incidents.save(latest ? { ...incident, lastMessageTs: ts } : incident)
  await noteAlerts(t, told, id)
  const head = { id: `alert:${told.dedupKey}`, incidentId: id, at: now, actor: told.by }
  const { source } = told.alert
  await t.facts.append({ ...head, kind: 'alert_joined', alert: told.dedupKey, source, text: told.text, because })
  return id
}

/** Says in the thread what an alert that came later means. */
export async function tellAlert(store: Store, fact: AlertFact & { id: string; incidentId: IncidentId }): Promise<void> {
  const incident = await store.incidents.get(fact.incidentId)
  if (incident === undefined) return
  const posting = { key: `alert:${fact.id}`, channel: incident.channel, thread: threadOf(incident) }
  if (fact.kind !== 'alert_joined') {
    const text = fact.kind === 'alert_over' ? overText(fact, incident) : againText(fact)
    return store.outbox.put({ ...posting, text, broadcast: fact.kind === 'alert_again' })
  }
  const text = joinedText(fact)
  await store.outbox.put({ ...posting, broadcast: true, text, blocks: joinedBlocks(text, incident.id, fact.alert) })
}

function joinedText({ source, text, because }: AlertFact & { readonly kind: 'alert_joined' }): string {
  const why = because === 'storm' ? 'Mayday has paged as often as it may in one minute, so this' : 'This'
  return `Also from ${source}: ${escapedText(readable(text), 1_500)}\n${why} was added to this emergency and does not page again by itself. If it is a different emergency, press Page again.`
}

function overText({ source, text }: AlertFact, incident: Incident): string {
  const open = isOpen(incident) ? ' This emergency stays open until somebody resolves it.' : ''
  return `${source} says that it is over: ${escapedText(readable(text), 1_500)}${open}`
}

function againText({ source, text }: AlertFact): string {
  return `${source} still says, although this emergency is closed: ${escapedText(readable(text), 1_500)}\nNobody is paged by this. If it is an emergency, post in this channel: that pages at once.`
}

function joinedBlocks(text: string, id: IncidentId, key: string): readonly object[] {
  const button = {
    type: 'button',
    action_id: 'incident.page_again',
    value: `${id}:${key}`,
    text: { type: 'plain_text', text: 'Different emergency: page again' },
  }
  return [
    { type: 'section', text: { type: 'mrkdwn', text: text.slice(0, 3_000) } },
    { type: 'actions', elements: [button] },
  ]
}
