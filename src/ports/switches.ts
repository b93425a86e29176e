/**
 * Containment switches: named things in production that people turn off while they think (delivery from Rpush, a process
 * type, a certificate) and back on when they know more.
 */
import type { Actor, IncidentId } from '../incidents/incident.js'

/** How a switch stands, by what was read from the thing itself. */
export type SwitchState = 'off' | 'on'

/** A fact about a switch. `switch_off` and `switch_on` are written only after the state was read back. */
export type SwitchFact = { readonly switch: string } & SwitchNews

/**
 * What happened to a switch. `found`: it stood so before anybody here did anything. `uncertain`: the call may have
 * been applied all the same.
 */
export type SwitchNews =
  | { readonly kind: 'switch_asked'; readonly wanted: SwitchState }
  | { readonly kind: 'switch_off'; readonly detail: string; readonly found?: boolean }
  | { readonly kind: 'switch_on'; readonly detail: string; readonly found?: boolean }
  | {
      readonly kind: 'switch_failed'
      readonly wanted: SwitchState
      readonly because: string
      readonly uncertain: boolean
    }

/** Who asks, and whose timeline tells of it. */
export interface SwitchAsking {
  readonly by: Actor
  readonly incident?: IncidentId
}
