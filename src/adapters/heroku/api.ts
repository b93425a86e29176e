/** The part of Heroku's Platform API v3 that switches use. Values of config vars pass through here and are never logged. */
import { z } from 'zod'
import { MaydayError } from '../../errors.js'
import { failureOf, lost } from './failure.js'

export interface HerokuOptions {
  /** Without a slash at the end. */
  readonly apiUrl: string
  readonly key: string
  readonly pause: (ms: number) => Promise<void>
  /** For one request, real ms. Default 6 s. */
  readonly answerMs?: number
}

export interface Formation {
  readonly quantity: number
  readonly size: string
}
export interface Release {
  readonly id: string
  readonly version: number
}

/** Throws `SWITCH_*`. Reads, `scale` and `setConfig` are safe to repeat; `rollBack` makes a release each time. */
export interface HerokuApi {
  checkApp(app: string): Promise<void>
  formation(app: string, type: string): Promise<Formation>
  /** Without `size` that stays as it is. */
  scale(app: string, type: string, to: { readonly quantity: number; readonly size?: string }): Promise<void>
  /** The value of one config var; undefined: it is not set. */
  configVar(app: string, name: string): Promise<string | undefined>
  /** As it was in an earlier release. */
  releasedVar(app: string, release: string, name: string): Promise<string | undefined>
  /** null removes it. */
  setConfig(app: string, name: string, value: string | null): Promise<void>
  latestRelease(app: string): Promise<Release>
  rollBack(app: string, release: string): Promise<void>
}

const ANSWER_MS = 6_000
/** Longer waits are for people to decide, ms. */
const WAIT_MAX_MS = 5_000
const RETRIES = 2

const formation = z.object({ quantity: z.number().int().min(0), size: z.string().min(1) })
const release = z.object({ id: z.string().min(1), version: z.number().int() })
const config = z.record(z.string(), z.string().nullable())

interface Call<T> {
  readonly method: 'GET' | 'PATCH' | 'POST'
  readonly path: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  readonly schema: z.ZodType<T>
  /** In words, for a person. */
  readonly name: string
  /** Answers may hold values of config vars. */
  readonly secret?: boolean
  /** Default true. */
  readonly repeatable?: boolean
}

export function createHerokuApi(options: HerokuOptions): HerokuApi {
  const ask = <T>(call: Call<T>): Promise<T> => patiently(options, call)
  const at = (...parts: readonly string[]): string => `/apps/${parts.map(encodeURIComponent).join('/')}`
  const readConfig = async (path: string, name: string, call: string): Promise<string | undefined> =>
    (await ask({ method: 'GET', path, schema: config, name: call, secret: true }))[name] ?? undefined
  return {
    checkApp: async (app) =>
      void (await ask({ method: 'GET', path: at(app), schema: z.unknown(), name: `reading ${app}` })),
    formation: (app, type) =>
      ask({ method: 'GET', path: at(app, 'formation', type), schema: formation, name: `reading ${type} of ${app}` }),
    scale: async (app, type, to) =>
      void (await ask({
        ...{ method: 'PATCH', path: at(app, 'formation'), body: { updates: [{ type, ...to }] } },
        ...{ schema: z.unknown(), name: `scaling ${type} of ${app} to ${to.quantity}` },
      })),
    configVar: (app, name) => readConfig(at(app, 'config-vars'), name, `reading the config vars of ${app}`),
    releasedVar: (app, id, name) =>
      readConfig(at(app, 'releases', id, 'config-vars'), name, `reading an earlier release of ${app}`),
    setConfig: async (app, name, value) =>
      void (await ask({
        ...{ method: 'PATCH', path: at(app, 'config-vars'), body: { [name]: value }, secret: true },
        ...{ schema: z.unknown(), name: `${value === null ? 'removing' : 'setting'} ${name} of ${app}` },
      })),
    latestRelease: async (app) => {
      const headers = { range: 'version ..; order=desc,max=1' }
      const path = at(app, 'releases')
      const list = await ask({
        method: 'GET',
        path,
        headers,
        schema: z.array(release),
        name: `reading releases of ${app}`,
      })
      const [newest] = list
      if (newest !== undefined) return newest
      throw new MaydayError('SWITCH_REFUSED', { what: `${app} on Heroku has no release yet.` })
    },
    rollBack: async (app, id) =>
      void (await ask({
        ...{ method: 'POST', path: at(app, 'releases'), body: { release: id }, repeatable: false },
        ...{ schema: z.unknown(), name: `rolling ${app} back` },
      })),
  }
}

/** Tries again what may be repeated, as long as Heroku asks for no more patience than a person at a screen has. */
async function patiently<T>(options: HerokuOptions, call: Call<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const { failure, waitMs, value } = await once(options, call)
    if (failure === undefined) return value as T
    const repeat = failure.retry && (call.repeatable ?? true) && tries < RETRIES && waitMs <= WAIT_MAX_MS
    if (!repeat) throw failure
    await options.pause(waitMs)
  }
}

interface Ended<T> {
  readonly failure?: MaydayError
  readonly waitMs: number
  readonly value?: T
}

const BACKOFF_MS = 400

async function once<T>({ apiUrl, key, answerMs = ANSWER_MS }: HerokuOptions, call: Call<T>): Promise<Ended<T>> {
  const { method, path, body, headers, schema, name, secret } = call
  try {
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      // why: a redirect would carry the key to wherever it points.
      redirect: 'error',
      signal: AbortSignal.timeout(answerMs),
      headers: {
        accept: 'application/vnd.heroku+json; version=3',
        authorization: `Bearer ${key}`,
        'user-agent': 'mayday',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer = parsed(await response.text())
    if (!response.ok) {
      const retryAfterMs = retryAfter(response.headers.get('retry-after'))
      const failure = failureOf({
        status: response.status,
        body: answer,
        retryAfterMs,
        call: name,
        loud: secret !== true,
      })
      return { failure, waitMs: retryAfterMs ?? (response.status === 429 ? Number.POSITIVE_INFINITY : BACKOFF_MS) }
    }
    const read = schema.safeParse(answer)
    if (read.success) return { value: read.data, waitMs: 0 }
    return { failure: lost(name, `HTTP ${response.status} with an answer that Mayday cannot read`), waitMs: BACKOFF_MS }
  } catch (error) {
    return { failure: lost(name, reasonOf(error, answerMs)), waitMs: BACKOFF_MS }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds, as Heroku writes it. */
function retryAfter(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN)
  return header !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

const coded = z.object({ code: z.string() })

/** Codes only: messages of the HTTP client carry addresses. */
function reasonOf(error: unknown, answerMs: number): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `no answer within ${answerMs / 1000} s`
  const cause = error instanceof Error ? error.cause : undefined
  const { code } = coded.safeParse(cause).data ?? {}
  return code === undefined ? 'the connection broke' : `the connection failed, ${code}`
}
