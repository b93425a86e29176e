/** `mayday doctor`: everything that would let a message page nobody, each with what to do about it. Reads only. */
import type { Finding } from '../adapters/finding.js'
import { inspect } from '../adapters/pagerduty/preflight.js'
import { inspectSlack } from '../adapters/slack/inspect.js'
import { inspectStore, storeTrouble } from '../adapters/store/inspect.js'
import { pagerOptions, type WorldOptions } from '../adapters/world/ground.js'
import { openLibrary, readChecklists } from '../adapters/world/library.js'
import type { Stale } from '../checklists/library/library.js'
import type { Fault } from '../checklists/library/source.js'
import type { Config } from '../config/config.js'
import { secretsOf } from '../config/secrets.js'
import { describe, MaydayError } from '../errors.js'
import { escapedLine, line } from '../mrkdwn.js'
import type { Directory } from '../ports.js'
import { type Opened, openAnyGround } from './ground.js'
import { inspectPurging } from './inspect-purging.js'
import { inspectSwitches } from './inspect-switches.js'
import { inspectTargets } from './inspect-targets.js'
import { type Command, type Io, loadConfig, quietWorld } from './io.js'
import { namesUnknownTo } from './known-names.js'

export const doctor: Command = {
  usage: 'doctor',
  help: 'check settings, Slack, PagerDuty, store and checklists, with a remedy for each fault',
  flags: {},
  run: async ({ io, json }) => {
    const { findings, misconfigured } = await checkUp(io)
    if (json) io.out(JSON.stringify({ findings }))
    else for (const words of report(findings)) io.out(words)
    if (misconfigured) return 2
    return findings.some((finding) => finding.level === 'fail') ? 1 : 0
  },
}

/** For `/mayday doctor`: the counts, and what is not in order. Never throws, holds no secret, is safe as mrkdwn. */
export async function checkUpLines(io: Io): Promise<readonly string[]> {
  try {
    const { findings } = await checkUp(io)
    const wrong = findings.filter((finding) => finding.level !== 'ok')
    const shown = wrong.toSorted((a, b) => rank(a) - rank(b)).slice(0, SHORT)
    const more =
      wrong.length > shown.length ? [`… and ${wrong.length - shown.length} more: \`mayday doctor\` in a terminal.`] : []
    return [counts(findings), ...shown.map(mrkdwn), ...more]
  } catch (error) {
    return [`The check-up itself failed: ${escapedLine(describe(error), 300)}`]
  }
}

/** As many findings as still fit into one message of Slack. */
const SHORT = 10

function rank(finding: Finding): number {
  return finding.level === 'fail' ? 0 : 1
}

function mrkdwn({ level, what, remedy }: Finding): string {
  const word = level === 'fail' ? '*FAIL*' : 'warn'
  return `• ${word} ${escapedLine(what, 250)}${remedy === undefined ? '' : ` _${escapedLine(remedy, 200)}_`}`
}

/** Names come from other systems: nothing in them may steer a terminal, and a line stays a line. */
const LONG = 600
const WORDS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const

function report(findings: readonly Finding[]): readonly string[] {
  const lines = findings.flatMap(({ level, what, remedy }) => [
    `${WORDS[level]}  ${line(what, LONG)}`,
    ...(remedy === undefined ? [] : [`      ${line(remedy, LONG)}`]),
  ])
  return [...lines, counts(findings)]
}

function counts(findings: readonly Finding[]): string {
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
  const [fails, warns] = [count('fail'), count('warn')]
  return `${fails} ${fails === 1 ? 'failure' : 'failures'}, ${warns} ${warns === 1 ? 'warning' : 'warnings'}, ${count('ok')} ok.`
}

interface CheckUp {
  readonly findings: readonly Finding[]
  readonly misconfigured: boolean
}

async function checkUp(io: Io): Promise<CheckUp> {
  let config: Config
  try {
    config = loadConfig(io)
  } catch (error) {
    return { findings: faultsOf(error), misconfigured: true }
  }
  const world = quietWorld(config)
  const opened = await openAnyGround(config, world)
  try {
    const parts = await Promise.all([
      guarded('Slack', () => inspectSlack({ ...config.slack, log: world.log })),
      guarded('PagerDuty', () => inspect({ ...pagerOptions(config), clock: world.clock, log: world.log })),
      guarded('who is on call', () => onCallNow(config, opened.ground.directory)),
      guarded('the store', () => store(io, config, opened, world)),
      guarded('the switches', () => inspectSwitches(config, world, opened.ground)),
      guarded('the purge targets', () => inspectTargets(config)),
      guarded('what purges need', () => inspectPurging(io, config, world, opened.ground)),
      guarded('the checklists', () => checklists(io, config, world.clock.now())),
    ])
    const findings = [...settings(config), ...parts.flat()]
    return { findings: findings.map((finding) => redacted(finding, secretsOf(config))), misconfigured: false }
  } finally {
    await opened.ground.store.close()
  }
}

/** A part that breaks is a finding; the others are looked at all the same. */
async function guarded(part: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look()
  } catch (error) {
    const known = error instanceof MaydayError && error.hint !== '' ? { remedy: error.hint } : {}
    const said = error instanceof MaydayError ? error.message : describe(error)
    return [{ level: 'fail', what: `The check of ${part} broke off: ${said}`, ...known }]
  }
}

