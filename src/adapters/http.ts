/** The HTTP side: health, metrics, webhooks, other ways in and, in HTTP mode, Slack's requests. Nothing else answers. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { MaydayError } from '../errors.js'
import type { Log } from '../ports.js'

export interface HttpDeps {
  readonly log: Log
  /** Why Mayday is not ready; empty: ready. */
  readonly health: () => Promise<readonly string[]>
  readonly metrics: () => Promise<{ readonly text: string; readonly contentType: string }>
  /** Takes the raw body and the signature header; false: the signature is wrong. Undefined: webhooks are off. */
  readonly webhook?: (raw: Buffer, signature: string | undefined) => Promise<boolean>
  /** Other ways in, by path. */
  readonly intake?: ReadonlyMap<string, Post>
  /** HTTP-mode Slack. */
  readonly slack?: (req: IncomingMessage, res: ServerResponse) => Promise<void>
}

/** Takes a request with its raw body. */
export type Post = (raw: Buffer, headers: IncomingHttpHeaders) => Promise<PostAnswer>

export interface PostAnswer {
  readonly status: 202 | 400 | 401 | 503
  readonly text: string
}

export interface HttpSide {
  readonly port: number
  close(): Promise<void>
}

/** Webhooks are a few KB, a large group of alerts some hundred; anything larger is none. */
const WEBHOOK_LIMIT = 1_000_000

/** Listens on `port` (0: any). Throws `CONFIG_INVALID` when the port is taken. */
export async function serveHttp(port: number, deps: HttpDeps): Promise<HttpSide> {
  const server = createServer((req, res) => {
    route(deps, req, res).catch((error: unknown) => {
      deps.log.error('an HTTP request failed', { path: pathOf(req), error })
      if (res.headersSent) res.end()
      else answer(res, 500, 'internal error')
    })
  })
  server.requestTimeout = 10_000
  await listen(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const what =
        cause.code === 'EADDRINUSE'
          ? `Port ${port} is taken by another process.`
          : `Port ${port} cannot be opened (${cause.code ?? 'unknown'}).`
      reject(
        new MaydayError('CONFIG_INVALID', { what, hint: 'Set PORT to a free port, or stop the other process.', cause }),
      )
    })
    server.listen(port, resolve)
  })
}

async function route(deps: HttpDeps, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const call = `${req.method} ${pathOf(req)}`
  if (call === 'GET /healthz') return answer(res, 200, 'ok')
  if (call === 'GET /readyz') {
    const reasons = await deps.health()
    return answer(res, reasons.length === 0 ? 200 : 503, reasons.length === 0 ? 'ready' : reasons.join('\n'))
  }
  if (call === 'GET /metrics') {
    const { text, contentType } = await deps.metrics()
    return answer(res, 200, text, contentType)
  }
  if (call === 'POST /webhooks/pagerduty' && deps.webhook !== undefined) return webhook(deps.webhook, req, res)
  const post = req.method === 'POST' ? deps.intake?.get(pathOf(req)) : undefined
  if (post !== undefined) return takePost(post, req, res)
  if (call === 'POST /slack/events' && deps.slack !== undefined) return deps.slack(req, res)
  return answer(res, 404, 'not found')
}

// why: PagerDuty wants an answer within 5 s and drops webhooks for ever after other 4xx, so the work comes afterwards.
async function webhook(
  take: NonNullable<HttpDeps['webhook']>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const raw = await body(req, WEBHOOK_LIMIT)
  if (raw === undefined) return answer(res, 413, 'too large')
  const signature = req.headers['x-pagerduty-signature']
  const known = await take(raw, Array.isArray(signature) ? signature.join(',') : signature)
  return known ? answer(res, 202, 'accepted') : answer(res, 401, 'wrong signature')
}

async function takePost(post: Post, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const raw = await body(req, WEBHOOK_LIMIT)
  if (raw === undefined) return answer(res, 413, 'too large')
  const { status, text } = await post(raw, req.headers)
  // why: Honeycomb sends again after 503 only where this header stands (its docs, "Send Alerts to Webhooks").
  if (status === 503) res.setHeader('retry-after', '10')
  answer(res, status, text)
}

async function body(req: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function pathOf(req: IncomingMessage): string {
  return (req.url ?? '/').split('?')[0] ?? '/'
}

function answer(res: ServerResponse, status: number, text: string, contentType = 'text/plain; charset=utf-8'): void {
  res.writeHead(status, { 'content-type': contentType })
  res.end(`${text}\n`)
}
