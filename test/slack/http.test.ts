import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SlackGate } from '../../src/adapters/slack/gate.js'
import type { Inbox } from '../../src/ports.js'
import { brittle, handClock, type Night, night, until } from './rig.js'

let n: Night
let server: Server
let url: string
let gate: SlackGate
let inbox: Inbox & { mode: 'well' | 'down' | 'hangs' }
const clock = handClock(Date.now())

beforeEach(async () => {
  server = createServer((req, res) => void gate.http?.(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`
  n = await night({ delivery: { eventsUrl: url }, now: () => clock.now() })
  inbox = brittle(n.store.inbox)
  gate = n.listening({
    mode: { kind: 'http', signingSecret: n.slack.signingSecret },
    clock,
    inbox,
    timing: { claimMs: 30 },
  })
})
afterEach(async () => {
  await n.end()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const say = (text: string, more: object = {}) =>
  n.slack.say({ channel: n.emergency.id, user: n.alice.id, text, ...more })
const texts = () => n.heard.map((one) => one.text)

/** A request as Slack signs it, `offsetS` seconds from now. */
async function send(
  body: string,
  options: { offsetS?: number; secret?: string; signature?: string; type?: string } = {},
) {
  const stamp = String(Math.floor(clock.now() / 1000) + (options.offsetS ?? 0))
  const secret = options.secret ?? n.slack.signingSecret
  const hash = createHmac('sha256', secret).update(`v0:${stamp}:${body}`).digest('hex')
  const headers = {
    'content-type': options.type ?? 'application/json',
    'x-slack-request-timestamp': stamp,
    'x-slack-signature': options.signature ?? `v0=${hash}`,
  }
  return fetch(url, { method: 'POST', body, headers })
}
const event = (text: string, ts: string) =>
  JSON.stringify({
    type: 'event_callback',
    team_id: n.slack.teamId,
    event_id: `Ev${ts}`,
    event: { type: 'message', channel: n.emergency.id, user: n.alice.id, text, ts },
  })

describe('Slack over HTTP', () => {
  it('proves the address to Slack', async () => {
    await gate.start()
    expect(await n.slack.verifyUrl()).toMatchObject({ ok: true, status: 200 })
  })

  it('opens no socket, is ready, and hears messages once', async () => {
    let ready = 0
    gate.onReady(() => {
      ready += 1
    })
    await gate.start()
    expect([ready, n.slack.sockets(), gate.health()]).toEqual([1, 0, []])
    say('push is down', { deliveries: 5 })
    await until('acked', () => n.slack.unacked() === 0)
    await until('heard', () => n.heard.length > 0)
    expect(texts()).toEqual(['push is down'])
  })

  it('takes commands and clicks, with their answers', async () => {
    gate.app.command('/mayday', async ({ ack, command }) => ack({ text: `you said ${command.text}` }))
    const pressed: string[] = []
    gate.app.action('incident.ack', async ({ ack }) => {
      await ack()
      pressed.push('ack')
    })
    await gate.start()
    const result = await n.slack.slash({ user: n.alice.id, channel: n.emergency.id, command: '/mayday', text: 'a&b=c' })
    expect(result).toMatchObject({ acked: true, response: { text: 'you said a&b=c' } })
    const button = { type: 'button', action_id: 'incident.ack', text: { type: 'plain_text', text: 'Ack' } } as const
    const { ts } = await gate.app.client.chat.postMessage({
      token: n.slack.botToken,
      channel: n.emergency.id,
      text: 'card',
      blocks: [{ type: 'actions', elements: [button] }],
    })
    const press = { user: n.alice.id, channel: n.emergency.id, ts: String(ts), actionId: 'incident.ack' }
    expect(await n.slack.press(press)).toMatchObject({ acked: true })
    await until('pressed', () => pressed.length === 1)
  })

  it.each([
    ['another secret', { secret: 'not-it' }],
    ['a signature of the wrong length', { signature: 'v0=00' }],
    ['no signature', { signature: '' }],
    ['a timestamp six minutes old', { offsetS: -360 }],
    ['a timestamp six minutes ahead', { offsetS: 360 }],
  ])('refuses %s', async (_what, options) => {
    await gate.start()
    const answer = await send(event('forged', '1700000000.000100'), options)
    expect(answer.status).toBe(401)
    expect(n.heard).toEqual([])
    expect((await send(event('real', '1700000000.000200'))).status).toBe(200)
    await until('heard', () => texts().includes('real'))
  })

  it('refuses a copy of a request that it has taken', async () => {
    await gate.start()
    const body = new URLSearchParams({ command: '/mayday', text: 'page', user_id: n.alice.id, team_id: n.slack.teamId })
    let runs = 0
    gate.app.command('/mayday', async ({ ack }) => {
      runs += 1
      await ack()
    })
    const type = 'application/x-www-form-urlencoded'
    expect((await send(body.toString(), { type })).status).toBe(200)
    expect((await send(body.toString(), { type })).status).toBe(401)
    expect(runs).toBe(1)
  })

  it('does not ack what the store did not take, so that Slack sends it again', async () => {
    await gate.start()
    inbox.mode = 'down'
    const answer = await send(event('push is down', '1700000000.000300'))
    expect(answer.status).toBe(503)
    expect(n.heard).toEqual([{ text: 'push is down', source: 'live', unclaimed: true }])
    inbox.mode = 'well'
    clock.forward(1_000)
    expect((await send(event('push is down', '1700000000.000300'))).status).toBe(200)
    await until('on record', () => n.heard.length === 2)
    expect(n.heard[1]?.unclaimed).toBe(false)
  })

  it('says no to what is no request of Slack', async () => {
    await gate.start()
    expect((await fetch(url)).status).toBe(405)
    expect((await send('not json')).status).toBe(400)
    expect((await send('[]')).status).toBe(400)
    expect((await send('x'.repeat(5 * 1024 * 1024)).catch(() => ({ status: 413 }))).status).toBe(413)
    expect((await send('command=%2Fnothing&user_id=U1', { type: 'application/x-www-form-urlencoded' })).status).toBe(
      503,
    )
  })

  it('takes nothing more once it is stopping', async () => {
    await gate.start()
    await gate.stop()
    expect((await send(event('late', '1700000000.000400'))).status).toBe(503)
    expect(n.heard).toEqual([])
  })
})
