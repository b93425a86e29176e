import type { Night } from '../night/acts.js'

/** One part of a story. `play` throws a NightError at the first thing that is not as it should be. */
export interface Scene {
  /** The clock on the wall when it begins, `02:07`. */
  readonly at: string
  readonly title: string
  /** Left out, and said so, where there is no Redis. */
  readonly needs?: 'redis'
  readonly play: (night: Night) => Promise<void>
}

/** A story that can be replayed. */
export interface Scenario {
  readonly name: string
  readonly about: string
  /** The story as it went without Mayday. */
  readonly opening: readonly { readonly at: string; readonly what: string }[]
  /** What to remember of it, said when everything was seen. */
  readonly closing?: string
  /** Deadlines of the replay, as in the `paging` section of mayday.yml; shorter than the defaults, and said so. */
  readonly paging: Readonly<Record<string, string>>
  readonly scenes: readonly Scene[]
  /** True: with a Redis as it was that night. */
  readonly withRedis?: boolean
  /** True: there is nothing to replay, it is there to be played with. */
  readonly openEnded?: boolean
}
