/** Plans on a terminal: shown, and confirmed by typing what one is about to do. */
import { MaydayError } from '../errors.js'
import { line } from '../mrkdwn.js'
import type { Scope } from '../ports/keys.js'
import { confirmationOf } from '../purge/plan.js'
import type { Purge } from '../purge/record.js'
import { planEnding, planLines } from '../purge/telling.js'
import { about, count, entries } from '../purge/words.js'
import { bar, follow, plainPurge } from './follow-purge.js'
import type { Call, Exit } from './io.js'
import { mustBeAllowed, type Terminal } from './purging.js'

/** Characters of a digest that tell a plan from every other one. */
const DIGEST_MIN = 8

/** `USAGE` where it cannot be told which are undelivered: all of them would be meant instead. */
function modeOf({ flags }: Call, { purging }: Terminal, name: string): Scope['mode'] {
  if (flags['undelivered'] !== true) return 'all'
  if (purging.targets.find((one) => one.name === name)?.layout === 'rpush') return 'undelivered'
  throw new MaydayError('USAGE', {
    what: `Only of Rpush's notifications can Mayday tell which are undelivered, and ${line(name, 40)} is none; nothing was done.`,
    hint: 'Leave --undelivered out, or name a target of layout rpush.',
  })
}

/** About how many at once, then exactly. */
export async function countThem(call: Call, terminal: Terminal, name: string): Promise<Exit> {
  const { io, json } = call
  const layout = terminal.purging.targets.find((one) => one.name === name)?.layout ?? 'keys'
  const mode = modeOf(call, terminal, name)
  const estimate = await terminal.purging.estimate(name)
  if (!json) io.out(`${name}: ${about(estimate)}${mode === 'all' ? '' : ' in all'}; counting exactly.`)
  const exact = await terminal.purging.count(name, {
    mode,
    archive: true,
    onProgress: ({ found, visited }) => {
      if (!json) io.progress?.(`${count(found)} so far, of ${count(visited)} keys looked at`)
    },
  })
  io.progress?.('')
  io.out(
    json
      ? JSON.stringify({ target: name, mode, estimate, count: exact })
      : `${name}: exactly ${entries(exact, layout)}${mode === 'all' ? '' : ' never delivered and never failed for good'}.`,
  )
  return 0
}

/** Makes a plan and shows it. */
export async function makePlan(call: Call, terminal: Terminal, name: string): Promise<Purge> {
  const { io, json, flags } = call
  const mode = modeOf(call, terminal, name)
  const estimate = await terminal.purging.estimate(name)
  const planned = await terminal.purging.plan(
    name,
    {
      mode,
      archive: flags['no-archive'] !== true,
      onProgress: ({ found }) => {
        if (!json) io.progress?.(`${bar(found / Math.max(1, estimate.about))} ${count(found)} found`)
      },
    },
    terminal.asking,
  )
  io.progress?.('')
  return planned
}

/** A plan as the person reads it before they confirm. */
export function showPlan({ io, json }: Call, terminal: Terminal, { id, job }: Purge): void {
  if (json) {
    io.out(JSON.stringify(plainPurge({ id, job })))
    return
  }
  io.out(`Plan of purge ${id}, digest ${job.digest.slice(0, 12)}`)
  for (const words of planLines(job.plan)) io.out(`  ${line(words, 600)}.`)
  for (const { level, because } of job.objections)
    io.out(`  ${level === 'refuse' ? 'NOT POSSIBLE' : 'Mind'}: ${line(because, 600)}.`)
  io.out(planEnding(job, terminal.deps.clock.now()))
}

/** Confirms a plan and carries it out: the one with this number, or a new one of this target. */
export async function confirmAndRun(call: Call, terminal: Terminal, purge: Purge | string): Promise<Exit> {
  mustBeAllowed(terminal)
  const yes = call.flags['yes'] === true
  if (yes && (typeof purge === 'string' || call.flags['digest'] === undefined)) {
    throw new MaydayError('USAGE', {
      what: '--yes confirms a plan that was seen before; nothing was removed.',
      hint: 'Make a plan, then run it by its number: mayday purge run NUMBER --yes --digest DIGEST.',
    })
  }
  const planned = typeof purge === 'string' ? await makePlan(call, terminal, purge) : purge
  if (!yes && !call.json) showPlan(call, terminal, planned)
  const typed = yes ? byDigest(call, planned) : await ask(call, planned)
  const { id, job } = await terminal.purging.confirm({
    ...{ id: planned.id, digest: planned.job.digest, typed, by: terminal.asking.by },
  })
  if (job.state !== 'planned') return follow(call, terminal, id)
  const words = `Confirmed by ${job.approvals.length} of ${job.needs}: a second, different person has to confirm purge ${id}.`
  call.io.out(call.json ? JSON.stringify(plainPurge({ id, job })) : words)
  return 1
}

/** The digest stands for what a person saw; what it confirms need not be typed once more. */
function byDigest({ flags }: Call, { job }: Purge): string {
  const digest = String(flags['digest']).toLowerCase()
  if (digest.length >= DIGEST_MIN && job.digest.startsWith(digest)) return confirmationOf(job.plan)
  throw new MaydayError('PURGE_REFUSED', {
    what: `--digest ${line(digest, 70)} is not this plan's; nothing was removed.`,
    hint: `Give at least ${DIGEST_MIN} characters of the digest that the plan showed.`,
  })
}

async function ask({ io, json }: Call, { id, job }: Purge): Promise<string> {
  const answer = json || !io.isTerminal ? undefined : await io.ask?.(`Type ${confirmationOf(job.plan)} to confirm: `)
  if (answer !== undefined) return answer
  throw new MaydayError('USAGE', {
    what: `Nobody is at a terminal to confirm purge ${id}; nothing was removed.`,
    hint: `After reading the plan: mayday purge run ${id} --yes --digest ${job.digest.slice(0, 12)}`,
  })
}
