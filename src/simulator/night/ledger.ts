import type { SimIncident } from '../pagerduty/model.js'
import type { PagerDutySimulator } from '../pagerduty/simulator.js'
import type { NightClock } from './clock.js'
import type { Person } from './stage.js'

/** A message that has to page, all by itself. */
export interface Emergency {
  readonly ts: string
  /** The key that its page must have in PagerDuty. */
  readonly key: string
  readonly by: Person
  readonly text: string
  readonly postedAt: number
}

/** What PagerDuty did for one emergency; times in ms of the night's clock, undefined until it happened. */
interface Trace {
  /** The trigger got its 202. Undefined for a page that came by REST alone. */
  readonly acceptedAt?: number
  readonly openedAt?: number
  readonly incidentId?: string
  readonly calledAt?: number
  readonly called?: string
  readonly acknowledgedAt?: number
  readonly acknowledgedBy?: string
  readonly resolvedAt?: number
}

/** One page for each emergency, and no page for anything else. */
interface Audit {
  readonly lost: readonly Emergency[]
  readonly doubled: readonly SimIncident[]
}

/** What really happened, as PagerDuty saw it and not as the bot tells it. */
export interface Ledger {
  readonly emergencies: readonly Emergency[]
  declare(emergency: Emergency): void
  trace(emergency: Emergency): Trace
  audit(): Audit
}

/** `logins`: names by PagerDuty's user ids. */
export function createLedger(
  pagerduty: PagerDutySimulator,
  clock: NightClock,
  logins: Readonly<Record<string, string>>,
): Ledger {
  const emergencies: Emergency[] = []
  const traces = new Map<string, Trace>()
  const note = (key: string | null | undefined, found: Trace) => {
    // The first time counts.
    if (key !== undefined && key !== null) traces.set(key, { ...found, ...traces.get(key) })
  }
  pagerduty.on((event) => {
    const at = clock.now()
    if (event.kind === 'accepted' && event.event.event_action === 'trigger')
      note(event.event.dedup_key, { acceptedAt: at })
    if (event.kind === 'notified') note(keyOf(event.incident), { calledAt: at, called: event.user.name })
    if (event.kind !== 'incident') return
    const by = event.agent === null ? 'PagerDuty itself' : (logins[event.agent.id] ?? 'the integration')
    const { id } = event.incident
    if (event.change === 'triggered') note(keyOf(event.incident), { openedAt: at, incidentId: id })
    if (event.change === 'acknowledged') note(keyOf(event.incident), { acknowledgedAt: at, acknowledgedBy: by })
    if (event.change === 'resolved') note(keyOf(event.incident), { resolvedAt: at })
  })
  return {
    emergencies,
    declare: (emergency) => void emergencies.push(emergency),
    trace: ({ key }) => traces.get(key) ?? {},
    audit() {
      // What was merged into another one is the same page, and nobody is called for it again.
      const pages = pagerduty.incidents().filter((incident) => incident.mergedInto === undefined)
      const wanted = new Set(emergencies.map((one) => one.key))
      const first = (key: string | undefined) => pages.find((page) => keyOf(page) === key)
      return {
        lost: emergencies.filter((one) => first(one.key) === undefined),
        doubled: pages.filter((page) => !wanted.has(keyOf(page) ?? '') || first(keyOf(page)) !== page),
      }
    },
  }
}

/** An incident that was born from an event has the event's key, one that was made by REST its own. */
function keyOf(incident: Pick<SimIncident, 'dedupKey' | 'incidentKey'>): string | undefined {
  return incident.dedupKey ?? incident.incidentKey ?? undefined
}
