import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { clockModule } from './clock.js'
import { NightError, NightInterrupted } from './error.js'

/** How the shipped bot is started: a program and its arguments, without a shell. */
export interface BotCommand {
  readonly command: string
  readonly args: readonly string[]
}

export interface BotOptions extends BotCommand {
  /** Everything the bot is told; nothing else of this process's environment reaches it. */
  readonly env: Readonly<Record<string, string>>
  /** Must not hold a `.env` file: the bot would read it. */
  readonly cwd: string
  /** Where it answers health checks and webhooks, at every start the same. */
  readonly port: number
  readonly signal: AbortSignal
}

/** The bot as a child process; at most one runs at a time. */
export interface Bot {
  pid(): number | undefined
  /** Starts it, with its clock ahead by so much, and waits until `/readyz` says 200. Resolves with the milliseconds. */
  start(o?: { readonly aheadMs?: number }): Promise<number>
  /** `kill -9`: no goodbye, nothing is finished. */
  kill(): Promise<void>
  /** Asks it to end, then makes it. */
  stop(): Promise<void>
  /** Why it is not running although nobody ended it. */
  trouble(): string | undefined
  /** The last lines that it wrote. */
  lastWords(): readonly string[]
}

const READY_WITHIN_MS = 20_000
const STOP_WITHIN_MS = 3_000
const KEPT_LINES = 40

interface State {
  child: ChildProcess | undefined
  /** Set while the end of the child is wanted. */
  ending: boolean
  trouble: string | undefined
  readonly lines: string[]
}

export function createBot(options: BotOptions): Bot {
  const state: State = { child: undefined, ending: false, trouble: undefined, lines: [] }
  // Whatever ends this process, the bot does not outlive it.
  const lastResort = () => state.child?.kill('SIGKILL')
  process.once('exit', lastResort)
  const end = async (signal: NodeJS.Signals, patienceMs: number) => {
    const { child } = state
    if (child === undefined) return
    state.ending = true
    child.kill(signal)
    await gone(child, patienceMs)
    state.child = undefined
  }
  return {
    pid: () => state.child?.pid,
    start: async ({ aheadMs = 0 } = {}) => {
      const began = performance.now()
      launch(options, state, aheadMs)
      await ready(options, state)
      return Math.round(performance.now() - began)
    },
    kill: () => end('SIGKILL', STOP_WITHIN_MS),
    stop: async () => {
      await end('SIGTERM', STOP_WITHIN_MS)
      process.removeListener('exit', lastResort)
    },
    trouble: () => state.trouble,
    lastWords: () => [...state.lines],
  }
}

function launch(options: BotOptions, state: State, aheadMs: number): void {
  const { command, args, cwd, port } = options
  const ahead = aheadMs === 0 ? {} : { NODE_OPTIONS: `--import=${clockModule(aheadMs)}` }
  const env = { ...childEnv(options.env), ...ahead, PORT: String(port) }
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  state.child = child
  state.ending = false
  state.trouble = undefined
  const keep = (chunk: Buffer) => {
    state.lines.push(
      ...chunk
        .toString('utf8')
        .split('\n')
        .filter((line) => line.trim() !== ''),
    )
    state.lines.splice(0, state.lines.length - KEPT_LINES)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const over = (how: string) => {
    if (state.child !== child || state.ending) return
    state.trouble = how
    state.child = undefined
  }
  child.on('error', (error) => over(`the bot could not be started (${error.message})`))
  child.on('exit', (code, signal) => over(`the bot ended by itself (${signal ?? `exit status ${code}`})`))
}

/** What the bot is told, and of this process's own environment only what every program needs. */
export function childEnv(told: Readonly<Record<string, string>>): Record<string, string> {
  return { ...pick(process.env, ['PATH', 'HOME', 'TMPDIR', 'TZ']), ...told }
}

async function ready({ signal, port }: BotOptions, state: State): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  let seen = 'no answer'
  while (performance.now() < deadline) {
    if (state.trouble !== undefined) throw new NightError('the bot starts and becomes ready', state.trouble)
    const answer = await ask(`http://127.0.0.1:${port}/readyz`)
    if (answer?.ok === true) return
    seen = answer === undefined ? seen : `${answer.status}: ${answer.text}`
    await sleep(40, undefined, { signal }).catch(() => {
      throw new NightInterrupted()
    })
  }
  throw new NightError(`the bot answers 200 on /readyz within ${READY_WITHIN_MS / 1000} s`, seen)
}

async function ask(url: string): Promise<{ ok: boolean; status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) })
    return { ok: response.ok, status: response.status, text: (await response.text()).trim() }
  } catch {
    // Nobody listens yet.
    return undefined
  }
}

/** Resolves when the process has ended; after `patienceMs` it is made to. */
function gone(child: ChildProcess, patienceMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve()
    const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])))
}

/** A port of 127.0.0.1 that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
