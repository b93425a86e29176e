import type { RawArgs } from './api/args.js'
import type { Bus } from './bus.js'
import type { SimFault } from './types.js'

/** Every way to answer badly; `times`, `method` and `only` choose when. */
export const FAULT_KINDS = [
  'status',
  'error',
  'retryAfter',
  'body',
  'delayMs',
  'hang',
  'reset',
  'apply',
] as const satisfies readonly (keyof SimFault)[]

export interface Faults {
  add(fault: SimFault): () => void
  /** The newest rule that holds for this call; counts it. */
  take(method: string, args: RawArgs): SimFault | undefined
  count(): number
}

interface Rule {
  readonly fault: SimFault
  left: number
}

export function createFaults(bus: Bus): Faults {
  const rules: Rule[] = []
  return {
    add(fault) {
      const rule: Rule = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
      rules.unshift(rule)
      bus.emit('fault', { fault: fault.method, state: 'on' })
      return () => {
        rule.left = 0
        bus.emit('fault', { fault: fault.method, state: 'off' })
      }
    },
    take(method, args) {
      const rule = rules.find(
        (r) => r.left > 0 && (r.fault.method === '*' || r.fault.method === method) && (r.fault.only?.(args) ?? true),
      )
      if (rule !== undefined) rule.left -= 1
      return rule?.fault
    },
    count: () => rules.filter((r) => r.left > 0).length,
  }
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the wire answers under this fault; undefined = the real answer. `hang` and `reset` have none. */
export function badReply(f: SimFault): Reply | undefined {
  const json = { 'content-type': 'application/json; charset=utf-8' }
  if (f.retryAfter !== undefined)
    return {
      status: 429,
      headers: { ...json, 'retry-after': String(f.retryAfter) },
      body: '{"ok":false,"error":"ratelimited"}',
    }
  if (f.error !== undefined)
    return { status: f.status ?? 200, headers: json, body: JSON.stringify({ ok: false, error: f.error }) }
  if (f.status === undefined && f.body === undefined) return undefined
  return { status: f.status ?? 200, headers: { 'content-type': 'text/html' }, body: f.body ?? 'upstream error' }
}
