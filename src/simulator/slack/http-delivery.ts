import { createHmac } from 'node:crypto'
import type { Envelope, Hooks, Outcome, Transport } from './courier.js'

interface Deps {
  readonly eventsUrl: string | (() => string)
  readonly signingSecret: string
  readonly now: () => number
  readonly ackTimeoutMs: number
}

/** Headers that prove a request to come from Slack: HMAC-SHA256 over `v0:timestamp:body`. */
export function signedHeaders(secret: string, body: string, nowMs: number): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` }
}

function encode(e: Envelope): { body: string; type: string } {
  const form = 'application/x-www-form-urlencoded'
  if (e.type === 'interactive')
    return { body: new URLSearchParams({ payload: JSON.stringify(e.payload) }).toString(), type: form }
  if (e.type === 'slash_commands') {
    const pairs = Object.entries(e.payload).map(([key, value]): [string, string] => [key, String(value)])
    return { body: new URLSearchParams(pairs).toString(), type: form }
  }
  const inner = e.raw?.['payload'] ?? e.payload
  return { body: JSON.stringify(inner), type: 'application/json' }
}

function readAnswer(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // A plain text answer to a command is the message itself.
    return { text }
  }
}

const REASONS: Readonly<Record<string, string>> = { timeout: 'http_timeout', http_error: 'http_error' }

export function createHttpTransport(deps: Deps): Transport & {
  verify(challenge: string): Promise<{ status: number; body: string; ok: boolean }>
} {
  const post = async (body: string, type: string, more: Record<string, string>): Promise<Response> =>
    await fetch(typeof deps.eventsUrl === 'string' ? deps.eventsUrl : deps.eventsUrl(), {
      method: 'POST',
      body,
      headers: { 'content-type': type, ...signedHeaders(deps.signingSecret, body, deps.now()), ...more },
      signal: AbortSignal.timeout(deps.ackTimeoutMs),
    })

  const deliver = async (
    e: Envelope,
    retry: { readonly num: number; readonly reason: string },
    hooks: Hooks,
  ): Promise<Outcome> => {
    const { body, type } = encode(e)
    const again: Record<string, string> =
      retry.num === 0
        ? {}
        : {
            'x-slack-retry-num': String(retry.num),
            'x-slack-retry-reason': REASONS[retry.reason] ?? retry.reason,
          }
    hooks.sent(0)
    try {
      const answer = await post(body, type, again)
      const response = readAnswer(await answer.text())
      if (answer.status === 200) return { kind: 'acked', ...(response === undefined ? {} : { response }) }
      return { kind: 'http_error', final: answer.headers.get('x-slack-no-retry') === '1' }
    } catch (error) {
      const late = error instanceof Error && error.name === 'TimeoutError'
      return { kind: late ? 'timeout' : 'connection_failed' }
    }
  }

  return {
    deliver,
    verify: async (challenge) => {
      const body = JSON.stringify({ token: 'sim-verification', challenge, type: 'url_verification' })
      const answer = await post(body, 'application/json', {})
      const text = await answer.text()
      return { status: answer.status, body: text, ok: answer.status === 200 && text.includes(challenge) }
    },
  }
}
