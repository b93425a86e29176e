import type { Failure } from './verdict.js'

/** One thing that was looked at. `fail`: a page can be lost; `warn`: it can be late, weak or unseen. */
export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail'
  readonly what: string
  /** What to do about it, and where. */
  readonly remedy?: string
}

/** For what could not be looked at. */
export function notRead(what: string, failure: Failure): Finding {
  const remedy =
    failure.kind === 'auth'
      ? 'Check PAGERDUTY_API_TOKEN, and PAGERDUTY_API_URL for the service region (EU: https://api.eu.pagerduty.com).'
      : 'Run the check again; if it stays, look at https://status.pagerduty.com.'
  return { level: 'fail', what: `PagerDuty did not show ${what}: ${failure.because}.`, remedy }
}
