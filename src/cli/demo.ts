/** `mayday demo`: a night with everything simulated but the bot. */
import { fileURLToPath } from 'node:url'
import { MaydayError } from '../errors.js'
import { runNight } from '../simulator/night/night.js'
import type { NightReport } from '../simulator/night/report.js'
import type { Scenario } from '../simulator/scenarios/scenario.js'
import { SCENARIOS } from '../simulator/scenarios/scenarios.js'
import type { Call, Command, Exit } from './io.js'

const NAMES = [...SCENARIOS.keys()]
const KEYS = { usual: 50_000, least: 200, most: 1_200_000 } as const

export const demo: Command = {
  usage: 'demo [--scenario NAME] [--keys N] [--port P] [--serve]',
  help: 'replay a night on simulated Slack and PagerDuty and a real Redis of its own, without any account',
  flags: {
    scenario: { type: 'string', about: `one of ${NAMES.join(', ')}; default ${NAMES[0]}` },
    keys: { type: 'string', about: `notifications in its Redis, ${KEYS.least} to ${KEYS.most}; default ${KEYS.usual}` },
    port: { type: 'string', about: 'port of the page to play with; default any free one' },
    serve: { type: 'boolean', about: 'stay up after the replay, to be played with' },
  },
  run: async (call) => {
    const scenario = scenarioOf(call)
    const port = portOf(call)
    const keys = keysOf(call)
    const { signal, forget } = endSignal()
    try {
      const report = await replay(call, { scenario, port, keys, signal })
      if (call.json) call.io.out(JSON.stringify(report, null, 2))
      return report.held ? 0 : (1 satisfies Exit)
    } finally {
      forget()
    }
  },
}

function replay(
  { io, json, flags }: Call,
  o: {
    readonly scenario: Scenario
    readonly port: number | undefined
    readonly keys: number
    readonly signal: AbortSignal
  },
): Promise<NightReport> {
  const [, script = ''] = process.argv
  return runNight({
    scenario: o.scenario,
    // The same program as this one, from `dist` or from the sources.
    bot: { command: process.execPath, args: [...process.execArgv, script, 'start'] },
    checklistsDir: fileURLToPath(new URL('../../checklists', import.meta.url)),
    out: json ? () => undefined : io.out,
    say: json ? io.err : io.out,
    keys: o.keys,
    terminal: io.isTerminal && !json && io.env['NO_COLOR'] === undefined,
    serve: flags['serve'] === true,
    signal: o.signal,
    ...(o.port === undefined ? {} : { port: o.port }),
  })
}

function scenarioOf({ flags }: Call): Scenario {
  const name = String(flags['scenario'] ?? NAMES[0])
  const found = SCENARIOS.get(name)
  if (found !== undefined) return found
  const about = [...SCENARIOS.values()].map((one) => `  ${one.name}: ${one.about}`).join('\n')
  throw new MaydayError('USAGE', {
    what: `There is no scenario "${name}"; nothing was started.`,
    hint: `There are:\n${about}`,
  })
}

function keysOf({ flags }: Call): number {
  const text = flags['keys'] ?? String(KEYS.usual)
  const keys = Number(text)
  if (typeof text === 'string' && /^\d+$/.test(text) && keys >= KEYS.least && keys <= KEYS.most) return keys
  throw new MaydayError('USAGE', {
    what: `--keys ${text} cannot be; nothing was started.`,
    hint: `It is a number from ${KEYS.least} to ${KEYS.most}.`,
  })
}

function portOf({ flags }: Call): number | undefined {
  const text = flags['port']
  if (text === undefined) return undefined
  const port = Number(text)
  if (typeof text === 'string' && /^\d+$/.test(text) && port <= 65_535) return port
  throw new MaydayError('USAGE', { what: `"${text}" is no port; nothing was started.`, hint: 'A port is 0 to 65535.' })
}

/** Ctrl-C and the like end the replay in order: the bot and the files go first. */
function endSignal(): { readonly signal: AbortSignal; readonly forget: () => void } {
  const controller = new AbortController()
  const end = () => controller.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.once(name, end)
  return {
    signal: controller.signal,
    forget: () => {
      for (const name of signals) process.removeListener(name, end)
    },
  }
}
