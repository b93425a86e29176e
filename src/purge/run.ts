/** One purge at work: passes over the target until nothing planned is left, then counted again. */
import { MaydayError } from '../errors.js'
import type { KeyTarget, ServerState, Slice } from '../ports/keys.js'
import type { ArchiveWriter } from '../ports/purges.js'
import { type Batches, createBatches } from './batches.js'
import type { PurgeDeps } from './deps.js'
import { type Fingerprints, readFingerprints } from './fingerprints.js'
import { eachFrame } from './frames.js'
import { serverRefusal } from './guards.js'
import type { PurgeJob, Verification } from './job.js'
import { neighbourChanges, neighboursOf } from './neighbours.js'
import type { Pacer } from './pacer.js'
import { createEasing } from './pressure.js'
import type { WorkReins } from './reins.js'
import { removeAll } from './settle.js'
import { fromTheStart, steadily, type WalkDeps, walk } from './walk.js'

export interface Work {
  readonly deps: PurgeDeps
  readonly id: number
  /** As it was taken over. */
  readonly job: PurgeJob
  readonly target: KeyTarget
  readonly pacer: Pacer
  readonly reins: WorkReins
}

/** A key that is written again and again while it is removed is tried this often, then told. */
const PASSES = 3
/** A daemon reads what it claims within milliseconds; this is long after. */
const CLAIM_MS = 500

interface Running extends Work {
  readonly walking: WalkDeps & { readonly reins: WorkReins }
  readonly planned: Fingerprints | undefined
  readonly writer: ArchiveWriter | undefined
  identity: string
}

/** Undefined: told to halt; everything is saved, so that it goes on later. */
export async function runPurge(work: Work): Promise<Verification | undefined> {
  const { deps, job, target, pacer, reins } = work
  const walking = { target, pacer, reins, pause: deps.pause }
  const server = await steadily(walking, () => lookAt(target))
  if (server === undefined) return undefined
  pacer.trust(server.value.scripting)
  const planned = await loadPlanned(work)
  const writer = job.plan.archive ? await openWriter(work) : undefined
  const running: Running = { ...work, walking, planned, writer, identity: server.value.identity }
  reins.note({ keysBefore: reins.progress().keysBefore ?? server.value.keys })
  try {
    if (!(await recover(running))) return undefined
    return await passes(running)
  } finally {
    await writer?.close()
  }
}

/** Throws what forbids any work on this server. */
export async function lookAt(target: KeyTarget): Promise<ServerState> {
  const server = await target.inspect()
  const because = serverRefusal(server)
  if (because === undefined) return server
  throw new MaydayError('TARGET_REFUSED', { what: `Nothing more was removed: ${because}.` })
}

async function loadPlanned({ deps, job }: Work): Promise<Fingerprints | undefined> {
  if (job.plan.layout !== 'keys') return undefined
  const bytes = await deps.archives.loadPlanned(job.plan.folder)
  if (bytes !== undefined) return readFingerprints(bytes)
  throw new MaydayError('ARCHIVE_FAILED', {
    what: 'The list of planned keys is not in the data directory any more; nothing was removed.',
    hint: 'Make a new plan.',
  })
}

async function openWriter({ deps, id, job }: Work): Promise<ArchiveWriter> {
  const { target, layout, what, database } = job.plan
  const about = { purge: id, target, layout, what, database, fence: job.fence }
  const writer = await deps.archives.open(job.plan.folder, about)
  return {
    ...writer,
    async add(frames, entries) {
      const ref = await writer.add(frames, entries)
      deps.meter.purged(target, 'archived', entries)
      return ref
    },
  }
}

