/** What may be purged, where, and by whom, as the configuration says it. */
import type { Environment } from './environment.js'
import type { FileConfig } from './file-schema.js'

export interface PurgeConfig {
  /** Undefined: purges are not set up. */
  readonly redisUrl?: string
  readonly targets: readonly PurgeTarget[]
  /** Undefined: whoever is on call, and owners and admins. */
  readonly permitted?: { readonly users: readonly string[]; readonly usergroups: readonly string[] }
  /** People besides the first who must confirm. */
  readonly approvals: 0 | 1
  /** How long archives are kept, ms. */
  readonly keepMs: number
}

export type PurgeTarget =
  | {
      readonly layout: 'keys' | 'rpush'
      readonly name: string
      readonly pattern: string
      readonly protect: readonly string[]
      readonly latencyBudgetMs: number
    }
  | { readonly layout: 'sidekiq'; readonly name: string; readonly className: string; readonly latencyBudgetMs: number }

const PUSH: PurgeTarget = {
  ...{ layout: 'rpush', name: 'push', pattern: 'rpush:notifications:*', protect: [], latencyBudgetMs: 1 },
}
const DELIVERY: PurgeTarget = {
  ...{ layout: 'sidekiq', name: 'push-delivery', className: 'PushNotifications::DeliveryWorker', latencyBudgetMs: 1 },
}

export function readPurge(env: Pick<Environment, 'NOTIFICATIONS_REDIS_URL'>, file: FileConfig): PurgeConfig {
  const { permissions, retention } = file
  return {
    ...(env.NOTIFICATIONS_REDIS_URL === undefined ? {} : { redisUrl: env.NOTIFICATIONS_REDIS_URL }),
    targets: purgeTargets(file),
    ...(permissions.purge === undefined ? {} : { permitted: permissions.purge }),
    approvals: permissions.approvals,
    keepMs: retention.archives,
  }
}

/** The targets of the file, or those that stand without it. */
export function purgeTargets({ purge, jobs }: FileConfig): readonly PurgeTarget[] {
  const keys = Object.entries(purge ?? {}).map(([name, { layout, pattern, protect, latency_budget }]): PurgeTarget => {
    return { layout, name, pattern, protect, latencyBudgetMs: latency_budget }
  })
  const queued = Object.entries(jobs ?? {}).map(([name, { layout, class: className, latency_budget }]): PurgeTarget => {
    return { layout, name, className, latencyBudgetMs: latency_budget }
  })
  return [...(purge === undefined ? [PUSH] : keys), ...(jobs === undefined ? [DELIVERY] : queued)]
}
