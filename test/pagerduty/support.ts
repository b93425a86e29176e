import { expect, onTestFinished } from 'vitest'
import { createPager, type PagerOptions } from '../../src/adapters/pagerduty/pager.js'
import type { Teams } from '../../src/adapters/pagerduty/services.js'
import type { Clock, Log, Outcome, PageEvent } from '../../src/ports.js'
import { createManualClock } from '../../src/simulator/pagerduty/clock.js'
import {
  createPagerDutySimulator,
  type PagerDutySimulator,
  type PagerDutySimulatorOptions,
} from '../../src/simulator/pagerduty/simulator.js'

export const KEY = 'slack:T1:C1:1628000000.000100'

export const emergency: PageEvent = {
  action: 'trigger',
  dedupKey: KEY,
  summary: 'push is down in Europe',
  body: 'push is down in Europe, since 10 minutes, all customers',
  source: 'Slack #emergency',
  clientUrl: 'https://example.slack.com/archives/C1/p1628000000000100',
}

/** Short enough for a test of a silent server, long enough for a busy machine to answer. */
export const hasty = { answerMs: 600, deadlineMs: 900 }

export interface Lines extends Log {
  readonly lines: readonly string[]
}

export function createLines(): Lines {
  const lines: string[] = []
  const write = (message: string, fields?: object) => void lines.push(`${message} ${JSON.stringify(fields ?? {})}`)
  return { lines, debug: write, info: write, warn: write, error: write }
}

/** One clock for Mayday and PagerDuty, moved by hand. */
export async function startNight(options: Omit<PagerDutySimulatorOptions, 'clock'> = {}) {
  const clock = createManualClock()
  const pagerDuty = await createPagerDutySimulator({ processingMs: 0, ...options, clock })
  onTestFinished(() => pagerDuty.close())
  const log = createLines()
  return {
    pagerDuty,
    clock,
    log,
    pager: (change: Partial<PagerOptions> = {}) => createPager({ ...settingsOf(pagerDuty, clock, log), ...change }),
    settings: (change: Partial<PagerOptions> = {}): PagerOptions => ({
      ...settingsOf(pagerDuty, clock, log),
      ...change,
    }),
    /** PagerDuty works off the events that it has accepted. */
    processed: () => clock.forward(1),
  }
}

function settingsOf(pagerDuty: PagerDutySimulator, clock: Clock, log: Log): PagerOptions {
  return {
    ...teams([[undefined, pagerDuty.routingKey]]),
    eventsUrl: pagerDuty.eventsUrl,
    apiUrl: pagerDuty.apiUrl,
    token: pagerDuty.restToken,
    fromEmail: pagerDuty.fromEmail,
    clock,
    log,
  }
}

export function teams(
  routingKeys: readonly (readonly [string | undefined, string])[],
  escalationPolicies: readonly (readonly [string, string])[] = [],
): Teams {
  return { routingKeys: new Map(routingKeys), escalationPolicies: new Map(escalationPolicies) }
}

/** The value of an accepted call; anything else fails the test with what was said instead. */
export function answerOf<T>(outcome: Outcome<T>): T {
  if (outcome.kind !== 'accepted') expect.fail(`accepted was expected: ${JSON.stringify(outcome)}`)
  return outcome.value
}

/** The one thing that should be there. */
export function only<T>(things: readonly T[]): T {
  expect(things).toHaveLength(1)
  const [thing] = things
  if (thing === undefined) expect.fail('one was expected')
  return thing
}
