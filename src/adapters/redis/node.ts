/**
 * One master and the connections to it: one for the work, one that only listens how long everybody waits, and those that
 * watch what is about to be removed.
 */
import { MaydayError } from '../../errors.js'
import type { Session } from './session.js'
import { createWatches, type Watches } from './watches.js'

export interface MasterNode {
  /** Host and port; of Sentinel's master, its name. Cursors carry it. */
  readonly address: string
  /** The open connection, or a new one. */
  session(): Promise<Session>
  /** Round trip of PING on a connection that does nothing else, ms. */
  ping(): Promise<number>
  readonly watches: Watches
  close(): Promise<void>
}

export function createNode(address: string, open: () => Promise<Session>): MasterNode {
  const work = createLine(open)
  const aside = createLine(open)
  const watches = createWatches(open)
  return {
    address,
    session: work.session,
    async ping() {
      const session = await aside.session()
      const began = performance.now()
      await session.call('PING')
      return performance.now() - began
    },
    watches,
    async close() {
      await Promise.all([work.close(), aside.close(), watches.close()])
    },
  }
}

/** One connection at a time, opened when it is needed and there is none. */
function createLine(open: () => Promise<Session>) {
  let current: Promise<Session> | undefined
  let closed = false
  return {
    async session(): Promise<Session> {
      if (closed) throw new MaydayError('TARGET_UNAVAILABLE', { what: 'The connection to Redis was closed by Mayday.' })
      const waited = current
      const held = await waited?.catch(() => undefined)
      if (held?.alive()) return held
      // Whoever waited beside us may have opened the next one already.
      if (current === waited) current = open()
      return current ?? open()
    },
    async close(): Promise<void> {
      closed = true
      const held = await current?.catch(() => undefined)
      held?.close()
    },
  }
}
