/**
 * Turning things off and on. What is wanted is written down before the call, and nothing is said to be off or on that was
 * not read back from the thing itself: not after a lost answer, not after a crash, not after a restart.
 */
import { describe, MaydayError } from '../errors.js'
import type { SwitchAsking, SwitchReading, SwitchState } from '../ports/switches.js'
import type { Switch, SwitchesDeps } from './deps.js'
import { conclude, type Flipped, fail, note, remind, remindedAt, succeed } from './outcome.js'
import { changeRecord, type Pending, readRecord, type Seen, type SwitchRecord } from './record.js'
import * as words from './words.js'

export interface Standing {
  readonly name: string
  readonly about: string
  /** As read just now; undefined: it cannot be read. */
  readonly state: SwitchState | undefined
  readonly detail: string
  readonly record: SwitchRecord
}

export interface Switches {
  readonly names: readonly string[]
  /** Reads every switch. */
  list(): Promise<readonly Standing[]>
  /** Those that were off when they were last read; asks nobody. */
  off(): Promise<readonly ({ readonly name: string } & Seen)[]>
  /** Safe to repeat. Throws `SWITCH_UNKNOWN`, `SWITCH_UNAVAILABLE` (nothing was done), `SWITCH_BUSY`. */
  flip(name: string, wanted: SwitchState, asking: SwitchAsking): Promise<Flipped>
  /** Delivery of a target was held or released by another way than its switches: they take note. Throws nothing. */
  turned(target: string, state: SwitchState, asking: SwitchAsking): Promise<void>
  /** Concludes what was interrupted, notices what others turned, reminds. */
  tick(): Promise<void>
}

/** After this what was asked and is not seen did not take effect, ms. */
const TAKES_MS = 60_000
/** One switch is worked on by one process at a time, ms. */
const LEASE_MS = 90_000
/** What is off is read this often, ms: somebody may turn it on at Heroku itself. */
const LOOK_MS = 300_000

export function createSwitches(deps: SwitchesDeps): Switches {
  const looked = new Map<string, number>()
  return {
    names: deps.switches.map(({ name }) => name),
    list: () => Promise.all(deps.switches.map((one) => look(deps, one))),
    async off() {
      const records = await Promise.all(
        deps.switches.map(async ({ name }) => ({ name, seen: (await readRecord(deps.store.notes, name)).seen })),
      )
      return records.flatMap(({ name, seen }) => (seen?.state === 'off' ? [{ name, ...seen }] : []))
    },
    async flip(name, wanted, asking) {
      const found = deps.switches.find((one) => one.name === name)
      if (found === undefined) {
        throw new MaydayError('SWITCH_UNKNOWN', {
          what: words.unknown(
            name,
            deps.switches.map((one) => one.name),
          ),
        })
      }
      const flipped = await alone(deps, found, () => flip(deps, found, wanted, asking))
      if (flipped === undefined) throw new MaydayError('SWITCH_BUSY', { what: words.BUSY, retry: true })
      deps.changed()
      return flipped
    },
    async turned(target, state, asking) {
      for (const one of deps.switches) {
        if (one.target === target) await takeNote(deps, one, state, asking)
      }
      deps.changed()
    },
    async tick() {
      for (const one of deps.switches) {
        const record = await readRecord(deps.store.notes, one.name)
        if (!isDue(deps, one, record, looked.get(one.name))) continue
        looked.set(one.name, deps.clock.now())
        await alone(deps, one, () => settle(deps, one))
        deps.changed()
      }
    },
  }
}

/** What was done is done: a switch that cannot take note of it finds it out later. */
async function takeNote(deps: SwitchesDeps, one: Switch, state: SwitchState, asking: SwitchAsking): Promise<void> {
  try {
    const reading = await one.device.read()
    await alone(deps, one, () => conclude(deps, one, reading, asking, reading.state === state ? asking : undefined))
  } catch (error) {
    deps.log.warn('a switch could not take note of what was done another way', { switch: one.name, error })
  }
}

/** Undefined: another process holds it. */
async function alone<T>(deps: SwitchesDeps, { name }: Switch, work: () => Promise<T>): Promise<T | undefined> {
  const lease = `switch:${name}`
  // why: two calls of one process share its name, and each must keep the other out.
  const owner = `${deps.owner}:${deps.newId()}`
  if (!(await deps.store.leases.take(lease, owner, LEASE_MS))) return undefined
  try {
    return await work()
  } finally {
    await deps.store.leases.release(lease, owner)
  }
}

