import { SocketModeClient } from '@slack/socket-mode'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { createSlackSimulator } from '../../src/simulator/slack/simulator.js'
import { connect, createClock, errorOf, silent, startWorkspace, until, webClient } from './slack-kit.js'

const soon = { ackTimeoutMs: 40, retryDelaysMs: [0, 1, 1] }

describe('connecting', () => {
  it('greets every connection and takes each address once', async () => {
    const { slack } = await startWorkspace()
    const { url = '' } = await webClient(slack, slack.appToken).apps.connections.open()
    const first = new WebSocket(url)
    await until(() => slack.sockets() === 1)
    const again = new WebSocket(url)
    const refusal = await new Promise<string>((resolve) => again.on('error', (e) => resolve(e.message)))
    expect(refusal).toContain('403')
    first.terminate()
    await until(() => slack.sockets() === 0)
    const { frames } = await connect(slack)
    expect(frames[0]).toMatchObject({ type: 'hello', num_connections: 1, connection_info: { app_id: slack.appId } })
  })

  it('allows ten sockets and tells the eleventh too_many_websockets', async () => {
    const { slack } = await startWorkspace()
    for (let i = 0; i < 10; i += 1) await connect(slack)
    expect(slack.sockets()).toBe(10)
    const eleventh = await connect(slack)
    expect(eleventh.frames).toMatchObject([{ type: 'disconnect', reason: 'too_many_websockets' }])
    expect(slack.sockets()).toBe(10)
  })

  it('can be told to answer tooManyWebsockets to everybody', async () => {
    const { slack } = await startWorkspace()
    slack.tooManyWebsockets(true)
    expect((await connect(slack)).frames[0]?.reason).toBe('too_many_websockets')
    slack.tooManyWebsockets(false)
    expect((await connect(slack)).frames[0]?.type).toBe('hello')
  })

  it('promises a short session when debug_reconnects is asked for', async () => {
    const { slack } = await startWorkspace()
    const { url = '' } = await webClient(slack, slack.appToken).apps.connections.open()
    const ws = new WebSocket(`${url}&debug_reconnects=true`)
    onTestFinished(() => ws.terminate())
    const hello = await new Promise<string>((resolve) => ws.on('message', (data) => resolve(String(data))))
    expect(JSON.parse(hello)).toMatchObject({ debug_info: { approximate_connection_time: 360 } })
  })

  it('answers pings, and sends its own', async () => {
    const { slack } = await startWorkspace()
    const { ws, pings } = await connect(slack)
    const pong = new Promise((resolve) => ws.once('pong', resolve))
    ws.ping('are you there')
    await pong
    expect(pings).toEqual(['Ping from applink-sim'])
  })
})

