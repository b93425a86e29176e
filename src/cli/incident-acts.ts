/** What a terminal does about an emergency: the same deeds as Slack's buttons, and PagerDuty is told from here. */
import { MaydayError } from '../errors.js'
import { createDeeds, type Deed, type Deeds } from '../incidents/deeds.js'
import { dueDate, isPast } from '../incidents/due.js'
import type { Actor, IncidentId, Severity } from '../incidents/incident.js'
import { ROLES } from '../incidents/response.js'
import { SAID } from '../incidents/words.js'
import { escaped, line } from '../mrkdwn.js'
import { followupsOf } from '../ports/response.js'
import { type Carried, carry } from './incident-carry.js'
import { known } from './incident-show.js'
import { bare, CARRIED, DONE, followupLine, LATER, rolesLine } from './incident-words.js'
import { type Call, type Exit, loadConfig, operator, quietWorld, withGround } from './io.js'
import { personOf } from './person.js'

/** What was typed, with words as they were typed. */
export type Asked =
  | { readonly do: 'ack'; readonly waitMs: number }
  | { readonly do: 'resolve'; readonly falseAlarm: boolean; readonly waitMs: number }
  | { readonly do: 'severity'; readonly said: string }
  | { readonly do: 'mitigated'; readonly over: boolean }
  | { readonly do: 'role'; readonly said: string; readonly mine: boolean }
  | { readonly do: 'note' | 'impact'; readonly text: string }
  | { readonly do: 'followup'; readonly owner: string; readonly day: string; readonly text: string }
  | { readonly do: 'followup_done'; readonly said: string }

/** Does it, or says why nothing was changed. */
type Do = (deeds: Deeds, deed: Deed) => Promise<string | undefined>

export async function change(call: Call, id: IncidentId, asked: Asked): Promise<Exit> {
  const config = loadConfig(call.io, { slackless: true })
  const by = operator()
  const world = quietWorld(config)
  const { act, done } = deedOf(id, asked, world.clock.now())
  return withGround(config, async (ground) => {
    await known(ground.store, id)
    const deeds = createDeeds({ ...ground, clock: world.clock, changed: () => undefined })
    const refused = await act(deeds, { incident: id, by, id: `terminal:${ground.newId()}` })
    const carried = 'waitMs' in asked ? await carry({ config, ground, id, ...asked }) : undefined
    const state = (await known(ground.store, id)).state
    return tell(call, { id, state, refused, done, carried })
  })
}

interface Outcome {
  readonly id: IncidentId
  readonly state: string
  readonly refused: string | undefined
  readonly done: string
  readonly carried: Carried | undefined
}

function tell({ io, json }: Call, { id, state, refused, done, carried }: Outcome): Exit {
  const said = bare(refused ?? done)
  // What was recorded before, and only now reached PagerDuty, is no failure.
  const isDone = refused === undefined || carried?.was === 'open'
  const result = carried?.now === 'waiting' ? 'waiting' : isDone ? 'done' : 'refused'
  const pager = carried === undefined ? undefined : carriedWords(carried)
  if (json) io.out(JSON.stringify({ incident: id, result, state, said, ...(pager === undefined ? {} : { pager }) }))
  else {
    if (refused === undefined) io.out(said)
    else io.err(said)
    if (pager !== undefined) (result === 'waiting' ? io.err : io.out)(pager)
    if (refused === undefined) io.out(LATER)
  }
  return result === 'done' ? 0 : 1
}

function carriedWords({ now, because }: Carried): string {
  return now === 'waiting' ? CARRIED.waiting(line(because ?? 'no answer yet', 200)) : CARRIED[now]
}

function deedOf(id: IncidentId, asked: Asked, now: number): { readonly act: Do; readonly done: string } {
  switch (asked.do) {
    case 'ack':
      return { act: (deeds, deed) => deeds.acknowledge(deed), done: DONE.ack(id) }
    case 'resolve':
      return { act: (deeds, deed) => deeds.resolve(deed, asked.falseAlarm), done: DONE.resolve(id) }
    case 'severity':
      return rateOf(id, asked.said)
    case 'mitigated':
      return {
        act: (deeds, deed) => deeds.mitigate(deed, asked.over),
        done: asked.over ? SAID.mitigated(id) : SAID.notMitigated(id),
      }
    case 'role':
      return roleOf(id, asked.said, asked.mine)
    case 'note':
      return { act: (deeds, deed) => deeds.note(deed, escaped(asked.text)), done: DONE.note(id) }
    case 'impact':
      return { act: (deeds, deed) => deeds.impact(deed, escaped(asked.text)), done: DONE.impact(id) }
    case 'followup':
      return followupOf(id, asked, now)
    case 'followup_done':
      return doneOf(id, asked.said)
  }
}

function rateOf(id: IncidentId, said: string): ReturnType<typeof deedOf> {
  if (!/^[1-5]$/u.test(said)) throw usage('Say how bad it is, from 1 (worst) to 5')
  return {
    act: (deeds, deed) => deeds.severity(deed, Number(said) as Severity),
    done: SAID.rated(id, said),
  }
}

function roleOf(id: IncidentId, said: string, mine: boolean): ReturnType<typeof deedOf> {
  const role = ROLES.find((one) => one === said.toLowerCase())
  if (role === undefined) throw usage(`There is no role "${line(said, 40)}", only ${ROLES.join(' and ')}`)
  return mine
    ? { act: (deeds, deed) => deeds.claim(deed, role), done: SAID.claimed(role, id) }
    : { act: (deeds, deed) => deeds.giveUp(deed, role), done: SAID.gaveUp(role, id) }
}

function followupOf(
  id: IncidentId,
  { owner: said, day, text }: Extract<Asked, { readonly do: 'followup' }>,
  now: number,
): ReturnType<typeof deedOf> {
  const due = dueDate(day, now)
  if (due === undefined) throw usage(`"${line(day, 40)}" is no date; say it as 2026-12-01, tomorrow or 5d`)
  if (isPast(due, now)) throw usage(`${due} is in the past`)
  const owner: Actor = personOf(said)
  return {
    act: (deeds, deed) => deeds.addFollowup(deed, { owner, due, text: escaped(text) }),
    done: SAID.followupAdded(id, owner, due),
  }
}

function doneOf(id: IncidentId, said: string): ReturnType<typeof deedOf> {
  const number = /^#?(\d{1,6})$/u.exec(said)?.[1]
  if (number === undefined) throw usage('Say which follow-up is done, by its number')
  return {
    act: (deeds, deed) => deeds.doneFollowup(deed, Number(number)),
    done: SAID.followupDone(id, Number(number)),
  }
}

function usage(what: string): MaydayError {
  return new MaydayError('USAGE', { what: `${what}; nothing was done.`, hint: 'See mayday incidents --help.' })
}

export async function readRoles({ io, json }: Call, id: IncidentId): Promise<Exit> {
  const incident = await withGround(loadConfig(io, { slackless: true }), ({ store }) => known(store, id))
  io.out(json ? JSON.stringify({ incident: id, roles: incident.roles ?? {} }) : rolesLine(incident))
  return 0
}

export async function readFollowups({ io, json }: Call, id: IncidentId): Promise<Exit> {
  const followups = await withGround(loadConfig(io, { slackless: true }), async ({ store }) => {
    await known(store, id)
    return followupsOf(await store.facts.ofIncident(id))
  })
  if (json) io.out(JSON.stringify({ incident: id, followups }))
  else if (followups.length === 0) io.out(`Emergency #${id} has no follow-ups.`)
  else for (const one of followups) io.out(followupLine(one))
  return 0
}
