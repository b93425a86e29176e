/** What a message showed at one moment. */
export interface SimContent {
  readonly at: number
  readonly text: string
  readonly blocks?: readonly unknown[]
}

/** A message as the people in the channel see it now. */
export interface SimMessage {
  readonly channel: string
  readonly ts: string
  readonly user?: string
  readonly botId?: string
  readonly text: string
  readonly blocks?: readonly unknown[]
  readonly threadTs?: string
  readonly subtype?: string
  readonly metadata?: unknown
  readonly files?: readonly unknown[]
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[] }[]
  /** How often the content was replaced. */
  readonly edits: number
  readonly deleted: boolean
  /** Everything it ever showed, oldest first; the last one is what it shows now. */
  readonly updates: readonly SimContent[]
}

/** A message that one person alone sees ("Only visible to you"). */
export interface SimEphemeral {
  readonly user: string
  readonly channel: string
  readonly ts: string
  readonly text: string
  readonly blocks?: readonly unknown[]
  readonly threadTs?: string
  readonly via: 'chat.postEphemeral' | 'response_url' | 'ack'
  readonly deleted: boolean
  readonly updates: readonly SimContent[]
}

/** A modal on somebody's screen. `open` is false once it was submitted, cleared or closed. */
export interface SimView {
  readonly id: string
  readonly user: string
  readonly open: boolean
  readonly callbackId: string
  readonly title: string
  readonly hash: string
  readonly privateMetadata: string
  /** The view that this one lies on, when it was pushed. */
  readonly under?: string
  /** Messages under the inputs after `response_action: errors`. */
  readonly errors: Readonly<Record<string, string>>
  readonly view: Readonly<Record<string, unknown>>
}

/** One HTTP request of the app: a Web API method, or `response_url` and `upload` for the two unnamed addresses. */
export interface SimCall {
  readonly method: string
  readonly at: number
  readonly args: Readonly<Record<string, unknown>>
  readonly token: 'bot' | 'app' | 'none' | 'unknown'
  /** HTTP status; 0 when nothing was answered. */
  readonly status: number
  readonly answered: boolean
  readonly ok: boolean
  readonly error?: string
  readonly response?: unknown
}

/** One attempt to hand one payload to the app. */
export interface SimDelivery {
  readonly envelopeId: string
  readonly type: string
  readonly eventId?: string
  readonly eventType?: string
  /** 0 = first attempt. */
  readonly attempt: number
  readonly retryReason: string
  readonly at: number
  readonly socket?: number
  readonly outcome: 'pending' | 'acked' | 'timeout' | 'connection_failed' | 'http_error' | 'dropped'
  readonly ackedAt?: number
  /** An answer that came when Slack had stopped waiting. */
  readonly lateAckAt?: number
  readonly response?: unknown
  readonly payload: unknown
}

/** What the person saw after pressing, typing or submitting. */
export interface InteractionResult {
  readonly acked: boolean
  readonly error?:
    | 'operation_timeout'
    | 'dispatch_failed'
    | 'cancelled'
    | 'missing_required'
    | 'invalid_input'
    | 'invalid_view'
  /** Payload that came with the ack. */
  readonly response?: unknown
}

/** Everything that happens, in order: for a page, a narration, a wait in a test. */
export interface SimEvent {
  readonly kind:
    | 'message'
    | 'message_changed'
    | 'message_deleted'
    | 'ephemeral'
    | 'reaction'
    | 'view'
    | 'home'
    | 'call'
    | 'delivery'
    | 'ack'
    | 'socket'
    | 'interaction'
    | 'person'
    | 'channel'
    | 'fault'
  readonly at: number
  readonly [key: string]: unknown
}

export type SimPersonKind = 'member' | 'guest' | 'single_channel_guest' | 'stranger' | 'admin' | 'owner' | 'bot'

/** A rule for answering badly. Without `times` it holds until removed. */
export interface SimFault {
  /** A Web API method, `response_url`, `upload`, or `*` for all of them. */
  readonly method: string
  readonly times?: number
  readonly status?: number
  /** Answered as `{ok: false, error}`. */
  readonly error?: string
  /** Seconds; answers 429 with `Retry-After`. */
  readonly retryAfter?: number
  readonly body?: string
  /** Waits this long, then does what it would have done. */
  readonly delayMs?: number
  /** Never answers. */
  readonly hang?: boolean
  /** Cuts the TCP connection. */
  readonly reset?: boolean
  /** Does the work first, then answers badly: the case that makes retries post twice. */
  readonly apply?: boolean
  readonly only?: (args: Readonly<Record<string, unknown>>) => boolean
}
