/** A page that leaves without the store: same key, so PagerDuty makes one page of it and of its later record. */
import type { Clock, Log, Pager } from '../ports.js'
import { pageText } from './page/new-page.js'
import { backoff } from './page/policy.js'
import type { Emergency } from './request.js'

export interface OrphanDeps {
  readonly pager: Pager
  readonly clock: Clock
  readonly log: Log
  readonly random: () => number
}

export interface Orphan {
  readonly emergency: Emergency
  attempts(): number
  stop(): void
}

/** Sends until PagerDuty takes it or the store is back to carry on; same key, so it stays one page. */
export function sendOrphan(deps: OrphanDeps, emergency: Emergency): Orphan {
  let attempts = 0
  let cancel = () => {}
  let stopped = false
  const event = {
    action: 'trigger' as const,
    dedupKey: emergency.dedupKey,
    source: 'slack',
    ...pageText(emergency, deps.clock.now()),
    ...optional(emergency),
  }
  const attempt = async (): Promise<void> => {
    attempts += 1
    const answer = await deps.pager.send(event)
    deps.log.warn('a page went out without a record', { page: emergency.dedupKey, attempts, outcome: answer.kind })
    if (answer.kind === 'accepted' || stopped) return
    cancel = deps.clock.after(
      backoff(attempts, deps.random(), answer.kind === 'retry' ? answer.retryAfterMs : 0),
      start,
    )
  }
  const start = (): void => {
    attempt().catch((error: unknown) =>
      deps.log.error('a page without a record could not be sent', { page: emergency.dedupKey, error }),
    )
  }
  start()
  return {
    emergency,
    attempts: () => attempts,
    stop: () => {
      stopped = true
      cancel()
    },
  }
}

function optional(emergency: Emergency): { readonly clientUrl?: string; readonly team?: string } {
  return {
    ...(emergency.permalink === undefined ? {} : { clientUrl: emergency.permalink }),
    ...(emergency.team === undefined ? {} : { team: emergency.team }),
  }
}
