/** One walk over a target, slice by slice, at the pace of the budget and through short absences of the server. */
import { describe, MaydayError } from '../errors.js'
import type { KeyTarget, Scope, Slice, What } from '../ports/keys.js'
import type { Pacer } from './pacer.js'

/** Whoever works can be told to halt: by a person, by the end of the process, or by a replica that took over. */
export interface Reins {
  /** False: halt now. `waiting` says why nothing goes on. */
  goesOn(waiting?: string): Promise<boolean>
}

export interface WalkDeps {
  readonly target: KeyTarget
  readonly pacer: Pacer
  readonly pause: (ms: number) => Promise<void>
  readonly reins: Reins
}

/** How long an absent server is waited for, and between which tries, ms. */
const PATIENCE_MS = 120_000
const RETRY_MS = { first: 100, most: 5_000 } as const

/**
 * Calls until it works: a server that is away is waited for. Undefined: told to halt. Throws what will not pass, and
 * `TARGET_UNAVAILABLE` when patience ends.
 */
export async function steadily<T>(
  deps: Omit<WalkDeps, 'target' | 'pacer'>,
  call: (again: boolean) => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  const since = performance.now()
  let waited = 0
  for (let wait: number = RETRY_MS.first; ; wait = Math.min(RETRY_MS.most, wait * 2)) {
    try {
      return { value: await call(wait > RETRY_MS.first) }
    } catch (error) {
      const passes = error instanceof MaydayError && error.code === 'TARGET_UNAVAILABLE' && error.retry
      if (!passes || Math.max(waited, performance.now() - since) > PATIENCE_MS) throw error
      if (!(await deps.reins.goesOn(describe(error)))) return undefined
      await deps.pause(wait)
      waited += wait
    }
  }
}

/**
 * Walks from `from` to the end. `visit` sees every slice, and where the walk goes on; the server looks for the next slice
 * meanwhile, where a slice does not depend on what `visit` does. False: told to halt; what was found till then was
 * visited. Throws `TARGET_CHANGED` when the walk has to begin anew.
 */
export async function walk(
  deps: WalkDeps,
  scope: Scope,
  what: What,
  from: string | undefined,
  visit: (slice: Slice) => void | Promise<void>,
): Promise<boolean> {
  const look = (at: string | undefined) =>
    steadily(deps, () => deps.pacer.turn((quantum) => deps.target.slice(scope, at, quantum, what)))
  if (!(await deps.reins.goesOn())) return false
  for (let asked = look(from); ; ) {
    const got = await asked
    if (got === undefined) return false
    const { next } = got.value
    const goesOn = next !== undefined && (await deps.reins.goesOn())
    // why: a slice of `sidekiq` is looked for where the one before was removed; see KeyTarget.
    const isAhead = goesOn && deps.target.layout !== 'sidekiq'
    if (isAhead) asked = look(next)
    try {
      await visit(got.value)
    } finally {
      // Nothing may be under way any more when this ends; whoever awaits it next meets its failure.
      if (isAhead) await asked.catch(() => undefined)
    }
    if (!goesOn) return next === undefined
    if (!isAhead) asked = look(next)
  }
}

/** How often a walk may begin anew before something is wrong with the server, not with the walk. */
const RESTARTS = 20

/** Runs `work` again from the start when the server behind it was restarted or replaced. */
export async function fromTheStart<T>(
  deps: Pick<WalkDeps, 'pause'>,
  work: (restart: number) => Promise<T>,
): Promise<T> {
  for (let restart = 0; ; restart += 1) {
    try {
      return await work(restart)
    } catch (error) {
      if (!(error instanceof MaydayError) || error.code !== 'TARGET_CHANGED' || restart >= RESTARTS) throw error
      await deps.pause(Math.min(2_000, 50 * 2 ** restart))
    }
  }
}
