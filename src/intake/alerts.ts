/**
 * Webhook bodies of alerting machines, read. Pure. The forms are those of Alertmanager (webhook_config, version 4; Grafana's
 * is the same with more), Datadog (Webhooks integration: its default payload, or one with the variables named in the README)
 * and Honeycomb (default payload of triggers and burn alerts). An object of any other form is an alert, too: if unsure, page.
 */
import { z } from 'zod'
import { line } from '../mrkdwn.js'
import * as words from './words.js'

/** One alert: what tells it apart, and what it says. */
export interface Alert {
  /** Parts of its key; the same whenever this alert is told. */
  readonly key: readonly string[]
  readonly text: string
}

/** What one request tells. */
export interface Notification {
  readonly source: string
  readonly group: readonly string[]
  readonly firing: readonly Alert[]
  readonly over: readonly Alert[]
}

/** What the request says besides its body. */
export interface Delivery {
  /** The sender's own id of it, the same when it is sent again. */
  readonly id: string | undefined
  /** The body as it came, as text. */
  readonly raw: string
  /** When it came, ms. */
  readonly at: number
}

const LONG = 300
const text = z.string().optional().catch(undefined)
const texts = z.record(z.string(), z.string()).catch({})

const alertmanager = z.object({
  groupKey: z.string(),
  alerts: z.array(
    z.object({
      status: z.string(),
      labels: texts,
      annotations: texts,
      startsAt: z.string().catch(''),
      fingerprint: text,
      generatorURL: text,
    }),
  ),
})
const honeycomb = z.object({
  name: z.string(),
  status: z.enum(['TRIGGERED', 'OK']),
  id: text,
  instance_id: text,
  summary: text,
  description: text,
  trigger_url: text,
  result_url: text,
})
const datadog = z.object({
  title: z.string(),
  event_type: text,
  body: text,
  id: z.union([z.string(), z.number()]).transform(String).optional().catch(undefined),
  alert_cycle_key: text,
  alert_transition: text,
  alert_id: z.union([z.string(), z.number()]).transform(String).optional().catch(undefined),
  link: text,
})

/** Undefined: no JSON object at all. */
export function readAlerts(body: unknown, delivery: Delivery): Notification | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined
  const grouped = alertmanager.safeParse(body)
  if (grouped.success && grouped.data.alerts.length > 0) return ofAlertmanager(grouped.data)
  const triggered = honeycomb.safeParse(body)
  if (triggered.success) return ofHoneycomb(triggered.data, delivery)
  const event = datadog.safeParse(body)
  if (event.success && ('event_type' in body || 'alert_transition' in body || 'alert_cycle_key' in body)) {
    return ofDatadog(event.data, delivery)
  }
  return ofAnybody(body as Readonly<Record<string, unknown>>, delivery)
}

function ofAlertmanager({ groupKey, alerts }: z.output<typeof alertmanager>): Notification {
  const read = alerts.map(({ status, labels, annotations, startsAt, fingerprint, generatorURL }) => {
    // why: a fingerprint is the same for all time; the alert that fires again next week began at another moment.
    const own = fingerprint ?? JSON.stringify(Object.entries(labels).toSorted())
    const name = labels['alertname'] ?? 'alert'
    const says = annotations['summary'] ?? annotations['description'] ?? annotations['message'] ?? ''
    const where = labels['instance'] ?? labels['service'] ?? labels['job']
    const said = [`${name}: ${says}`, where === undefined ? '' : `(${where})`, generatorURL ?? '']
      .filter(Boolean)
      .join(' ')
    return { isOver: status === 'resolved', alert: { key: [own, startsAt], text: line(said, LONG) } }
  })
  const pick = (over: boolean) => read.filter(({ isOver }) => isOver === over).map(({ alert }) => alert)
  return { source: 'Alertmanager', group: [groupKey], firing: pick(false), over: pick(true) }
}

function ofHoneycomb(body: z.output<typeof honeycomb>, delivery: Delivery): Notification {
  const { id, instance_id, name, status, summary, description, trigger_url, result_url } = body
  const says = [summary ?? name, description ?? '', result_url || trigger_url || ''].filter(Boolean).join(' ')
  const alert = { key: instance_id === undefined ? episode(delivery) : [instance_id], text: line(says, LONG) }
  const over = status === 'OK'
  return { source: 'Honeycomb', group: [id ?? name], firing: over ? [] : [alert], over: over ? [alert] : [] }
}

function ofDatadog(body: z.output<typeof datadog>, delivery: Delivery): Notification {
  const { title, id, alert_cycle_key, alert_transition, alert_id, link } = body
  const [, state = '', rest = title] = /^\[([^\]]*)\]\s*(.*)$/su.exec(title) ?? []
  // why: $ALERT_TRANSITION is Recovered, and so begins the title of the default payload.
  const over = /^(re)?(recovered|resolved)\b/iu.test(alert_transition ?? state)
  const key = alert_cycle_key ?? id
  const alert = {
    key: key === undefined ? episode(delivery) : [key],
    text: line([title, link ?? ''].filter(Boolean).join(' '), LONG),
  }
  return { source: 'Datadog', group: [alert_id ?? rest], firing: over ? [] : [alert], over: over ? [alert] : [] }
}

function ofAnybody(body: Readonly<Record<string, unknown>>, delivery: Delivery): Notification {
  const named = ['title', 'summary', 'name', 'message', 'text', 'description']
  const said = named.map((name) => body[name]).find((value) => typeof value === 'string' && value.trim() !== '')
  const over = /^(resolved|ok|recovered|closed)$/iu.test(String(body['status'] ?? ''))
  const shown = typeof said === 'string' ? said : delivery.raw
  const alert = { key: episode(delivery), text: line(words.unknownForm(shown), LONG) }
  const source = 'A machine'
  return { source, group: [line(shown, 200)], firing: over ? [] : [alert], over: over ? [alert] : [] }
}

const HOUR_MS = 3_600_000

/**
 * For a body that names no single firing: the sender's id of the delivery, else what it says and in which hour, so that
 * what is sent twice is one and what comes again tomorrow is another.
 */
function episode({ id, raw, at }: Delivery): readonly string[] {
  return id === undefined ? [raw, String(Math.floor(at / HOUR_MS))] : [id]
}