/** What a process before this one archived and may not have removed is removed now; what it removed is known to be done. */
async function recover(run: Running): Promise<boolean> {
  const { deps, job, planned, writer, reins } = run
  if (writer === undefined) return true
  const { batches } = await deps.archives.index(job.plan.folder)
  let sum = { removed: 0, changed: 0, gone: 0 }
  for (const batch of batches) {
    if (!(await reins.goesOn())) return false
    const frames =
      planned === undefined && batch.settlement !== undefined
        ? undefined
        : await deps.archives.load(job.plan.folder, batch)
    const done = batch.settlement ?? (await removeAll(run.walking, frames ?? Buffer.alloc(0), true))
    if (done === undefined) return false
    if (batch.settlement === undefined) await writer.settle(batch, done)
    if (frames !== undefined && planned !== undefined) {
      eachFrame(frames, ({ nameStart, nameEnd }) => planned.mark(frames, nameStart, nameEnd, 'done'))
      // why: in a batch that was under way when its process died, another value may be a key that was removed and is born
      // anew. It is left alone and told as back; a batch that was settled knows better.
      if (batch.settlement !== undefined) for (const name of done.left) planned.mark(name, 0, name.length, 'todo')
    }
    sum = { removed: sum.removed + done.removed, changed: sum.changed + done.changed, gone: sum.gone + done.gone }
  }
  if (batches.length > 0) reins.note(sum)
  return true
}

async function passes(run: Running): Promise<Verification | undefined> {
  const { reins, job } = run
  let isVerifying = job.state === 'verifying'
  for (let tries = 1; ; tries += 1) {
    if (!isVerifying && !(await onePass(run, tries === 1))) return undefined
    isVerifying = false
    if (!(await reins.save((one) => (one.state === 'running' ? { ...one, state: 'verifying' } : one)))) return undefined
    const seen = await verify(run)
    if (seen === undefined) return undefined
    if (seen.remaining === 0 || tries >= PASSES) return { ...seen, ...(await lookAround(run)) }
    if (!(await reins.save((one) => (one.state === 'verifying' ? { ...one, state: 'running' } : one)))) return undefined
    // What a daemon had claimed is read by now, and it can claim no more of what is gone from its queues.
    if (job.plan.layout === 'rpush') await run.deps.pause(CLAIM_MS)
  }
}

/** `sparing`: see `Scope`. */
async function onePass(run: Running, sparing: boolean): Promise<boolean> {
  const { reins, planned, writer, job, deps, walking } = run
  const scope = job.plan.layout === 'rpush' && sparing ? { ...job.plan.scope, sparing } : job.plan.scope
  const batches = createBatches({ ...walking, scope, planned, writer, identity: () => run.identity })
  const easeOff = createEasing(walking)
  const { cursor, passes } = reins.progress()
  let from = cursor?.identity === run.identity ? cursor.at : undefined
  if (from === undefined) reins.note({ passes: passes + 1, visited: 0 })
  const isWhole = await fromTheStart(deps, async (restart) => {
    if (restart > 0) {
      from = undefined
      batches.discard()
      if (!(await meetAgain(run, batches))) return false
    }
    return walk(walking, scope, job.plan.archive ? 'entries' : 'bare', from, async (slice) => {
      refuseHuge(slice)
      reins.note({ visited: reins.progress().visited + slice.visited })
      await batches.take(slice)
      await easeOff()
    })
  })
  const isDone = await batches.drain()
  if (!isWhole || !isDone) return false
  reins.note({ cursor: { identity: run.identity }, archiveBytes: await archiveBytes(run) })
  return true
}

/** why: the plan refuses such values; one that became so large afterwards must not keep others waiting again and again. */
function refuseHuge({ huge }: Slice): void {
  if (huge === undefined) return
  const [first = '', ...more] = huge
  const name = `${first.slice(0, 100)}${more.length === 0 ? '' : ` and ${more.length} more`}`
  throw new MaydayError('TARGET_REFUSED', {
    what: `${name} grew to over 64 MB after the plan; others had to wait while it was read, and it was not removed.`,
    hint: 'Look at what writes it. Remove it by hand (UNLINK) and resume, or cancel and plan without an archive.',
  })
}

/** The server was restarted or another one took over: what was archived is removed first, then the walk begins anew. */
async function meetAgain(run: Running, batches: Batches): Promise<boolean> {
  const server = await steadily(run.walking, () => lookAt(run.target))
  if (server === undefined) return false
  run.identity = server.value.identity
  return batches.drain()
}

