/** Where the one message about a purge belongs, and how it reads now. */
import { threadOf } from '../incidents/incident.js'
import type { PurgeRow } from '../ports/purges.js'
import type { Clock, Posting, Tables } from '../ports.js'
import { planCard, purgeCard } from './card.js'
import { readPurge } from './record.js'

/** Undefined: it has no place in Slack (begun at a terminal), or is one person's plan that nobody else need see yet. */
export async function purgeMessage(
  deps: { readonly clock: Clock },
  t: Pick<Tables, 'incidents'>,
  row: PurgeRow,
): Promise<Posting | undefined> {
  const { id, job } = readPurge(row)
  const card = job.state === 'planned' ? planCard(id, job, deps.clock.now()) : purgeCard(id, job)
  const key = `purge:${id}`
  const incident = job.incident === undefined ? undefined : await t.incidents.get(job.incident)
  if (incident !== undefined) return { key, channel: incident.channel, thread: threadOf(incident), ...card }
  const isPrivate = job.state === 'planned' && job.approvals.length === 0
  return job.channel === undefined || isPrivate ? undefined : { key, channel: job.channel, ...card }
}
