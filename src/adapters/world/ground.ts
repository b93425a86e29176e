/**
 * The outside world without Slack, put together from a Config. why apart: a terminal that pages or purges while Slack is
 * the outage does not load its client, which takes longer than all the rest.
 */
import type { PurgePorts } from '../../app.js'
import type { Config } from '../../config/config.js'
import type { Clock, Directory, Log, Meter, NewId, Pager, Store } from '../../ports.js'
import { createArchives } from '../archive/archives.js'
import { createDirectory } from '../pagerduty/directory.js'
import { createPager, type PagerOptions } from '../pagerduty/pager.js'
import { digestOf, pauseFor } from '../pausing.js'
import type { SlackTiming } from '../slack/timing.js'
import { makeOwner } from '../store/owner.js'
import { openStore } from '../store/store.js'
import { createNewId } from '../system.js'

export interface WorldOptions {
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Shorter waits for tests. */
  readonly limits?: PagerOptions['limits']
  readonly timing?: Partial<SlackTiming>
  /** Stands between the rooms and the store; tests cut the power there. */
  readonly wrapStore?: (store: Store) => Store
}

/** Everything but Slack: what a terminal needs when Slack itself is the outage. */
export interface Ground {
  readonly store: Store
  readonly pager: Pager
  readonly directory: Directory
  readonly newId: NewId
  readonly owner: string
}

/** Opens the store and the roads to PagerDuty. Throws `STORE_*`. */
export async function openGround(config: Config, { clock, log, limits, wrapStore }: WorldOptions): Promise<Ground> {
  const owner = makeOwner()
  const opened = await openStore({ url: config.store.url, owner })
  const store = wrapStore === undefined ? opened : wrapStore(opened)
  const options = { ...pagerOptions(config), clock, log, limits }
  return {
    store,
    owner,
    newId: createNewId(clock),
    pager: createPager(options),
    directory: createDirectory({ ...options, notes: store.notes }),
  }
}

/** Connects nothing yet. Undefined: NOTIFICATIONS_REDIS_URL is not set. Throws `CONFIG_INVALID`. */
export async function openPurge(config: Pick<Config, 'purge' | 'dataDir'>): Promise<PurgePorts | undefined> {
  const { redisUrl, targets } = config.purge
  if (redisUrl === undefined) return undefined
  // why: a bot that has no Redis to purge does not wait for its driver to load.
  const [{ createTargets }, { readNotification }] = await Promise.all([
    import('../redis/targets.js'),
    import('../redis/rpush/notification.js'),
  ])
  const archives = createArchives({ dir: config.dataDir })
  return { targets: createTargets(redisUrl, targets), archives, readNotification, pause: pauseFor, digest: digestOf }
}

/** How the pager adapter reads a Config. */
export function pagerOptions(config: Config): Omit<PagerOptions, 'clock' | 'log' | 'limits'> {
  const { routingKey, token, fromEmail, eventsUrl, apiUrl } = config.pagerduty
  const keys = config.teams.flatMap((team) =>
    team.routingKey === undefined ? [] : [[team.name, team.routingKey] as const],
  )
  const policies = config.teams.flatMap((team) =>
    team.escalationPolicy === undefined ? [] : [[team.name, team.escalationPolicy] as const],
  )
  return {
    eventsUrl,
    apiUrl,
    token,
    fromEmail,
    routingKeys: new Map<string | undefined, string>([[undefined, routingKey], ...keys]),
    escalationPolicies: new Map<string | undefined, string>(policies),
  }
}
