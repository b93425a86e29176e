/** `/purge-push …`: each subcommand stands once, with its help. */
import type { Incident } from '../incidents/incident.js'
import { escapedLine, escapedText, utc, who } from '../mrkdwn.js'
import type { Layout } from '../ports/keys.js'
import { type CardMessage, planCard } from './card.js'
import type { DescribeOptions } from './describe.js'
import { answerImpact } from './impact/command.js'
import type { Impacts } from './impact/impact.js'
import type { Asked, Permits } from './permit.js'
import type { Asking, Purging } from './purge.js'
import type { Purge } from './record.js'
import { historyLine, standing } from './telling.js'
import { about, count, entries, heldWords, releasedWords, stillHeldWords } from './words.js'

export interface PurgeCommandDeps {
  readonly purging: Purging
  readonly impacts: Impacts
  readonly permits: Permits
  readonly now: () => number
  /** Undefined: a full member; else the refusal in words, recorded. */
  readonly memberRefusal: (asked: Asked & { readonly channel: string }) => Promise<string | undefined>
  /** The open incident that belongs to this channel. */
  readonly incidentOf: (channel: string) => Promise<Incident | undefined>
  /** Work that was confirmed or resumed should begin now. */
  readonly kick: () => void
}

export interface PurgeCall {
  readonly user: string
  readonly channel: string
  readonly press: string
  readonly rest: string
  readonly incident: Incident | undefined
  /** Says something to the person alone before the answer; a few times at most. */
  readonly say: (text: string) => Promise<void>
}

type Answer = string | CardMessage

interface Subcommand {
  readonly usage: string
  readonly help: string
  /** `purge`: only for those who may purge. */
  readonly needs: 'member' | 'purge'
  readonly run: (deps: PurgeCommandDeps, call: PurgeCall) => Promise<Answer>
}

export const PURGE_SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  count: {
    usage: 'count [TARGET] [undelivered]',
    help: 'how many there are: about, then exactly',
    needs: 'member',
    run: countThem,
  },
  plan: {
    usage: 'plan [TARGET] [undelivered] [no-archive]',
    help: 'what would be removed, to be confirmed; of Rpush only the undelivered; without an archive there is no undo',
    needs: 'member',
    run: plan,
  },
  status: { usage: 'status', help: 'purges that are under way, and delivery on hold', needs: 'member', run: status },
  pause: { usage: 'pause [TARGET]', help: 'hold the purge where it is', needs: 'purge', run: steer('pause') },
  resume: { usage: 'resume [TARGET]', help: 'go on with it', needs: 'purge', run: steer('resume') },
  cancel: {
    usage: 'cancel [TARGET]',
    help: 'end it; what is gone can be put back',
    needs: 'purge',
    run: steer('cancel'),
  },
  undo: { usage: 'undo NUMBER', help: 'put back what a purge removed', needs: 'purge', run: undo },
  hold: { usage: 'hold [TARGET]', help: 'send nothing until release (Rpush)', needs: 'purge', run: hold },
  release: { usage: 'release [TARGET]', help: 'send again what was held', needs: 'purge', run: release },
  impact: {
    usage: 'impact NUMBER',
    help: 'whom the removed notifications reached (Rpush)',
    needs: 'member',
    run: (deps, call) => answerImpact(deps.impacts, call),
  },
  history: { usage: 'history', help: 'who purged what, when, and what became of it', needs: 'member', run: history },
  help: { usage: 'help', help: 'this list', needs: 'member', run: async () => helpText() },
}

export interface PurgeCommand {
  readonly user_id: string
  readonly channel_id: string
  readonly trigger_id: string
  readonly text: string
}

