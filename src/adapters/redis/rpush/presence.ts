/** Which of a few keys are there. why: most of the eight indexes that there may be are not, and need not be asked. */
import { expectValue } from '../failure.js'
import type { Session, Words } from '../session.js'

export interface Presence {
  /** Those that were there when last looked at. */
  there(session: Session): Promise<readonly string[]>
  /** The others. */
  missing(): readonly string[]
  /** Asks whether one of the others is there by now: as many as its answer says. */
  asking(): readonly Words[]
  /** Looks again next time. */
  forget(): void
}

export function createPresence(keys: readonly string[]): Presence {
  let absent: ReadonlySet<string> | undefined
  const missing = () => keys.filter((key) => absent?.has(key))
  return {
    async there(session) {
      if (absent === undefined) {
        const replies = await session.batch(keys.map((key) => ['EXISTS', key] as const))
        const values = replies.map((reply) => Number(expectValue(reply, session.where)))
        absent = new Set(keys.filter((_, index) => values[index] === 0))
      }
      return keys.filter((key) => !absent?.has(key))
    },
    missing,
    asking: () => (missing().length === 0 ? [] : [['EXISTS', ...missing()]]),
    forget() {
      absent = undefined
    },
  }
}
