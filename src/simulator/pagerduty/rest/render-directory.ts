import type { SimPolicy, SimService, SimUser } from '../model.js'
import { iso, reference, type Site } from './reference.js'

/** Contact methods in full, as `GET /users/{id}/contact_methods` shows them. */
export function contactMethods(user: SimUser) {
  const self = (id: string) => `https://api.pagerduty.com/users/${user.id}/contact_methods/${id}`
  const email = {
    id: `${user.id}E`,
    type: 'email_contact_method',
    summary: 'Default',
    self: self(`${user.id}E`),
    html_url: null,
    label: 'Default',
    address: user.email,
    send_short_email: false,
  }
  if (user.phone === null) return [email]
  return [
    email,
    {
      id: `${user.id}T`,
      type: 'phone_contact_method',
      summary: 'Mobile',
      self: self(`${user.id}T`),
      html_url: null,
      label: 'Mobile',
      ...splitPhone(user.phone),
      blacklisted: false,
    },
  ]
}

/** why: PagerDuty keeps the country code apart from the national number. */
function splitPhone(phone: string): { country_code: number; address: string } {
  const digits = phone.replace(/\D/g, '')
  if (!phone.trim().startsWith('+')) return { country_code: 1, address: digits }
  const length = digits.startsWith('1') || digits.startsWith('7') ? 1 : 2
  return { country_code: Number(digits.slice(0, length)), address: digits.slice(length) }
}

/** A user in full. why: contact methods stay references unless `include[]=contact_methods` asks for them. */
export function user(site: Site, u: SimUser, includes: readonly string[] = []) {
  const methods = contactMethods(u)
  return {
    ...reference(site, 'user', u.id, u.name),
    type: 'user',
    name: u.name,
    email: u.email,
    time_zone: 'Etc/UTC',
    color: 'green',
    role: 'user',
    avatar_url: 'https://www.gravatar.com/avatar/0.png?d=mm&r=PG',
    description: null,
    invitation_sent: false,
    job_title: 'Engineer',
    teams: [],
    contact_methods: includes.includes('contact_methods')
      ? methods
      : methods.map(({ id, type, summary, self }) => ({
          id,
          type: `${type}_reference`,
          summary,
          self,
          html_url: null,
        })),
    notification_rules: [],
  }
}

/** A service in full. `status` follows its incidents while it is active. */
export function service(site: Site, s: SimService, includes: readonly string[] = []) {
  const policy = site.account.policy(s.escalationPolicyId)
  const own = [...site.account.incidents.values()].filter((incident) => incident.serviceId === s.id)
  const last = own.at(-1)
  return {
    ...reference(site, 'service', s.id, s.name),
    type: 'service',
    name: s.name,
    description: null,
    created_at: iso(s.createdAt),
    status: s.status === 'active' ? busyStatus(own.map((incident) => incident.status)) : s.status,
    last_incident_timestamp: last === undefined ? null : iso(last.createdAt),
    acknowledgement_timeout: s.acknowledgementTimeoutSeconds,
    auto_resolve_timeout: s.autoResolveTimeoutSeconds,
    alert_creation: 'create_alerts_and_incidents',
    alert_grouping: s.alertGrouping ? 'time' : null,
    alert_grouping_timeout: s.alertGrouping ? 0 : null,
    // why: without grouping PagerDuty still shows the object, with nulls in it.
    alert_grouping_parameters: s.alertGrouping
      ? { type: 'time', config: { timeout: 0 } }
      : { type: null, config: null },
    auto_pause_notifications_parameters: s.autoPause ? { enabled: true, timeout: 300 } : { enabled: false, timeout: 0 },
    incident_urgency_rule: { type: 'constant', urgency: s.urgency },
    support_hours: null,
    scheduled_actions: [],
    addons: [],
    teams: [],
    response_play: null,
    integrations: [integration(site, s, includes.includes('integrations'))],
    escalation_policy: includes.includes('escalation_policies')
      ? escalationPolicy(site, policy)
      : reference(site, 'escalation_policy', policy.id, policy.name),
  }
}

function integration(site: Site, s: SimService, full: boolean) {
  const short = {
    ...reference(site, 'events_api_v2_inbound_integration', s.integrationId, 'Events API V2'),
    self: `https://api.pagerduty.com/services/${s.id}/integrations/${s.integrationId}`,
  }
  if (!full) return short
  return { ...short, type: 'events_api_v2_inbound_integration', name: 'Events API V2', integration_key: s.routingKey }
}

/** why: an active service shows critical with a triggered incident, warning with only acknowledged ones. */
function busyStatus(statuses: readonly string[]): 'active' | 'warning' | 'critical' {
  if (statuses.includes('triggered')) return 'critical'
  return statuses.includes('acknowledged') ? 'warning' : 'active'
}

/** An escalation policy in full. A level without people shows the schedule that would name them. */
export function escalationPolicy(site: Site, p: SimPolicy) {
  const levels = p.levels.length === 0 ? [[]] : p.levels
  return {
    ...reference(site, 'escalation_policy', p.id, p.name),
    type: 'escalation_policy',
    name: p.name,
    description: '',
    num_loops: p.loops,
    on_call_handoff_notifications: 'if_has_services',
    escalation_rules: levels.map((people, index) => ({
      id: `${p.id}R${index + 1}`,
      escalation_delay_in_minutes: p.levelDelayMinutes,
      escalation_rule_assignment_strategy: 'assign_to_everyone',
      targets:
        people.length === 0 || p.until !== null
          ? [scheduleReference(site, p, index + 1)]
          : people.map((id) => reference(site, 'user', id, site.account.user(id).name)),
    })),
    services: [...site.account.services.values()]
      .filter((s) => s.escalationPolicyId === p.id)
      .map((s) => reference(site, 'service', s.id, s.name)),
    teams: [],
  }
}

export const scheduleReference = (site: Site, p: SimPolicy, level: number) =>
  reference(site, 'schedule', `${p.id}S${level}`, `${p.name}, level ${level}`)
