import type { IncomingMessage, ServerResponse } from 'node:http'
import { createArgs, parsed, type RawArgs } from './api/args.js'
import { type ApiCall, type ApiMethod, needScope } from './api/method.js'
import { METHODS } from './api/methods.js'
import type { Limiter } from './api/tiers.js'
import { ApiError } from './error.js'
import { badReply, type Faults, type Reply } from './faults.js'
import type { SimCall } from './types.js'
import type { World } from './world.js'

const MAX_BODY = 16 * 1024 * 1024

export interface WebServer {
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void
  readonly calls: readonly SimCall[]
  close(): void
}

interface Deps {
  readonly world: World
  readonly faults: Faults
  readonly limiter: Limiter | undefined
}

interface Incoming {
  readonly method: string
  /** Id behind `/response/` or `/upload/`. */
  readonly id: string
  readonly raw: RawArgs
  readonly body: Buffer
  readonly token: SimCall['token']
}

async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new ApiError('request_too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

interface Form {
  readonly fields: RawArgs
  /** Content of a file part. */
  readonly file?: Buffer
}

async function readForm(body: Buffer, type: string): Promise<Form> {
  if (type.startsWith('application/json')) {
    const value = parsed(body.toString())
    return { fields: typeof value === 'object' && value !== null ? (value as RawArgs) : {} }
  }
  if (!type.startsWith('multipart/form-data'))
    return { fields: Object.fromEntries(new URLSearchParams(body.toString())) }
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  const fields: Record<string, string> = {}
  let file: Buffer | undefined
  for (const [key, value] of form.entries()) {
    if (typeof value === 'string') fields[key] = value
    else file = Buffer.from(await value.arrayBuffer())
  }
  return file === undefined ? { fields } : { fields, file }
}

function tokenOf(world: World, req: IncomingMessage, fields: RawArgs): SimCall['token'] {
  const token = /^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1] ?? fields['token']
  if (token === undefined || token === '') return 'none'
  if (token === world.workspace.botToken) return 'bot'
  return token === world.workspace.appToken ? 'app' : 'unknown'
}

async function receive(world: World, req: IncomingMessage): Promise<Incoming | undefined> {
  const url = new URL(req.url ?? '/', 'http://sim')
  const [, area, id] = /^\/(api|response|upload)\/([^/]+)$/.exec(url.pathname) ?? []
  if (area === undefined || id === undefined) return undefined
  const body = await readBody(req)
  const upload = area === 'upload'
  const type = req.headers['content-type'] ?? ''
  const form = upload && !type.startsWith('multipart') ? { fields: {} } : await readForm(body, type)
  const all: RawArgs = { ...Object.fromEntries(url.searchParams), ...form.fields }
  const raw = Object.fromEntries(Object.entries(all).filter(([key]) => key !== 'token'))
  return {
    method: area === 'api' ? id : upload ? 'upload' : 'response_url',
    id,
    raw,
    body: form.file ?? body,
    token: tokenOf(world, req, all),
  }
}

function authorize(world: World, method: ApiMethod, token: SimCall['token']): void {
  if (method.token === 'none') return
  if (token === 'none') throw new ApiError('not_authed')
  if (token === 'unknown' || world.workspace.revoked) throw new ApiError('invalid_auth')
  if (method.token !== 'any' && method.token !== token) throw new ApiError('not_allowed_token_type')
  if (token === 'bot' && method.scopes.length > 0) needScope(world, ...method.scopes)
}

const json = (status: number, payload: object, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(payload),
})

function callMethod(deps: Deps, incoming: Incoming): Reply {
  const { world, limiter } = deps
  const { method, token } = incoming
  const known = METHODS[method]
  const headers = {
    'x-oauth-scopes': token === 'app' ? 'connections:write' : world.workspace.scopes.join(','),
    'x-accepted-oauth-scopes': known?.scopes.join(',') ?? '',
  }
  try {
    if (known === undefined) throw new ApiError('unknown_method', { req_method: method })
    authorize(world, known, token)
    const call: ApiCall = { world, method, token, args: createArgs(incoming.raw) }
    const wait = limiter?.refuse(method, call.args.maybe('channel')) ?? 0
    if (wait > 0) return json(429, { ok: false, error: 'ratelimited' }, { ...headers, 'retry-after': String(wait) })
    return json(200, { ok: true, ...known.run(call) }, headers)
  } catch (error) {
    if (error instanceof ApiError) return json(200, { ok: false, error: error.code, ...error.more }, headers)
    throw error
  }
}

function compute(deps: Deps, incoming: Incoming): Reply {
  const { world } = deps
  if (incoming.method === 'response_url') {
    const answer = world.interactivity.respond(incoming.id, incoming.raw)
    return { status: answer.status, headers: { 'content-type': 'text/plain' }, body: answer.body }
  }
  if (incoming.method === 'upload') {
    const upload = world.uploads.receive(incoming.id, incoming.body)
    return { status: upload === undefined ? 404 : 200, headers: {}, body: upload === undefined ? 'gone' : 'OK' }
  }
  return callMethod(deps, incoming)
}

type Draft = { -readonly [K in keyof SimCall]: SimCall[K] }

function noteReply(entry: Draft, reply: Reply): void {
  const payload = parsed(reply.body)
  const fields = typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : undefined
  entry.status = reply.status
  entry.answered = true
  entry.ok = reply.status === 200 && fields?.['ok'] !== false
  entry.response = payload
  if (typeof fields?.['error'] === 'string') entry.error = fields['error']
}

const draftOf = (incoming: Incoming, at: number): Draft => ({
  method: incoming.method,
  at,
  args: Object.fromEntries(Object.entries(incoming.raw).map(([key, value]) => [key, parsed(value) ?? value])),
  token: incoming.token,
  status: 0,
  answered: false,
  ok: false,
})

type Wait = (ms: number) => Promise<void>

async function answer(deps: Deps, wait: Wait, incoming: Incoming, entry: Draft, res: ServerResponse): Promise<void> {
  const fault = deps.faults.take(incoming.method, entry.args)
  const bad = fault === undefined ? undefined : badReply(fault)
  const mute = fault?.hang === true || fault?.reset === true
  const early = fault?.apply === true ? compute(deps, incoming) : undefined
  if (fault?.delayMs !== undefined) await wait(fault.delayMs)
  if (fault?.reset === true) res.destroy()
  const reply = mute ? undefined : (bad ?? early ?? compute(deps, incoming))
  if (reply !== undefined) noteReply(entry, reply)
  deps.world.bus.emit('call', { call: { ...entry } })
  if (reply !== undefined && !res.destroyed) res.writeHead(reply.status, reply.headers).end(reply.body)
}

export function createWebServer(deps: Deps): WebServer {
  const calls: Draft[] = []
  const timers = new Set<NodeJS.Timeout>()

  const wait: Wait = (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        resolve()
      }, ms)
      timers.add(timer)
    })

  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const incoming = await receive(deps.world, req)
    if (incoming === undefined) {
      res.writeHead(404).end('There is nothing at this address of the simulated Slack.')
      return
    }
    const entry = draftOf(incoming, deps.world.workspace.now())
    calls.push(entry)
    await answer(deps, wait, incoming, entry, res)
  }

  return {
    calls,
    handle(req, res) {
      serve(req, res).catch((error: unknown) => {
        // A client that hung up is nothing to report; anything else is a fault of the simulator and must be seen.
        if (!res.headersSent && !res.destroyed) res.writeHead(500).end(`simulator: ${String(error)}`)
      })
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
