/** Asks the addresses of documents whether anything is there: HEAD, and GET where that does not tell. */
import { z } from 'zod'
import type { LinkAnswer, Links } from '../ports/docs.js'

export interface LinksOptions {
  /** What no request may carry: an address with one of these in it is not asked. */
  readonly secrets: readonly string[]
  /** For one request, real ms. Default 5 s. */
  readonly answerMs?: number
}

const ANSWER_MS = 5_000
/** For all requests about one address together, in the same measure. */
const ANSWERS_MAX = 3
const REDIRECTS_MAX = 5
/** why: whoever reads the log of a wiki should see who asks, how often and why. */
const HEADERS = { 'user-agent': 'Mayday (link check of an incident bot, weekly)', accept: '*/*' }

export function createLinks({ secrets, answerMs = ANSWER_MS }: LinksOptions): Links {
  const long = secrets.filter((secret) => secret.length >= 8)
  return {
    ask: async (url, ending) => {
      const signal = AbortSignal.any([ending, AbortSignal.timeout(answerMs * ANSWERS_MAX)])
      const asked = { secrets: long, answerMs, signal }
      const head = await follow(url, 'HEAD', asked)
      // why: many servers answer HEAD with 403, 404, 405, 500 or nothing for pages that they give to GET.
      const answer = head.kind === 'answers' || head.kind === 'unsure' ? head : await follow(url, 'GET', asked)
      return ending.aborted ? { kind: 'unsure', because: 'Mayday was stopped' } : answer
    },
  }
}

interface Asked {
  readonly secrets: readonly string[]
  readonly answerMs: number
  readonly signal: AbortSignal
}

/** Follows redirects by hand, so that every address on the way is looked at before it is asked. */
async function follow(url: string, method: 'HEAD' | 'GET', asked: Asked): Promise<LinkAnswer> {
  let at = url
  for (let hops = 0; hops <= REDIRECTS_MAX; hops += 1) {
    const because = untouchable(at, asked.secrets)
    if (because !== undefined) return { kind: 'unsure', because }
    const answer = await request(at, method, asked)
    if ('kind' in answer) return answer
    const next = answer.location
    if (next === undefined || !URL.canParse(next, at)) return broken('a redirect to nowhere')
    at = new URL(next, at).href
  }
  return broken(`more than ${REDIRECTS_MAX} redirects`)
}

/** Why an address is never asked, or undefined. */
function untouchable(address: string, secrets: readonly string[]): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/u.test(url.protocol)) return 'its address is not http or https'
  if (url.username !== '' || url.password !== '') return 'its address holds a login'
  const plain = [address, decoded(address)]
  if (secrets.some((secret) => plain.some((text) => text.includes(secret))))
    return 'its address holds a secret of Mayday'
  // why: at these addresses clouds hand a machine's own credentials to whoever asks from it.
  if (/^169\.254\.|^\[fe[89ab]|^\[fd00:ec2:|^\[::ffff:a9fe:|^metadata(\.google\.internal)?\.?$/u.test(url.hostname))
    return "its address is one of the machine's own network"
  return undefined
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address)
  } catch {
    return address
  }
}

async function request(
  url: string,
  method: 'HEAD' | 'GET',
  { answerMs, signal }: Asked,
): Promise<LinkAnswer | { readonly location: string | undefined }> {
  try {
    const response = await fetch(url, {
      ...{ method, headers: HEADERS, redirect: 'manual' as const, credentials: 'omit' as const },
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    })
    // The page itself is of no interest; without this its connection stays open.
    await response.body?.cancel()
    const { status, headers } = response
    if ([301, 302, 303, 307, 308].includes(status)) return { location: headers.get('location') ?? undefined }
    return answerOf(status)
  } catch (error) {
    return { kind: 'silent', because: reasonOf(error, answerMs) }
  }
}

function answerOf(status: number): LinkAnswer {
  if (status < 400) return { kind: 'answers' }
  if (status === 401 || status === 403 || status === 407) return { kind: 'login' }
  if (status === 429) return { kind: 'unsure', because: 'it is asked too often (HTTP 429)' }
  return broken(`HTTP ${status}`)
}

function broken(because: string): LinkAnswer {
  return { kind: 'broken', because }
}

const coded = z.object({ code: z.string() })

/** Codes only: messages of the HTTP client carry addresses. */
function reasonOf(error: unknown, answerMs: number): string {
  if (error instanceof DOMException) return `no answer within ${answerMs / 1000} s`
  const cause = error instanceof Error ? error.cause : undefined
  const { code } = coded.safeParse(cause).data ?? {}
  return code === undefined ? 'the connection broke' : `the connection failed, ${code}`
}
