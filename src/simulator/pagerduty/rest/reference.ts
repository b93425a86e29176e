import type { Account } from '../account.js'

/** The account, and where its pages are: what `html_url` points to. */
export interface Site {
  readonly account: Account
  readonly htmlOrigin: string
}

export const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')

/** The page of a resource, by the first word of its type. */
const pages: Readonly<Record<string, string>> = {
  incident: 'incidents',
  alert: 'alerts',
  user: 'users',
  service: 'service-directory',
  escalation_policy: 'escalation_policies',
  schedule: 'schedules',
  priority: 'priorities',
  inbound_integration: 'integrations',
  events_api_v2_inbound_integration: 'integrations',
}

/** A `…_reference`: id, type, summary and links. */
export function reference(site: Site, type: string, id: string, summary: string) {
  const page = pages[type] ?? 'log_entries'
  return {
    id,
    type: `${type}_reference`,
    summary,
    self: `https://api.pagerduty.com/${page === 'service-directory' ? 'services' : page}/${id}`,
    html_url: `${site.htmlOrigin}/${page}/${id}`,
  }
}
