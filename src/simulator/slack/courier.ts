import type { Bus } from './bus.js'
import type { SimDelivery } from './types.js'

export interface Envelope {
  readonly id: string
  readonly type: 'events_api' | 'interactive' | 'slash_commands'
  readonly payload: Readonly<Record<string, unknown>>
  readonly acceptsResponse: boolean
  /** Extra or replacing keys of the envelope, for raw sends. */
  readonly raw?: Readonly<Record<string, unknown>>
}

export interface Outcome {
  readonly kind: 'acked' | 'timeout' | 'connection_failed' | 'http_error' | 'dropped'
  readonly response?: unknown
  /** The app asked not to be asked again (`x-slack-no-retry`). */
  readonly final?: boolean
}

export interface Hooks {
  sent(socket: number): void
  late(response: unknown): void
}

/** One way into the app. Never rejects: what goes wrong is an outcome. */
export interface Transport {
  deliver(envelope: Envelope, retry: { readonly num: number; readonly reason: string }, hooks: Hooks): Promise<Outcome>
}

export interface Courier {
  /** Events: redelivered on Slack's schedule until acked. */
  event(payload: Readonly<Record<string, unknown>>, raw?: Readonly<Record<string, unknown>>): void
  /** What people press and type: tried once. */
  once(type: 'interactive' | 'slash_commands', payload: Readonly<Record<string, unknown>>): Promise<Outcome>
  deafen(on: boolean): void
  unacked(): number
  readonly deliveries: readonly SimDelivery[]
  close(): void
}

interface Deps {
  readonly bus: Bus
  readonly transport: Transport
  readonly now: () => number
  readonly id: (prefix: string) => string
  readonly retryDelaysMs: readonly number[]
  readonly ackTimeoutMs: number
}

type Draft = { -readonly [K in keyof SimDelivery]: SimDelivery[K] }

function textAt(value: unknown, key: string): string | undefined {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
  return typeof found === 'string' ? found : undefined
}

/** Waits that `close` can end early, so that nothing keeps the process alive. */
function createWaits(): { wait(ms: number): Promise<boolean>; end(): void } {
  const open = new Map<NodeJS.Timeout, (done: boolean) => void>()
  let ended = false
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        if (ended) return resolve(false)
        const timer = setTimeout(() => {
          open.delete(timer)
          resolve(true)
        }, ms)
        open.set(timer, resolve)
      }),
    end() {
      ended = true
      for (const [timer, resolve] of open) {
        clearTimeout(timer)
        resolve(false)
      }
      open.clear()
    },
  }
}

export function createCourier(deps: Deps): Courier {
  const log: Draft[] = []
  const waits = createWaits()
  let deaf = false
  let open = 0
  let closed = false

  const note = (envelope: Envelope, attempt: number, reason: string): Draft => {
    const eventId = textAt(envelope.payload, 'event_id')
    const eventType =
      textAt(envelope.payload['event'], 'type') ??
      textAt(envelope.payload, 'type') ??
      textAt(envelope.payload, 'command')
    const entry: Draft = {
      envelopeId: envelope.id,
      type: envelope.type,
      ...(eventId === undefined ? {} : { eventId }),
      ...(eventType === undefined ? {} : { eventType }),
      attempt,
      retryReason: reason,
      at: deps.now(),
      outcome: 'pending',
      payload: envelope.payload,
    }
    log.push(entry)
    return entry
  }

  const attempt = async (envelope: Envelope, num: number, reason: string): Promise<Outcome> => {
    const entry = note(envelope, num, reason)
    if (deaf) {
      entry.outcome = 'dropped'
      deps.bus.emit('delivery', { delivery: { ...entry } })
      // Nobody hears it: a person who pressed something waits until Slack gives up.
      if (envelope.type !== 'events_api') await waits.wait(deps.ackTimeoutMs)
      return { kind: 'dropped', final: true }
    }
    const outcome = await deps.transport.deliver(
      envelope,
      { num, reason },
      {
        sent(socket) {
          entry.socket = socket
          deps.bus.emit('delivery', { delivery: { ...entry } })
        },
        late(response) {
          entry.lateAckAt = deps.now()
          entry.response = response
        },
      },
    )
    entry.outcome = outcome.kind
    if (outcome.kind === 'acked') {
      entry.ackedAt = deps.now()
      if (outcome.response !== undefined) entry.response = outcome.response
    }
    if (!closed) deps.bus.emit('ack', { delivery: { ...entry } })
    return outcome
  }

  const retrying = async (
    payload: Readonly<Record<string, unknown>>,
    raw: Readonly<Record<string, unknown>> | undefined,
  ): Promise<void> => {
    open += 1
    const delays = raw === undefined ? deps.retryDelaysMs : []
    let reason = ''
    for (let num = 0; num <= delays.length; num += 1) {
      if (num > 0 && !(await waits.wait(delays[num - 1] ?? 0))) return
      const base = { id: deps.id('envelope-'), type: 'events_api', payload, acceptsResponse: false } as const
      const outcome = await attempt(raw === undefined ? base : { ...base, raw }, num, reason)
      // What was dropped is lost, not owed.
      if (outcome.kind === 'acked' || outcome.kind === 'dropped') {
        open -= 1
        return
      }
      if (closed || outcome.final === true) return
      reason = outcome.kind
    }
  }

  return {
    event(payload, raw) {
      void retrying(payload, raw)
    },
    once: async (type, payload) => {
      open += 1
      const outcome = await attempt({ id: deps.id('envelope-'), type, payload, acceptsResponse: true }, 0, '')
      if (outcome.kind === 'acked') open -= 1
      return outcome
    },
    deafen(on) {
      deaf = on
    },
    unacked: () => open,
    get deliveries() {
      return log
    },
    close() {
      closed = true
      waits.end()
    },
  }
}
