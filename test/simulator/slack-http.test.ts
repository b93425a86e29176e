import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { App, HTTPReceiver, LogLevel } from '@slack/bolt'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createSlackSimulator,
  type SlackSimulator,
  type SlackSimulatorOptions,
} from '../../src/simulator/slack/simulator.js'
import { modal, silent, until } from './slack-kit.js'

interface Request {
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An app of a few lines, which records what comes and answers as told. */
async function startEndpoint(
  answer: (request: Request, res: ServerResponse) => void,
  options: SlackSimulatorOptions = {},
): Promise<{ slack: SlackSimulator; requests: Request[]; room: string; ana: string }> {
  const requests: Request[] = []
  const server = createServer((req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const request = { headers: req.headers, body: Buffer.concat(chunks).toString() }
      requests.push(request)
      answer(request, res)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const slack = await createSlackSimulator({
    ...options,
    delivery: { eventsUrl: `http://127.0.0.1:${port}/slack/events` },
  })
  onTestFinished(async () => {
    await slack.close()
    server.closeAllConnections()
    server.close()
  })
  return {
    slack,
    requests,
    room: slack.addChannel({ name: 'room' }).id,
    ana: slack.addPerson({ name: 'ana' }).id,
  }
}

describe('HTTP delivery', () => {
  it('redelivers with the number and the reason, and the same event id', async () => {
    const { slack, requests, room, ana } = await startEndpoint((_, res) => res.writeHead(500).end(), {
      retryDelaysMs: [0, 1, 1],
    })
    slack.say({ channel: room, user: ana, text: 'x' })
    await until(() => slack.deliveries.length === 4 && slack.deliveries[3]?.outcome === 'http_error')
    expect(requests.map((r) => [r.headers['x-slack-retry-num'], r.headers['x-slack-retry-reason']])).toEqual([
      [undefined, undefined],
      ['1', 'http_error'],
      ['2', 'http_error'],
      ['3', 'http_error'],
    ])
    const ids = requests.map((r) => (JSON.parse(r.body) as { event_id: string }).event_id)
    expect(new Set(ids).size).toBe(1)
  })

  it('stops when the app says x-slack-no-retry', async () => {
    const { slack, requests, room, ana } = await startEndpoint(
      (_, res) => res.writeHead(500, { 'x-slack-no-retry': '1' }).end(),
      { retryDelaysMs: [0, 1, 1] },
    )
    slack.say({ channel: room, user: ana, text: 'x' })
    await until(() => slack.deliveries[0]?.outcome === 'http_error')
    slack.say({ channel: room, user: ana, text: 'y' })
    await until(() => slack.deliveries[1]?.outcome === 'http_error')
    expect(requests).toHaveLength(2)
  })

  it('calls a slow answer http_timeout', async () => {
    const { slack, requests, room, ana } = await startEndpoint(() => undefined, {
      retryDelaysMs: [0],
      ackTimeoutMs: 30,
    })
    slack.say({ channel: room, user: ana, text: 'x' })
    await until(() => requests.length === 2)
    expect(requests[1]?.headers['x-slack-retry-reason']).toBe('http_timeout')
  })

  it('delivers nothing during an outage of Slack itself', async () => {
    const { slack, requests, room, ana } = await startEndpoint((_, res) => res.writeHead(200).end(), {
      retryDelaysMs: [],
    })
    slack.outage(true)
    slack.say({ channel: room, user: ana, text: 'x' })
    await until(() => slack.deliveries[0]?.outcome === 'connection_failed')
    slack.outage(false)
    slack.say({ channel: room, user: ana, text: 'y' })
    await until(() => slack.deliveries[1]?.outcome === 'acked')
    expect(requests).toHaveLength(1)
  })

  it('proves itself to a real Bolt app: verification, events, commands, views', async () => {
    let port = 0
    const slack = await createSlackSimulator({ delivery: { eventsUrl: () => `http://127.0.0.1:${port}/slack/events` } })
    onTestFinished(async () => await slack.close())
    const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logger: silent, logLevel: LogLevel.ERROR })
    const app = new App({
      token: slack.botToken,
      receiver,
      deferInitialization: true,
      convoStore: false,
      logger: silent,
      clientOptions: { slackApiUrl: slack.apiUrl, timeout: 5000 },
    })
    const heard: unknown[] = []
    app.message(async ({ message }) => {
      heard.push(message)
    })
    app.command('/form', async ({ ack, client, command }) => {
      await ack({ response_type: 'ephemeral', text: 'coming' })
      await client.views.open({ trigger_id: command.trigger_id, view: modal() })
    })
    app.view('sim.modal', async ({ ack }) => await ack({ response_action: 'errors', errors: { reason: 'No' } }))
    await app.init()
    const server = await receiver.start(0)
    onTestFinished(async () => {
      server.closeAllConnections()
      await receiver.stop()
    })
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0

    expect(await slack.verifyUrl()).toMatchObject({ status: 200, ok: true })
    const room = slack.addChannel({ name: 'room' }).id
    const ana = slack.addPerson({ name: 'ana' }).id
    slack.say({ channel: room, user: ana, text: 'x' })
    await until(() => heard.length === 1 && slack.unacked() === 0)
    expect(await slack.slash({ user: ana, channel: room, command: '/form' })).toMatchObject({ acked: true })
    expect(slack.ephemerals(ana)).toMatchObject([{ text: 'coming', via: 'ack' }])
    await until(() => slack.views(ana).length === 1)
    const viewId = slack.views(ana)[0]?.id ?? ''
    await slack.submit({ user: ana, viewId, values: { reason: { text: 'because' } } })
    expect(slack.views(ana)[0]?.errors).toEqual({ reason: 'No' })
  })

  it('is refused by Bolt when the secret is another one', async () => {
    let port = 0
    const slack = await createSlackSimulator({
      delivery: { eventsUrl: () => `http://127.0.0.1:${port}/slack/events` },
      retryDelaysMs: [],
    })
    onTestFinished(async () => await slack.close())
    const receiver = new HTTPReceiver({ signingSecret: 'another secret', logger: silent })
    const app = new App({
      token: slack.botToken,
      receiver,
      deferInitialization: true,
      convoStore: false,
      logger: silent,
    })
    expect(app).toBeDefined()
    const server = await receiver.start(0)
    onTestFinished(async () => {
      server.closeAllConnections()
      await receiver.stop()
    })
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await slack.verifyUrl()).toMatchObject({ status: 401, ok: false })
  })
})
