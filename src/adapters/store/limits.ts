/** Waiting that ends: every wait of the store has a deadline in `performance.now()` milliseconds. */
import { setTimeout as sleep } from 'node:timers/promises'
import { unavailable } from './failures.js'

/** Rejects with `STORE_UNAVAILABLE` at the deadline. What the work does afterwards is ignored, so cut it off elsewhere. */
export async function within<T>(deadline: number, work: Promise<T>, late = tooLong): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.max(0, deadline - performance.now()))
  })
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

/** Repeats a synchronous call while `again` accepts its failure and time is left. */
export async function retrying<T>(deadline: number, call: () => T, again: (error: unknown) => boolean): Promise<T> {
  for (;;) {
    try {
      return call()
    } catch (error) {
      if (!again(error) || performance.now() >= deadline) throw error
    }
    await sleep(5 + Math.random() * 20)
  }
}

/**
 * One at a time, in order of arrival, the urgent ones first. A caller whose deadline passes in the queue gets
 * `STORE_UNAVAILABLE` and no turn. Between two turns the process looks at its sockets: work on the embedded store is
 * synchronous, and a row of it would keep the next emergency waiting unread.
 */
export interface Turns {
  /** Resolves to the function that ends the turn. */
  take(deadline: number, isUrgent?: boolean): Promise<() => void>
}

interface Ticket {
  readonly isUrgent: boolean
  isServed: boolean
  begin(): void
}

export function createTurns(): Turns {
  const waiting: Ticket[] = []
  let busy = false

  function next(): void {
    busy = waiting.length > 0
    if (!busy) return
    if (waiting.some((ticket) => ticket.isUrgent)) serve()
    else setImmediate(serve)
  }

  function serve(): void {
    const urgent = waiting.findIndex((ticket) => ticket.isUrgent)
    const [ticket] = waiting.splice(Math.max(0, urgent), 1)
    busy = ticket !== undefined
    if (ticket === undefined) return
    ticket.isServed = true
    ticket.begin()
  }

  function ending(): () => void {
    let over = false
    return () => {
      if (over) return
      over = true
      next()
    }
  }

  return {
    async take(deadline, isUrgent = false) {
      if (!busy && isUrgent) {
        busy = true
        return ending()
      }
      const ticket: Ticket = { isUrgent, isServed: false, begin: () => undefined }
      const turn = new Promise<void>((resolve) => {
        ticket.begin = resolve
      })
      waiting.push(ticket)
      if (!busy) next()
      try {
        await within(deadline, turn)
      } catch (error) {
        // Its turn may come in the very moment in which it gives up.
        if (ticket.isServed) next()
        else waiting.splice(waiting.indexOf(ticket), 1)
        throw error
      }
      return ending()
    },
  }
}

function tooLong() {
  return unavailable(
    'The store took too long; the step was undone.',
    'Look for a slow disk, a busy database server or another process that holds the store.',
  )
}
