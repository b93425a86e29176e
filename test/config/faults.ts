import { readConfig } from '../../src/config/config.js'
import { MaydayError } from '../../src/errors.js'

/** The least that a start needs. */
export const GOOD = {
  SLACK_BOT_TOKEN: 'xoxb-1234',
  SLACK_APP_TOKEN: 'xapp-1234',
  PAGERDUTY_ROUTING_KEY: 'R'.repeat(32),
}

/** One line for each fault that a start with these settings is refused for. */
export function faultsOf(sources: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly file?: string
}): readonly string[] {
  const file = sources.file === undefined ? {} : { file: { name: 'mayday.yml', text: sources.file } }
  try {
    readConfig({ env: sources.env, ...file })
    return []
  } catch (error) {
    if (!(error instanceof MaydayError) || error.code !== 'CONFIG_INVALID') throw error
    return error.message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
  }
}
