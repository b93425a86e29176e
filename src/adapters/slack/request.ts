/** HTTP mode: what Slack posts to `/slack/events`, verified, and handed to the same path as what comes over a socket. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe } from '../../errors.js'
import type { Clock, Log } from '../../ports.js'
import { isRec, type Rec } from './api.js'
import type { Ack, Delivery } from './connection.js'

// why: Slack's own window; older or newer than this is a replay or a wrong clock.
const WINDOW_S = 300
// Slack's largest payload is a message with its 100 attachments and blocks; Bolt stops at 4 MB as well.
const MAX_BYTES = 4 * 1024 * 1024
const MAX_SIGNATURES = 20_000

export interface RequestDeps {
  readonly signingSecret: string
  readonly clock: Clock
  readonly log: Log
  /** Never rejects. */
  readonly deliver: (delivery: Delivery) => Promise<void>
  /** False while stopping: Slack keeps what it is not allowed to hand over, and tries again. */
  readonly open: () => boolean
}

/** Handles one request, answer included. Never rejects. */
export function createRequestHandler(deps: RequestDeps): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const used = new Map<string, number>()
  return async (req, res) => {
    try {
      await handle(deps, used, req, res)
    } catch (error) {
      deps.log.warn('A request to /slack/events broke off', { because: describe(error) })
      answer(res, 400)
    }
  }
}

async function handle(
  deps: RequestDeps,
  used: Map<string, number>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (req.method !== 'POST') return answer(res, 405)
  if (!deps.open()) return answer(res, 503)
  if (Number(req.headers['content-length'] ?? 0) > MAX_BYTES) return answer(res, 413)
  const raw = await readBody(req)
  if (raw === undefined) return answer(res, 413)
  const refusal = verify(deps, used, req, raw)
  if (refusal !== undefined) {
    deps.log.warn('A request to /slack/events was refused', { because: refusal })
    return answer(res, 401)
  }
  const body = parseBody(raw, String(req.headers['content-type'] ?? ''))
  if (body === undefined) return answer(res, 400)
  if (body['type'] === 'url_verification') return answer(res, 200, { challenge: String(body['challenge'] ?? '') })
  // why: Slack checks the certificate of a command's address now and then.
  if (body['ssl_check'] !== undefined) return answer(res, 200)
  await deps.deliver({ body, ack: ackBy(res, deps.log), ...retryOf(req) })
  // Nobody took it: an error makes Slack deliver an event again, and show a person that a command failed.
  answer(res, 503)
}

/** The raw bytes, which the signature covers. Undefined: too many. */
async function readBody(req: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MAX_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Why the request is not Slack's, or not fresh; undefined when it is both. */
function verify(deps: RequestDeps, used: Map<string, number>, req: IncomingMessage, raw: Buffer): string | undefined {
  const stamp = String(req.headers['x-slack-request-timestamp'] ?? '')
  const signature = String(req.headers['x-slack-signature'] ?? '')
  const now = Math.floor(deps.clock.now() / 1000)
  if (!/^\d{1,12}$/.test(stamp)) return 'no timestamp'
  if (now - Number(stamp) > WINDOW_S) return 'too old'
  // why: Slack's kit accepts any time in the future, which would make a signature good for ever.
  if (Number(stamp) - now > WINDOW_S) return 'from the future'
  const wanted = `v0=${createHmac('sha256', deps.signingSecret).update(`v0:${stamp}:`).update(raw).digest('hex')}`
  if (signature.length !== wanted.length) return 'bad signature'
  if (!timingSafeEqual(Buffer.from(signature), Buffer.from(wanted))) return 'bad signature'
  // why: Slack signs each of its own retries anew, so a signature seen twice is somebody else's copy.
  if (used.has(signature)) return 'replayed'
  remember(used, signature, Number(stamp), now)
  return undefined
}

function remember(used: Map<string, number>, signature: string, stamp: number, now: number): void {
  used.set(signature, stamp)
  if (used.size < MAX_SIGNATURES) return
  for (const [old, at] of used) {
    if (now - at <= WINDOW_S) return
    used.delete(old)
  }
}

/** Events are JSON; clicks are a form with one JSON field; commands are a form. */
function parseBody(raw: Buffer, contentType: string): Rec | undefined {
  const text = raw.toString('utf8')
  if (!contentType.includes('application/x-www-form-urlencoded')) return parseJson(text)
  const form = new URLSearchParams(text)
  const payload = form.get('payload')
  return payload === null ? Object.fromEntries(form) : parseJson(payload)
}

function parseJson(text: string): Rec | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRec(value) ? value : undefined
  } catch {
    return undefined
  }
}

function ackBy(res: ServerResponse, log: Log): Ack {
  return (response) => {
    if (res.headersSent) log.warn('A request of Slack was acked twice')
    else answer(res, 200, response)
    return Promise.resolve()
  }
}

/** Sends the answer unless one has gone out. */
function answer(res: ServerResponse, status: number, body?: unknown): void {
  if (res.headersSent || res.destroyed) return
  if (isRec(body)) {
    res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body))
  } else {
    res.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(typeof body === 'string' ? body : '')
  }
}

function retryOf(req: IncomingMessage): { readonly retryNum?: number; readonly retryReason?: string } {
  const num = Number(req.headers['x-slack-retry-num'])
  const reason = req.headers['x-slack-retry-reason']
  return {
    ...(Number.isInteger(num) && req.headers['x-slack-retry-num'] !== undefined ? { retryNum: num } : {}),
    ...(typeof reason === 'string' ? { retryReason: reason } : {}),
  }
}
