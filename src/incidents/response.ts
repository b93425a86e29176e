/** What an emergency becomes by what people do about it: roles and mitigation. Pure. */
import type { Role } from '../ports/response.js'
import { type Actor, type Incident, isOpen } from './incident.js'

/** Every role, in the order in which people read them. */
export const ROLES: readonly Role[] = ['commander', 'scribe']

/** The role is theirs now, whoever had it. Returns the incident unchanged when it was theirs before, or it is over. */
export function claim(incident: Incident, role: Role, by: Actor): Incident {
  if (!isOpen(incident) || incident.roles?.[role] === by) return incident
  return { ...incident, roles: { ...incident.roles, [role]: by } }
}

/** Nobody has the role. Returns the incident unchanged when it was not theirs to give up, or it is over. */
export function giveUp(incident: Incident, role: Role, by: Actor): Incident {
  if (!isOpen(incident) || incident.roles?.[role] !== by) return incident
  const { [role]: _theirs, ...roles } = incident.roles
  return { ...incident, roles }
}

/** Users no longer feel it. Returns the incident unchanged when that was known, or it is over. */
export function mitigate(incident: Incident, by: Actor, at: number): Incident {
  if (!isOpen(incident) || incident.state === 'mitigated') return incident
  return { ...incident, state: 'mitigated', mitigated: { by, at } }
}

/** Users feel it again, or still. Returns the incident unchanged when it was not mitigated. */
export function withdraw(incident: Incident): Incident {
  if (incident.state !== 'mitigated') return incident
  const { mitigated: _said, ...rest } = incident
  return { ...rest, state: incident.acknowledgedBy === undefined ? 'declared' : 'acknowledged' }
}
