/** Which open emergency a message or an alert belongs to, where it belongs to one. */
import type { Incident, IncidentId } from '../incidents/incident.js'
import { tsToMs } from '../incidents/incident.js'
import type { Tables } from '../ports.js'
import { joinAlert, joinGroup } from './alerts.js'
import type { Emergency, RequestDeps } from './request.js'
import { place } from './trigger.js'

/** Joins it, and says so by a fact; undefined: it opens its own. */
export async function join(
  deps: RequestDeps,
  t: Tables,
  emergency: Emergency,
  now: number,
): Promise<IncidentId | undefined> {
  // A page from a terminal or by the shortcut is asked for by somebody who knows, or was shown, what else is open.
  if (emergency.via === 'terminal' || emergency.via === 'shortcut') return undefined
  if (emergency.ts === undefined && emergency.alert === undefined) return undefined
  const open = (await joinable(deps, t, emergency.channel)).map((incident) => ({
    incident,
    lastMessageAt: incident.lastMessageTs === undefined ? incident.declaredAt : tsToMs(incident.lastMessageTs),
  }))
  const incidents = open.map(({ incident }) => incident)
  const grouped = await joinGroup(t, emergency, incidents, now)
  if (grouped !== undefined) return grouped
  const pagesLastMinute = await t.pages.requestedSince(now - 60_000)
  const placement = place({ open, pagesLastMinute, at: emergency.at }, deps.storm)
  if (placement.kind === 'open') return undefined
  const { id } = placement.incident.incident
  if (emergency.alert !== undefined) return joinAlert(t, emergency, id, now, placement.because)
  return joinMessage(t, emergency, id, now, placement.because)
}

async function joinMessage(
  t: Tables,
  emergency: Emergency,
  id: IncidentId,
  now: number,
  because: 'window' | 'storm',
): Promise<IncidentId | undefined> {
  const incident = await t.incidents.take(id)
  if (incident === undefined || emergency.ts === undefined) return undefined
  const latest = incident.lastMessageTs === undefined || Number(incident.lastMessageTs) < Number(emergency.ts)
  await t.incidents.save(latest ? { ...incident, lastMessageTs: emergency.ts } : incident)
  await t.notes.set(threadNote(emergency.channel, emergency.ts), String(incident.id))
  await t.facts.append({
    id: `joined:${emergency.channel}:${emergency.ts}`,
    incidentId: incident.id,
    at: now,
    actor: emergency.by,
    kind: 'message_joined',
    ts: emergency.ts,
    text: emergency.text,
    because,
  })
  return incident.id
}

/**
 * why: who joins is not paged anew, so somebody of the default service must still be on call for it. An incident that
 * paged another team only, whose page is resolved in PagerDuty, or that was declared in shadow mode calls nobody.
 */
async function joinable(deps: RequestDeps, t: Tables, channel: string): Promise<readonly Incident[]> {
  const open = (await t.incidents.open()).filter((incident) => incident.channel === channel)
  if (open.length === 0 || deps.mode === 'shadow') return open
  const called = new Set(
    (await t.pages.followed()).flatMap((page) => (page.team === undefined ? [page.incidentId] : [])),
  )
  return open.filter((incident) => called.has(incident.id))
}

/** Name under which the incident of a thread's root message is noted. */
export function threadNote(channel: string, ts: string): string {
  return `thread:${channel}:${ts}`
}