describe('delivering', () => {
  it('wraps a message as the Events API does, and is content with one ack', async () => {
    const clock = createClock()
    const { slack, emergency, ana } = await startWorkspace({ now: clock.now })
    const socket = await connect(slack)
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'push is down' })
    await until(() => socket.envelopes().length === 1)
    const [frame] = socket.envelopes()
    expect(frame).toMatchObject({
      type: 'events_api',
      retry_attempt: 0,
      retry_reason: '',
      accepts_response_payload: false,
      payload: {
        type: 'event_callback',
        team_id: slack.teamId,
        api_app_id: slack.appId,
        event: { type: 'message', channel: emergency, user: ana, text: 'push is down', ts, channel_type: 'channel' },
      },
    })
    expect(slack.unacked()).toBe(1)
    socket.ack(frame)
    await until(() => slack.unacked() === 0)
    expect(slack.deliveries).toMatchObject([{ outcome: 'acked', attempt: 0, eventType: 'message' }])
  })

  it('redelivers what nobody acks three times with the same event id, and then gives up', async () => {
    const { slack, emergency, ana } = await startWorkspace(soon)
    const socket = await connect(slack)
    slack.say({ channel: emergency, user: ana, text: 'x' })
    await until(() => slack.deliveries.length === 4 && slack.deliveries[3]?.outcome === 'timeout')
    expect(socket.envelopes().map((f) => [f.retry_attempt, f.retry_reason])).toEqual([
      [0, ''],
      [1, 'timeout'],
      [2, 'timeout'],
      [3, 'timeout'],
    ])
    expect(new Set(socket.envelopes().map((f) => f.payload.event_id)).size).toBe(1)
    expect(new Set(socket.envelopes().map((f) => f.envelope_id)).size).toBe(4)
    expect(slack.unacked()).toBe(1)
  })

  it('stops redelivering with the ack, and remembers one that comes too late', async () => {
    const { slack, emergency, ana } = await startWorkspace(soon)
    const socket = await connect(slack)
    slack.say({ channel: emergency, user: ana, text: 'x' })
    await until(() => socket.envelopes().length === 2)
    const [late, inTime] = socket.envelopes()
    socket.ack(late)
    socket.ack(inTime)
    await until(() => slack.unacked() === 0)
    expect(slack.deliveries.map((d) => d.outcome)).toEqual(['timeout', 'acked'])
    expect(slack.deliveries[0]?.lateAckAt).toBeTypeOf('number')
  })

  it('tries again elsewhere when the socket dies before the ack', async () => {
    const { slack, emergency, ana } = await startWorkspace()
    const deadly = await connect(slack)
    deadly.ws.on('message', () => deadly.ws.terminate())
    slack.say({ channel: emergency, user: ana, text: 'x' })
    await until(() => slack.sockets() === 0)
    const other = await connect(slack, { autoAck: true })
    slack.say({ channel: emergency, user: ana, text: 'y' })
    await until(() => other.envelopes().length > 0)
    expect(slack.deliveries[0]).toMatchObject({ outcome: 'connection_failed' })
  })

  it('takes an ack only from the socket that got the payload', async () => {
    const { slack, emergency, ana } = await startWorkspace()
    const sockets = [await connect(slack), await connect(slack)]
    slack.say({ channel: emergency, user: ana, text: 'x' })
    await until(() => sockets.some((s) => s.envelopes().length === 1))
    const right = sockets.find((s) => s.envelopes().length === 1)
    const wrong = sockets.find((s) => s !== right)
    const frame = right?.envelopes()[0]
    wrong?.ack(frame)
    const read = new Promise((resolve) => wrong?.ws.once('pong', resolve))
    wrong?.ws.ping()
    await read
    expect(slack.unacked()).toBe(1)
    right?.ack(frame)
    await until(() => slack.unacked() === 0)
  })

  it('hands each payload to any one of several sockets', async () => {
    const { slack, emergency, ana } = await startWorkspace()
    const sockets = [await connect(slack, { autoAck: true }), await connect(slack, { autoAck: true })]
    for (let i = 0; i < 10; i += 1) slack.say({ channel: emergency, user: ana, text: `${i}` })
    await until(() => slack.unacked() === 0)
    expect(sockets.map((s) => s.envelopes().length)).toEqual([5, 5])
  })

  it('sends one message as several events with ids of their own, or as none', async () => {
    const { slack, emergency, ana } = await startWorkspace()
    const socket = await connect(slack, { autoAck: true })
    slack.say({ channel: emergency, user: ana, text: 'x', deliveries: 3 })
    slack.say({ channel: emergency, user: ana, text: 'silent', deliver: false })
    slack.emit({ type: 'tokens_revoked' }, { eventId: 'Ev1', times: 2 })
    await until(() => socket.envelopes().length === 5 && slack.unacked() === 0)
    const ids = socket.envelopes().map((f) => f.payload.event_id)
    expect(new Set(ids.slice(0, 3)).size).toBe(3)
    expect(ids.slice(3)).toEqual(['Ev1', 'Ev1'])
    expect(slack.messages(emergency)).toHaveLength(2)
  })

  it('tells the app only what it subscribed to, in channels that it is in', async () => {
    const { slack, emergency, ana } = await startWorkspace({ subscriptions: ['message.channels'] })
    const outside = slack.addChannel({ name: 'outside', member: false }).id
    const room = slack.addChannel({ name: 'room', kind: 'private' }).id
    const socket = await connect(slack, { autoAck: true })
    slack.say({ channel: outside, user: ana, text: 'not heard' })
    slack.say({ channel: room, user: ana, text: 'not subscribed' })
    slack.openHome(ana)
    const { ts } = slack.say({ channel: emergency, user: ana, text: 'heard' })
    slack.react({ channel: emergency, ts, user: ana, name: 'eyes' })
    slack.say({ channel: emergency, user: ana, text: 'heard too' })
    await until(() => socket.envelopes().length === 2 && slack.unacked() === 0)
    expect(socket.envelopes().map((f) => f.payload.event?.['text'])).toEqual(['heard', 'heard too'])
  })

  it('sends any envelope as it is, and app_rate_limited without an inner event (appRateLimited)', async () => {
    const { slack } = await startWorkspace()
    const socket = await connect(slack)
    slack.emitRaw({ type: 'strange', payload: { any: 'thing' } })
    slack.appRateLimited()
    slack.appRateLimited({ wrapped: true })
    await until(() => socket.envelopes().length === 3)
    const [strange, bare, wrapped] = socket.envelopes()
    expect(strange).toMatchObject({ type: 'strange', payload: { any: 'thing' } })
    expect(bare).toMatchObject({ type: 'events_api', payload: { type: 'app_rate_limited' } })
    expect(bare?.payload).not.toHaveProperty('event')
    expect(wrapped?.payload.event).toMatchObject({ type: 'app_rate_limited' })
  })
})

