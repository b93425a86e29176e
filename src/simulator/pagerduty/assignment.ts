import type { Account } from './account.js'
import { copyOf } from './account.js'
import type { SimAgent, SimChange, SimIncidentState, SimLogEntry } from './model.js'

/** Who is being called, and when the next person will be. */
export interface Assignment {
  /** Assigns to the first level at or after `level` that has people. False, and nothing done, when there is none. */
  toLevel(incident: SimIncidentState, level: number, change: SimChange, agent: SimAgent): boolean
  toUsers(incident: SimIncidentState, userIds: readonly string[], change: SimChange, agent: SimAgent): void
  /** Calls the present assignees again and restarts the escalation clock. */
  callAgain(incident: SimIncidentState): void
  stop(incidentId: string): void
  stopAll(): void
}

export interface AssignmentDeps {
  readonly account: Account
  /** Told after the new people are assigned and before they are called. */
  readonly announce: (incident: SimIncidentState, change: SimChange, agent: SimAgent) => void
}

/** Adds a line to the incident's log. */
export function record(
  account: Account,
  incident: SimIncidentState,
  entry: Pick<SimLogEntry, 'type' | 'agent' | 'summary'> &
    Partial<Pick<SimLogEntry, 'users' | 'channel' | 'changedActions'>>,
): SimLogEntry {
  const line = { users: [], channel: { type: 'auto' }, ...entry, id: account.id('R'), at: account.clock.now() }
  incident.log.push(line)
  return line
}

interface Parts extends AssignmentDeps {
  /** running escalation clocks, by incident */
  readonly timers: Map<string, () => void>
}

export function createAssignment(deps: AssignmentDeps): Assignment {
  const parts: Parts = { ...deps, timers: new Map() }
  return {
    toLevel: (incident, level, change, agent) => toLevel(parts, incident, level, change, agent),
    toUsers(incident, users, change, agent) {
      incident.assignedVia = 'direct_assignment'
      record(deps.account, incident, { type: 'assign_log_entry', agent, summary: 'Assigned to people', users })
      assign(parts, incident, users, change, agent)
    },
    callAgain: (incident) => call(parts, incident),
    stop: (incidentId) => stop(parts, incidentId),
    stopAll() {
      for (const id of [...parts.timers.keys()]) stop(parts, id)
    },
  }
}

function stop(parts: Parts, incidentId: string): void {
  parts.timers.get(incidentId)?.()
  parts.timers.delete(incidentId)
}

function arm(parts: Parts, incident: SimIncidentState): void {
  stop(parts, incident.id)
  // why: low-urgency incidents do not escalate, and neither does a direct assignment.
  if (incident.urgency === 'low' || incident.assignedVia === 'direct_assignment') return
  const { levelDelayMinutes } = parts.account.policy(incident.escalationPolicyId)
  const cancel = parts.account.clock.after(levelDelayMinutes * 60_000, () => escalate(parts, incident))
  parts.timers.set(incident.id, cancel)
}

function assign(
  parts: Parts,
  incident: SimIncidentState,
  userIds: readonly string[],
  change: SimChange,
  agent: SimAgent,
): void {
  incident.assignees = userIds
  incident.assignedAt = parts.account.clock.now()
  parts.announce(incident, change, agent)
  call(parts, incident)
}

function call(parts: Parts, incident: SimIncidentState): void {
  for (const id of incident.assignees) notify(parts.account, incident, id)
  arm(parts, incident)
}

function toLevel(parts: Parts, incident: SimIncidentState, level: number, change: SimChange, agent: SimAgent): boolean {
  const found = firstStaffed(parts.account.onCall(incident.escalationPolicyId), level)
  if (found === undefined) return false
  incident.assignedVia = 'escalation_policy'
  incident.escalationLevel = found.level
  const summary = `Assigned to escalation level ${found.level}`
  record(parts.account, incident, { type: 'assign_log_entry', agent, summary, users: found.users })
  assign(parts, incident, found.users, change, agent)
  return true
}

/** The level's time is over: the next level with people, else another round, else the end. */
function escalate(parts: Parts, incident: SimIncidentState): void {
  const { account, timers } = parts
  timers.delete(incident.id)
  const { loops } = account.policy(incident.escalationPolicyId)
  const further = firstStaffed(account.onCall(incident.escalationPolicyId), incident.escalationLevel + 1)
  if (further === undefined && incident.loopsDone >= loops) {
    const summary = 'Nobody acknowledged and the escalation policy has no further level'
    record(account, incident, { type: 'exhaust_escalation_path_log_entry', agent: null, summary })
    return
  }
  if (further === undefined) {
    incident.loopsDone += 1
    const summary = `Repeating the escalation policy, round ${incident.loopsDone + 1}`
    record(account, incident, { type: 'repeat_escalation_path_log_entry', agent: null, summary })
  }
  const level = further?.level ?? 1
  const summary = `Escalated to level ${level} because nobody acknowledged in time`
  record(account, incident, { type: 'escalate_log_entry', agent: null, summary, channel: { type: 'timeout' } })
  toLevel(parts, incident, level, 'escalated', null)
}

/** The first level from `from` on that has people. */
export function firstStaffed(levels: readonly (readonly string[])[], from: number) {
  for (let level = Math.max(1, from); level <= levels.length; level++) {
    const users = levels[level - 1]
    if (users !== undefined && users.length > 0) return { level, users }
  }
  return undefined
}

/** Calls or writes to one person, and leaves the proof in the log. */
export function notify(account: Account, incident: SimIncidentState, userId: string): void {
  const user = account.user(userId)
  // why: low urgency uses a person's low-urgency rules; nobody's phone rings at night for it.
  const via = user.phone === null || incident.urgency === 'low' ? 'email' : 'phone'
  const level = incident.escalationLevel
  incident.notified.push({ user: userId, at: account.clock.now(), level })
  const summary = `Notified ${user.name} by ${via}`
  const channel = {
    type: 'auto',
    notification: { type: via, address: (via === 'phone' ? user.phone : null) ?? user.email, status: 'success' },
  }
  record(account, incident, { type: 'notify_log_entry', agent: null, summary, users: [userId], channel })
  account.emit({ kind: 'notified', user, incident: copyOf(incident), level, via })
}
