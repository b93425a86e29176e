import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { z } from 'zod'
import type { SimMessage } from '../slack/types.js'
import type { Night } from './acts.js'

/** What a person at another terminal can do with a night that stays up. Loopback only. */
export interface Control {
  readonly origin: string
  /** Lines that say how. */
  readonly help: readonly string[]
  close(): Promise<void>
}

const LIMIT = 64 * 1024
const WHISPER_MS = 250

const role = z.enum(['sam', 'alex', 'kim', 'dana', 'robin'], 'one of sam, alex, kim, dana, robin')
const saySchema = z.strictObject({
  user: role.default('sam'),
  text: z.string().min(1).max(4000),
  thread: z.string().optional(),
})
const pressSchema = z.strictObject({
  user: role.default('alex'),
  action: z.string().min(1),
  value: z.string().optional(),
  /** The message; default the newest one that shows it. */
  ts: z.string().optional(),
})
const pagerDutySchema = z.strictObject({ outage: z.boolean() })

/** Somebody asked for what is not there; the words are the answer. */
class Refused extends Error {
  override readonly name = 'Refused'
}

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
    post('/pagerduty', { outage: true }),
    `People: sam, dana, alex and kim (on call), robin (a guest). /thread shows what can be pressed.`,
  ]
}

async function answer(night: Night, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (!isLocal(req)) return reply(res, 403, { error: 'This answers to this machine only, and to no other web page.' })
  const url = new URL(req.url ?? '/', 'http://127.0.0.1')
  switch (`${req.method} ${url.pathname}`) {
    case 'GET /':
      return text(res, helpOf(`http://${req.headers.host ?? ''}`).join('\n'))
    case 'GET /thread':
      return reply(res, 200, threadOf(night, url.searchParams.get('ts') ?? undefined))
    case 'POST /say': {
      const said = saySchema.parse(await json(req))
      const user = night.people[said.user].id
      const { ts } = night.slack.say({
        channel: night.channel,
        user,
        text: said.text,
        ...(said.thread === undefined ? {} : { threadTs: said.thread }),
      })
      return reply(res, 200, { ts })
    }
    case 'POST /press':
      return reply(res, 200, await press(night, pressSchema.parse(await json(req))))
    case 'POST /pagerduty': {
      const { outage } = pagerDutySchema.parse(await json(req))
      night.pagerduty.outage(outage)
      return reply(res, 200, { outage })
    }
    default:
      return reply(res, 404, { error: 'GET /thread, POST /say, POST /press, POST /pagerduty' })
  }
}

/** why: any web page may send requests to 127.0.0.1, or to a name of its own that leads here. */
function isLocal(req: IncomingMessage): boolean {
  const host = req.headers.host ?? ''
  const named = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)
  return named && (req.headers.origin === undefined || req.headers.origin === `http://${host}`)
}

async function press(night: Night, wanted: z.output<typeof pressSchema>) {
  const shows = (message: SimMessage) =>
    night.reading
      .pressables(message)
      .some((one) => one.action === wanted.action && (wanted.value === undefined || one.value === wanted.value))
  const all = night.slack.messages(night.channel).filter((message) => !message.deleted)
  const message = all.findLast((one) => (wanted.ts === undefined ? shows(one) : one.ts === wanted.ts))
  if (message === undefined) throw new Refused(`No message in #emergency shows ${wanted.action}; see GET /thread.`)
  const user = night.people[wanted.user].id
  const before = night.slack.ephemerals(user).length
  const result = await night.slack.press({
    user,
    channel: night.channel,
    ts: message.ts,
    actionId: wanted.action,
    ...(wanted.value === undefined ? {} : { value: wanted.value, selected: wanted.value }),
  })
  // What only this person sees comes after the acknowledgement, if it comes.
  await night.idle(WHISPER_MS)
  const told = night.slack.ephemerals(user).slice(before)
  return { ts: message.ts, ...result, told: told.map((one) => night.reading.plain(one.text)) }
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

function text(res: ServerResponse, body: string): void {
  res.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
  res.end(`${body}\n`)
}