/** Answers one command, for the person alone. No subcommand: the plan. */
export async function answerPurgeCommand(
  deps: PurgeCommandDeps,
  command: PurgeCommand,
  say: PurgeCall['say'],
): Promise<Answer> {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*(.*)$/su.exec(command.text) ?? []
  // Without a subcommand it is the plan, of a target or with an option of the plan's.
  const isPlan = name === '' || deps.purging.targets.some((one) => one.name === name) || optionOf(name) !== undefined
  const asked = isPlan ? 'plan' : name.toLowerCase()
  const subcommand = Object.hasOwn(PURGE_SUBCOMMANDS, asked) ? PURGE_SUBCOMMANDS[asked] : undefined
  if (subcommand === undefined)
    return `There is no \`/purge-push ${escapedLine(name, 40)}\`; nothing was done.\n${helpText()}`
  const incident = await deps.incidentOf(command.channel_id)
  const person = { user: command.user_id, channel: command.channel_id, press: command.trigger_id }
  const asking = { ...person, incident: incident?.id }
  const refused =
    (await deps.memberRefusal(asking)) ??
    (subcommand.needs === 'purge' ? await deps.permits.refusal(asking) : undefined)
  if (refused !== undefined) return refused
  return subcommand.run(deps, { ...person, incident, say, rest: isPlan ? command.text.trim() : rest.trim() })
}

function helpText(): string {
  return Object.values(PURGE_SUBCOMMANDS)
    .map((one) => `\`/purge-push ${one.usage}\`: ${one.help}`)
    .join('\n')
}

/** The named target, or the only one; else what there is, in words. */
function targetOf({ purging }: PurgeCommandDeps, { rest }: PurgeCall): { readonly name: string } | string {
  // Jobs are removed from a terminal: whole classes of them are the programmers' business.
  const names = purging.targets.filter((one) => one.layout !== 'sidekiq').map((one) => one.name)
  const known = names.map((one) => `\`${one}\``).join(', ')
  if (rest === '' && names.length === 1 && names[0] !== undefined) return { name: names[0] }
  if (rest === '') return `Say which; nothing was done. Targets: ${known === '' ? 'none' : known}.`
  if (names.includes(rest)) return { name: rest }
  return `There is no target "${escapedLine(rest, 40)}"; nothing was done. Targets: ${known === '' ? 'none' : known} (\`purge\` in mayday.yml).`
}

interface Wanted extends Pick<DescribeOptions, 'mode' | 'archive'> {
  readonly name: string
  readonly layout: Layout
}

/** The target and what is wanted of it, in any order; else what is wrong with them, in words. */
function wantedOf(deps: PurgeCommandDeps, call: PurgeCall): Wanted | string {
  const words = call.rest.split(/\s+/u).filter((one) => one !== '')
  const options = words.flatMap((one) => optionOf(one) ?? [])
  const target = targetOf(deps, { ...call, rest: words.filter((one) => optionOf(one) === undefined).join(' ') })
  if (typeof target === 'string') return target
  const layout = deps.purging.targets.find((one) => one.name === target.name)?.layout ?? 'keys'
  const mode = options.includes('undelivered') ? 'undelivered' : 'all'
  if (mode === 'undelivered' && layout !== 'rpush')
    return `Only of Rpush's notifications can Mayday tell which are undelivered, and \`${target.name}\` is none; nothing was done.`
  return { name: target.name, layout, mode, archive: !options.includes('no-archive') }
}

/** why: Slack's clients turn two hyphens into one dash while a person types. */
function optionOf(word: string): 'undelivered' | 'no-archive' | undefined {
  const option = /^(?:--|[\u2013\u2014])?(undelivered|no-archive)$/u.exec(word.toLowerCase())?.[1]
  return option === 'undelivered' || option === 'no-archive' ? option : undefined
}

function askingOf({ user, channel, incident }: PurgeCall): Asking {
  return { by: `slack:${user}`, channel, ...(incident === undefined ? {} : { incident: incident.id }) }
}

/** A slow count says how far it is this often, and this many times: Slack takes five answers to one command. */
const SAY = { everyMs: 5_000, times: 3 } as const

async function countThem(deps: PurgeCommandDeps, call: PurgeCall): Promise<Answer> {
  const target = wantedOf(deps, call)
  if (typeof target === 'string') return target
  const estimate = await deps.purging.estimate(target.name)
  const { layout, mode } = target
  await call.say(`\`${target.name}\`: ${about(estimate)}${mode === 'all' ? '' : ' in all'}; counting exactly.`)
  let saidAt = deps.now()
  let times = 0
  const exact = await deps.purging.count(target.name, {
    mode,
    archive: true,
    onProgress: ({ found, visited }) => {
      if (times >= SAY.times || deps.now() - saidAt < SAY.everyMs) return
      saidAt = deps.now()
      times += 1
      // Lost when it fails: the number itself follows.
      call.say(`${count(found)} so far, of ${count(visited)} keys looked at.`).catch(() => undefined)
    },
  })
  return `\`${target.name}\`: exactly ${entries(exact, layout)}${mode === 'all' ? '' : ' never delivered and never failed for good'}.`
}

