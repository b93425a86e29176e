/** One copy of Mayday, as far as purges go: the shipped engine on a real Redis, a real store and a real disk. */
import { join } from 'node:path'
import { createArchives } from '../../src/adapters/archive/archives.js'
import { digestOf, pauseFor } from '../../src/adapters/pausing.js'
import { createTargets } from '../../src/adapters/redis/targets.js'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import { createLog, createNewId } from '../../src/adapters/system.js'
import type { KeyTarget, Targets } from '../../src/ports/keys.js'
import type { Archives, PurgeMeter } from '../../src/ports/purges.js'
import type { Clock, Store } from '../../src/ports.js'
import type { PurgeDeps } from '../../src/purge/deps.js'
import type { TargetSettings } from '../../src/purge/plan.js'
import { createPurging, type Purging } from '../../src/purge/purge.js'
import { createPurgeWorker, type PurgeWorker } from '../../src/purge/worker.js'
import { DELIVERY, PUSH, SESSIONS } from './values.js'

export interface ReplicaOptions {
  readonly settings?: readonly TargetSettings[]
  readonly approvals?: 0 | 1
  /** Stands between the engine and a target; tests make it fail or slow there. */
  readonly wrapTarget?: (target: KeyTarget) => KeyTarget
  readonly wrapArchives?: (archives: Archives, dir: string) => Archives
  /** Instead of those of the rig's own Redis. */
  readonly otherTargets?: () => Targets
  /** Instead of the file beside the archives. */
  readonly storeUrl?: string
  /** Instead of waiting. */
  readonly pause?: (ms: number) => Promise<void>
  readonly wrapStore?: (store: Store) => Store
  /** 0: a worker looks what people want before every slice. */
  readonly saveEveryMs?: number
  readonly meter?: PurgeMeter
}

/** One copy of Mayday, as far as purges go. */
export interface Replica {
  readonly store: Store
  readonly purging: Purging
  readonly worker: PurgeWorker
  readonly archives: Archives
  readonly owner: string
  /** Takes up and carries to its end, or to a halt, whatever is due. */
  work(): Promise<void>
  stop(): Promise<void>
}

export interface ReplicaPlace {
  /** Of the Redis. */
  readonly url: string
  readonly storeDir: string
  readonly dir: string
  readonly clock: Clock
}

export async function createReplica(at: ReplicaPlace, options: ReplicaOptions): Promise<Replica> {
  const { clock } = at
  const owner = makeOwner()
  const opened = await openStore({ url: options.storeUrl ?? join(at.storeDir, 'mayday.db'), owner })
  const store = (options.wrapStore ?? ((one) => one))(opened)
  const settings = options.settings ?? [PUSH, SESSIONS, DELIVERY]
  const archives = (options.wrapArchives ?? ((one) => one))(createArchives({ dir: at.dir }), at.dir)
  const deps: PurgeDeps = {
    store,
    targets: wrapped(options.otherTargets?.() ?? createTargets(at.url, settings), options.wrapTarget),
    settings,
    approvals: options.approvals ?? 0,
    archives,
    clock,
    log: createLog({ level: process.env['MAYDAY_TEST_LOG'] ?? 'silent', pretty: false, secrets: [] }),
    meter: options.meter ?? { purged: () => undefined, purgeStopped: () => undefined },
    newId: createNewId(clock),
    owner,
    pause: options.pause ?? pauseFor,
    saveEveryMs: options.saveEveryMs,
    digest: digestOf,
    random: Math.random,
    changed: () => undefined,
  }
  const purging = createPurging(deps)
  const worker = createPurgeWorker({ ...deps, show: purging.show })
  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await worker.stop()
    await deps.targets.close()
    await opened.close()
  }
  return {
    store,
    purging,
    worker,
    archives,
    owner,
    stop: () => (stopped ??= stop()),
    work: async () => {
      await worker.tick()
      await worker.idle()
    },
  }
}

function wrapped(targets: Targets, wrap: ReplicaOptions['wrapTarget']): Targets {
  if (wrap === undefined) return targets
  return {
    ...targets,
    target: (name) => {
      const target = targets.target(name)
      return target === undefined ? undefined : wrap(target)
    },
  }
}
