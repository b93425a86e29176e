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

/** Slices on their way at once: while one is at the server, the one before it is dealt with here. */
const UNDER_WAY = 2

interface Asked {
  readonly at: string | undefined
  readonly got: Promise<{ readonly value: Slice } | undefined>
  /** Where the next one goes on, once that is known. */
  next: string | undefined
}

/**
 * Walks from `from` to the end. `visit` sees every slice, in order; the server looks for the next ones meanwhile, where a
 * slice does not depend on what `visit` does. False: told to halt; what was found till then was visited. Throws
 * `TARGET_CHANGED` when the walk has to begin anew.
 */
export async function walk(
  deps: WalkDeps,
  scope: Scope,
  what: What,
  from: string | undefined,
  visit: (slice: Slice) => void | Promise<void>,
): Promise<boolean> {
  if (!(await deps.reins.goesOn())) return false
  const line = createLine(deps, scope, what)
  line.ask(from)
  try {
    for (;;) {
      const got = await line.first()
      if (got === undefined) return false
      const { next } = got.value
      const goesOn = next !== undefined && (await deps.reins.goesOn())
      // why: a slice of `sidekiq` is looked for where the one before was removed; see KeyTarget.
      const isAhead = deps.target.layout !== 'sidekiq'
      if (goesOn && isAhead) await line.goOn(next)
      await visit(got.value)
      if (!goesOn) return next === undefined
      if (!isAhead) line.ask(next)
    }
  } finally {
    // Nothing may be under way any more when this ends.
    await line.end()
  }
}

/** The slices of one walk that are on their way. */
function createLine(deps: WalkDeps, scope: Scope, what: What) {
  const line: Asked[] = []
  let isOver = false

  function ask(at: string | undefined): void {
    const tell = (next: string): void => {
      asked.next = next
      fill()
    }
    const got = steadily(deps, () => deps.pacer.turn((ms) => deps.target.slice(scope, at, ms, what, tell)))
    const asked: Asked = { at, got, next: undefined }
    // Whoever awaits it meets its failure.
    got.catch(() => undefined)
    line.push(asked)
  }

  function fill(): void {
    const next = line.at(-1)?.next
    if (!isOver && next !== undefined && line.length < UNDER_WAY) ask(next)
  }

  async function clear(): Promise<void> {
    await Promise.all(line.splice(0).map(({ got }) => got.catch(() => undefined)))
  }

  return {
    ask,
    async first() {
      const got = await line[0]?.got
      line.shift()
      return got
    },
    async goOn(next: string): Promise<void> {
      // A call that was repeated may have ended elsewhere than it said at first.
      if (line[0] !== undefined && line[0].at !== next) await clear()
      if (line.length === 0) ask(next)
      else fill()
    },
    async end(): Promise<void> {
      isOver = true
      await clear()
    },
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
