import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createPagerDutySimulator, type PagerDutySimulator } from '../src/simulator/pagerduty/simulator.js'
import { createSlackSimulator, type SlackSimulator } from '../src/simulator/slack/simulator.js'

/** Both simulators in this process, and what a bot needs to find them. */
export interface Ground {
  readonly slack: SlackSimulator
  readonly pagerduty: PagerDutySimulator
  readonly channel: string
  readonly sam: string
  /** Environment of a bot with an empty store of its own. */
  env(): Promise<Readonly<Record<string, string>>>
  close(): Promise<void>
}

export const ROOT = fileURLToPath(new URL('..', import.meta.url))
export const BOT = [join(ROOT, 'dist', 'main.js'), 'start']
export const BARE = ['--import', 'tsx', join(ROOT, 'bench', 'bare.ts')]

/** Compiles the bot: the shipped files are measured, not their sources. */
export function build(): void {
  execFileSync(
    process.execPath,
    [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', join(ROOT, 'tsconfig.json')],
    {
      stdio: ['ignore', 2, 2],
    },
  )
}

export async function openGround(): Promise<Ground> {
  const slack = await createSlackSimulator()
  // Its own limit of 120 events a minute would be measured instead of the bot.
  const pagerduty = await createPagerDutySimulator({ rateLimitPerMinute: 1_000_000, restLimitPerMinute: 1_000_000 })
  const channel = slack.addChannel({ name: 'emergency' }).id
  const sam = slack.addPerson({ name: 'sam', realName: 'Sam Engineer', email: 'sam@example.com' }).id
  const dir = await mkdtemp(join(tmpdir(), 'mayday-bench-'))
  const yaml = join(dir, 'mayday.yml')
  await writeFile(yaml, 'paging: { join_window: 0s, max_pages_per_minute: 1000 }\n')
  return {
    slack,
    pagerduty,
    channel,
    sam,
    env: async () => ({
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.apiUrl,
      PAGERDUTY_ROUTING_KEY: pagerduty.routingKey,
      PAGERDUTY_API_TOKEN: pagerduty.restToken,
      PAGERDUTY_FROM_EMAIL: pagerduty.fromEmail,
      PAGERDUTY_EVENTS_URL: pagerduty.eventsUrl,
      PAGERDUTY_API_URL: pagerduty.apiUrl,
      MAYDAY_DATA_DIR: await mkdtemp(join(dir, 'data-')),
      MAYDAY_CONFIG: yaml,
      CHECKLISTS_DIR: join(ROOT, 'checklists'),
      LOG_LEVEL: 'info',
    }),
    close: async () => {
      await Promise.all([slack.close(), pagerduty.close()])
      await rm(dir, { recursive: true, force: true })
    },
  }
}
