/** What people press and type about incidents. What other rooms' facts do to them is in `follow.ts`. */
import type { Followup, Role } from '../ports/response.js'
import type { Chat, Clock, Log, Person, Store } from '../ports.js'
import type { Deed, Deeds } from './deeds.js'
import { type Actor, type Incident, type IncidentId, isOpen, type PageId, type Severity } from './incident.js'
import { mayRespond } from './people.js'
import { SAID } from './words.js'

export interface IncidentsDeps {
  readonly store: Store
  readonly chat: Chat
  readonly clock: Clock
  readonly log: Log
  readonly deeds: Deeds
  readonly teams: readonly { readonly name: string; readonly about?: string }[]
  /** Asks the paging room for one more page; undefined: held back by the storm limit. */
  readonly pageMore: (more: MorePages) => Promise<PageId | undefined>
}

export interface MorePages {
  readonly incident: IncidentId
  readonly by: Actor
  readonly byName?: string
  readonly press: string
  readonly team?: string
  /** What is paged, as Slack delivered it; default the incident's own text. */
  readonly text?: string
  /** Address of the message that `text` is from; default the incident's. */
  readonly permalink?: string
}

/** Who pressed what. `press` is Slack's id of the press, so that a press delivered twice is one. */
export interface Press {
  readonly incident: IncidentId
  readonly user: string
  readonly press: string
}

/** Whose timeline a refusal belongs on: an incident's, or that of the one that a command in this channel means. */
export type About = IncidentId | { readonly channel: string }

/** What the person alone is told; undefined: the thread says it. */
export type Answer = string | undefined

export interface Incidents {
  acknowledge(press: Press): Promise<Answer>
  resolve(press: Press, falseAlarm: boolean): Promise<Answer>
  severity(press: Press, severity: Severity): Promise<Answer>
  /** `joined`: ts of the message that joined the incident and is another emergency; its words are paged. */
  pageAgain(press: Press, joined?: string): Promise<Answer>
  pageTeam(press: Press, team: string, text?: string): Promise<Answer>
  note(press: Press, text: string): Promise<Answer>
  mitigate(press: Press, over: boolean): Promise<Answer>
  /** `seen`: who had the role on the card that was pressed. */
  claim(press: Press, role: Role, seen?: Actor | 'nobody'): Promise<Answer>
  giveUp(press: Press, role: Role): Promise<Answer>
  impact(press: Press, text: string): Promise<Answer>
  addFollowup(press: Press, wanted: Omit<Followup, 'number'>): Promise<Answer>
  doneFollowup(press: Press, number: number): Promise<Answer>
  /** Undefined: the person may read and work on incidents and checklists; else the refusal in words, recorded. */
  refusal(user: string, about: About, press: string, capability: string): Promise<string | undefined>
  /** The incident that a command without a number means: the newest open one of the channel, else of all. */
  current(channel: string): Promise<Incident | undefined>
}

export function createIncidents(deps: IncidentsDeps): Incidents {
  const { deeds } = deps
  const may = (press: Press, what: string, act: (deed: Deed) => Promise<Answer>): Promise<Answer> =>
    allowed(deps, press, what, act)
  return {
    acknowledge: (press) => may(press, 'acknowledge', deeds.acknowledge),
    resolve: (press, falseAlarm) => may(press, 'resolve', (deed) => deeds.resolve(deed, falseAlarm)),
    severity: (press, severity) => may(press, 'set the severity', (deed) => deeds.severity(deed, severity)),
    mitigate: (press, over) => may(press, 'say that it is mitigated', (deed) => deeds.mitigate(deed, over)),
    claim: (press, role, seen) => may(press, 'take a role', (deed) => deeds.claim(deed, role, seen)),
    giveUp: (press, role) => may(press, 'give up a role', (deed) => deeds.giveUp(deed, role)),
    note: (press, text) => may(press, 'note', (deed) => deeds.note(deed, text)),
    impact: (press, text) => may(press, 'note the impact', (deed) => deeds.impact(deed, text)),
    addFollowup: (press, wanted) => may(press, 'add a follow-up', (deed) => deeds.addFollowup(deed, wanted)),
    doneFollowup: (press, number) => may(press, 'tick off a follow-up', (deed) => deeds.doneFollowup(deed, number)),
    pageAgain: async (press, joined) => pageMore(deps, press, await wordsOf(deps, press.incident, joined)),
    pageTeam: (press, team, text) =>
      pageMore(deps, press, { team, ...(text === undefined || text === '' ? {} : { text }) }),
    refusal: (user, about, press, capability) => refusalFor(deps, { user, incident: about, press }, capability),
    current: (channel) => current(deps, channel),
  }
}