async function plan(deps: PurgeCommandDeps, call: PurgeCall): Promise<Answer> {
  const target = wantedOf(deps, call)
  if (typeof target === 'string') return target
  await call.say(`Looking at \`${target.name}\`; the plan follows. Nothing is removed by it.`)
  const { id, job } = await deps.purging.plan(target.name, target, askingOf(call))
  if (call.incident === undefined) return planCard(id, job, deps.now())
  await deps.purging.show(id)
  return `The plan is in the thread of emergency #${call.incident.id}.`
}

async function status({ purging }: PurgeCommandDeps): Promise<Answer> {
  const active = await purging.active()
  const lines = active.length === 0 ? ['No purge is under way.'] : active.map(({ id, job }) => standing(id, job))
  // The name of who asked is a mention, so these lines are not escaped as a whole.
  const held = (await purging.holds()).map((one) =>
    stillHeldWords(one, `\`${one.target}\``, utc(one.at), who(one.by), `\`/purge-push release ${one.target}\``),
  )
  return [escapedText(lines.join('\n'), 3_000), ...held].join('\n')
}

function steer(verb: 'pause' | 'resume' | 'cancel'): Subcommand['run'] {
  return async (deps, call) => {
    const purge = await steerable(deps, call, verb)
    if (typeof purge === 'string') return purge
    const { id, job } = await deps.purging[verb](purge.id, `slack:${call.user}`)
    deps.kick()
    return escapedText(standing(id, job), 3_000)
  }
}

/** The purge that a verb without a number means. What has stopped can be resumed or cancelled, too. */
async function steerable({ purging }: PurgeCommandDeps, { rest }: PurgeCall, verb: string): Promise<Purge | string> {
  const ofTarget = ({ job }: Purge): boolean => rest === '' || job.plan.target === rest
  const active = (await purging.active()).filter(ofTarget)
  const [only] = active
  if (active.length === 1 && only !== undefined) return only
  if (active.length > 1)
    return `Several purges are under way; say whose: ${active.map(({ job }) => `\`${job.plan.target}\``).join(', ')}.`
  const latest = (await purging.history(20)).find((one) => ofTarget(one) && one.job.state !== 'planned')
  const hasStopped = [latest?.job.state, latest?.job.undo?.state].some((one) => one === 'stopped' || one === 'failed')
  if (verb !== 'pause' && latest !== undefined && hasStopped) return latest
  return `No purge${rest === '' ? '' : ` of "${escapedLine(rest, 40)}"`} is under way; nothing was done.`
}

async function undo(deps: PurgeCommandDeps, call: PurgeCall): Promise<Answer> {
  const number = /^#?(\d{1,9})$/u.exec(call.rest)?.[1]
  if (number === undefined)
    return 'Say which: `/purge-push undo NUMBER`; nothing was done. `/purge-push history` shows the numbers.'
  const { id, job } = await deps.purging.undo(Number(number), `slack:${call.user}`)
  deps.kick()
  return escapedText(standing(id, job), 3_000)
}

async function hold(deps: PurgeCommandDeps, call: PurgeCall): Promise<Answer> {
  const target = targetOf(deps, call)
  if (typeof target === 'string') return target
  const held = await deps.purging.hold(target.name, askingOf(call))
  return heldWords(`\`${target.name}\``, held, `\`/purge-push release ${target.name}\``)
}

async function release(deps: PurgeCommandDeps, call: PurgeCall): Promise<Answer> {
  const target = targetOf(deps, call)
  if (typeof target === 'string') return target
  return releasedWords(`\`${target.name}\``, await deps.purging.release(target.name, askingOf(call)))
}

async function history({ purging }: PurgeCommandDeps): Promise<Answer> {
  const all = await purging.history(10)
  if (all.length === 0) return 'Nothing was ever purged or planned here.'
  // Names are mentions here, and only well-formed ones; the rest of the line is plain words.
  return all
    .map(
      ({ id, job }) => `• ${historyLine(id, job, { name: who, when: utc, clean: (text) => escapedLine(text, 500) })}`,
    )
    .join('\n')
    .slice(0, 3_900)
}