async function archiveBytes({ writer, deps, job }: Running): Promise<number> {
  return writer === undefined ? 0 : (await deps.archives.index(job.plan.folder)).bytes
}

/** Counts again. Undefined: told to halt. */
async function verify(run: Running): Promise<Verification | undefined> {
  const { job, deps, reins } = run
  const seen = await fromTheStart(deps, (restart) => countAgain(run, restart))
  if (seen === undefined) return undefined
  const { damage } = job.plan.archive ? await deps.archives.index(job.plan.folder) : { damage: [] }
  return { ...seen, keysBefore: reins.progress().keysBefore ?? seen.keysAfter, damage }
}

/** Who shares the database, counted once more. A failure here takes nothing from what was purged and counted. */
async function lookAround({ deps, id, job, target }: Running): Promise<Pick<Verification, 'neighbours'>> {
  const prefixes = neighboursOf(job.plan)
  if (prefixes.length === 0) return {}
  try {
    const now = await target.neighbours(prefixes)
    const { identity, lost } = await target.inspect()
    // A server that was restarted counts anew what expired.
    return { neighbours: neighbourChanges(job.plan, now, identity === job.plan.identity ? lost : undefined) }
  } catch (error) {
    deps.log.warn('the neighbours of what was purged could not be counted', { purge: id, error })
    return {}
  }
}

/** Counted anew this often where slots of a cluster move meanwhile; then what was seen is told as doubtful. */
const RECOUNTS = 5

/**
 * why twice: while a slot is on its way, its keys go from a master that was not yet walked to one that was. At the end of the
 * first walk such a key is at the one, and was there all the time, or at the other, and stays there during the second walk.
 */
async function countAgain(run: Running, recount: number) {
  const { target, walking } = run
  const first = await steadily(walking, () => target.inspect())
  let seen = await countOnce(run, recount >= RECOUNTS)
  let last = await steadily(walking, () => target.inspect())
  if (seen !== undefined && isMoving(first?.value, last?.value)) {
    const again = await countOnce(run, recount >= RECOUNTS)
    last = await steadily(walking, () => target.inspect())
    seen =
      again === undefined
        ? undefined
        : {
            remaining: Math.max(seen.remaining, again.remaining),
            back: Math.max(seen.back, again.back),
            isWhole: seen.isWhole && again.isWhole,
          }
  }
  if (first === undefined || last === undefined || seen === undefined) return undefined
  // why: what was counted in a master that had been replaced says nothing about the one that the others use.
  if (first.value.identity !== last.value.identity)
    throw changed('Another server took over while it was counted again; it is counted once more.')
  const isSettled = seen.isWhole && first.value.slots?.layout === last.value.slots?.layout
  if (!isSettled && recount < RECOUNTS)
    throw changed('Slots moved while it was counted again; it is counted once more.')
  const { remaining, back } = seen
  return { remaining, back, keysAfter: last.value.keys, ...(isSettled ? {} : { moved: true as const }) }
}

function isMoving(...states: readonly (ServerState | undefined)[]): boolean {
  return states.some((state) => (state?.slots?.moving ?? 0) > 0)
}

function changed(what: string): MaydayError {
  return new MaydayError('TARGET_CHANGED', { what })
}

/** `lenient`: what was counted until the walk could not go on is better than nothing. Undefined: told to halt. */
async function countOnce({ planned, job, walking }: Running, lenient: boolean) {
  let [remaining, back] = [0, 0]
  const what = planned === undefined ? 'count' : 'names'
  const walked = walk(walking, job.plan.scope, what, undefined, ({ frames, found }) => {
    if (planned === undefined) remaining += found
    else {
      eachFrame(frames, ({ nameStart, nameEnd }) => {
        const mark = planned.markOf(frames, nameStart, nameEnd)
        if (mark === 'todo') remaining += 1
        if (mark === 'done') back += 1
      })
    }
  })
  const end = await walked.catch((error: unknown) => {
    if (!lenient || !(error instanceof MaydayError) || error.code !== 'TARGET_CHANGED') throw error
    return 'broken off' as const
  })
  return end === false ? undefined : { remaining, back, isWhole: end === true }
}
