import type { SimRequest } from './model.js'

/** One thing to do to matching requests. Without any effect named, it answers 500. */
export interface SimFault {
  /** text: exactly this path, without query. A function sees the whole request. */
  readonly match: string | RegExp | ((request: SimRequest) => boolean)
  readonly method?: string
  /** how many requests it meets; default: every one until it is lifted */
  readonly times?: number
  /** answers this instead of doing anything */
  readonly status?: number
  /** sent as it is, so it may be HTML, empty or cut off */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** waits on the clock first; alone, it then answers as usual */
  readonly delayMs?: number
  /** takes the request and never answers; nothing is done */
  readonly hang?: boolean
  /** cuts the connection; nothing is done */
  readonly reset?: boolean
  /** does what was asked, then cuts the connection: the caller cannot know */
  readonly applyThenReset?: boolean
  /** does what was asked and never answers */
  readonly applyThenHang?: boolean
  /** does what was asked, then answers this status */
  readonly applyThen?: number
}

/** The names of every effect, for the coverage list. */
export const faultEffects = [
  'status',
  'body',
  'headers',
  'delayMs',
  'hang',
  'reset',
  'applyThenReset',
  'applyThenHang',
  'applyThen',
] as const satisfies readonly (keyof SimFault)[]

export interface Faults {
  /** Returns its lifting. */
  add(fault: SimFault): () => void
  /** The first fault that meets this request, counted as used. */
  take(request: SimRequest): SimFault | undefined
}

export function createFaults(): Faults {
  const active: { readonly fault: SimFault; left: number }[] = []
  const lift = (entry: (typeof active)[number]) => {
    const at = active.indexOf(entry)
    if (at >= 0) active.splice(at, 1)
  }
  return {
    add(fault) {
      const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY }
      active.push(entry)
      return () => lift(entry)
    },
    take(request) {
      const entry = active.find(({ fault }) => meets(fault, request))
      if (entry === undefined) return undefined
      entry.left -= 1
      if (entry.left <= 0) lift(entry)
      return entry.fault
    },
  }
}

function meets(fault: SimFault, request: SimRequest): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== request.method) return false
  if (typeof fault.match === 'string') return fault.match === request.path
  return fault.match instanceof RegExp ? fault.match.test(request.path) : fault.match(request)
}
