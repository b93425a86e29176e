/** What is sent to PagerDuty for a page. Pure. */
import type { PageEvent } from '../../ports.js'

/** why: PagerDuty refuses a longer summary; counted in UTF-16 units, the stricter reading of "characters". */
const SUMMARY_MAX = 1024
/** why: an event may be 512 KB in all; the rest of it needs far less than 12 KB. */
const DETAILS_MAX_BYTES = 500 * 1024
/** REST gives no limit for a body. This keeps it readable on a phone and below every known one. */
const REST_BODY_MAX_BYTES = 60 * 1024

/** Body of an Events API v2 request; `routing_key` is in it, so it is never logged. */
export interface EventBody {
  readonly routing_key: string
  readonly event_action: PageEvent['action']
  readonly dedup_key: string
  readonly client?: string
  readonly client_url?: string
  readonly payload?: {
    readonly summary: string
    readonly source: string
    readonly severity: 'critical'
    readonly custom_details: { readonly message: string }
  }
}

/** Source: Events API v2 "send an event". `critical` is high urgency on a service that goes by severity. */
export function eventBody(event: PageEvent, routingKey: string): EventBody {
  const head = { routing_key: routingKey, event_action: event.action, dedup_key: event.dedupKey }
  if (event.action !== 'trigger') return head
  const link = webUrl(event.clientUrl)
  return {
    ...head,
    client: 'Mayday',
    ...(link === undefined ? {} : { client_url: link }),
    payload: {
      summary: summaryOf(event),
      source: clean(event.source) || 'Slack',
      severity: 'critical',
      custom_details: { message: cutToBytes(clean(event.body), DETAILS_MAX_BYTES) },
    },
  }
}

/** Title and body text of an incident that is created by REST, which has no field for the link. */
export function incidentText(event: PageEvent): { readonly title: string; readonly details: string } {
  const link = webUrl(event.clientUrl)
  const text = cutToBytes(clean(event.body) || summaryOf(event), REST_BODY_MAX_BYTES)
  return { title: summaryOf(event), details: link === undefined ? text : `${text}\n\n${link}` }
}

/** At most `max` bytes as JSON, cut between code points; says that it was cut. */
export function cutToBytes(text: string, max: number): string {
  const size = (part: string) => Buffer.byteLength(JSON.stringify(part))
  if (size(text) <= max) return text
  const note = `\n… [cut by Mayday: the whole message has ${text.length} characters and is in Slack]`
  let low = 0
  let high = text.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (size(text.slice(0, middle)) + size(note) <= max) low = middle
    else high = middle - 1
  }
  return cut(text, low) + note
}

/** PagerDuty refuses an empty summary, and a page must not be lost for that. */
function summaryOf(event: PageEvent): string {
  return cut(clean(event.summary).trim(), SUMMARY_MAX) || 'Emergency (no text)'
}

/** The first `max` UTF-16 units, one less where that would halve a code point. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max)
}

/** Without NUL and with half code points replaced: JSON that a strict reader refuses would lose the page. */
function clean(text: string): string {
  return Buffer.from(text.replaceAll('\0', ''), 'utf8').toString('utf8')
}

/** why: `client_url` has to be a web address; a page without the link is better than a refused page. */
function webUrl(text: string | undefined): string | undefined {
  return text !== undefined && /^https?:\/\/\S+$/.test(text) && URL.canParse(text) ? text : undefined
}
