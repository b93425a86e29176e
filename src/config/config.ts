/**
 * Environment + mayday.yml -> one frozen Config. Every fault is found before anything is said: a list in which each line
 * names the variable or the YAML path, what was found (secrets masked) and what is accepted.
 */
import { MaydayError } from '../errors.js'
import { type Environment, environmentSchema, SECRET_VARIABLES } from './environment.js'
import type { Fault } from './fault.js'
import type { FileConfig } from './file-schema.js'
import { type IntakeConfig, readIntake } from './intake.js'
import { type PurgeConfig, readPurge } from './purge.js'
import { readFile } from './read-file.js'
import { readSwitches, type SwitchConfig, type SwitchesConfig, switchesOf } from './switches.js'

export interface Config {
  readonly slack: {
    readonly botToken: string
    readonly mode:
      | { readonly kind: 'socket'; readonly appToken: string }
      | { readonly kind: 'http'; readonly signingSecret: string }
    /** Without a trailing slash. */
    readonly apiUrl: string
    readonly channel: string
  }
  readonly pagerduty: {
    readonly routingKey: string
    readonly token?: string
    readonly fromEmail?: string
    readonly eventsUrl: string
    readonly apiUrl: string
    readonly webhookSecret?: string
  }
  readonly store: { readonly url: string; readonly shared: boolean }
  readonly dataDir: string
  readonly checklistsDir: string
  readonly port: number
  readonly logLevel: Environment['LOG_LEVEL']
  readonly paging: {
    readonly mode: 'armed' | 'shadow'
    readonly confirmWithinMs: number
    readonly shoutAfterMs: number
    readonly remindAfterMs: number
    readonly escalateAfterMs: number
    readonly backstopAfterMs: number
    /** Undefined: switched off. */
    readonly askSilentOwnerAfterMs: number | undefined
    readonly unacknowledgeAfterMs: number | undefined
    readonly joinWindowMs: number
    readonly maxPagesPerMinute: number
    readonly contacts: FileConfig['paging']['contacts']
    readonly alertBots: readonly string[]
  }
  readonly teams: readonly Team[]
  readonly docs: FileConfig['docs']
  /** Ask once a week whether the links of documents live. */
  readonly docsCheck: boolean
  readonly purge: PurgeConfig
  readonly switches: SwitchesConfig
  readonly intake: IntakeConfig
}

export interface Team {
  readonly name: string
  readonly about?: string
  readonly routingKey?: string
  readonly escalationPolicy?: string
}

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Contents of mayday.yml, or undefined when there is none. */
  readonly file?: { readonly name: string; readonly text: string } | undefined
  /** For a terminal while Slack is the outage: a missing Slack setting is no fault. Nothing must connect to Slack then. */
  readonly slackless?: boolean
}

/** The frozen configuration, or `CONFIG_INVALID` with every fault in its message. */
export function readConfig(sources: ConfigSources): Config {
  const faults: Fault[] = []
  const env = readEnvironment(
    sources.slackless === true ? { ...NO_SLACK, ...given(sources.env) } : given(sources.env),
    faults,
  )
  const file = readFile(sources.file, faults)
  const teams = file === undefined ? [] : readTeams(file, sources.env, faults)
  const switches = file === undefined ? [] : readSwitches({ given: sources.env, file }, faults)
  if (env === undefined || file === undefined || faults.length > 0) throw invalid(faults)
  return Object.freeze(compose(env, file, teams, switches))
}

/** The error that `readConfig` throws for these faults. */
export function invalid(faults: readonly Fault[]): MaydayError {
  const lines = faults.map((fault) => `  ${fault.where}: found ${fault.found}; accepted: ${fault.accepts}`)
  const count = faults.length === 1 ? 'One setting is' : `${faults.length} settings are`
  return new MaydayError('CONFIG_INVALID', {
    what: `${count} missing or wrong; nothing was started.\n${lines.join('\n')}`,
    hint: 'Set them in the environment or in .env (see .env.example), then start again.',
  })
}

/** Stand-ins that pass for Slack settings where Slack is not used. */
const NO_SLACK = { SLACK_BOT_TOKEN: 'xoxb-not-set', SLACK_APP_TOKEN: 'xapp-not-set' }

// why: `NAME=` in a .env file means "not set" to everybody who writes one.
function given(env: ConfigSources['env']): ConfigSources['env'] {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
}

