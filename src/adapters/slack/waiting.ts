/** Waiting on the network: in real time, because Slack's sockets and ack windows do not follow a clock that a test moves. */

export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

export function defer<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Waits until all are done, however they end, or `ms` are over. True: all are done. */
export async function settled(work: readonly Promise<unknown>[], ms: number): Promise<boolean> {
  if (work.length === 0) return true
  const over = defer<boolean>()
  const timer = setTimeout(() => over.resolve(false), ms)
  try {
    return await Promise.race([Promise.allSettled(work).then(() => true), over.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves after `ms`, or at once when the signal is given. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

/**
 * How long to wait before try number `failures + 1`, ms: doubling from `firstMs`, never above `capMs`, the upper half of
 * it by chance so that replicas do not come back together. `chance` is in [0, 1).
 */
export function backoff(failures: number, firstMs: number, capMs: number, chance: number): number {
  const full = Math.min(capMs, firstMs * 2 ** Math.min(failures, 30))
  return full / 2 + (full / 2) * chance
}