async function flip(deps: SwitchesDeps, one: Switch, wanted: SwitchState, asking: SwitchAsking): Promise<Flipped> {
  const reading = await one.device.read()
  const read = { name: one.name, about: one.device.about, detail: reading.detail }
  // First what others may have done: what follows must not look like no news.
  await conclude(deps, one, reading, asking)
  if (reading.state === wanted) {
    if (wanted === 'off') await one.device.offAgain?.(asking)
    const more = wanted === 'off' ? one.device.offAgain && words.TAKEN_AGAIN : undefined
    return { kind: 'already', text: words.alreadySo(read, wanted, more) }
  }
  const memory = wanted === 'off' ? await one.device.remember() : undefined
  const pending = await ask(deps, one, wanted, asking, memory)
  try {
    if (wanted === 'off') await one.device.turnOff(asking)
    else await one.device.turnOn((await readRecord(deps.store.notes, one.name)).memory, asking)
  } catch (error) {
    deps.log.warn('a switch could not be turned', { switch: one.name, wanted, error })
    return afterFailure(deps, one, pending, error)
  }
  return verify(deps, one, pending, undefined)
}

/** Written down before the call, so that no crash forgets what turning it on will need. */
function ask(
  deps: SwitchesDeps,
  { name }: Switch,
  wanted: SwitchState,
  asking: SwitchAsking,
  memory: SwitchRecord['memory'],
): Promise<Pending> {
  return changeRecord(deps.store, name, async (record, t) => {
    const at = deps.clock.now()
    const pending: Pending = { id: deps.newId(), wanted, at, until: at + TAKES_MS, ...asking }
    await note(t, name, pending, { kind: 'switch_asked', wanted })
    return { record: { ...record, pending, ...(memory === undefined ? {} : { memory }) }, value: pending }
  })
}

/** The call failed. What is true is what can be read. */
async function afterFailure(deps: SwitchesDeps, one: Switch, pending: Pending, error: unknown): Promise<Flipped> {
  const maybe = !(error instanceof MaydayError) || error.retry
  if (maybe) return verify(deps, one, pending, describe(error))
  const reading = await one.device.read().catch(() => undefined)
  if (reading?.state === pending.wanted) return succeed(deps, one, pending, reading)
  const stands = reading === undefined ? '' : words.standsStill(reading.state, reading.detail)
  return fail(deps, one, pending, { because: describe(error), uncertain: false, stands })
}

/** `because`: why the call may not have been applied; undefined: it was taken. */
async function verify(
  deps: SwitchesDeps,
  one: Switch,
  pending: Pending,
  because: string | undefined,
): Promise<Flipped> {
  const { name } = one
  try {
    const reading = await one.device.read()
    if (reading.state === pending.wanted) return await succeed(deps, one, pending, reading)
    const why = because ?? `it was taken, and still reads ${reading.state}.`
    // Stays asked: what is on its way may still arrive, and the loop looks again.
    return { kind: 'unknown', text: words.notKnown(name, pending.wanted, why) }
  } catch (error) {
    deps.log.warn('a switch could not be read back', { switch: name, error })
    return { kind: 'unknown', text: words.notKnown(name, pending.wanted, because ?? describe(error)) }
  }
}

function isDue(deps: SwitchesDeps, one: Switch, record: SwitchRecord, lookedAt: number | undefined): boolean {
  if (record.pending !== undefined) return true
  if (record.seen?.state !== 'off') return false
  const now = deps.clock.now()
  return lookedAt === undefined || now - lookedAt >= LOOK_MS || now - remindedAt(record.seen) >= one.remindMs
}

/** Reads it, and draws the consequences. */
async function settle(deps: SwitchesDeps, one: Switch): Promise<void> {
  const { pending, seen } = await readRecord(deps.store.notes, one.name)
  let reading: SwitchReading
  try {
    reading = await one.device.read()
  } catch (error) {
    deps.log.warn('a switch cannot be read', { switch: one.name, error })
    if (seen?.state === 'off') await remind(deps, one, words.reminderUnread(one.name, seen.readAt, describe(error)))
    return
  }
  if (pending !== undefined && reading.state !== pending.wanted) {
    if (deps.clock.now() < pending.until) return
    const stands = words.standsStill(reading.state, reading.detail)
    await fail(deps, one, pending, { because: words.didNotCome(one.name, pending.wanted), uncertain: false, stands })
    return
  }
  await conclude(deps, one, reading, undefined)
  if (reading.state !== 'off' || seen?.state !== 'off') return
  const read = { name: one.name, about: one.device.about, detail: reading.detail }
  await remind(deps, one, words.reminder(read, seen.since, seen.by, deps.clock.now()))
}

async function look({ store }: SwitchesDeps, { name, device }: Switch): Promise<Standing> {
  const record = await readRecord(store.notes, name)
  try {
    return { name, about: device.about, record, ...(await device.read()) }
  } catch (error) {
    return { name, about: device.about, record, state: undefined, detail: describe(error) }
  }
}
