/**
 * The baseline: the least that turns a Slack message into a PagerDuty event. One socket, an ack, one `fetch`; no store,
 * no retry, no truth. Whatever it loses is lost.
 */
import { createServer } from 'node:http'
import { WebSocket } from 'ws'

const { env } = process
const opened = await fetch(`${env['SLACK_API_URL']}apps.connections.open`, {
  method: 'POST',
  headers: { authorization: `Bearer ${env['SLACK_APP_TOKEN']}` },
})
const { url } = (await opened.json()) as { readonly url: string }
const socket = new WebSocket(url)

interface Envelope {
  readonly type: string
  readonly envelope_id?: string
  readonly payload?: {
    readonly event?: {
      readonly type: string
      readonly channel: string
      readonly ts: string
      readonly text?: string
      readonly bot_id?: string
    }
  }
}

socket.on('message', (data) => {
  const { type, envelope_id: id, payload } = JSON.parse(String(data)) as Envelope
  if (type === 'hello') createServer((_req, res) => res.end('ready')).listen(Number(env['PORT']), '127.0.0.1')
  if (id !== undefined) socket.send(JSON.stringify({ envelope_id: id }))
  const event = payload?.event
  if (event?.type === 'message' && event.bot_id === undefined) void page(event.ts, event.text ?? '')
})

async function page(ts: string, text: string): Promise<void> {
  const response = await fetch(`${env['PAGERDUTY_EVENTS_URL']}/v2/enqueue`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      routing_key: env['PAGERDUTY_ROUTING_KEY'],
      event_action: 'trigger',
      dedup_key: `bare:${ts}`,
      payload: { summary: text, source: 'slack', severity: 'critical' },
    }),
  })
  await response.arrayBuffer()
}

process.on('SIGTERM', () => process.exit(0))
