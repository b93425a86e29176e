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

/** What was read from the thing itself. `detail`: how it stands, in a few words, without any secret: "0 × Standard-1X". */
export interface SwitchReading {
  readonly state: SwitchState
  readonly detail: string
}

/** What a device must know to turn back on. The room keeps it and does not look into it. Secrets only sealed. */
export type SwitchMemory = Readonly<Record<string, unknown>>

/**
 * One thing that can be turned off and on. Every call ends within about 20 s and throws `SWITCH_REFUSED` (it was not
 * applied and will not be by trying again) or `SWITCH_UNAVAILABLE` (a call that changes may have been applied all the
 * same), or `TARGET_*` for a Redis. All but `turnOn` by a rollback are safe to repeat. Left out on purpose: permission,
 * who asked, what is said, verifying.
 */
export interface SwitchDevice {
  /** What it is, in a few words: "process type ios-worker of acme-push on Heroku". */
  readonly about: string
  /** What follows from turning it off that a person should know: "Heroku gives what runs up to 30 s to end." */
  readonly afterOff?: string
  read(): Promise<SwitchReading>
  /** Before it is turned off: what turning it on will need. Changes nothing. */
  remember(): Promise<SwitchMemory>
  turnOff(asking: SwitchAsking): Promise<void>
  /** Where new work comes in while it is off: takes that aside too. */
  offAgain?(asking: SwitchAsking): Promise<void>
  /** `memory`: undefined when nobody here turned it off. */
  turnOn(memory: SwitchMemory | undefined, asking: SwitchAsking): Promise<void>
}
