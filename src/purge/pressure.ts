/** Waits while replicas fall behind: what is removed faster than they can follow could cost them their link. */
import { lagging } from './guards.js'
import { steadily, type WalkDeps } from './walk.js'

const LOOK_EVERY_MS = 2_000
const WAIT_MS = 500

/** To be called often; looks every two seconds, and returns when it may go on, or is told to halt. */
export function createEasing(deps: WalkDeps): () => Promise<void> {
  let lookedAt = performance.now()
  return async () => {
    if (performance.now() - lookedAt < LOOK_EVERY_MS) return
    for (;;) {
      const server = await steadily(deps, () => deps.target.inspect())
      lookedAt = performance.now()
      const because = server === undefined ? undefined : lagging(server.value)
      if (because === undefined || !(await deps.reins.goesOn(`waiting: ${because}`))) return
      await deps.pause(WAIT_MS)
    }
  }
}
