/** Whether the switches would work at 2 am: each is read as it stands. Changes nothing. */
import type { Finding } from '../adapters/finding.js'
import type { Ground, WorldOptions } from '../adapters/world/ground.js'
import type { Config } from '../config/config.js'
import { describe, MaydayError } from '../errors.js'
import type { Switch } from '../switches/deps.js'
import { withSwitches } from './switching.js'

export async function inspectSwitches(
  config: Config,
  world: Pick<WorldOptions, 'clock' | 'log' | 'meter'>,
  ground: Ground,
): Promise<readonly Finding[]> {
  if (config.switches.all.length === 0) return []
  const found = await withSwitches(config, world, ground, ({ all }) => Promise.all(all.map(inspect)))
  return [...found, ...copies(config)]
}

async function inspect({ name, device }: Switch): Promise<Finding> {
  try {
    const { state, detail } = await device.read()
    if (state === 'on') return { level: 'ok', what: `Switch ${name} can be read: on (${device.about}: ${detail}).` }
    const what = `Switch ${name} is off now (${device.about}: ${detail}).`
    return { level: 'warn', what, remedy: `When it is safe: mayday switch ${name} on.` }
  } catch (error) {
    const what = `Switch ${name} cannot be read: ${error instanceof MaydayError ? error.message : describe(error)}`
    return { level: 'fail', what, ...(error instanceof MaydayError && error.hint !== '' ? { remedy: error.hint } : {}) }
  }
}

function copies({ switches }: Config): readonly Finding[] {
  if (switches.secretsKey !== undefined || !switches.all.some((one) => one.kind === 'heroku_config')) return []
  return [
    {
      level: 'warn',
      what: 'No encrypted copy of a removed config var is kept: it comes back from what Heroku keeps of earlier releases.',
      remedy: 'Set MAYDAY_SECRETS_KEY (openssl rand -hex 32).',
    },
  ]
}
