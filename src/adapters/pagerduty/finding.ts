import type { Finding } from '../finding.js'
import type { Failure } from './verdict.js'

/** For what could not be looked at. */
export function notRead(what: string, failure: Failure): Finding {
  const remedy =
    failure.kind === 'auth'
      ? 'Check PAGERDUTY_API_TOKEN, and PAGERDUTY_API_URL for the service region (EU: https://api.eu.pagerduty.com).'
      : 'Run the check again; if it stays, look at https://status.pagerduty.com.'
  return { level: 'fail', what: `PagerDuty did not show ${what}: ${failure.because}.`, remedy }
}
