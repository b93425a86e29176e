import { z } from 'zod'
import type { Finding } from '../finding.js'
import { type ServiceSettings, serviceSettings } from './answers.js'
import { notRead } from './finding.js'
import type { Wire } from './wire.js'

const body = z.object({ service: serviceSettings })

/** Settings of a service that swallow, delay or weaken a page. `team`: whose pages go there. */
export async function checkService(wire: Wire, id: string, team: string): Promise<readonly Finding[]> {
  const query = { 'include[]': ['integrations', 'auto_pause_notifications_parameters'] }
  const path = `/services/${encodeURIComponent(id)}`
  const read = await wire.rest({ method: 'GET', path, query, schema: body })
  if (read.kind !== 'accepted') return [notRead(`the service of ${team}`, read)]
  const service = read.value.service
  const name = `Service "${service.name ?? id}" (${team})`
  return [
    status(service, name),
    grouping(service, name),
    autoPause(service, name),
    urgency(service, name),
    autoResolve(service, name),
    acknowledgement(service, name),
  ]
}

function status(service: ServiceSettings, name: string): Finding {
  if (['active', 'warning', 'critical'].includes(service.status)) {
    return { level: 'ok', what: `${name} takes pages (${service.status}).` }
  }
  return {
    level: 'fail',
    what: `${name} is in state "${service.status}": PagerDuty accepts pages and calls nobody.`,
    remedy: 'Enable the service, or end its maintenance window.',
  }
}

/** why: grouping puts a second emergency into the first one's incident, which may be acknowledged: nobody is called. */
function grouping(service: ServiceSettings, name: string): Finding {
  const type = service.alert_grouping_parameters?.type
  if (!type) return { level: 'ok', what: `${name} groups no alerts.` }
  return {
    level: 'fail',
    what: `${name} groups alerts (${type}): a second emergency joins the first one's incident and calls nobody.`,
    remedy: 'Turn alert grouping off for this service (Settings > Reduce Noise).',
  }
}

function autoPause(service: ServiceSettings, name: string): Finding {
  if (service.auto_pause_notifications_parameters?.enabled !== true) {
    return { level: 'ok', what: `${name} pauses no notifications.` }
  }
  return {
    level: 'fail',
    what: `${name} pauses notifications by itself: a page can wait, or end, before anybody is called.`,
    remedy: 'Turn "Auto-Pause Incident Notifications" off for this service (Settings > Reduce Noise).',
  }
}

function urgency(service: ServiceSettings, name: string): Finding {
  const rule = service.incident_urgency_rule
  const remedy = 'Set "High-urgency notifications, escalate as needed" for all hours (Settings > Notifications).'
  if (rule?.type === 'use_support_hours') {
    const hours = [rule.during_support_hours?.urgency, rule.outside_support_hours?.urgency]
    if (!hours.includes('low')) return { level: 'ok', what: `${name} pages with high urgency at all hours.` }
    return { level: 'fail', what: `${name} pages with low urgency at some hours: people are not called then.`, remedy }
  }
  if (rule?.urgency !== 'low') return { level: 'ok', what: `${name} pages with high urgency.` }
  return { level: 'fail', what: `${name} pages with low urgency: people may be told by e-mail only.`, remedy }
}

/** why: PagerDuty's default ends an incident after four hours, whether or not anybody looked at it. */
function autoResolve(service: ServiceSettings, name: string): Finding {
  const seconds = service.auto_resolve_timeout ?? 0
  if (seconds === 0) return { level: 'ok', what: `${name} resolves nothing by itself.` }
  return {
    level: 'warn',
    what: `${name} resolves an incident by itself after ${spell(seconds)}, even if nobody has looked at it.`,
    remedy: 'Turn auto-resolution off for this service (Settings > Notifications).',
  }
}

function acknowledgement(service: ServiceSettings, name: string): Finding {
  const seconds = service.acknowledgement_timeout ?? 0
  const what =
    seconds === 0
      ? `${name} lets an acknowledgement stand for ever.`
      : `${name} pages again ${spell(seconds)} after an acknowledgement.`
  return { level: 'ok', what }
}

function spell(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.round(seconds / 60)} min`
}
