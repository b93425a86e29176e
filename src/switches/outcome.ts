/** What was read of a switch, written down and told: in one transaction, so that a crash forgets neither. */
import { threadOf } from '../incidents/incident.js'
import type { SwitchAsking, SwitchNews, SwitchReading, SwitchState } from '../ports/switches.js'
import type { Tables } from '../ports.js'
import type { Switch, SwitchesDeps } from './deps.js'
import { announcement } from './message.js'
import { changeRecord, type Pending, type SwitchRecord } from './record.js'
import * as words from './words.js'

/** `done`: read back so. `already`: it was so before. `failed`: it is not so. `unknown`: nobody knows. */
export interface Flipped {
  readonly kind: 'done' | 'already' | 'failed' | 'unknown'
  readonly text: string
}

export async function succeed(
  deps: SwitchesDeps,
  one: Switch,
  pending: Pending,
  reading: SwitchReading,
): Promise<Flipped> {
  const read = { name: one.name, about: one.device.about, detail: reading.detail }
  const text = words.turned(read, reading.state, pending.by, one.device.afterOff)
  await conclude(deps, one, reading, pending)
  return { kind: 'done', text }
}

interface Failure {
  readonly because: string
  readonly uncertain: boolean
  readonly stands: string
}

export async function fail(deps: SwitchesDeps, one: Switch, pending: Pending, failure: Failure): Promise<Flipped> {
  const { because, uncertain, stands } = failure
  const { name } = one
  const text = words.failed(name, pending.wanted, because, stands)
  await changeRecord(deps.store, name, async (record, t) => {
    if (record.pending?.id !== pending.id) return { value: undefined }
    const { pending: _done, ...rest } = record
    await note(t, name, pending, { kind: 'switch_failed', wanted: pending.wanted, because, uncertain })
    await say(deps, t, { name, key: `${pending.id}:failed`, text, incident: pending.incident, button: undefined })
    return { record: rest, value: undefined }
  })
  return { kind: 'failed', text }
}

/** Writes down how it was read to stand, and tells it where it is news. `turned`: who turned it so, by another way of Mayday's. */
export async function conclude(
  deps: SwitchesDeps,
  one: Switch,
  reading: SwitchReading,
  asking: SwitchAsking | undefined,
  turned?: SwitchAsking,
): Promise<void> {
  const { name, device } = one
  const { state, detail } = reading
  await changeRecord(deps.store, name, async (record, t) => {
    const { seen, pending, memory } = record
    const now = deps.clock.now()
    if (seen?.state === state || (seen === undefined && state === 'on' && pending?.wanted !== 'on')) {
      const kept = seen === undefined ? {} : { seen: { ...seen, detail, readAt: now } }
      return { record: { ...kept, ...(memory === undefined ? {} : { memory }) }, value: undefined }
    }
    const own = pending?.wanted === state ? pending : undefined
    const known = own ?? turned
    const by = known?.by ?? 'mayday'
    const incident = own?.incident ?? asking?.incident ?? seen?.incident
    const news = {
      kind: state === 'off' ? 'switch_off' : 'switch_on',
      detail,
      ...(known ? {} : { found: true }),
    } as const
    const head = { id: own?.id ?? deps.newId(), by, at: now }
    // The emergency in which it was turned off must learn that it is on again, whichever one is open now.
    for (const told of new Set([incident, state === 'on' ? seen?.incident : undefined])) {
      if (told !== undefined) await note(t, name, { ...head, incident: told }, news)
    }
    const read = { name, about: device.about, detail }
    const text = known ? words.turned(read, state, by, device.afterOff) : words.foundSo(read, state)
    const button = state === 'off' ? 'on' : undefined
    await say(deps, t, { name, key: `${head.id}:${state}`, text, incident, button })
    const now_ = { state, detail, by, since: now, readAt: now, ...(incident === undefined ? {} : { incident }) }
    return { record: { seen: now_, ...(memory === undefined || state === 'on' ? {} : { memory }) }, value: undefined }
  })
}

export async function remind(deps: SwitchesDeps, one: Switch, text: string): Promise<void> {
  await changeRecord(deps.store, one.name, async (record, t) => {
    const { seen } = record
    const now = deps.clock.now()
    if (seen?.state !== 'off' || now - remindedAt(seen) < one.remindMs) return { value: undefined }
    await say(deps, t, { name: one.name, key: `reminder:${now}`, text, incident: seen.incident, button: 'on' })
    return { record: { ...record, seen: { ...seen, remindedAt: now } }, value: undefined }
  })
}

/** When people were last told that it is off, ms. */
export function remindedAt(seen: NonNullable<SwitchRecord['seen']>): number {
  return seen.remindedAt ?? seen.since
}

export async function note(
  t: Tables,
  name: string,
  { id, by, at, incident }: Pick<Pending, 'id' | 'by' | 'at' | 'incident'>,
  news: SwitchNews,
): Promise<void> {
  if (incident === undefined) return
  const head = { id: `switch:${id}:${incident}:${news.kind}`, incidentId: incident, at, actor: by }
  await t.facts.append({ ...head, switch: name, ...news })
}

interface Said {
  readonly name: string
  readonly key: string
  readonly text: string
  readonly incident: Pending['incident']
  readonly button: SwitchState | undefined
}

/** In the emergency's thread, else in the emergency channel. */
async function say(deps: SwitchesDeps, t: Tables, { name, key, text, incident, button }: Said): Promise<void> {
  const found = incident === undefined ? undefined : await t.incidents.get(incident)
  const place =
    found === undefined ? { channel: await deps.channel(t.notes) } : { channel: found.channel, thread: threadOf(found) }
  await t.outbox.put({ key: `switch:${name}:${key}`, ...place, ...announcement(text, name, button) })
}
