/** One purge from its plan to its undo: its states and what may become of it. Pure. */

import { MaydayError } from '../errors.js'
import type { Actor, IncidentId } from '../incidents/incident.js'
import { utc } from '../mrkdwn.js'
import type { Objection } from './guards.js'
import type { NeighbourChange } from './neighbours.js'
import type { PurgePlan } from './plan.js'

/**
 * - `planned`: shown to a person; nobody has confirmed it, or not enough people.
 * - `approved`: confirmed; waits for the replica that keeps its plan.
 * - `running`: keys are being removed.
 * - `paused`: somebody holds it; it goes on where it was.
 * - `verifying`: everything planned was removed; counted again.
 * - `done`: over, and counted again.
 * - `cancelled`: somebody ended it; what was removed is in the archive.
 * - `stopped`: Mayday ended it for a reason that may pass; it can be resumed.
 * - `failed`: Mayday ended it for a reason that it did not expect; it can be resumed.
 */
export type PurgeState =
  | 'planned'
  | 'approved'
  | 'running'
  | 'paused'
  | 'verifying'
  | 'done'
  | 'cancelled'
  | 'stopped'
  | 'failed'

/** One person's confirmation. */
export interface Approval {
  readonly by: Actor
  readonly at: number
}

/** How far the work is, as the worker last saved it. */
export interface Progress {
  /** Gone from the server, and in the archive where there is one. */
  readonly removed: number
  /** Left alone because they were written between archive and removal; tried again in the next pass. */
  readonly changed: number
  /** Not there any more when they were to be removed. */
  readonly gone: number
  /** Keys looked at in this pass. */
  readonly visited: number
  /** Passes begun over the target. */
  readonly passes: number
  /** Time spent at work, ms; pauses not counted. */
  readonly activeMs: number
  /** Entries a second, lately. */
  readonly rate: number
  /** What everybody else's slowest answers (1 in 100) grew by, ms; and how long they wait for each other. */
  readonly addedMs: number
  readonly queueMs: number
  readonly heldBack: boolean
  readonly archiveBytes: number
  /** Keys in the database when it began. */
  readonly keysBefore?: number
  /** Where the walk goes on, and on which server. */
  readonly cursor?: { readonly identity: string; readonly at?: string }
  /** It stopped while these, which are archived, were removed: how many of them are gone is known when it goes on. */
  readonly unsure?: number
  /** Why nothing goes on for the moment, e.g. that Redis does not answer. */
  readonly waiting?: string
}

/** What the count after the purge found. */
export interface Verification {
  /** Planned ones that are still there. 0: none. */
  readonly remaining: number
  /** Names that were removed and are there again; left alone. */
  readonly back: number
  readonly keysBefore: number
  readonly keysAfter: number
  /** Who shares the database, before and after. Undefined: they could not be counted. */
  readonly neighbours?: readonly NeighbourChange[]
  /** Slots of the cluster moved all the while: a key that was on its way may have been missed. */
  readonly moved?: true
  /** Damage found in the archive, in words. */
  readonly damage: readonly string[]
}

/** The way back, as far as it is. */
export interface Undo {
  readonly state: 'running' | 'paused' | 'done' | 'cancelled' | 'stopped' | 'failed'
  readonly by: Actor
  readonly startedAt: number
  readonly endedAt?: number
  /** Batches of the archive that were put back, newest first. */
  readonly batches: number
  /** The server that they were put back on. */
  readonly identity?: string
  readonly restored: number
  readonly occupied: number
  readonly failed: number
  readonly total: number
  readonly rate: number
  readonly addedMs: number
  readonly activeMs: number
  readonly reason?: string
}

