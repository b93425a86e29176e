import { z } from 'zod'
import type { Lifecycle } from '../lifecycle.js'
import type { SimAgent, SimRequest, SimUser } from '../model.js'
import { invalid, type Reply } from '../reply.js'
import type { Webhooks } from '../webhooks/webhooks.js'
import type { Site } from './reference.js'

/** One REST call after its checks. */
export interface RestCall {
  readonly site: Site
  readonly lifecycle: Lifecycle
  readonly webhooks: Webhooks
  readonly request: SimRequest
  /** the `{id}` of the path, else empty */
  readonly id: string
  /** who acts, from the `From` header; only on routes that need it */
  readonly requester: SimUser | undefined
}

export type RestHandler = (call: RestCall) => Reply

export const values = (request: SimRequest, key: string): readonly string[] => request.query[key] ?? []

export const value = (request: SimRequest, key: string): string | undefined => request.query[key]?.[0]

/** `include[]` values. */
export const includes = (request: SimRequest): readonly string[] => values(request, 'include[]')

export const agentOf = (call: RestCall): SimAgent =>
  call.requester === undefined ? null : { kind: 'user', id: call.requester.id }

/** Offset paging in PagerDuty's shape, or the refusal. */
export function page<T>(request: SimRequest, name: string, all: readonly T[], show: (item: T) => unknown): Reply {
  const limit = whole(value(request, 'limit'), 25)
  const offset = whole(value(request, 'offset'), 0)
  if (limit === undefined || offset === undefined) return invalid('limit and offset must be whole numbers')
  // why: limit is at most 100, and offset plus limit at most 10 000.
  if (limit > 100) return invalid('limit must be at most 100')
  if (offset + limit > 10_000) return invalid('offset plus limit must be at most 10000')
  const total = value(request, 'total') === 'true' ? all.length : null
  const shown = all.slice(offset, offset + limit).map(show)
  return { status: 200, json: { [name]: shown, limit, offset, more: offset + limit < all.length, total } }
}

function whole(text: string | undefined, otherwise: number): number | undefined {
  if (text === undefined) return otherwise
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** The body, or a refusal that names each fault. */
export function parseBody<T>(
  schema: z.ZodType<T>,
  request: SimRequest,
): { readonly body: T } | { readonly refusal: Reply } {
  const result = schema.safeParse(request.body)
  if (result.success) return { body: result.data }
  const errors = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
  return { refusal: invalid(...errors) }
}

/** An object that points to something by id. */
export const pointer = z.looseObject({ id: z.string().min(1), type: z.string().optional() })
