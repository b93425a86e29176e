/** Puts a purge's archive back, newest batch first: of two archived values of one key the one that was removed last wins. */
import { describe, MaydayError } from '../errors.js'
import type { ArchivedBatch } from '../ports/purges.js'
import { keepFrames } from './frames.js'
import { refuseUnreadable } from './readable.js'
import { lookAt, type Work } from './run.js'
import { restoreAll } from './settle.js'
import { steadily, type WalkDeps } from './walk.js'

/** 'halted': told to halt; it goes on later where it is. */
export async function runUndo(work: Work): Promise<'done' | 'halted'> {
  const { deps, job, target, pacer, reins } = work
  const walking = { target, pacer, reins, pause: deps.pause }
  const server = await steadily(walking, () => lookAt(target))
  if (server === undefined) return 'halted'
  pacer.trust(server.value.scripting)
  if (server.value.database !== job.plan.database) {
    throw new MaydayError('TARGET_REFUSED', {
      what: `Nothing was put back: the target is in database ${server.value.database} now, and was in database ${job.plan.database}.`,
      hint: 'Set NOTIFICATIONS_REDIS_URL to the database that the keys came from.',
    })
  }
  const readable = await steadily(walking, () => refuseUnreadable(deps.archives, target, job.plan))
  if (readable === undefined) return 'halted'
  const identity = reins.undo()?.identity ?? server.value.identity
  reins.noteUndo({ identity })
  const { batches } = await deps.archives.index(job.plan.folder)
  const waiting = batches.toReversed().slice(reins.undo()?.batches ?? 0)
  let upcoming = load(work, waiting[0])
  for (const [i, batch] of waiting.entries()) {
    if (!(await reins.goesOn())) return 'halted'
    const frames = await upcoming
    upcoming = load(work, waiting[i + 1])
    if (frames === undefined) addUp(work, { restored: 0, occupied: 0, failed: batch.entries })
    else if ((await restoreAll(walking, frames, (done) => addUp(work, done))) === undefined) return 'halted'
    reins.noteUndo({ batches: (reins.undo()?.batches ?? 0) + 1 })
  }
  return makeSure(work, walking, batches.toReversed(), identity)
}

/** How often all is gone through once more. */
const AGAIN = 3

/**
 * A server that was restarted or replaced meanwhile may have lost what it had said was done: up to two seconds of it with
 * `appendfsync everysec`, all since its last snapshot without a log (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/).
 * Then everything is put back once more where it is not there; it was counted before. Not Sidekiq's jobs: one that is not
 * there any more has run.
 */
async function makeSure(
  work: Work,
  walking: WalkDeps,
  batches: readonly ArchivedBatch[],
  putBackOn: string,
): Promise<'done' | 'halted'> {
  const { target, reins } = work
  let identity = putBackOn
  for (let tries = 0; tries < AGAIN; tries += 1) {
    const server = await steadily(walking, () => lookAt(target))
    if (server === undefined) return 'halted'
    if (server.value.identity === identity || target.layout === 'sidekiq') return 'done'
    identity = server.value.identity
    for (const batch of batches) {
      if (!(await reins.goesOn())) return 'halted'
      const frames = await load(work, batch)
      if (frames !== undefined && (await restoreAll(walking, frames, () => undefined)) === undefined) return 'halted'
    }
    reins.noteUndo({ identity })
  }
  return 'done'
}

function addUp({ reins }: Work, done: { restored: number; occupied: number; failed: number }): void {
  const { restored = 0, occupied = 0, failed = 0 } = reins.undo() ?? {}
  reins.noteUndo({
    restored: restored + done.restored,
    occupied: occupied + done.occupied,
    failed: failed + done.failed,
  })
}

/** What of the batch was removed; undefined where it cannot be read, which is counted as failed and told. */
async function load({ deps, id, job }: Work, batch: ArchivedBatch | undefined): Promise<Buffer | undefined> {
  if (batch === undefined) return undefined
  try {
    const frames = await deps.archives.load(job.plan.folder, batch)
    const left = new Set((batch.settlement?.left ?? []).map((name) => name.toString('latin1')))
    if (left.size === 0) return frames
    const isTaken = (start: number, end: number): boolean => !left.has(frames.toString('latin1', start, end))
    return keepFrames(frames, ({ nameStart, nameEnd }) => isTaken(nameStart, nameEnd)).frames
  } catch (error) {
    deps.log.error('a batch of an archive cannot be read', { purge: id, because: describe(error) })
    return undefined
  }
}