/** Everything that is stored about one purge. */
export interface PurgeJob {
  readonly plan: PurgePlan
  readonly digest: string
  readonly state: PurgeState
  /** The data directory that keeps the planned names and the archive. */
  readonly place: string
  readonly plannedBy: Actor
  /** What spoke against it when it was planned. */
  readonly objections: readonly Objection[]
  readonly approvals: readonly Approval[]
  /** How many different people have to confirm. */
  readonly needs: number
  readonly incident?: IncidentId
  /** Who took the list of its devices, and how many there were. */
  readonly listed?: readonly { readonly by: Actor; readonly at: number; readonly devices: number }[]
  /** Where the message with its progress is, when no incident's thread is. */
  readonly channel?: string
  /** Grows whenever a replica takes it over: whoever has a lower one has lost it. */
  readonly fence: number
  /** How often people have steered it; a button belongs to one of these turns. */
  readonly turn?: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly endedBy?: Actor
  readonly reason?: string
  readonly progress: Progress
  readonly verification?: Verification
  readonly undo?: Undo
  /** When its archive was taken off the disk: nothing of it can be put back since. */
  readonly archiveRemovedAt?: number
}

/** Before anything was done. */
export const NO_PROGRESS: Progress = {
  removed: 0,
  changed: 0,
  gone: 0,
  visited: 0,
  passes: 0,
  activeMs: 0,
  rate: 0,
  addedMs: 0,
  queueMs: 0,
  heldBack: false,
  archiveBytes: 0,
}

/** Something is still to be done about it, or may be at any moment. */
export function isActive(job: PurgeJob): boolean {
  return isUnderWay(job) || isUndoing(job)
}

/** No other purge of its target may start. */
export function isUnderWay({ state }: PurgeJob): boolean {
  return state === 'approved' || state === 'running' || state === 'paused' || state === 'verifying'
}

/** Its archive is being put back, or is to be. */
export function isUndoing({ undo }: PurgeJob): boolean {
  return undo !== undefined && (undo.state === 'running' || undo.state === 'paused')
}

/** Something of it went into an archive, and an undo may begin or go on. */
export function canBeUndone(job: PurgeJob): boolean {
  const isOver = !isActive(job) && job.state !== 'planned' && job.undo?.state !== 'done'
  return isOver && job.archiveRemovedAt === undefined && job.plan.archive && job.progress.removed > 0
}

/** A replica should be at work on it. */
export function isDue(job: PurgeJob): boolean {
  if (isUndoing(job)) return job.undo?.state === 'running'
  return job.state === 'approved' || job.state === 'running' || job.state === 'verifying'
}

/** One person more has confirmed. `PURGE_REFUSED` when it is confirmed already, or by this person. */
export function approve(job: PurgeJob, by: Actor, at: number): PurgeJob {
  if (job.state !== 'planned') {
    const when = job.state === 'approved' ? 'was confirmed already' : `is ${job.state} already`
    throw refused(`This purge ${when}; it was not confirmed a second time.`)
  }
  if (job.approvals.some((one) => one.by === by)) {
    throw refused('You have confirmed this purge already; it needs a second, different person.')
  }
  const approvals = [...job.approvals, { by, at }]
  return { ...job, approvals, ...(approvals.length < job.needs ? {} : { state: 'approved' }) }
}

/** Whoever takes it over to work on it. */
export function takeOver(job: PurgeJob, at: number): PurgeJob {
  if (isUndoing(job)) return { ...job, fence: job.fence + 1 }
  const state = job.state === 'approved' ? 'running' : job.state
  return { ...job, fence: job.fence + 1, state, startedAt: job.startedAt ?? at }
}

/** `PURGE_REFUSED` in words when it is not at work. */
export function pause(job: PurgeJob): PurgeJob {
  if (isUndoing(job)) {
    if (job.undo?.state === 'paused') throw refused('Its undo is paused already.')
    return withUndo(job, { state: 'paused' })
  }
  if (job.state === 'paused') throw refused('It is paused already.')
  if (!isUnderWay(job)) throw refused(`It is ${job.state}, so there is nothing to pause.`)
  return { ...job, state: 'paused' }
}

