/** A simulated Slack, a real store in a temporary directory, and the shipped gate between them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSlackGate, type SlackGate, type SlackGateOptions } from '../../src/adapters/slack/gate.js'
import type { SlackTiming } from '../../src/adapters/slack/timing.js'
import { makeOwner } from '../../src/adapters/store/owner.js'
import { openStore } from '../../src/adapters/store/store.js'
import type { Clock, Inbox, Log, LogFields, Store } from '../../src/ports.js'
import {
  createSlackSimulator,
  type SlackSimulator,
  type SlackSimulatorOptions,
} from '../../src/simulator/slack/simulator.js'

/** A clock that stands still until it is moved. */
export interface HandClock extends Clock {
  forward(ms: number): void
}

export function handClock(start = 1_760_000_000_000): HandClock {
  let now = start
  let timers: { readonly at: number; readonly run: () => void }[] = []
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
    forward(ms) {
      const until = now + ms
      for (;;) {
        const next = timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        now = Math.max(now, next.at)
        timers = timers.filter((one) => one !== next)
        next.run()
      }
      now = until
    },
  }
}

/** The wall clock, for what waits on the network. */
const wallClock: Clock = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

interface LogBook extends Log {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: LogFields }[]
  has(level: string, message: RegExp): boolean
}

function logBook(): LogBook {
  const lines: LogBook['lines'] = []
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields })
  return {
    lines,
    has: (level, message) => lines.some((line) => line.level === level && message.test(line.message)),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  }
}

/** Looks again and again until it is so; the limit is for a broken product, never part of what is tested. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`It never came to this: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}

/** Short waits, so that nothing here lasts. */
const QUICK: Partial<SlackTiming> = {
  pingMs: 40,
  backoffMs: 10,
  backoffCapMs: 60,
  closeMs: 60,
  drainMs: 2_000,
  retireMs: 400,
  mendMs: 60,
  crowdedMs: 60,
  stableMs: 50,
  tendMs: 10,
  tendCapMs: 60,
}

export interface Night {
  readonly slack: SlackSimulator
  readonly store: Store
  readonly log: LogBook
  readonly emergency: { readonly id: string }
  readonly alice: { readonly id: string }
  /** What the listener of messages saw, in order: text, and where from. */
  readonly heard: { readonly text: string; readonly source: unknown; readonly unclaimed: boolean }[]
  gate(options?: Partial<SlackGateOptions>): SlackGate
  /** The same with a listener that writes into `heard`. */
  listening(options?: Partial<SlackGateOptions>): SlackGate
  end(): Promise<void>
}

export async function night(options: SlackSimulatorOptions = {}): Promise<Night> {
  const slack = await createSlackSimulator({
    retryDelaysMs: [20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120],
    ...options,
  })
  const home = mkdtempSync(join(tmpdir(), 'mayday-slack-'))
  const store = await openStore({ url: join(home, 'mayday.db'), owner: makeOwner() })
  const emergency = slack.addChannel({ name: 'emergency' })
  const alice = slack.addPerson({ name: 'alice' })
  const log = logBook()
  const heard: Night['heard'] = []
  const gates: SlackGate[] = []
  const gate: Night['gate'] = (more = {}) => {
    const made = createSlackGate({
      mode: { kind: 'socket', appToken: slack.appToken },
      botToken: slack.botToken,
      apiUrl: slack.apiUrl,
      channel: '#emergency',
      inbox: store.inbox,
      notes: store.notes,
      clock: wallClock,
      log,
      ...more,
      timing: { ...QUICK, ...more.timing },
    })
    gates.push(made)
    return made
  }
  return {
    slack,
    store,
    log,
    emergency,
    alice,
    heard,
    gate,
    listening(more) {
      const made = gate(more)
      made.app.message(async ({ message, context }) => {
        const text = 'text' in message ? (message.text ?? '') : ''
        heard.push({ text, source: context['source'], unclaimed: context['unclaimed'] === true })
      })
      return made
    },
    async end() {
      await Promise.all(gates.map((one) => one.stop()))
      await slack.close()
      await store.close()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** An inbox that can be made to fail or to hang. */
export function brittle(inbox: Inbox): Inbox & { mode: 'well' | 'down' | 'hangs' } {
  const self: Inbox & { mode: 'well' | 'down' | 'hangs' } = {
    mode: 'well',
    claim: (key, event) => guard(() => inbox.claim(key, event)),
    finish: (key) => guard(() => inbox.finish(key)),
    reclaim: (ageMs, limit) => guard(() => inbox.reclaim(ageMs, limit)),
    sweep: (ageMs) => guard(() => inbox.sweep(ageMs)),
  }
  async function guard<T>(call: () => Promise<T>): Promise<T> {
    if (self.mode === 'down') throw new Error('the store is down')
    if (self.mode === 'hangs') return new Promise<T>(() => undefined)
    return call()
  }
  return self
}
