import { LogLevel, WebClient } from '@slack/web-api'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import {
  createSlackSimulator,
  type SlackSimulator,
  type SlackSimulatorOptions,
} from '../../src/simulator/slack/simulator.js'

/** A movable clock: milliseconds. */
export interface Clock {
  now(): number
  forward(ms: number): void
}

export function createClock(start = Date.UTC(2021, 6, 8, 14, 0, 0)): Clock {
  let at = start
  return {
    now: () => at,
    forward(ms) {
      at += ms
    },
  }
}

export interface Workspace {
  readonly slack: SlackSimulator
  readonly emergency: string
  readonly ana: string
  readonly client: WebClient
}

/** A workspace with `#emergency` and Ana in it, gone when the test is over. */
export async function startWorkspace(options: SlackSimulatorOptions = {}): Promise<Workspace> {
  const slack = await createSlackSimulator(options)
  onTestFinished(async () => await slack.close())
  const ana = slack.addPerson({ name: 'ana', realName: 'Ana Lima', email: 'ana@example.org' }).id
  const emergency = slack.addChannel({ name: 'emergency' }).id
  return { slack, emergency, ana, client: webClient(slack) }
}

/** Slack's own client, impatient and without second tries. */
export const webClient = (slack: SlackSimulator, token = slack.botToken, timeout = 5000): WebClient =>
  new WebClient(token, {
    slackApiUrl: slack.apiUrl,
    timeout,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
    logger: silent,
  })

const nothing = (): void => undefined

/** Slack's libraries log every fault that these tests provoke. */
export const silent = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => LogLevel.ERROR,
  setName: nothing,
}

/** Waits, as long as the test may run, until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** The `error` field that Slack answers, or 'ok'. */
export async function errorOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'ok'
  } catch (error) {
    const data: unknown = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined
    if (typeof data === 'object' && data !== null && 'error' in data) return String(data.error)
    throw error
  }
}

export const button = (actionId: string, value?: string) => ({
  type: 'button' as const,
  action_id: actionId,
  text: { type: 'plain_text' as const, text: actionId },
  ...(value === undefined ? {} : { value }),
})

export const section = (text: string) => ({
  type: 'section' as const,
  text: { type: 'mrkdwn' as const, text },
})

export const modal = (over: Record<string, unknown> = {}) => ({
  type: 'modal' as const,
  callback_id: 'sim.modal',
  title: { type: 'plain_text' as const, text: 'A form' },
  submit: { type: 'plain_text' as const, text: 'Send' },
  blocks: [
    {
      type: 'input' as const,
      block_id: 'reason',
      label: { type: 'plain_text' as const, text: 'Why?' },
      element: { type: 'plain_text_input' as const, action_id: 'text', min_length: 3 },
    },
  ],
  ...over,
})

export interface Frame {
  readonly type: string
  readonly envelope_id?: string
  readonly reason?: string
  readonly retry_attempt?: number
  readonly retry_reason?: string
  readonly num_connections?: number
  readonly accepts_response_payload?: boolean
  readonly payload: Record<string, unknown> & { readonly event?: Record<string, unknown>; readonly event_id?: string }
}

export interface RawSocket {
  readonly frames: Frame[]
  readonly ws: WebSocket
  /** Pings that Slack sent. */
  readonly pings: string[]
  /** Frames that carry something to ack. */
  envelopes(): readonly Frame[]
  ack(frame: Frame | undefined, payload?: unknown): void
}

/** A bare Socket Mode connection that does nothing by itself. */
export async function connect(slack: SlackSimulator, o: { readonly autoAck?: boolean } = {}): Promise<RawSocket> {
  const { url = '' } = await webClient(slack, slack.appToken).apps.connections.open()
  const ws = new WebSocket(url)
  onTestFinished(() => ws.terminate())
  const frames: Frame[] = []
  const ack = (frame: Frame | undefined, payload?: unknown): void =>
    ws.send(JSON.stringify({ envelope_id: frame?.envelope_id, payload }))
  ws.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Frame
    frames.push(frame)
    if (o.autoAck === true && frame.envelope_id !== undefined) ack(frame)
  })
  const pings: string[] = []
  ws.on('ping', (data) => pings.push(String(data)))
  ws.on('error', () => undefined)
  await until(() => frames.length > 0 || ws.readyState >= WebSocket.CLOSING)
  return { frames, ws, pings, ack, envelopes: () => frames.filter((f) => f.envelope_id !== undefined) }
}