/** One finding for each line of the fault list; the remedy is what the setting accepts. */
function faultsOf(error: unknown): readonly Finding[] {
  if (!(error instanceof MaydayError))
    return [{ level: 'fail', what: `The settings cannot be read: ${describe(error)}` }]
  const [first = '', ...lines] = error.message.split('\n')
  const faults = lines.map((words): Finding => {
    const [, what = words.trim(), accepts] = /^\s*(.*?); accepted: (.*)$/u.exec(words) ?? []
    return { level: 'fail', what, ...(accepts === undefined ? {} : { remedy: `Accepted: ${accepts}` }) }
  })
  const whole: Finding = { level: 'fail', what: first, ...(error.hint === '' ? {} : { remedy: error.hint }) }
  return faults.length === 0 ? [whole] : faults
}

function settings(config: Config): readonly Finding[] {
  const { paging } = config
  const armed: Finding =
    paging.mode === 'armed'
      ? { level: 'ok', what: 'The settings are complete, and paging is armed.' }
      : {
          level: 'warn',
          what: 'Shadow mode: Mayday does everything but the call itself. Nobody is paged.',
          remedy: 'Set paging.mode: armed in mayday.yml when you have seen enough.',
        }
  const numbers = paging.contacts.filter((contact) => contact.phone !== undefined).length
  const contacts: Finding =
    numbers > 0
      ? { level: 'ok', what: `${numbers} of paging.contacts can be called by phone when PagerDuty is down.` }
      : {
          level: 'warn',
          what: 'paging.contacts names nobody with a phone number, so the loud messages may have no number to show.',
          remedy: 'List people to call by hand under paging.contacts in mayday.yml.',
        }
  return [armed, contacts]
}

/** A copy older than this says nothing about now, ms. */
const OLD_MS = 120_000

/** Names, so that a person sees whether these are the right ones. */
async function onCallNow(config: Config, directory: Directory): Promise<readonly Finding[]> {
  if (config.pagerduty.token === undefined) return []
  const teams = [undefined, ...config.teams.map((team) => team.name)]
  const found = await Promise.all(teams.map(async (team) => ({ team, list: await directory.onCall(team) })))
  return found.flatMap(({ team, list }) => {
    // What is wrong when there is none stands in PagerDuty's own findings.
    if (list === undefined || list.people.length === 0) return []
    const who = list.people.map((person) => `${person.name} (level ${person.level})`).join(', ')
    const mute = list.people.filter((person) => person.phone === undefined).map((person) => person.name)
    const where = team === undefined ? '' : ` for team ${team}`
    const old = Date.now() - list.readAt > OLD_MS
    const named: Finding = {
      level: 'ok',
      what: `On call ${old ? 'when PagerDuty last answered' : 'now'}${where}: ${who}.`,
    }
    if (mute.length === 0) return [named]
    const what = `PagerDuty shows no phone number of ${mute.join(', ')}.`
    return [
      named,
      { level: 'warn', what, remedy: 'Let them add one to their PagerDuty profile, or list them in paging.contacts.' },
    ]
  })
}

async function store(io: Io, config: Config, opened: Opened, world: WorldOptions): Promise<readonly Finding[]> {
  if (opened.trouble !== undefined) return [storeTrouble(config.store, opened.trouble)]
  const { notes } = opened.ground.store
  // why: Heroku sets DYNO, and gives every dyno an empty disk at every start.
  const wipedDisk = io.env['DYNO'] !== undefined
  return inspectStore({ ...config.store, notes, clock: world.clock, wipedDisk })
}

async function checklists(io: Io, config: Config, now: number): Promise<readonly Finding[]> {
  try {
    const library = await openLibrary(config, now)
    const count = library.all.length
    const loaded: Finding =
      library.forEveryIncident === undefined
        ? {
            level: 'warn',
            what: `No checklist of ${config.checklistsDir} is posted for every emergency.`,
            remedy: 'Give one of them `always: true`.',
          }
        : {
            level: 'ok',
            what: `${count === 1 ? '1 checklist' : `${count} checklists`} in ${config.checklistsDir}: no faults.`,
          }
    const files = await readChecklists(config.checklistsDir)
    const names = namesUnknownTo(
      io,
      files,
      library.all.map((one) => one.name),
    )
    return [loaded, ...names.map(leadsNowhere), ...overdue(library.stale(now))]
  } catch (error) {
    if (!(error instanceof MaydayError) || error.code !== 'CHECKLIST_INVALID') throw error
    const [first = '', ...lines] = error.message.split('\n')
    const remedy = error.hint
    if (lines.length === 0) return [{ level: 'fail', what: first, remedy }]
    return lines.map((what) => ({ level: 'fail', what, remedy }))
  }
}

function leadsNowhere(fault: Fault): Finding {
  return {
    level: 'warn',
    what: `${fault.file}:${fault.line} names ${fault.found}.`,
    remedy: `Accepted: ${fault.accepted}. \`mayday checklist lint\` shows the same.`,
  }
}

function overdue(stale: readonly Stale[]): readonly Finding[] {
  if (stale.length === 0) return [{ level: 'ok', what: 'All checklists and documents were reviewed in time.' }]
  return stale.map(({ kind, title, days, owner }) => ({
    level: 'warn',
    what: `The ${kind === 'doc' ? 'document' : 'checklist'} "${title}" ${days === undefined ? 'was never reviewed' : `was last reviewed ${days} days ago`}.`,
    remedy: `${owner === undefined ? 'Somebody' : owner} should read it and set \`reviewed\`.`,
  }))
}

/** A second fence: no finding is built from a secret. */
function redacted(finding: Finding, secrets: readonly string[]): Finding {
  const clean = (text: string) =>
    secrets.filter((secret) => secret.length >= 8).reduce((said, secret) => said.replaceAll(secret, '[redacted]'), text)
  const { remedy } = finding
  return { ...finding, what: clean(finding.what), ...(remedy === undefined ? {} : { remedy: clean(remedy) }) }
}
