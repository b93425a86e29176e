/** Somebody used the simulator in a way that no person in Slack could: the message says what is there instead. */
export class SlackSimulatorError extends Error {
  override readonly name = 'SlackSimulatorError'
}

/** A Web API method says no: `{ok: false, error: code, …more}`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly more: Readonly<Record<string, unknown>>

  constructor(code: string, more: Readonly<Record<string, unknown>> = {}) {
    super(code)
    this.code = code
    this.more = more
  }
}
