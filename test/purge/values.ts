import type { ServerState, Survey } from '../../src/ports/keys.js'
import type { PurgePlan, TargetSettings } from '../../src/purge/plan.js'

export const NIGHT = 1_625_364_000_000

export const PUSH = {
  layout: 'rpush',
  name: 'push',
  pattern: 'rpush:notifications:*',
  protect: [],
  latencyBudgetMs: 1,
} as const satisfies TargetSettings
export const SESSIONS = {
  layout: 'keys',
  name: 'sessions',
  pattern: 'session:*',
  protect: ['config:*'],
  latencyBudgetMs: 1,
} as const satisfies TargetSettings
export const DELIVERY = {
  layout: 'sidekiq',
  name: 'push-delivery',
  className: 'PushNotifications::DeliveryWorker',
  latencyBudgetMs: 1,
} as const satisfies TargetSettings

export function aServer(given: Partial<ServerState> = {}): ServerState {
  return {
    identity: 'run-1/0',
    masters: 1,
    role: 'master',
    version: 'Redis 7.0.15',
    commandsOf: '7.0.15',
    database: 0,
    keys: 5_200_017,
    usedBytes: 2 ** 31,
    maxBytes: 0,
    replicas: [],
    scripting: true,
    missing: [],
    ...given,
  }
}

export function aSurvey(given: Partial<Survey> = {}): Survey {
  return {
    samples: ['rpush:notifications:17'],
    sampled: 1000,
    prefixes: [
      { prefix: 'cache:', about: 4_000_000, own: false },
      { prefix: 'rpush:notifications:', about: 1_200_000, own: true },
    ],
    bytesPerEntry: 600,
    expiring: 0.25,
    createdPerSecond: 0,
    ...given,
  }
}

export function aPlan(given: Partial<PurgePlan> = {}): PurgePlan {
  return {
    target: 'push',
    layout: 'rpush',
    what: 'rpush:notifications:*',
    protect: [],
    identity: 'run-1/0',
    version: 'Redis 7.0.15',
    database: 0,
    scope: { mode: 'all', upToId: 1_200_000 },
    count: 1_200_000,
    estimate: { about: 1_200_000, margin: 0 },
    kinds: { 'Rpush::Apns2::Notification/pending': 1_100_000, 'Rpush::Fcm::Notification/failed': 100_000 },
    archive: true,
    budgetMs: 1,
    plannedAt: NIGHT,
    expiresAt: NIGHT + 15 * 60_000,
    folder: 'p1',
    keysInDatabase: 5_200_017,
    survey: aSurvey(),
    expectedMs: 20_000,
    ...given,
  }
}
