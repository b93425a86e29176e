import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { pageHtml, pagePolicy } from '../web/page.js'
import { partsFor } from '../web/workspace.js'
import type { Night } from './acts.js'
import { DEEDS, Refused, role } from './deeds.js'

/** What a person at another terminal can do with a night that stays up. Loopback only. */
export interface Control {
  readonly origin: string
  /** Lines that say how. */
  readonly help: readonly string[]
  close(): Promise<void>
}

const LIMIT = 64 * 1024

/** Port 0: any free one. */
export async function openControl(night: Night, port: number): Promise<Control> {
  const server = createServer((req, res) => {
    answer(night, req, res).catch((error: unknown) => {
      const words = error instanceof Error ? error.message : String(error)
      reply(res, 400, { error: error instanceof z.ZodError ? z.prettifyError(error) : words })
    })
  })
  await listen(server, port)
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : port}`
  return {
    origin,
    help: helpOf(origin),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function helpOf(origin: string): readonly string[] {
  const post = (path: string, body: object) => `  curl -s ${origin}${path} -d '${JSON.stringify(body)}'`
  return [
    '',
    'From another terminal:',
    post('/say', { user: 'sam', text: 'The site is down' }),
    `  curl -s ${origin}/thread`,
    post('/press', { user: 'alex', action: 'incident.ack' }),
    post('/type', { user: 'alex', text: '/purge-push count' }),
    post('/pagerduty', { outage: true }),
    `People: sam, dana, alex and kim (on call), robin (a guest). /thread shows what can be pressed.`,
  ]
}

async function answer(night: Night, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (!isLocal(req)) return reply(res, 403, { error: 'This answers to this machine only, and to no other web page.' })
  const url = new URL(req.url ?? '/', 'http://127.0.0.1')
  switch (`${req.method} ${url.pathname}`) {
    case 'GET /':
      if (req.headers.accept?.includes('text/html') === true) return page(res, night)
      return text(res, helpOf(`http://${req.headers.host ?? ''}`).join('\n'))
    case 'GET /parts':
      return reply(res, 200, partsFor(night, role.parse(url.searchParams.get('as') ?? 'alex')))
    case 'GET /thread':
      return reply(res, 200, threadOf(night, url.searchParams.get('ts') ?? undefined))
  }
  const deed = req.method === 'POST' ? DEEDS[url.pathname] : undefined
  if (deed !== undefined) return reply(res, 200, await deed(night, await json(req)))
  reply(res, 404, {
    error: `GET /thread, ${Object.keys(DEEDS)
      .map((path) => `POST ${path}`)
      .join(', ')}`,
  })
}

/** why: any web page may send requests to 127.0.0.1, or to a name of its own that leads here. */
function isLocal(req: IncomingMessage): boolean {
  const host = req.headers.host ?? ''
  const named = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
  return named && (req.headers.origin === undefined || req.headers.origin === `http://${host}`)
}

/** The thread of this message, or of the newest that a person wrote. */
function threadOf(night: Night, ts: string | undefined): readonly object[] {
  const { slack, channel, reading } = night
  const newest = slack.messages(channel).findLast((one) => one.threadTs === undefined && one.botId === undefined)
  const root = ts ?? newest?.ts
  if (root === undefined) return []
  return slack.thread(channel, root).map((message) => ({
    ts: message.ts,
    from: reading.who(message),
    text: reading.plain(message.text),
    buttons: reading.pressables(message),
  }))
}

async function json(req: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > LIMIT) throw new Refused('That is too long.')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refused('The body is not JSON; nothing was done.')
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

function reply(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  res.end(`${JSON.stringify(body, null, 2)}\n`)
}

function page(res: ServerResponse, { people }: Night): void {
  const nonce = randomBytes(16).toString('base64url')
  res.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy(nonce) })
  res.end(
    pageHtml(
      nonce,
      Object.entries(people).map(([who, { name }]) => [who, name]),
    ),
  )
}

function text(res: ServerResponse, body: string): void {
  res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
  res.end(`${body}\n`)
}
