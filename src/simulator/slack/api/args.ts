import { ApiError } from '../error.js'

export type RawArgs = Readonly<Record<string, unknown>>

/** Arguments of one call. Form bodies carry everything as strings and nested values as JSON: both are read alike. */
export interface Args {
  readonly raw: RawArgs
  string(name: string): string
  maybe(name: string): string | undefined
  number(name: string, fallback: number): number
  flag(name: string): boolean
  list(name: string): readonly string[]
  /** A nested value, parsed when it came as JSON text. */
  json(name: string): unknown
  array(name: string): readonly unknown[] | undefined
}

const missing = (name: string): ApiError =>
  new ApiError('invalid_arguments', {
    response_metadata: { messages: [`[ERROR] missing required field: ${name}`] },
  })

export function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return undefined
  }
}

export function createArgs(raw: RawArgs): Args {
  const maybe = (name: string): string | undefined => {
    const value = raw[name]
    return value === undefined || value === null || value === '' ? undefined : String(value)
  }
  const json = (name: string): unknown => parsed(raw[name])
  return {
    raw,
    maybe,
    json,
    string(name) {
      const value = maybe(name)
      if (value === undefined) throw missing(name)
      return value
    },
    number(name, fallback) {
      const value = Number(maybe(name) ?? fallback)
      if (!Number.isFinite(value)) throw new ApiError('invalid_arguments')
      return value
    },
    flag: (name) => ['true', '1'].includes(String(raw[name])),
    list: (name) => {
      const value = json(name)
      if (Array.isArray(value)) return value.map(String)
      return (maybe(name) ?? '').split(',').filter((part) => part !== '')
    },
    array(name) {
      if (maybe(name) === undefined) return undefined
      const value = json(name)
      if (!Array.isArray(value)) throw new ApiError(name === 'blocks' ? 'invalid_blocks_format' : 'invalid_arguments')
      return value
    },
  }
}

/** One page of a list, by an opaque cursor. */
export function page<T>(
  args: Args,
  items: readonly T[],
  size: number,
  max = 1000,
): { items: readonly T[]; next: string } {
  const limit = Math.min(Math.max(1, args.number('limit', size)), max)
  const cursor = args.maybe('cursor')
  const from = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString().replace('offset:', ''))
  if (!Number.isInteger(from) || from < 0) throw new ApiError('invalid_cursor')
  const end = from + limit
  const next = end < items.length ? Buffer.from(`offset:${end}`).toString('base64') : ''
  return { items: items.slice(from, end), next }
}
