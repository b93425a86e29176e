/** A terminal in front of a simulated Slack and a simulated PagerDuty. Everything is gone when the test is over. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { runCli } from '../../src/cli/cli.js'
import type { Exit, Io } from '../../src/cli/io.js'
import { createPagerDutySimulator, type PagerDutySimulator } from '../../src/simulator/pagerduty/simulator.js'
import { createSlackSimulator, type SlackSimulator } from '../../src/simulator/slack/simulator.js'
import type { Stage } from '../support/stage.js'

export const NEEDED_SCOPES = [
  ...[
    'bookmarks:read',
    'bookmarks:write',
    'channels:history',
    'channels:join',
    'channels:read',
    'chat:write',
    'commands',
    'files:write',
    'groups:history',
  ],
  ...['groups:read', 'usergroups:read', 'users:read', 'users:read.email'],
]

export interface Said {
  readonly exit: Exit
  readonly out: readonly string[]
  readonly err: readonly string[]
  /** Both, as a person at the terminal reads them. */
  readonly text: string
  json(): unknown
}

export interface Desk {
  readonly slack: SlackSimulator
  readonly pagerDuty: PagerDutySimulator
  readonly home: string
  readonly io: Io
  readonly env: Readonly<Record<string, string>>
  /** Writes mayday.yml. */
  configure(yaml: string): void
  /** Writes a file into the folder of checklists. */
  checklist(name: string, text: string): void
  /** Types `mayday …`; `env` changes or (undefined) removes variables. */
  type(argv: readonly string[], env?: Readonly<Record<string, string | undefined>>): Promise<Said>
}

export const GOOD_CHECKLIST = `name: first-steps
title: First steps
about: What to do first.
owner: Platform
reviewed: ${new Date().toISOString().slice(0, 10)}
always: true
docs:
  - title: Status page
    url: https://status.example.com
    about: What users see.
    keywords: [status]
    reviewed: ${new Date().toISOString().slice(0, 10)}
steps:
  - id: look
    title: Look at the dashboards
    help: All four of them.
    command: open dash
    doc: Status page
    required: true
  - id: tell
    title: Tell the others
`

export async function startDesk(): Promise<Desk> {
  const home = mkdtempSync(join(tmpdir(), 'mayday-cli-'))
  const slack = await createSlackSimulator({ scopes: NEEDED_SCOPES })
  const pagerDuty = await createPagerDutySimulator({ processingMs: 5 })
  onTestFinished(async () => {
    await Promise.all([slack.close(), pagerDuty.close()])
    rmSync(home, { recursive: true, force: true })
  })
  slack.addChannel({ name: 'emergency' })
  mkdirSync(join(home, 'checklists'))
  const env = {
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    PAGERDUTY_ROUTING_KEY: pagerDuty.routingKey,
    PAGERDUTY_API_TOKEN: pagerDuty.restToken,
    PAGERDUTY_FROM_EMAIL: pagerDuty.fromEmail,
    PAGERDUTY_EVENTS_URL: pagerDuty.eventsUrl,
    PAGERDUTY_API_URL: pagerDuty.apiUrl,
    MAYDAY_DATA_DIR: join(home, 'data'),
    MAYDAY_CONFIG: join(home, 'mayday.yml'),
    CHECKLISTS_DIR: join(home, 'checklists'),
  }
  const desk: Desk = {
    slack,
    pagerDuty,
    home,
    env,
    io: { env, out: () => {}, err: () => {}, isTerminal: false },
    configure: (yaml) => writeFileSync(join(home, 'mayday.yml'), yaml),
    checklist: (name, text) => writeFileSync(join(home, 'checklists', name), text),
    type: (argv, change = {}) => typed(argv, { ...env, ...change }),
  }
  desk.configure(CONTACTS)
  desk.checklist('first-steps.yml', GOOD_CHECKLIST)
  return desk
}

export const CONTACTS = `paging:
  contacts:
    - name: Robin
      phone: "+1 415 555 0199"
`

/** Runs one command line as `main.ts` does. */
/** The environment of a terminal beside the bots of a stage: their store and their PagerDuty, and nothing of Slack. */
export function terminalBeside({ pagerduty, config }: Stage): Readonly<Record<string, string>> {
  return {
    PAGERDUTY_ROUTING_KEY: pagerduty.routingKey,
    PAGERDUTY_API_TOKEN: pagerduty.restToken,
    PAGERDUTY_FROM_EMAIL: pagerduty.fromEmail,
    PAGERDUTY_EVENTS_URL: pagerduty.eventsUrl,
    PAGERDUTY_API_URL: pagerduty.apiUrl,
    MAYDAY_DATA_DIR: config.dataDir,
    CHECKLISTS_DIR: config.checklistsDir,
  }
}

export async function typed(argv: readonly string[], env: Io['env']): Promise<Said> {
  const out: string[] = []
  const err: string[] = []
  const both: string[] = []
  const exit = await runCli(argv, {
    env,
    out: (line) => {
      out.push(line)
      both.push(line)
    },
    err: (line) => {
      err.push(line)
      both.push(line)
    },
    isTerminal: false,
  })
  return { exit, out, err, text: both.join('\n'), json: () => JSON.parse(out.join('\n')) }
}
