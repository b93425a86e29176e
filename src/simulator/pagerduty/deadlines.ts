import type { Account } from './account.js'
import type { SimIncidentState, SimPending } from './model.js'

/** The two clocks of a service: an acknowledgement that runs out, and an open incident that resolves itself. */
export interface Deadlines {
  /** Sets the clocks that belong to the incident's present status and drops the others. */
  follow(incident: SimIncidentState): void
  /** Puts off the end of the acknowledgement. Answers when it ends. */
  snooze(incident: SimIncidentState, seconds: number): number
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
  const set = (incident: SimIncidentState, type: SimPending['type'], seconds: number | null) => {
    // why: null and 0 both mean that the timeout is switched off.
    if (seconds === null || seconds === 0) return
    incident.pending = { type, at: account.clock.now() + seconds * 1000 }
    const act = type === 'resolve' ? actions.autoResolve : actions.acknowledgementOver
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
      delete incident.pending
      const service = account.service(incident.serviceId)
      if (incident.status === 'acknowledged') {
        set(incident, 'unacknowledge', service.acknowledgementTimeoutSeconds)
      } else if (incident.status === 'triggered') {
        set(incident, 'resolve', service.autoResolveTimeoutSeconds)
      }
    },
    snooze(incident, seconds) {
      stop(incident.id)
      set(incident, 'unacknowledge', seconds)
      return account.clock.now() + seconds * 1000
    },
    stopAll: () => [...timers.keys()].forEach(stop),
  }
}