/** Asks Slack who pressed and checks; the deed itself is the same from everywhere. */
async function allowed(
  deps: IncidentsDeps,
  press: Press,
  what: string,
  act: (deed: Deed) => Promise<Answer>,
): Promise<Answer> {
  const refusal = await refusalFor(deps, press, what)
  if (refusal !== undefined) return refusal
  return act({ incident: press.incident, by: `slack:${press.user}`, id: press.press })
}

/** What the on-call has to read is the message that was pressed on, not the one that opened the thread. */
async function wordsOf(
  deps: IncidentsDeps,
  incident: IncidentId,
  joined: string | undefined,
): Promise<Pick<MorePages, 'text' | 'permalink'>> {
  if (joined === undefined || joined === '') return {}
  const facts = await deps.store.facts.ofIncident(incident)
  const text = facts.flatMap((fact) => {
    if (fact.kind === 'message_joined' && fact.ts === joined) return [fact.text]
    return fact.kind === 'alert_joined' && fact.alert === joined ? [fact.text] : []
  })[0]
  // An alert has no message of its own.
  if (!/^\d+\.\d+$/u.test(joined)) return text === undefined ? {} : { text }
  const whole = await deps.store.incidents.get(incident)
  // why: what the incident was raised about may stand in another channel; what joined it stands in its own.
  const permalink = whole?.permalink?.replace(
    /\/archives\/\w+\/p\d+(?:\?.*)?$/u,
    `/archives/${whole.channel}/p${joined.replace('.', '')}`,
  )
  return { ...(text === undefined ? {} : { text }), ...(permalink === undefined ? {} : { permalink }) }
}

async function pageMore(
  deps: IncidentsDeps,
  press: Press,
  more: Pick<MorePages, 'team' | 'text' | 'permalink'>,
): Promise<Answer> {
  const refusal = await refusalFor(deps, press, 'page')
  if (refusal !== undefined) return refusal
  if (more.team !== undefined && !deps.teams.some((team) => team.name === more.team))
    return SAID.noTeamToPage(
      more.team,
      deps.teams.map((team) => team.name),
    )
  const incident = await deps.store.incidents.get(press.incident)
  if (incident !== undefined && !isOpen(incident)) return SAID.closedNotPaged(incident.id)
  const page = await deps.pageMore({ incident: press.incident, by: `slack:${press.user}`, press: press.press, ...more })
  if (page !== undefined) {
    const shadowed = (await deps.store.pages.get(page))?.state === 'shadowed'
    return shadowed ? SAID.shadowed : undefined
  }
  return SAID.heldBack
}

/** Undefined: the person may. A refusal is recorded on the timeline. */
async function refusalFor(
  deps: IncidentsDeps,
  press: Omit<Press, 'incident'> & { readonly incident: About },
  capability: string,
): Promise<string | undefined> {
  const person = await personOrRefusal(deps, press.user)
  if (typeof person === 'string') return person
  const verdict = mayRespond(person)
  if (verdict.allowed) return undefined
  deps.log.warn('somebody was refused', { user: press.user, capability, because: verdict.because })
  const incident =
    typeof press.incident === 'number' ? press.incident : (await current(deps, press.incident.channel))?.id
  if (incident !== undefined) await recordRefusal(deps, { ...press, incident }, capability, verdict.because)
  return SAID.refused(verdict.because)
}

async function recordRefusal(deps: IncidentsDeps, press: Press, capability: string, because: string): Promise<void> {
  const head = {
    id: `refused:${press.press}`,
    incidentId: press.incident,
    at: deps.clock.now(),
    actor: `slack:${press.user}`,
  } as const
  await deps.store.facts.append({ ...head, kind: 'refused', capability, because })
}

// why: an acknowledgement by somebody unknown could silence a real page, so not knowing is a refusal.
async function personOrRefusal(deps: IncidentsDeps, user: string): Promise<Person | string | undefined> {
  try {
    return await deps.chat.person(user)
  } catch (error) {
    deps.log.warn('Slack did not say who pressed a button; it was refused', { user, error })
    return SAID.whoAreYou
  }
}

async function current(deps: IncidentsDeps, channel: string): Promise<Incident | undefined> {
  const open = await deps.store.incidents.open()
  return open.find((incident) => incident.channel === channel) ?? open[0]
}
