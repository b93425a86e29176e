/** `mayday purge`: the same purges as Slack's, for when Slack itself is the outage. */
import { MaydayError } from '../errors.js'
import { line, utc } from '../mrkdwn.js'
import { isDue } from '../purge/job.js'
import type { Purge } from '../purge/record.js'
import { historyLine, standing } from '../purge/telling.js'
import { releasedWords, stillHeldWords } from '../purge/words.js'
import { follow, plainPurge } from './follow-purge.js'
import { holdFromHere } from './hold-delivery.js'
import { tellImpact } from './impact.js'
import type { Call, Command, Exit } from './io.js'
import { confirmAndRun, countThem, makePlan, showPlan } from './plan-purge.js'
import { mustBeAllowed, type Terminal, withPurging } from './purging.js'

type Act = (call: Call, terminal: Terminal, rest: string | undefined) => Promise<Exit>

const ACTS: Readonly<Record<string, Act>> = {
  count: (call, terminal, rest) => countThem(call, terminal, terminal.target(rest)),
  plan: async (call, terminal, rest) => {
    showPlan(call, terminal, await makePlan(call, terminal, terminal.target(rest)))
    return 0
  },
  run,
  status,
  pause: (call, terminal, rest) => steer(call, terminal, rest, 'pause'),
  resume,
  cancel: (call, terminal, rest) => steer(call, terminal, rest, 'cancel'),
  undo: undoPurge,
  hold,
  release,
  impact: (call, terminal, rest) => tellImpact(call, terminal, numberOf(rest)),
  history,
}

export const purge: Command = {
  usage: 'purge count|plan|run|status|pause|resume|cancel|undo|hold|release|impact|history [TARGET|NUMBER]',
  help: 'count, plan, purge, verify and undo keys in Redis',
  flags: {
    undelivered: { type: 'boolean', about: 'Rpush: only what was never delivered and never failed for good' },
    'no-archive': { type: 'boolean', about: 'keep no archive: faster, and cannot be undone' },
    keep: { type: 'boolean', about: 'hold: stay, and take aside what arrives, until Ctrl-C' },
    yes: { type: 'boolean', about: 'run: confirm without being asked; needs the number and --digest of a plan' },
    devices: { type: 'string', about: 'impact: a new file for the device tokens; for those who may purge' },
    digest: { type: 'string', about: 'run --yes: the digest that the plan showed, at least 8 characters' },
  },
  run: async (call) => {
    const [what = '', rest, ...more] = call.positionals
    const act = Object.hasOwn(ACTS, what) ? ACTS[what] : undefined
    if (act === undefined || more.length > 0) throw usage(call.positionals)
    return withPurging(call, 'purge', (terminal) => act(call, terminal, rest))
  },
}

function usage(said: readonly string[]): MaydayError {
  return new MaydayError('USAGE', {
    what: `${said.length === 0 ? 'Say what to do' : `"${line(said.join(' '), 80)}" is not known here`}; nothing was done.`,
    hint: `mayday ${purge.usage}`,
  })
}

async function run(call: Call, terminal: Terminal, rest: string | undefined): Promise<Exit> {
  const number = numberOf(rest)
  if (number === undefined) return confirmAndRun(call, terminal, terminal.target(rest))
  const found = await terminal.purging.get(number)
  // Confirmed before, by this person or in Slack: there is nothing to confirm, only to do.
  return isDue(found.job) ? follow(call, terminal, number) : confirmAndRun(call, terminal, found)
}

async function status({ io, json }: Call, { purging }: Terminal): Promise<Exit> {
  const active = await purging.active()
  const held = await purging.holds()
  if (json) io.out(JSON.stringify({ purges: active.map(plainPurge), holds: held }))
  else if (active.length === 0) io.out('No purge is under way.')
  for (const one of json ? [] : held)
    io.out(line(stillHeldWords(one, `${one.target}`, utc(one.at), one.by, `mayday purge release ${one.target}`), 400))
  if (!json) for (const { id, job } of active) io.out(line(standing(id, job), 2_000))
  return 0
}

async function steer(
  call: Call,
  terminal: Terminal,
  rest: string | undefined,
  verb: 'pause' | 'cancel',
): Promise<Exit> {
  mustBeAllowed(terminal)
  const { id } = await meant(terminal, rest)
  const { job } = await terminal.purging[verb](id, terminal.asking.by)
  call.io.out(call.json ? JSON.stringify(plainPurge({ id, job })) : line(standing(id, job), 2_000))
  return 0
}

async function resume(call: Call, terminal: Terminal, rest: string | undefined): Promise<Exit> {
  mustBeAllowed(terminal)
  const { id, job } = await meant(terminal, rest)
  if (!isDue(job)) await terminal.purging.resume(id, terminal.asking.by)
  return follow(call, terminal, id)
}

/** Puts back what a purge removed. Also behind `mayday jobs undo`. */
export async function undoPurge(call: Call, terminal: Terminal, rest: string | undefined): Promise<Exit> {
  mustBeAllowed(terminal)
  const number = numberOf(rest)
  if (number === undefined) {
    const hint = 'mayday purge history shows the numbers.'
    throw new MaydayError('USAGE', { what: 'Say which purge, by its number; nothing was done.', hint })
  }
  await terminal.purging.undo(number, terminal.asking.by)
  return follow(call, terminal, number)
}

async function hold(call: Call, terminal: Terminal, rest: string | undefined): Promise<Exit> {
  mustBeAllowed(terminal)
  const target = terminal.target(rest)
  return holdFromHere(call, terminal.purging, target, terminal.asking)
}

async function release({ io, json }: Call, terminal: Terminal, rest: string | undefined): Promise<Exit> {
  mustBeAllowed(terminal)
  const target = terminal.target(rest)
  const done = await terminal.purging.release(target, terminal.asking)
  const words = releasedWords(target, done)
  io.out(json ? JSON.stringify({ target, ...done }) : words)
  return 0
}

async function history({ io, json }: Call, { purging }: Terminal): Promise<Exit> {
  const all = await purging.history(50)
  if (json) io.out(JSON.stringify({ purges: all.map(plainPurge) }))
  else if (all.length === 0) io.out('Nothing was ever purged or planned here.')
  const name = (actor: string): string => line(actor, 80)
  for (const { id, job } of json ? [] : all)
    io.out(historyLine(id, job, { name, when: utc, clean: (text) => line(text, 1_000) }))
  return 0
}

/** The purge with this number, or the one of this target that is under way or has stopped. */
async function meant({ purging }: Terminal, rest: string | undefined): Promise<Purge> {
  const number = numberOf(rest)
  if (number !== undefined) return purging.get(number)
  const all = (await purging.history(50)).filter(
    ({ job }) => (rest === undefined || job.plan.target === rest) && job.state !== 'planned',
  )
  const active = await purging.active()
  const found = all.find(({ id }) => active.some((one) => one.id === id)) ?? all[0]
  if (found !== undefined) return found
  throw new MaydayError('PURGE_UNKNOWN', {
    what: `No purge${rest === undefined ? '' : ` of ${line(rest, 40)}`} is under way; nothing was done.`,
    hint: 'mayday purge history shows all of them.',
  })
}

function numberOf(text: string | undefined): number | undefined {
  const digits = /^#?(\d{1,9})$/u.exec(text ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}
