/**
 * The closed list of what can go wrong, each with the sentence that a person at 2 am reads.
 * Codes are stable: logs, `--json` output and the README's table carry them.
 */
export const ERROR_CODES = {
  CONFIG_INVALID: 'A setting is missing or wrong; nothing was started.',
  USAGE: 'The command was called in a way it does not know; nothing was done.',
  CHECKLIST_INVALID: 'A checklist file does not hold what a checklist needs; none of the files was loaded.',
  CHECKLIST_UNKNOWN: 'There is no checklist or step of that name.',
  STORE_UNAVAILABLE: 'The store did not answer; pages still go out, the record follows.',
  STORE_DAMAGED: 'The store answers with something Mayday did not write.',
  LEASE_LOST: 'Another replica took this work over; this one stopped.',
  SLACK_AUTH: 'Slack refused the token.',
  SLACK_UNAVAILABLE: 'Slack did not answer.',
  SLACK_REFUSED: 'Slack refused the request.',
  CHANNEL_NOT_FOUND: 'The emergency channel does not exist or Mayday is not in it.',
  PAGER_AUTH: 'PagerDuty refused the key.',
  PAGER_UNAVAILABLE: 'PagerDuty did not answer.',
  PAGER_REJECTED: 'PagerDuty refused the request.',
  INCIDENT_UNKNOWN: 'There is no incident here.',
  NOT_ALLOWED: 'This person may not do that.',
  TARGET_UNKNOWN: 'There is no purge target or job of that name.',
  TARGET_UNAVAILABLE: 'The Redis of the target did not answer; nothing was removed by this call.',
  TARGET_REFUSED: 'The Redis of the target refused a command; nothing was removed by it.',
  TARGET_CHANGED: 'The Redis behind the target is not the one from before; the walk has to begin again.',
  PURGE_UNKNOWN: 'There is no purge of that number.',
  PURGE_RUNNING: 'Another purge of this target is under way; nothing was started.',
  PURGE_REFUSED: 'This purge may not be done as things stand; nothing was removed.',
  PLAN_EXPIRED: 'The plan is older than 15 minutes; nothing was removed.',
  PLAN_STALE: 'What the plan showed is not what is there now; nothing was removed.',
  BUDGET_EXCEEDED: 'Others would have waited longer than the latency budget allows; the work was stopped.',
  ARCHIVE_FAILED: 'The archive could not be written; nothing that is not archived was removed.',
  SWITCH_UNKNOWN: 'There is no switch of that name; nothing was done.',
  SWITCH_BUSY: 'Somebody is turning this switch at the moment; nothing was done.',
  SWITCH_UNAVAILABLE: 'What is behind the switch did not answer; how it stands is not known.',
  SWITCH_REFUSED: 'What is behind the switch refused the call; nothing was changed by it.',
  MESSAGE_UNREADABLE: 'A request from outside did not have the promised form.',
  BUG: 'Mayday is in a state that its own rules forbid.',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** What a failure needs besides its code. */
export interface ErrorDetail {
  /** What happened and what did not, in one or two sentences. Defaults to the code's own sentence. */
  readonly what?: string
  /** What to do next. Defaults to nothing. */
  readonly hint?: string
  /** True when the same call may succeed later without anybody changing anything. Defaults to false. */
  readonly retry?: boolean
  readonly cause?: unknown
}

/**
 * Every failure that Mayday itself names. `message` is for people, `code` for programs, `hint` is the next thing to do,
 * `retry` says whether trying again can help. Never carries a secret or the text of a Slack message.
 */
export class MaydayError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly retry: boolean

  constructor(code: ErrorCode, detail: ErrorDetail = {}) {
    super(detail.what ?? ERROR_CODES[code], detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'MaydayError'
    this.code = code
    this.hint = detail.hint ?? ''
    this.retry = detail.retry ?? false
  }
}

/** The message and hint of any thrown value, on one line, for a person. */
export function describe(error: unknown): string {
  if (error instanceof MaydayError) return error.hint ? `${error.message} ${error.hint}` : error.message
  if (error instanceof Error) return error.message || error.name
  return String(error)
}
