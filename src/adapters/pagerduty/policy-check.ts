import { z } from 'zod'
import type { Clock, Outcome } from '../../ports.js'
import type { Finding } from '../finding.js'
import { escalationPolicy, type OnCallEntry, onCallEntry } from './answers.js'
import { type Gap, gaps } from './coverage.js'
import { notRead } from './finding.js'
import { readAll } from './paged.js'
import type { RestRequest, Wire } from './wire.js'

const WEEK_MS = 7 * 86_400_000
const body = z.object({ escalation_policy: escalationPolicy })

/** Who is called, by whom they are followed, and whether there are hours at which nobody is. */
export async function checkPolicy(
  wire: Wire,
  clock: Clock,
  id: string,
  teams: readonly string[],
): Promise<readonly Finding[]> {
  const path = `/escalation_policies/${encodeURIComponent(id)}`
  const read = await wire.rest({ method: 'GET', path, schema: body })
  if (read.kind !== 'accepted') return [notRead(`the escalation policy of ${teams.join(', ')}`, read)]
  const policy = read.value.escalation_policy
  const name = `Escalation policy "${policy.name ?? id}" (${teams.join(', ')})`
  const shifts = await readShifts(wire, clock, { 'escalation_policy_ids[]': [id] })
  return [
    levels(policy.escalation_rules.length, name),
    loops(policy.num_loops ?? 0, name),
    ...(shifts.kind === 'accepted'
      ? coverage(shifts.value, clock.now(), name)
      : [notRead(`who is on call for ${teams.join(', ')}`, shifts)]),
  ]
}

/** Every shift that touches the next seven days. */
export function readShifts(
  wire: Wire,
  clock: Clock,
  query: NonNullable<RestRequest<unknown>['query']>,
): Promise<Outcome<readonly OnCallEntry[]>> {
  const now = clock.now()
  const week = { since: new Date(now).toISOString(), until: new Date(now + WEEK_MS).toISOString() }
  const request = { path: '/oncalls', query: { ...query, ...week }, list: 'oncalls', item: onCallEntry }
  return readAll(wire, request, wire.budget())
}

function levels(count: number, name: string): Finding {
  if (count >= 2) return { level: 'ok', what: `${name} has ${count} levels.` }
  return {
    level: 'warn',
    what: `${name} has ${count === 1 ? 'one level' : 'no level'}: nobody is asked when the first does not answer.`,
    remedy: 'Add a second level with a backup schedule, after five minutes.',
  }
}

function loops(count: number, name: string): Finding {
  if (count > 0) return { level: 'ok', what: `${name} starts over ${count === 1 ? 'once' : `${count} times`}.` }
  return {
    level: 'warn',
    what: `${name} ends after its last level: a page that nobody answers goes silent.`,
    remedy: 'Let the policy repeat ("If no one acknowledges, repeat this policy").',
  }
}

/** why: "Someone must be on-call", else PagerDuty drops the event, and nobody can see that it did. */
function coverage(shifts: readonly OnCallEntry[], now: number, name: string): readonly Finding[] {
  const dropped = gaps(shifts, now, now + WEEK_MS)
  const thin = gaps(
    shifts.filter((shift) => shift.escalation_level === 1),
    now,
    now + WEEK_MS,
  ).filter((gap) => !dropped.some((other) => other.from <= gap.from && gap.to <= other.to))
  const remedy = 'Fill the hole in the schedule, or put a person on the policy itself as the last level.'
  const findings = [
    ...dropped.map((gap) => ({
      level: 'fail' as const,
      what: `${name} has nobody on call ${spell(gap, now)}: PagerDuty drops pages without a trace.`,
      remedy,
    })),
    ...thin.map((gap) => ({
      level: 'warn' as const,
      what: `${name} has nobody on level 1 ${spell(gap, now)}: a page starts at the next level.`,
      remedy,
    })),
  ]
  if (findings.length > 0) return findings
  return [{ level: 'ok', what: `${name} has somebody on level 1 now and for the next seven days.` }]
}

function spell(gap: Gap, now: number): string {
  const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  if (gap.from > now) return `from ${time(gap.from)} to ${time(gap.to)}`
  return gap.to < now + WEEK_MS ? `now, until ${time(gap.to)}` : 'now and for at least seven days'
}
