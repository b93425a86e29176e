/** The machine under Mayday: clock, ids, log, and the loops that do periodic work. */
import { randomBytes } from 'node:crypto'
import { type LoggerOptions, pino, stdTimeFunctions } from 'pino'
import { PinoPretty as pretty } from 'pino-pretty'
import { MaydayError } from '../errors.js'
import type { Clock, Log, LogFields, NewId } from '../ports.js'

/** why: Node takes a longer timer for one of 1 ms; a deadline set so far away that it never comes would come at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    let left = Math.max(0, ms)
    let timer: NodeJS.Timeout
    const arm = (): void => {
      const part = Math.min(left, LONGEST_TIMER_MS)
      left -= part
      timer = setTimeout(left > 0 ? arm : run, part)
    }
    arm()
    return () => clearTimeout(timer)
  },
}

/** Ids that sort by time within this process and differ between processes. */
export function createNewId(clock: Clock): NewId {
  const process = randomBytes(5).toString('hex')
  let last = 0
  let count = 0
  return () => {
    const now = Math.max(clock.now(), last)
    count = now === last ? count + 1 : 0
    last = now
    return `${now.toString(36).padStart(9, '0')}${count.toString(36).padStart(4, '0')}${process}`
  }
}

export interface LogOptions {
  readonly level: string
  /** Lines for a person at a terminal instead of JSON. */
  readonly pretty: boolean
  /** Values that never appear, whatever a field or an error carries. */
  readonly secrets: readonly string[]
}

/** JSON lines on stdout. Message texts are never passed in; secrets are cut out all the same. */
export function createLog(options: LogOptions): Log {
  const secrets = options.secrets.filter((secret) => secret.length >= 8)
  const settings: LoggerOptions = {
    level: options.level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    // The finished line is searched, so that a secret inside an error of some library is cut out too.
    hooks: { streamWrite: (line) => secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), line) },
  }
  const logger = options.pretty
    ? pino(settings, pretty({ sync: true, translateTime: 'SYS:HH:MM:ss.l' }))
    : pino(settings)
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: LogFields) => {
    logger[level](fields === undefined ? {} : flatten(fields), message)
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

/** Errors as code, sentence and place; without their own properties, which may hold whole requests. */
function flatten(fields: LogFields): Record<string, unknown> {
  const { error, ...rest } = fields
  if (error === undefined) return rest
  return { ...rest, error: errorFields(error, 3) }
}

function errorFields(error: unknown, depth: number): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : typeof error
  const code =
    error instanceof MaydayError
      ? { code: error.code, hint: error.hint }
      : 'code' in error
        ? { code: String(error.code) }
        : {}
  const cause = error.cause === undefined || depth === 0 ? {} : { cause: errorFields(error.cause, depth - 1) }
  return { ...code, name: error.name, message: error.message, at: error.stack?.split('\n')[1]?.trim(), ...cause }
}

export interface Loop {
  start(): void
  /** Runs as soon as it can; during a run: once more after it. */
  kick(): void
  /** No run begins after this; resolves when the one under way has ended. */
  stop(): Promise<void>
}

export interface Loops {
  /** Runs `work` every `everyMs` after the previous run ended. A failure is logged and the next run comes all the same. */
  create(name: string, everyMs: number, work: () => Promise<void>): Loop
}

/** A failing loop says so when it begins to fail, then at most this often, ms. */
const REPEAT_MS = 60_000

export function createLoops(clock: Clock, log: Log): Loops {
  return { create: (name, everyMs, work) => createLoop({ clock, log, name, everyMs, work }) }
}

function createLoop(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly name: string
  readonly everyMs: number
  readonly work: () => Promise<void>
}): Loop {
  let state: 'idle' | 'on' | 'off' = 'idle'
  let running: Promise<void> | undefined
  let again = false
  let cancel = () => {}
  const health = createComplaint(deps)

  function begin(): void {
    cancel()
    if (state !== 'on') return
    if (running !== undefined) {
      again = true
      return
    }
    running = deps
      .work()
      .then(health.good, health.bad)
      .finally(() => {
        running = undefined
        if (again) {
          again = false
          begin()
        } else if (state === 'on') {
          cancel = deps.clock.after(deps.everyMs, begin)
        }
      })
  }

  return {
    start: () => {
      if (state !== 'idle') return
      state = 'on'
      begin()
    },
    kick: begin,
    stop: async () => {
      state = 'off'
      again = false
      cancel()
      await running
    },
  }
}

function createComplaint({ clock, log, name }: { readonly clock: Clock; readonly log: Log; readonly name: string }) {
  let since: number | undefined
  let said = 0
  return {
    good: () => {
      if (since !== undefined) log.info('a loop works again', { loop: name, failedForMs: clock.now() - since })
      since = undefined
    },
    bad: (error: unknown) => {
      const now = clock.now()
      if (since !== undefined && now - said < REPEAT_MS) return
      since ??= now
      said = now
      log.error('a loop failed and runs again', { loop: name, error })
    },
  }
}