/** Goes on with what was paused, stopped or failed. `PURGE_REFUSED` in words where there is nothing to resume. */
export function resume(job: PurgeJob): PurgeJob {
  const undo = job.undo?.state
  if (undo === 'paused' || undo === 'stopped' || undo === 'failed') {
    const { reason: _reason, endedAt: _ended, ...rest } = job.undo ?? ({} as Undo)
    return { ...job, undo: { ...rest, state: 'running' } }
  }
  if (undo === 'running') throw refused('Its undo is running.')
  if (undo === 'cancelled') throw refused('Its undo was cancelled; ask for the undo again to go on with it.')
  if (undo === 'done') throw refused('It was undone already.')
  if (job.state !== 'paused' && job.state !== 'stopped' && job.state !== 'failed') {
    const why = job.state === 'planned' ? 'It waits to be confirmed' : `It is ${job.state}`
    throw refused(`${why}, so there is nothing to resume.`)
  }
  const { reason: _reason, endedAt: _ended, endedBy: _by, ...rest } = job
  return { ...rest, state: 'running' }
}

/** Ends it where it is. `PURGE_REFUSED` in words where there is nothing to cancel. */
export function cancel(job: PurgeJob, by: Actor, at: number): PurgeJob {
  if (isUndoing(job)) return withUndo(job, { state: 'cancelled', endedAt: at })
  if (job.state === 'planned') return { ...job, state: 'cancelled', endedAt: at, endedBy: by }
  if (!isUnderWay(job) && job.state !== 'stopped' && job.state !== 'failed')
    throw refused(`It is ${job.state}, so there is nothing to cancel.`)
  return { ...job, state: 'cancelled', endedAt: at, endedBy: by }
}

/** Asks for what was removed to be put back. */
export function beginUndo(job: PurgeJob, by: Actor, at: number, total: number): PurgeJob {
  if (isUnderWay(job)) throw refused('It is still under way; cancel it first, then undo what it removed.')
  if (job.state === 'planned') throw refused('It was never confirmed, so there is nothing to undo.')
  if (!job.plan.archive) throw refused('It kept no archive, as was asked for; it cannot be undone.')
  if (isUndoing(job)) throw refused('It is being undone already.')
  if (job.undo?.state === 'done') throw refused('It was undone already.')
  if (job.archiveRemovedAt !== undefined)
    throw refused(`Its archive was removed at ${utc(job.archiveRemovedAt)}: it was older than retention.archives.`)
  if (total === 0) throw refused(`Nothing of it is in the archive, so there is nothing to undo.`)
  if (job.undo !== undefined) {
    // It ended half-way; what is back stays back.
    const { reason: _reason, endedAt: _ended, ...rest } = job.undo
    return { ...job, undo: { ...rest, by, total, state: 'running' } }
  }
  const none = { batches: 0, restored: 0, occupied: 0, failed: 0, rate: 0, addedMs: 0, activeMs: 0 }
  return { ...job, undo: { state: 'running', by, startedAt: at, total, ...none } }
}

/** How a replica's work on it ended. */
export function end(job: PurgeJob, state: 'done' | 'stopped' | 'failed', at: number, reason?: string): PurgeJob {
  const because = reason === undefined ? {} : { reason }
  if (isUndoing(job)) return withUndo(job, { state, endedAt: at, ...because })
  return { ...job, state, endedAt: at, ...because }
}

/** A person has steered it: buttons from before set nothing going any more. */
export function nextTurn(job: PurgeJob): PurgeJob {
  return { ...job, turn: (job.turn ?? 0) + 1 }
}

function withUndo(job: PurgeJob, change: Partial<Undo>): PurgeJob {
  return job.undo === undefined ? job : { ...job, undo: { ...job.undo, ...change } }
}

function refused(what: string): MaydayError {
  return new MaydayError('PURGE_REFUSED', { what })
}