function readEnvironment(given: ConfigSources['env'], faults: Fault[]): Environment | undefined {
  const parsed = environmentSchema.safeParse(given)
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0])
    faults.push({ where: name, found: show(name, given[name]), accepts: issue.message })
  }
  if (given['SLACK_APP_TOKEN'] === undefined && given['SLACK_SIGNING_SECRET'] === undefined) {
    faults.push({
      where: 'SLACK_APP_TOKEN or SLACK_SIGNING_SECRET',
      found: 'neither',
      accepts: 'xapp-… for Socket Mode, or the signing secret for HTTP mode',
    })
  }
  if (given['PAGERDUTY_API_TOKEN'] !== undefined && given['PAGERDUTY_FROM_EMAIL'] === undefined) {
    faults.push({
      where: 'PAGERDUTY_FROM_EMAIL',
      found: 'nothing',
      accepts: 'the e-mail address of the PagerDuty user that Mayday acts as; required with PAGERDUTY_API_TOKEN',
    })
  }
  return parsed.data
}

function readTeams(file: FileConfig, env: ConfigSources['env'], faults: Fault[]): readonly Team[] {
  return Object.entries(file.teams).map(([name, team]) => {
    const variable = team.routing_key_env
    const routingKey = variable === undefined ? undefined : env[variable]
    if (variable !== undefined && !/^[A-Za-z0-9]{32}$/u.test(routingKey ?? '')) {
      faults.push({
        where: `${variable} (teams.${name}.routing_key_env)`,
        found: show('PAGERDUTY_ROUTING_KEY', routingKey),
        accepts: 'a 32-character integration key',
      })
    }
    return {
      name,
      ...(team.about === undefined ? {} : { about: team.about }),
      ...(routingKey === undefined ? {} : { routingKey }),
      ...(team.escalation_policy === undefined ? {} : { escalationPolicy: team.escalation_policy }),
    }
  })
}

function compose(
  env: Environment,
  file: FileConfig,
  teams: readonly Team[],
  switches: readonly SwitchConfig[],
): Config {
  return {
    slack: {
      botToken: env.SLACK_BOT_TOKEN,
      mode:
        env.SLACK_APP_TOKEN === undefined
          ? { kind: 'http', signingSecret: env.SLACK_SIGNING_SECRET ?? '' }
          : { kind: 'socket', appToken: env.SLACK_APP_TOKEN },
      apiUrl: env.SLACK_API_URL,
      channel: env.EMERGENCY_CHANNEL.replace(/^#/u, ''),
    },
    pagerduty: {
      routingKey: env.PAGERDUTY_ROUTING_KEY,
      eventsUrl: env.PAGERDUTY_EVENTS_URL,
      apiUrl: env.PAGERDUTY_API_URL,
      ...(env.PAGERDUTY_API_TOKEN === undefined ? {} : { token: env.PAGERDUTY_API_TOKEN }),
      ...(env.PAGERDUTY_FROM_EMAIL === undefined ? {} : { fromEmail: env.PAGERDUTY_FROM_EMAIL }),
      ...(env.PAGERDUTY_WEBHOOK_SECRET === undefined ? {} : { webhookSecret: env.PAGERDUTY_WEBHOOK_SECRET }),
    },
    store: { url: env.DATABASE_URL ?? `${env.MAYDAY_DATA_DIR}/mayday.db`, shared: env.DATABASE_URL !== undefined },
    dataDir: env.MAYDAY_DATA_DIR,
    checklistsDir: env.CHECKLISTS_DIR,
    port: env.PORT,
    logLevel: env.LOG_LEVEL,
    paging: pagingOf(file.paging),
    teams,
    docs: file.docs,
    docsCheck: file.docs_check === 'weekly',
    purge: readPurge(env, file),
    switches: switchesOf(env, switches),
    intake: readIntake(env, file.intake),
  }
}

function pagingOf(paging: FileConfig['paging']): Config['paging'] {
  return {
    mode: paging.mode,
    confirmWithinMs: paging.confirm_within,
    shoutAfterMs: paging.shout_after,
    remindAfterMs: paging.remind_after,
    escalateAfterMs: paging.escalate_after,
    backstopAfterMs: paging.backstop_after,
    askSilentOwnerAfterMs: paging.ask_silent_owner_after,
    unacknowledgeAfterMs: paging.unacknowledge_after,
    joinWindowMs: paging.join_window,
    maxPagesPerMinute: paging.max_pages_per_minute,
    contacts: paging.contacts,
    alertBots: paging.alert_bots,
  }
}

/** A token or key in the wrong place is as secret as in its own. */
const LIKE_A_SECRET = /\bxox[a-z]-|\bxapp-|[\w+/=-]{20,}/u

/** What was found, so that one sees the slip and no log reader sees the secret. */
function show(name: string, value: string | undefined): string {
  if (value === undefined || value === '') return 'nothing'
  const shown = value.replace(/\/\/[^/@]*@/u, '//…@')
  if (!SECRET_VARIABLES.has(name) && !LIKE_A_SECRET.test(shown)) return JSON.stringify(shown)
  const prefix = /^(xox[a-z]|xapp|postgres|postgresql)\b/u.exec(value)?.[0]
  return `${prefix === undefined ? 'a value' : `"${prefix}…"`} of ${value.length} characters`
}
