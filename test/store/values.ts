import type { Fact, Incident, IncidentId, Page, PageId } from '../../src/incidents/incident.js'
import type { Posting } from '../../src/ports.js'

/** 4 July 2021, 02:00 UTC: tests have a time of their own, and so has the store. */
export const NIGHT = 1_625_364_000_000

export function anIncident(given: Partial<Omit<Incident, 'id'>> = {}): Omit<Incident, 'id'> {
  return {
    state: 'declared',
    channel: 'C0EMERGENCY',
    threadTs: '1625364000.000100',
    lastMessageTs: '1625364000.000100',
    text: 'push notifications say "mañana" \u0000 🚨 and nobody knows why',
    declaredBy: 'slack:U0ANA',
    declaredAt: NIGHT,
    recordedAt: NIGHT + 800,
    via: 'slack',
    ...given,
  }
}

export function aPage(given: Partial<Page> = {}): Page {
  return {
    id: 'page-1' as PageId,
    incidentId: 1 as IncidentId,
    dedupKey: 'slack:T0:C0EMERGENCY:1625364000.000100',
    summary: 'push is down',
    body: 'push is down',
    requestedBy: 'slack:U0ANA',
    requestedAt: NIGHT,
    state: 'requested',
    attempts: 0,
    uncertain: false,
    lookups: 0,
    watch: { since: NIGHT },
    merged: [],
    notBefore: NIGHT,
    ...given,
  }
}

export function aNote(id: string, incident: number, text = id): Fact {
  return { id, incidentId: incident as IncidentId, at: NIGHT, actor: 'slack:U0ANA', kind: 'noted', text }
}

export function aPosting(key: string, given: Partial<Posting> = {}): Posting {
  return { key, channel: 'C0EMERGENCY', text: `This is ${key}.`, ...given }
}
