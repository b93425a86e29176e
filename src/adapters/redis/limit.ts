/** How long one waits for a server that keeps the socket open and does not answer. */
import type { Redis } from 'ioredis'
import { MaydayError } from '../../errors.js'
import type { Timing } from './session.js'

export interface Limit {
  /** The reply, or `TARGET_UNAVAILABLE` after `ms`; the connection is given up then. */
  limited<T>(reply: Promise<T>, ms: number): Promise<T>
  /** Why the connection was given up, once it was: what else waits on it ends for the same reason, not for our hanging up. */
  gaveUp(): MaydayError | undefined
}

export function createLimit(redis: Redis, where: string, timing: Timing): Limit {
  let silence: MaydayError | undefined
  return {
    limited: (reply, ms) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          silence ??= new MaydayError('TARGET_UNAVAILABLE', {
            what: `Redis at ${where} did not answer within ${Math.round(ms / 100) / 10} s. Whether it did what was asked is not known; asking again is safe.`,
            hint: `Look at its load and the network; a reply is waited for ${Math.round(timing.replyMs / 100) / 10} s.`,
            retry: true,
          })
          redis.disconnect()
          reject(silence)
        }, ms)
        reply.then(resolve, reject).finally(() => clearTimeout(timer))
      }),
    gaveUp: () => silence,
  }
}
