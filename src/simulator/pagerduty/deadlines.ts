import type { Account } from './account.js'
import type { SimIncidentState } from './model.js'

/** The two clocks of a service: an acknowledgement that runs out, and an open incident that resolves itself. */
export interface Deadlines {
  /** Sets the clocks that belong to the incident's present status and drops the others. */
  follow(incident: SimIncidentState): void
  stopAll(): void
}

export interface DeadlineActions {
  readonly acknowledgementOver: (incident: SimIncidentState) => void
  readonly autoResolve: (incident: SimIncidentState) => void
}

export function createDeadlines(account: Account, actions: DeadlineActions): Deadlines {
  const timers = new Map<string, () => void>()
  const stop = (id: string) => {
    timers.get(id)?.()
    timers.delete(id)
  }
  const set = (incident: SimIncidentState, seconds: number | null, act: (incident: SimIncidentState) => void) => {
    // why: null and 0 both mean that the timeout is switched off.
    if (seconds === null || seconds === 0) return
    timers.set(
      incident.id,
      account.clock.after(seconds * 1000, () => {
        timers.delete(incident.id)
        act(incident)
      }),
    )
  }
  return {
    follow(incident) {
      stop(incident.id)
      const service = account.service(incident.serviceId)
      if (incident.status === 'acknowledged') {
        set(incident, service.acknowledgementTimeoutSeconds, actions.acknowledgementOver)
      } else if (incident.status === 'triggered') {
        set(incident, service.autoResolveTimeoutSeconds, actions.autoResolve)
      }
    },
    stopAll: () => [...timers.keys()].forEach(stop),
  }
}
