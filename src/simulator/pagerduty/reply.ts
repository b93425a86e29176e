/** What goes back over the wire. */
export interface Reply {
  readonly status: number
  /** JSON value; with `text` the body as it is */
  readonly json?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

export const ok = (json: unknown): Reply => ({ status: 200, json })

/** A REST refusal in PagerDuty's shape. */
export function refuse(status: number, code: number, message: string, errors: readonly string[] = []): Reply {
  return { status, json: { error: { message, code, ...(errors.length === 0 ? {} : { errors }) } } }
}

export const notFound = (): Reply => refuse(404, 2100, 'Not Found')

/** REST argument errors: code 2001, with one line for each fault. */
export const invalid = (...errors: string[]): Reply => refuse(400, 2001, 'Invalid Input Provided', errors)

/** What a bare status looks like when a fault names no body. */
export function bareStatus(status: number, path: string): Reply {
  if (path.startsWith('/v2/')) {
    if (status === 429) {
      const message = 'Requests for this service are arriving too quickly. Please retry later.'
      return { status, json: { status: 'throttle exceeded', message } }
    }
    return { status, json: { status: 'error', message: `The simulator was told to answer ${status}` } }
  }
  if (status === 429) return refuse(429, 2020, 'Rate Limit Exceeded')
  return refuse(status, 2000, `The simulator was told to answer ${status}`)
}