describe('disasters', () => {
  it('refreshSockets: asks to leave, sends nothing more there, and still takes acks', async () => {
    const { slack, emergency, ana } = await startWorkspace()
    const old = await connect(slack)
    slack.say({ channel: emergency, user: ana, text: 'before' })
    await until(() => old.envelopes().length === 1)
    slack.refreshSockets()
    await until(() => old.frames.at(-1)?.type === 'disconnect')
    expect(old.frames.at(-1)?.reason).toBe('refresh_requested')
    expect(slack.sockets()).toBe(0)
    const fresh = await connect(slack, { autoAck: true })
    slack.say({ channel: emergency, user: ana, text: 'after' })
    old.ack(old.envelopes()[0])
    await until(() => slack.unacked() === 0)
    expect(fresh.envelopes()).toHaveLength(1)
    const closed = new Promise((resolve) => old.ws.once('close', resolve))
    old.ws.close()
    await closed
  })

  it('refreshSockets with leaveTcpOpen: never completes the close handshake', async () => {
    const { slack } = await startWorkspace()
    const { ws, frames } = await connect(slack)
    slack.refreshSockets({ leaveTcpOpen: true })
    await until(() => frames.length === 2)
    let closed = false
    ws.on('close', () => {
      closed = true
    })
    ws.close()
    const other = await connect(slack)
    const pong = new Promise((resolve) => other.ws.once('pong', resolve))
    other.ws.ping()
    await pong
    expect(closed).toBe(false)
    expect(ws.readyState).toBe(WebSocket.CLOSING)
  })

  it('refreshSockets with a warning: goes on delivering for the moment', async () => {
    const { slack, emergency, ana } = await startWorkspace()
    const socket = await connect(slack, { autoAck: true })
    slack.refreshSockets({ reason: 'warning' })
    slack.say({ channel: emergency, user: ana, text: 'x' })
    await until(() => socket.envelopes().length === 1)
    expect(socket.frames[1]).toMatchObject({ type: 'disconnect', reason: 'warning' })
    expect(slack.sockets()).toBe(1)
  })

  it('dropSockets: cuts everybody off without a word', async () => {
    const { slack } = await startWorkspace()
    const { ws, frames } = await connect(slack)
    const code = new Promise((resolve) => ws.once('close', resolve))
    slack.dropSockets()
    expect(await code).toBe(1006)
    expect(frames.map((f) => f.type)).toEqual(['hello'])
  })

  it('deafen: the socket looks healthy, nothing comes, and the history has it all', async () => {
    const { slack, client, emergency, ana } = await startWorkspace(soon)
    const socket = await connect(slack, { autoAck: true })
    slack.deafen(true)
    slack.say({ channel: emergency, user: ana, text: 'unheard' })
    expect(await slack.slash({ user: ana, channel: emergency, command: '/x' })).toMatchObject({
      acked: false,
      error: 'operation_timeout',
    })
    const pong = new Promise((resolve) => socket.ws.once('pong', resolve))
    socket.ws.ping()
    await pong
    expect(socket.envelopes()).toEqual([])
    slack.deafen(false)
    slack.say({ channel: emergency, user: ana, text: 'heard' })
    await until(() => socket.envelopes().length === 1)
    const { messages } = await client.conversations.history({ channel: emergency })
    expect(messages?.map((m) => m.text)).toEqual(['heard', 'unheard'])
  })

  it('deafen without pongs: a half-open connection', async () => {
    const { slack } = await startWorkspace()
    const socket = await connect(slack)
    slack.deafen(true, { pongs: false })
    const pongs: string[] = []
    socket.ws.on('pong', (data) => pongs.push(String(data)))
    let ignored = false
    slack.on((e) => {
      ignored ||= e['state'] === 'ping_unanswered'
    })
    socket.ws.ping('are you there')
    await until(() => ignored)
    slack.deafen(false)
    socket.ws.ping('and now')
    await until(() => pongs.length > 0)
    expect(pongs).toEqual(['and now'])
  })

  it('outage: neither API nor sockets, and events come back on the schedule of redelivery', async () => {
    const { slack, client, emergency, ana } = await startWorkspace({ retryDelaysMs: [0, 300, 300] })
    const before = await connect(slack)
    slack.outage(true)
    await until(() => before.ws.readyState === WebSocket.CLOSED)
    await expect(client.auth.test()).rejects.toThrow()
    slack.say({ channel: emergency, user: ana, text: 'in the dark' })
    await until(() => slack.deliveries.length === 2)
    expect(slack.deliveries.map((d) => d.outcome)).toEqual(['connection_failed', 'connection_failed'])
    slack.outage(false)
    const after = await connect(slack, { autoAck: true })
    await until(() => after.envelopes().length === 1)
    expect(after.envelopes()[0]).toMatchObject({ retry_reason: 'connection_failed' })
  })

  it('disableLink: link_disabled for all, and no new address until it is on again', async () => {
    const { slack } = await startWorkspace()
    const socket = await connect(slack)
    slack.disableLink()
    await until(() => socket.frames.at(-1)?.reason === 'link_disabled')
    expect(await errorOf(webClient(slack, slack.appToken).apps.connections.open())).not.toBe('ok')
    slack.enableLink()
    expect((await connect(slack)).frames[0]?.type).toBe('hello')
  })

  it('revokeTokens: no new connection', async () => {
    const { slack } = await startWorkspace()
    slack.revokeTokens()
    expect(await errorOf(webClient(slack, slack.appToken).apps.connections.open())).toBe('invalid_auth')
  })
})

describe("Slack's own client", () => {
  it('connects, hears, acks and comes back after a refresh', async () => {
    const slack = await createSlackSimulator()
    onTestFinished(async () => await slack.close())
    const ana = slack.addPerson({ name: 'ana' }).id
    const room = slack.addChannel({ name: 'room' }).id
    const client = new SocketModeClient({
      appToken: slack.appToken,
      clientPingTimeout: 100,
      logger: silent,
      clientOptions: { slackApiUrl: slack.apiUrl },
    })
    onTestFinished(async () => await client.disconnect())
    const heard: string[] = []
    client.on('message', ({ ack, event }: { ack: () => Promise<void>; event: { text: string } }) => {
      heard.push(event.text)
      ack().catch(() => undefined)
    })
    await client.start()
    slack.say({ channel: room, user: ana, text: 'one' })
    await until(() => heard.length === 1)
    slack.refreshSockets()
    await until(() => slack.sockets() === 1)
    slack.say({ channel: room, user: ana, text: 'two' })
    await until(() => heard.length === 2)
    expect(heard).toEqual(['one', 'two'])
    await until(() => slack.unacked() === 0)
  })
})
