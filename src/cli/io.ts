/** What every command of the terminal shares: how it speaks, and how it reads its settings. */
import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { createMetrics } from '../adapters/metrics.js'
import { createLog, systemClock } from '../adapters/system.js'
import { type Ground, openGround, type WorldOptions } from '../adapters/world/ground.js'
import { type Config, readConfig } from '../config/config.js'
import { secretsOf } from '../config/secrets.js'
import { describe, MaydayError } from '../errors.js'

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  out(line: string): void
  err(line: string): void
  readonly isTerminal: boolean
  /** One line that is written over and over on a terminal; an empty one ends it. */
  progress?(line: string): void
  /** Asks whoever sits there; undefined: nobody does. */
  ask?(question: string): Promise<string | undefined>
}

export interface Call {
  readonly io: Io
  readonly json: boolean
  readonly positionals: readonly string[]
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
}

/** 0 done, 1 failed, 2 wrong usage or configuration. */
export type Exit = 0 | 1 | 2

export interface Command {
  readonly usage: string
  readonly help: string
  /** Flags beside --help and --json, as `util.parseArgs` takes them. */
  readonly flags: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly about: string }>>
  readonly run: (call: Call) => Promise<Exit>
}

/** Reads environment and mayday.yml. `CONFIG_INVALID` with every fault. */
export function loadConfig(io: Io, o: { readonly slackless?: boolean } = {}): Config {
  return readConfig({ env: io.env, file: settingsFile(io), slackless: o.slackless ?? false })
}

/** Where the store is: kept when all else is wrong, so that the bot finds the page there. */
const KEPT = ['PAGERDUTY_ROUTING_KEY', 'PAGERDUTY_EVENTS_URL', 'DATABASE_URL', 'MAYDAY_DATA_DIR', 'EMERGENCY_CHANNEL']

/**
 * For a page from a terminal: a setting that the call does not need must not be the reason that nobody is called. Reads
 * what is valid, first without mayday.yml, then without anything but the routing key; `ignored` says what was wrong.
 * `CONFIG_INVALID` when the routing key itself is.
 */
export function loadConfigToPage(io: Io): { readonly config: Config; readonly ignored: string | undefined } {
  try {
    return { config: loadConfig(io, { slackless: true }), ignored: undefined }
  } catch (error) {
    const bare = Object.fromEntries(KEPT.map((name) => [name, io.env[name]]))
    for (const env of [io.env, bare]) {
      try {
        return { config: readConfig({ env, slackless: true }), ignored: describe(error) }
      } catch {
        // The next one asks for less; the first error names everything that is wrong.
      }
    }
    throw error
  }
}

/** mayday.yml as it is on the disk; undefined: there is none. Throws `CONFIG_INVALID` when a named one cannot be read. */
export function settingsFile(io: Io): { readonly name: string; readonly text: string } | undefined {
  const name = io.env['MAYDAY_CONFIG'] ?? './mayday.yml'
  if (existsSync(name)) return { name, text: readSettings(name) }
  if (io.env['MAYDAY_CONFIG'] === undefined) return undefined
  throw new MaydayError('CONFIG_INVALID', {
    what: `MAYDAY_CONFIG names ${name}, which does not exist; nothing was started.`,
  })
}

function readSettings(name: string): string {
  try {
    return readFileSync(name, 'utf8')
  } catch (cause) {
    throw new MaydayError('CONFIG_INVALID', {
      what: `${name} cannot be read; nothing was started.`,
      hint: 'Set MAYDAY_CONFIG to a file that this user may read.',
      cause,
    })
  }
}

/** Log and time for a command: the log only speaks up when something is wrong, on stderr's side of things. */
export function quietWorld(config: Config): Pick<WorldOptions, 'clock' | 'log' | 'meter'> {
  return {
    clock: systemClock,
    log: createLog({ level: 'silent', pretty: false, secrets: secretsOf(config) }),
    meter: createMetrics().meter,
  }
}

/** Everything but Slack, closed again when `work` has ended. */
export async function withGround<T>(config: Config, work: (ground: Ground) => Promise<T>): Promise<T> {
  const ground = await openGround(config, quietWorld(config))
  try {
    return await work(ground)
  } finally {
    await ground.store.close()
  }
}

/** The operating user, as the timeline names who acted from a terminal. */
export function operator(): `terminal:${string}` {
  try {
    return `terminal:${userInfo().username}`
  } catch {
    // why: a container may run as a number that has no name.
    return `terminal:${process.getuid?.() ?? 'unknown'}`
  }
}
