/** Works on a purge, or watches another process do it, and shows how far it is until it is over. */
import { setTimeout as pause } from 'node:timers/promises'
import { line } from '../mrkdwn.js'
import { isDue, type PurgeJob } from '../purge/job.js'
import type { Purge } from '../purge/record.js'
import { standing } from '../purge/telling.js'
import type { Call, Exit } from './io.js'
import type { Terminal } from './purging.js'

const LOOK_MS = 250
/** Lines are for logs: no more often than this, ms. */
const LINE_MS = 2_000

/** Until it ends or is held. Ctrl-C pauses it. */
export async function follow(call: Call, terminal: Terminal, id: number): Promise<Exit> {
  const interrupt = pauseOnInterrupt(terminal, id)
  const show = createDisplay(call)
  try {
    for (;;) {
      await terminal.worker.tick()
      const purge = await terminal.purging.get(id)
      if (!isDue(purge.job)) {
        await terminal.worker.idle()
        return tellEnd(call, await terminal.purging.get(id))
      }
      show(purge)
      await pause(LOOK_MS)
    }
  } finally {
    interrupt.forget()
    call.io.progress?.('')
  }
}

function tellEnd({ io, json }: Call, { id, job }: Purge): Exit {
  io.progress?.('')
  if (json) io.out(JSON.stringify(plainPurge({ id, job })))
  else io.out(line(standing(id, job), 2_000))
  return (job.undo?.state ?? job.state) === 'done' ? 0 : 1
}

/** On a terminal a bar that moves, else a line now and then; with --json nothing until the end. */
function createDisplay({ io, json }: Call): (purge: Purge) => void {
  let shownAt = 0
  return ({ id, job }) => {
    if (json) return
    if (io.isTerminal && io.progress !== undefined) {
      io.progress(`${bar(share(job))} ${line(standing(id, job), 400)}`)
      return
    }
    if (performance.now() - shownAt < LINE_MS) return
    shownAt = performance.now()
    io.err(line(standing(id, job), 400))
  }
}

function share({ plan, progress, undo }: PurgeJob): number {
  if (undo !== undefined) return (undo.restored + undo.occupied + undo.failed) / Math.max(1, undo.total)
  return progress.removed / Math.max(1, plan.count)
}

const WIDTH = 24

/** `[#######         ]  42 %` */
export function bar(part: number): string {
  const whole = Math.max(0, Math.min(1, part))
  const filled = Math.floor(whole * WIDTH)
  return `[${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${String(Math.floor(whole * 100)).padStart(3)} %`
}

/** What `--json` says of a purge. */
export function plainPurge({ id, job }: Purge): object {
  const { plan, digest, state, plannedBy, objections, approvals, needs, reason, progress } = job
  const { verification, undo, listed } = job
  return {
    purge: id,
    state,
    digest,
    plan,
    plannedBy,
    objections,
    approvals,
    needs,
    reason,
    progress,
    verification,
    undo,
    listed,
  }
}

function pauseOnInterrupt({ purging, asking }: Terminal, id: number): { readonly forget: () => void } {
  const onSignal = (): void => {
    // What cannot be paused is over, or the next look tells why not.
    purging.pause(id, asking.by).catch(() => undefined)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.once(name, onSignal)
  return {
    forget: () => {
      for (const name of signals) process.removeListener(name, onSignal)
    },
  }
}
