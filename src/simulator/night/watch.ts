import { setTimeout as sleep } from 'node:timers/promises'
import type { Bot } from './bot.js'
import { NightError, NightInterrupted } from './error.js'

/** What a scene expects of the world. Everything that is told as seen went through here. */
export interface Watch {
  /**
   * Looks until there is something, and gives it. `expected` is the sentence for when it never comes, `seen` what was
   * there instead. The limit (ms, default 10 s) only ends a replay that has failed; nothing is measured by it.
   */
  until<T>(
    expected: string,
    look: () => T | undefined | false | Promise<T | undefined | false>,
    o: { readonly seen: () => string; readonly withinMs?: number },
  ): Promise<T>
  check(expected: string, holds: boolean, seen: string): void
  /** Lets the bot do for this long, ms, what it must not do. */
  idle(ms: number): Promise<void>
}

const LOOK_EVERY_MS = 15
const LIMIT_MS = 10_000

export function createWatch(bot: Pick<Bot, 'trouble'>, signal: AbortSignal): Watch {
  const pause = async (ms: number): Promise<void> => {
    if (signal.aborted) throw new NightInterrupted()
    await sleep(ms, undefined, { signal }).catch(() => {
      throw new NightInterrupted()
    })
  }
  return {
    async until(expected, look, { seen, withinMs = LIMIT_MS }) {
      const deadline = performance.now() + withinMs
      for (;;) {
        const found = await look()
        if (found !== undefined && found !== false) return found
        await pause(LOOK_EVERY_MS)
        const trouble = bot.trouble()
        if (trouble !== undefined) throw new NightError(expected, trouble)
        if (performance.now() > deadline) throw new NightError(expected, `${seen()}, for ${withinMs / 1000} s`)
      }
    },
    check(expected, holds, seen) {
      if (!holds) throw new NightError(expected, seen)
    },
    idle: pause,
  }
}
