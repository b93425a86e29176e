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

function draftOf(envelope: Envelope, attempt: number, retryReason: string, at: number): Draft {
  const { payload } = envelope
  const eventId = textAt(payload, 'event_id')
  const eventType = textAt(payload['event'], 'type') ?? textAt(payload, 'type') ?? textAt(payload, 'command')
  return {
    envelopeId: envelope.id,
    type: envelope.type,
    ...(eventId === undefined ? {} : { eventId }),
    ...(eventType === undefined ? {} : { eventType }),
    attempt,
    retryReason,
    at,
    outcome: 'pending',
    payload,
  }
}

interface State {
  readonly log: Draft[]
  readonly waits: ReturnType<typeof createWaits>
  deaf: boolean
  closed: boolean
  /** Payloads without an ack. */
  open: number
}

async function drop(deps: Deps, state: State, entry: Draft): Promise<Outcome> {
  entry.outcome = 'dropped'
  deps.bus.emit('delivery', { delivery: { ...entry } })
  // Nobody hears it: a person who pressed something waits until Slack gives up.
  if (entry.type !== 'events_api') await state.waits.wait(deps.ackTimeoutMs)
  return { kind: 'dropped' }
}

async function attempt(deps: Deps, state: State, envelope: Envelope, num: number, reason: string): Promise<Outcome> {
  const entry = draftOf(envelope, num, reason, deps.now())
  state.log.push(entry)
  if (state.deaf) return await drop(deps, state, entry)
  const hooks: Hooks = {
    sent(socket) {
      entry.socket = socket
      deps.bus.emit('delivery', { delivery: { ...entry } })
    },
    late(response) {
      entry.lateAckAt = deps.now()
      entry.response = response
    },
  }
  const outcome = await deps.transport.deliver(envelope, { num, reason }, hooks)
  entry.outcome = outcome.kind
  if (outcome.kind === 'acked') {
    entry.ackedAt = deps.now()
    if (outcome.response !== undefined) entry.response = outcome.response
  }
  if (!state.closed) deps.bus.emit('ack', { delivery: { ...entry } })
  return outcome
}

/** What was dropped is lost, not owed. */
const settled = (outcome: Outcome): boolean => outcome.kind === 'acked' || outcome.kind === 'dropped'

type Payload = Readonly<Record<string, unknown>>

async function retrying(deps: Deps, state: State, payload: Payload, raw: Payload | undefined): Promise<void> {
  state.open += 1
  const delays = raw === undefined ? deps.retryDelaysMs : []
  let reason = ''
  for (let num = 0; num <= delays.length; num += 1) {
    if (num > 0 && !(await state.waits.wait(delays[num - 1] ?? 0))) return
    const base = { id: deps.id('envelope-'), type: 'events_api', payload, acceptsResponse: false } as const
    const outcome = await attempt(deps, state, raw === undefined ? base : { ...base, raw }, num, reason)
    if (settled(outcome)) {
      state.open -= 1
      return
    }
    if (state.closed || outcome.final === true) return
    reason = outcome.kind
  }
}

export function createCourier(deps: Deps): Courier {
  const state: State = { log: [], waits: createWaits(), deaf: false, closed: false, open: 0 }
  return {
    event(payload, raw) {
      void retrying(deps, state, payload, raw)
    },
    once: async (type, payload) => {
      state.open += 1
      const envelope = { id: deps.id('envelope-'), type, payload, acceptsResponse: true }
      const outcome = await attempt(deps, state, envelope, 0, '')
      if (settled(outcome)) state.open -= 1
      return outcome
    },
    deafen(on) {
      state.deaf = on
    },
    unacked: () => state.open,
    deliveries: state.log,
    close() {
      state.closed = true
      state.waits.end()
    },
  }
}
