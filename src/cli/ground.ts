/** The ground under a command, also when the store is part of the outage: PagerDuty must be within reach all the same. */

import { createDirectory } from '../adapters/pagerduty/directory.js'
import { createPager } from '../adapters/pagerduty/pager.js'
import { makeOwner } from '../adapters/store/owner.js'
import { createNewId } from '../adapters/system.js'
import { type Ground, openGround, pagerOptions, type WorldOptions } from '../adapters/world/ground.js'
import type { Config } from '../config/config.js'
import { MaydayError } from '../errors.js'
import type { Store, Tables } from '../ports.js'

export interface Opened {
  readonly ground: Ground
  /** Set when the ground has no store: what it says to everybody who asks. */
  readonly trouble: MaydayError | undefined
}

/** The store gets this long, real ms; whoever stands in front of a terminal at 2 am gets an answer then. */
const PATIENCE_MS = 3_000

/** Opens the ground, without a store where that does not open in time. Throws nothing for what the store does. */
export async function openAnyGround(config: Config, options: WorldOptions): Promise<Opened> {
  const opening = openGround(config, options)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooLate()), PATIENCE_MS)
  })
  try {
    return { ground: await Promise.race([opening, late]), trouble: undefined }
  } catch (error) {
    if (!(error instanceof MaydayError) || !error.code.startsWith('STORE_')) throw error
    // Should it open after all: nobody needs it any more.
    opening.then((ground) => ground.store.close()).catch(() => undefined)
    return { ground: groundWithoutStore(config, options, error), trouble: error }
  } finally {
    clearTimeout(timer)
  }
}

function tooLate(): MaydayError {
  return new MaydayError('STORE_UNAVAILABLE', {
    what: 'The store did not open in time.',
    hint: 'Look for a slow disk, a busy database server or another process that holds the store.',
    retry: true,
  })
}

function groundWithoutStore(config: Config, { clock, log, limits }: WorldOptions, trouble: MaydayError): Ground {
  const options = { ...pagerOptions(config), clock, log, limits }
  const store = absentStore(trouble)
  return {
    store,
    owner: makeOwner(),
    newId: createNewId(clock),
    pager: createPager(options),
    directory: createDirectory({ ...options, notes: store.notes }),
  }
}

/** A store that answers everything with why there is none. */
function absentStore(trouble: MaydayError): Store {
  const no = (): Promise<never> => Promise.reject(trouble)
  const tables: Tables = {
    inbox: { claim: no, finish: no, reclaim: no, sweep: no },
    incidents: { create: no, get: no, take: no, save: no, open: no, recent: no },
    pages: {
      ...{ create: no, get: no, byDedupKey: no, take: no, save: no, ofIncident: no, claimDue: no, release: no },
      ...{ followed: no, requestedSince: no, byPagerId: no },
    },
    facts: { append: no, ofIncident: no, claimUnreacted: no, reacted: no },
    runs: { create: no, take: no, save: no, ofIncident: no },
    purges: { create: no, get: no, take: no, save: no, active: no, recent: no },
    outbox: { put: no, dueChannels: no, pending: no, sent: no, failed: no, tsOf: no, depth: no },
    leases: { take: no, release: no },
    notes: { get: no, set: no },
    lock: no,
  }
  return { ...tables, tx: no, ping: no, close: () => Promise.resolve() }
}
