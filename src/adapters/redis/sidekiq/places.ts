/** Where Sidekiq keeps jobs: a list per queue, and three sorted sets. */
import { MaydayError } from '../../../errors.js'
import type { RedisServers } from '../connect.js'
import type { Session } from '../session.js'

/** The three sorted sets and what a job in one of them is. */
export const SHELVES: Readonly<Record<string, string>> = { schedule: 'scheduled', retry: 'retrying', dead: 'dead' }

/** Every place in the order of a walk: the queues by name, then the three. */
export async function placesOfJobs(session: Session): Promise<readonly string[]> {
  const queues = new Set<string>()
  let cursor = '0'
  do {
    const reply = await session.call('SSCAN', 'queues', cursor, 'COUNT', 100)
    const [next, names] = Array.isArray(reply) ? reply : ['0', []]
    for (const name of Array.isArray(names) ? names : []) queues.add(`queue:${String(name)}`)
    cursor = String(next)
  } while (cursor !== '0')
  return [...[...queues].sort(), ...Object.keys(SHELVES)]
}

export function isQueue(place: string): boolean {
  return place.startsWith('queue:')
}

/** why: Sidekiq does not run on Redis Cluster, so such a URL names the wrong server (https://github.com/sidekiq/sidekiq/wiki/Using-Redis#architecture). */
export async function onlySession(servers: RedisServers): Promise<Session> {
  const [node] = await servers.masters()
  if (servers.cluster || node === undefined) {
    throw new MaydayError('TARGET_REFUSED', {
      what: 'Sidekiq does not run on Redis Cluster, so there are no jobs here: its commands take several queues and counters at once, which a cluster keeps on different masters and refuses (CROSSSLOT). Nothing was changed.',
      hint: 'Sidekiq uses a plain Redis, or one behind Sentinel: point NOTIFICATIONS_REDIS_URL at that one.',
    })
  }
  return node.session()
}
