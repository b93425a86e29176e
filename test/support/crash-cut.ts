/**
 * The wire between one bot and its store. Counts what the bot has put into its store, and cuts the wire at a step named
 * beforehand: either when the step is about to be kept, or when it has been kept and nobody knows yet. After the cut
 * nothing of the store answers any more and no timer of the bot fires, until its process is killed.
 */
import type { Clock, Store, Tables } from '../../src/ports.js'

export interface Cut {
  /** Number of the step, from 1. */
  readonly at: number
  readonly side: 'before' | 'after'
}

export interface CutHooks {
  readonly step: (number: number, name: string) => void
  /** The wire was cut. */
  readonly out: (number: number, name: string) => void
}

export interface CutWire {
  wrap(store: Store): Store
  clock(clock: Clock): Clock
  /** The next message or press that is taken in is the first step; what the bot does by itself before is none. */
  count(): void
}

type Names = Readonly<Partial<Record<keyof Tables, readonly string[]>>>

/** What changes the store, by table. */
const WRITES: Names = {
  inbox: ['claim', 'finish'],
  incidents: ['create', 'save'],
  pages: ['create', 'save', 'release'],
  facts: ['append', 'reacted'],
  runs: ['create', 'save'],
  outbox: ['put', 'sent', 'failed'],
  leases: ['take', 'release'],
  notes: ['set'],
}

/** What changes the store where there is something to take; loops ask all the time and mostly take nothing. */
const CLAIMS: Names = { inbox: ['reclaim'], pages: ['claimDue'], facts: ['claimUnreacted'] }

/** How the store learns of a message, and of a press. */
const BEGINNINGS = ['inbox.claim', 'transaction.incidents.save+facts.append']

interface Wire {
  readonly hooks: CutHooks
  readonly cut: Cut | undefined
  counting: boolean
  steps: number
  dead: boolean
}
interface Step {
  readonly number: number
  readonly name: string
}

export function createCutWire(cut: Cut | undefined, hooks: CutHooks): CutWire {
  const wire: Wire = { hooks, cut, counting: false, steps: 0, dead: false }
  return {
    count: () => {
      wire.counting = true
    },
    clock: (clock) => ({ now: clock.now, after: (ms, run) => clock.after(ms, () => (wire.dead ? undefined : run())) }),
    wrap: (store) => ({
      ...eachTable(store, (name, table) => onEachCall(table, outside(wire, store, name))),
      ping: () => alive(wire, () => store.ping()),
      tx: (work) => alive(wire, () => namedTransaction(wire, store, work)),
    }),
  }
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined)
}

/** Nothing comes through a wire that is cut, neither an answer nor a failure. */
async function alive<T>(wire: Wire, work: () => Promise<T>): Promise<T> {
  if (wire.dead) return never()
  try {
    const value = await work()
    return wire.dead ? await never() : value
  } catch (error) {
    if (wire.dead) return await never()
    throw error
  }
}

function nextStep(wire: Wire, name: string): Step | undefined {
  if (!wire.counting || wire.dead) return undefined
  if (wire.steps === 0 && !BEGINNINGS.includes(name)) return undefined
  wire.steps += 1
  wire.hooks.step(wire.steps, name)
  return { number: wire.steps, name }
}

async function pass(wire: Wire, step: Step | undefined, side: Cut['side']): Promise<void> {
  if (wire.dead) return never()
  if (step === undefined || step.number !== wire.cut?.at || side !== wire.cut.side) return
  wire.dead = true
  wire.hooks.out(step.number, step.name)
  await never()
}

/** A call outside of any transaction: a write is a step of its own, a claim is one where it took something. */
function outside(wire: Wire, store: Store, table: keyof Tables): Called {
  return (method, call, args) =>
    alive(wire, async () => {
      if (CLAIMS[table]?.includes(method)) {
        const claim = (t: Tables) => calling(t[table], method, args)
        return transaction(wire, store, claim, (v) => (Array.isArray(v) && v.length > 0 ? [method] : []), table)
      }
      if (WRITES[table]?.includes(method) !== true) return call()
      const step = nextStep(wire, `${table}.${method}`)
      await pass(wire, step, 'before')
      const value = await call()
      await pass(wire, step, 'after')
      return value
    })
}

function namedTransaction<T>(wire: Wire, store: Store, work: (t: Tables) => Promise<T>): Promise<T> {
  const done: string[] = []
  const watched = (tables: Tables): Tables =>
    eachTable(tables, (name, table) =>
      onEachCall(table, (method, call) => {
        if (WRITES[name]?.includes(method) === true) done.push(`${name}.${method}`)
        return call()
      }),
    )
  return transaction(
    wire,
    store,
    (t) => work(watched(t)),
    () => done,
    'transaction',
  )
}

/** One transaction; its commit is a step where it changed something. */
async function transaction<T>(
  wire: Wire,
  store: Store,
  work: (t: Tables) => Promise<T>,
  changes: (value: T) => readonly string[],
  name: string,
): Promise<T> {
  let step: Step | undefined
  const value = await store.tx(async (t) => {
    const made = await work(t)
    const changed = changes(made)
    step = changed.length === 0 ? undefined : nextStep(wire, `${name}.${changed.join('+')}`)
    await pass(wire, step, 'before')
    return made
  })
  await pass(wire, step, 'after')
  return value
}

/** The same store or tables, each table changed; their own functions stay. */
function eachTable<T extends Tables>(from: T, change: (name: keyof Tables, table: object) => object): T {
  const changed = Object.entries(from).map(([name, part]: readonly [string, unknown]) => {
    return [name, typeof part === 'object' && part !== null ? change(name as keyof Tables, part) : part] as const
  })
  const all: object = Object.fromEntries(changed)
  return all as T
}

type Called = (method: string, call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>

function onEachCall<T extends object>(real: T, called: Called): T {
  return new Proxy(real, {
    get(target, method) {
      const value: unknown = Reflect.get(target, method)
      if (typeof value !== 'function') return value
      const name = String(method)
      return (...args: readonly unknown[]) => called(name, () => calling(target, name, args), args)
    },
  })
}

async function calling(target: object, method: string, args: readonly unknown[]): Promise<unknown> {
  const real: unknown = Reflect.get(target, method)
  if (typeof real !== 'function') throw new TypeError(`${method} is no method of this table`)
  return Reflect.apply(real, target, [...args])
}
