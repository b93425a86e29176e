import type { Actor } from '../incidents/incident.js'
import { line } from '../mrkdwn.js'
import { operator } from './io.js'

/** Whom a name at a terminal means. Slack is not asked who it is: it may be the outage. */
export function personOf(said: string): Actor {
  if (said.toLowerCase() === 'me') return operator()
  return /^[UW][A-Z0-9]{5,}$/.test(said) ? `slack:${said}` : `terminal:${line(said, 80)}`
}
