import { randomBytes } from 'node:crypto'
import type { Account } from './account.js'
import { createEventProcessor } from './event-processor.js'
import { parseChangeEvent, parseEvent } from './event-schema.js'
import type { Lifecycle } from './lifecycle.js'
import type { SimEventRequest, SimRequest, SimService } from './model.js'
import { bareStatus, type Reply } from './reply.js'

export interface EventsApiOptions {
  readonly processingMs: number
  readonly perMinute: number
}

/** `POST /v2/enqueue` and `/v2/change/enqueue`: answers first, works later. */
export interface EventsApi {
  handle(request: SimRequest): Reply
  /** every event that got a 202, dropped afterwards or not */
  readonly accepted: readonly SimEventRequest[]
  dropSilently(on: boolean): void
  delayProcessing(ms: number): void
  /** While held, accepted events wait; afterwards they are processed in order. */
  hold(on: boolean): void
  stopAll(): void
}

const maximumBytes = 512 * 1024

export function createEventsApi(account: Account, lifecycle: Lifecycle, options: EventsApiOptions): EventsApi {
  const accepted: SimEventRequest[] = []
  const processor = createEventProcessor(account, lifecycle, options.processingMs)
  const limit = createRateLimit(account, options.perMinute)

  const enqueue = (request: SimRequest): Reply => {
    const result = parseEvent(request.body)
    if ('errors' in result) return invalidEvent(result.errors)
    const { event } = result
    const service = account.serviceOfKey(event.routing_key)
    if (service === undefined) return invalidEvent(['Invalid routing key'])
    if (limit.isReached(service)) return bareStatus(429, request.path)
    const dedupKey = event.dedup_key ?? randomBytes(16).toString('hex')
    const complete: SimEventRequest = { ...event, dedup_key: dedupKey, at: account.clock.now() } as SimEventRequest
    accepted.push(complete)
    account.emit({ kind: 'accepted', event: complete })
    processor.submit(complete, service)
    return { status: 202, json: { status: 'success', message: 'Event processed', dedup_key: dedupKey } }
  }
  const change = (request: SimRequest): Reply => {
    const result = parseChangeEvent(request.body)
    if ('errors' in result) return invalidEvent(result.errors)
    const service = account.serviceOfKey(result.routingKey)
    if (service === undefined) return invalidEvent(['Invalid routing key'])
    if (limit.isReached(service)) return bareStatus(429, request.path)
    return { status: 202, json: { status: 'success', message: 'Change event processed' } }
  }
  return {
    accepted,
    handle(request) {
      const handler = { '/v2/enqueue': enqueue, '/v2/change/enqueue': change }[request.path]
      if (handler === undefined) return { status: 404, json: { status: 'error', message: 'Not Found' } }
      if (request.method !== 'POST') return { status: 405, json: { status: 'error', message: 'Method Not Allowed' } }
      // why: an event is limited to 512 KB; 413 is what a proxy in front would say.
      if (sizeOf(request) > maximumBytes) return { status: 413, text: '<html>413 Request Entity Too Large</html>' }
      if (typeof request.body !== 'object' || request.body === null) return unrecognized()
      return handler(request)
    },
    dropSilently: processor.dropSilently,
    delayProcessing: processor.delay,
    hold: processor.hold,
    stopAll: processor.stopAll,
  }
}

const sizeOf = (request: SimRequest): number =>
  Number(request.headers['content-length'] ?? Buffer.byteLength(JSON.stringify(request.body) ?? ''))

const invalidEvent = (errors: readonly string[]): Reply => ({
  status: 400,
  json: { status: 'invalid event', message: 'Event object is invalid', errors },
})

const unrecognized = (): Reply => ({
  status: 400,
  json: {
    status: 'Unrecognized object',
    message: 'Event object format is unrecognized',
    errors: ['JSON parse error'],
  },
})

/** why: about 120 calls a minute for each integration key, over a window of 60 s looking back from now. */
function createRateLimit(account: Account, perMinute: number) {
  const calls = new Map<string, number[]>()
  return {
    isReached(service: SimService): boolean {
      const now = account.clock.now()
      const recent = (calls.get(service.routingKey) ?? []).filter((at) => at > now - 60_000)
      calls.set(service.routingKey, recent)
      if (recent.length >= perMinute) return true
      recent.push(now)
      return false
    },
  }
}
