/** What people do about an emergency, whoever they are and wherever they sit: Slack and the terminal call the same. */
import { readable } from '../mrkdwn.js'
import { type Followup, followupsOf, type Role } from '../ports/response.js'
import type { Clock, NewId, Store, Tables } from '../ports.js'
import { taken } from './follow.js'
import {
  type Actor,
  acknowledge,
  type FactBody,
  type Incident,
  type IncidentId,
  rate,
  resolve,
  type Severity,
} from './incident.js'
import { claim, giveUp, mitigate, withdraw } from './response.js'
import { type Change, nothingChanged, SAID } from './words.js'

export interface DeedDeps {
  readonly store: Store
  readonly clock: Clock
  readonly newId: NewId
  readonly changed: () => void
}

/** Who does it to which emergency. `id` names this one deed, so that one told twice is done once. */
export interface Deed {
  readonly incident: IncidentId
  readonly by: Actor
  readonly id: string
}

/** Undefined: done and recorded. Else why nothing was changed, in words. */
type Refusal = string | undefined

export interface Deeds {
  acknowledge(deed: Deed): Promise<Refusal>
  resolve(deed: Deed, falseAlarm: boolean): Promise<Refusal>
  severity(deed: Deed, severity: Severity): Promise<Refusal>
  /** `over` false: users feel it again. */
  mitigate(deed: Deed, over: boolean): Promise<Refusal>
  /** `seen`: who had the role when the person decided; undefined: whoever has it now. */
  claim(deed: Deed, role: Role, seen?: Actor | 'nobody'): Promise<Refusal>
  giveUp(deed: Deed, role: Role): Promise<Refusal>
  note(deed: Deed, text: string): Promise<Refusal>
  impact(deed: Deed, text: string): Promise<Refusal>
  addFollowup(deed: Deed, wanted: Omit<Followup, 'number'>): Promise<Refusal>
  doneFollowup(deed: Deed, number: number): Promise<Refusal>
}

/** Longer words are cut by nobody: the person is told. Slack itself takes 3,000 in a form. */
const TEXT_MAX = 3_000

export function createDeeds(deps: DeedDeps): Deeds {
  return {
    acknowledge: (deed) => change(deps, deed, acknowledge, { kind: 'incident_acknowledged' }),
    resolve: (deed, falseAlarm) =>
      change(deps, deed, (incident, by, at) => resolve(incident, by, at, falseAlarm), {
        kind: 'incident_resolved',
        falseAlarm,
      }),
    severity: (deed, severity) =>
      change(deps, deed, (incident) => rate(incident, severity), { kind: 'severity_set', severity }),
    mitigate: (deed, over) =>
      change(deps, deed, over ? mitigate : withdraw, { kind: over ? 'incident_mitigated' : 'mitigation_withdrawn' }),
    claim: (deed, role, seen) => takeRole(deps, deed, role, seen),
    giveUp: (deed, role) =>
      change(deps, deed, (incident, by) => giveUp(incident, role, by), { kind: 'role_given_up', role }),
    note: (deed, text) => write(deps, deed, 'note', text, { kind: 'noted', text }),
    impact: (deed, text) => write(deps, deed, 'impact', text, { kind: 'impact_noted', text }),
    addFollowup: (deed, wanted) => addFollowup(deps, deed, wanted),
    doneFollowup: (deed, number) => doneFollowup(deps, deed, number),
  }
}

/** Changes the incident and records the fact, or changes nothing and says why; done twice is done once. */
async function change(
  deps: DeedDeps,
  { incident: id, by }: Deed,
  after: (incident: Incident, by: Actor, at: number) => Incident,
  fact: Change,
): Promise<Refusal> {
  const refusal = await deps.store.tx(async (t) => {
    const incident = await taken(t, id)
    const now = deps.clock.now()
    const next = after(incident, by, now)
    if (next === incident) return nothingChanged(incident, fact)
    await t.incidents.save(next)
    await t.facts.append({ id: deps.newId(), incidentId: id, at: now, actor: by, ...fact })
    return undefined
  })
  deps.changed()
  return refusal
}

async function takeRole(deps: DeedDeps, deed: Deed, role: Role, seen: Actor | 'nobody' | undefined): Promise<Refusal> {
  let from: Actor | undefined
  const refusal = await deps.store.tx(async (t) => {
    const incident = await taken(t, deed.incident)
    from = incident.roles?.[role]
    // why: the button that was pressed may be older than the last change; nobody is put out of a role by mistake.
    if (seen !== undefined && from !== deed.by && (from ?? 'nobody') !== seen) return SAID.roleMoved(role, from)
    const next = claim(incident, role, deed.by)
    if (next === incident) return nothingChanged(incident, { kind: 'role_claimed', role })
    await t.incidents.save(next)
    const fact = { kind: 'role_claimed', role, ...(from === undefined ? {} : { from }) } as const
    const at = deps.clock.now()
    await t.facts.append({ id: deps.newId(), incidentId: incident.id, at, actor: deed.by, ...fact })
    return undefined
  })
  deps.changed()
  return refusal
}

async function write(
  deps: DeedDeps,
  deed: Deed,
  what: 'note' | 'impact',
  text: string,
  fact: FactBody,
): Promise<Refusal> {
  if (text.trim() === '') return SAID.noText(what)
  if (what === 'impact' && readable(text).length > TEXT_MAX) return SAID.tooLong(TEXT_MAX)
  return append(deps, deed, fact, `${what}:${deed.id}`)
}

async function append(deps: DeedDeps, deed: Deed, fact: FactBody, id: string): Promise<Refusal> {
  await deps.store.tx(async (t) => {
    await taken(t, deed.incident)
    const at = deps.clock.now()
    await t.facts.append({ id, incidentId: deed.incident, at, actor: deed.by, ...fact })
  })
  deps.changed()
  return undefined
}

async function addFollowup(deps: DeedDeps, deed: Deed, wanted: Omit<Followup, 'number'>): Promise<Refusal> {
  if (wanted.text.trim() === '') return SAID.noText('followup')
  if (readable(wanted.text).length > TEXT_MAX) return SAID.tooLong(TEXT_MAX)
  const id = `followup:${deed.id}`
  await deps.store.tx(async (t) => {
    const known = await followups(t, deed.incident)
    const followup = { ...wanted, number: known.length + 1 }
    const at = deps.clock.now()
    await t.facts.append({ id, incidentId: deed.incident, at, actor: deed.by, kind: 'followup_added', followup })
  })
  deps.changed()
  return undefined
}

async function doneFollowup(deps: DeedDeps, deed: Deed, number: number): Promise<Refusal> {
  const refusal = await deps.store.tx(async (t) => {
    const followup = (await followups(t, deed.incident)).find((one) => one.number === number)
    if (followup === undefined) return SAID.noFollowup(deed.incident, number)
    if (followup.done) return SAID.followupDoneAlready(number)
    const id = `followup_done:${deed.incident}:${number}`
    const at = deps.clock.now()
    await t.facts.append({ id, incidentId: deed.incident, at, actor: deed.by, kind: 'followup_done', number })
    return undefined
  })
  deps.changed()
  return refusal
}

/** With the incident held, so that two people get two numbers. */
async function followups(t: Tables, incident: IncidentId): ReturnType<typeof read> {
  await taken(t, incident)
  return read(t, incident)
}

async function read(t: Tables, incident: IncidentId) {
  return followupsOf(await t.facts.ofIncident(incident))
}
