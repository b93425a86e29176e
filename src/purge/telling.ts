/** A purge in sentences, for a card, a terminal and a timeline alike. Pure: plain text without marks. */
import type { Actor } from '../incidents/incident.js'
import { utc } from '../mrkdwn.js'
import { neighbourAdvice } from './guards.js'
import type { PurgeJob, Undo, Verification } from './job.js'
import { neighbourWords } from './neighbours.js'
import { confirmationOf, type PurgePlan, topKinds } from './plan.js'
import { bytes, count, duration, entries, millis, percent, rate } from './words.js'

/** What the plan says, line by line, most important first. */
export function planLines(plan: PurgePlan): readonly string[] {
  const { layout, survey } = plan
  const own = survey.prefixes.find((one) => one.own)
  const size = survey.bytesPerEntry === undefined ? [] : [`about ${bytes(survey.bytesPerEntry * plan.count)} of memory`]
  const expiring = survey.expiring > 0 ? [`${percent(survey.expiring)} expire by themselves`] : []
  const share =
    own === undefined ? [] : [`about ${percent(own.about / Math.max(1, plan.keysInDatabase))} of the database`]
  return [
    `${entries(plan.count, layout)} of ${plan.target} (${plan.what}${plan.scope.mode === 'all' ? '' : ', undelivered only'}) in database ${plan.database} of ${serverName(plan.version)}`,
    ...(size.length + expiring.length + share.length === 0
      ? []
      : [sentence([...size, ...share, ...expiring].join(', '))]),
    ...kindLines(plan),
    ...(survey.samples.length === 0 ? [] : [`For example: ${survey.samples.slice(0, 5).join(', ')}`]),
    `Stay: ${stays(plan)}`,
    growth(plan),
    ...replicaLines(plan),
    ...advice(plan),
    `Takes about ${duration(plan.expectedMs)}, in slices that keep others waiting ${millis(plan.budgetMs)} at most, but for 1 in 100`,
    plan.archive
      ? 'Everything is archived before it goes, and can be put back'
      : 'No archive is kept: it cannot be undone',
  ]
}

/** Plans of earlier Maydays hold the number alone. */
export function serverName(version: string): string {
  return /^\d/u.test(version) ? `Redis ${version}` : version
}

function kindLines(plan: PurgePlan): readonly string[] {
  const { rows, more } = topKinds(plan.kinds, 8)
  if (rows.length === 0) return []
  return [`By kind: ${[...rows.map(([kind, n]) => `${count(n)} ${kind}`), ...(more === '' ? [] : [more])].join(', ')}`]
}

/** What is near, and is left alone. */
function stays(plan: PurgePlan): string {
  const protect = plan.protect.length === 0 ? '' : `, ${plan.protect.join(', ')} (protected)`
  const born =
    plan.scope.upToId !== undefined
      ? `ids above ${count(plan.scope.upToId)}`
      : plan.scope.bornBefore !== undefined
        ? 'jobs that are enqueued from now on'
        : 'names that are not there now'
  switch (plan.layout) {
    case 'rpush':
      return `the apps with their certificates, the id counter, the indexes without these entries, ${born}${protect}`
    case 'sidekiq':
      return `jobs of other classes in the same queues, in their order, and ${born}`
    case 'keys':
      return `${born}${protect}`
  }
}

function growth({ survey, layout }: PurgePlan): string {
  if (survey.createdPerSecond <= 0) return 'Nothing was added to it while Mayday looked'
  const what = layout === 'keys' ? 'The database' : 'It'
  return `${what} is still growing by ${rate(Math.max(1, survey.createdPerSecond))}`
}

function replicaLines({ replicas }: PurgePlan): readonly string[] {
  if (replicas === undefined) return []
  if (replicas.length === 0) return ['No replica follows it']
  const each = replicas.slice(0, 5).map(({ name, lagBytes, online }) => {
    if (!online) return `${name} is not online`
    return `${name} is ${lagBytes === 0 ? 'up to date' : `${bytes(lagBytes)} behind`}`
  })
  const more = replicas.length > each.length ? [`${replicas.length - each.length} more`] : []
  return [`Replicas: ${[...each, ...more].join(', ')}`]
}

function advice(plan: PurgePlan): readonly string[] {
  const words = neighbourAdvice(plan)
  return words === undefined ? [] : [words.replace(/\.$/u, '')]
}

/** What to do with a plan, or why nothing can be done with it. `ask`: how one confirms it. */
export function planEnding(job: PurgeJob, now: number): string {
  const { plan } = job
  if (now > plan.expiresAt) return 'This plan has expired; make a new one.'
  if (job.objections.some((one) => one.level === 'refuse')) return 'It cannot be confirmed as things stand.'
  const left = duration(plan.expiresAt - now)
  const people = job.needs > 1 ? ` ${job.approvals.length} of ${job.needs} people have confirmed it.` : ''
  return `To confirm it, type "${confirmationOf(plan)}" within ${left}.${people}`
}

/** One line for one moment of a purge: where it stands, how far, how fast, and what others feel of it. */
export function standing(id: number, job: PurgeJob): string {
  if (job.undo !== undefined) return undoStanding(id, job, job.undo)
  const head = `Purge ${id} of ${job.plan.target}`
  switch (job.state) {
    case 'planned':
      return `${head}: planned, ${entries(job.plan.count, job.plan.layout)}; nobody has confirmed it${job.needs > 1 ? ` but ${job.approvals.length} of ${job.needs}` : ''}.`
    case 'approved':
      return `${head}: confirmed; it begins when the Mayday that planned it takes it up.`
    case 'running':
      return `${head}: ${progressWords(job)}`
    case 'paused':
      return `${head} is paused: ${doneWords(job)}. Resume or cancel it.`
    case 'verifying':
      return `${head}: ${doneWords(job)}; counting again.`
    case 'done':
      return `${head} is done: ${doneWords(job)} in ${duration(job.progress.activeMs)}.${verdict(job)}`
    case 'cancelled':
      return `${head} was cancelled: ${doneWords(job)}.${undoHint(job)}`
    case 'stopped':
    case 'failed':
      return `${head} ${job.state === 'stopped' ? 'stopped' : 'failed'}: ${doneWords(job)}. ${(job.reason ?? '').replace(/\.$/u, '')}. Resume it, or undo what was removed.`
  }
}

function progressWords(job: PurgeJob): string {
  const { progress, plan } = job
  if (progress.waiting !== undefined) return `${doneWords(job)}; ${progress.waiting}`
  const left = progress.rate > 0 ? `, ${duration(((plan.count - progress.removed) / progress.rate) * 1000)} left` : ''
  const held = progress.heldBack ? `, held back: others are waiting ${millis(progress.queueMs)} for each other` : ''
  return `${doneWords(job)}, ${rate(progress.rate)}${left}; ${sliceWords(progress.addedMs)}${held}.`
}

/**
 * why: this is what the server says it spent on 99 of 100 slices, which is as long as whoever comes meanwhile is kept; what
 * an application sees beside that, its own network and its own load, is not known here.
 */
function sliceWords(ms: number): string {
  return `whoever meets a slice of it waits up to ${millis(ms)} longer`
}

function doneWords({ progress, plan }: PurgeJob): string {
  const share = plan.count === 0 ? 1 : Math.min(1, progress.removed / plan.count)
  const parts = [`${count(progress.removed)} of ${entries(plan.count, plan.layout)} removed (${percent(share)})`]
  if (progress.gone > 0) parts.push(`${count(progress.gone)} were gone before`)
  if (progress.unsure !== undefined && progress.unsure > 0)
    parts.push(`up to ${count(progress.unsure)} more, which are archived, may be gone`)
  if (progress.archiveBytes > 0 && progress.removed > 0) parts.push(`archive ${bytes(progress.archiveBytes)}`)
  return parts.join(', ')
}

/** What the second count found, with every difference named. */
function verdict(job: PurgeJob): string {
  const { verification: seen, progress, plan } = job
  if (seen === undefined) return ''
  const lines = [
    seen.remaining === 0
      ? noneLeft(seen)
      : ` Doubtful: ${entries(seen.remaining, plan.layout)} of the plan are still there; they were written again while they were removed.`,
  ]
  if (seen.back > 0)
    lines.push(
      ` ${entries(seen.back, plan.layout)} are there again after their removal: written anew, or the server was restarted from an older state. They were left alone.`,
    )
  const missing = plan.count - progress.removed - progress.gone - seen.remaining
  if (missing > 0) lines.push(` ${count(missing)} went by themselves before Mayday came to them.`)
  lines.push(
    databaseWords(seen, progress.removed, plan),
    neighbourWords(seen.neighbours, plan.layout),
    ...seen.damage.map((one) => ` The archive is damaged: ${one}.`),
  )
  return lines.join('') + undoHint(job)
}

function noneLeft({ moved }: Verification): string {
  return moved === undefined
    ? ' Counted again: none of the planned ones is left.'
    : ' Doubtful: none of the planned ones was found when it was counted again, but slots of the cluster moved all the while, and a key on its way may have been missed. Make a new plan when they rest: it shows what is left.'
}

function databaseWords(seen: Verification, removed: number, { layout }: PurgePlan): string {
  // why: a job is an element of a list, not a key.
  const expected = layout === 'sidekiq' ? seen.keysBefore : seen.keysBefore - removed
  const others = seen.keysAfter - expected
  const rest = others === 0 ? 'every other key is accounted for' : differenceWords(others, layout)
  return ` The database had ${count(seen.keysBefore)} keys and has ${count(seen.keysAfter)}: ${rest}.`
}

/** why: Redis keeps no empty set, so an index over what was removed goes with its last entry. */
function differenceWords(others: number, layout: PurgePlan['layout']): string {
  if (others > 0) return `${count(others)} more were added by others meanwhile`
  const emptied = layout === 'rpush' && -others <= RPUSH_INDEXES
  if (!emptied) return `${count(-others)} more were removed or expired by others meanwhile`
  return `${count(-others)} more went meanwhile: indexes that are empty now, or what others removed or let expire`
}

/** All, pending and retryable, and the latter two on hold. */
const RPUSH_INDEXES = 5

function undoHint({ plan, progress, archiveRemovedAt }: PurgeJob): string {
  if (progress.removed === 0) return ''
  if (archiveRemovedAt !== undefined)
    return ` Its archive was removed at ${utc(archiveRemovedAt)}, so it cannot be undone any more.`
  return plan.archive ? ' The archive can be put back by undo.' : ' There is no archive to undo it with.'
}

function undoStanding(id: number, job: PurgeJob, undo: Undo): string {
  const head = `Undo of purge ${id} of ${job.plan.target}`
  const done = undo.restored + undo.occupied + undo.failed
  const parts = [`${count(undo.restored)} of ${entries(undo.total, job.plan.layout)} put back`]
  if (undo.occupied > 0) parts.push(`${count(undo.occupied)} left alone because something lives there`)
  if (undo.failed > 0) parts.push(`${count(undo.failed)} failed`)
  const words = parts.join(', ')
  switch (undo.state) {
    case 'running': {
      if (job.progress.waiting !== undefined) return `${head}: ${words}; ${job.progress.waiting}`
      const left = undo.rate > 0 ? `, ${duration(((undo.total - done) / undo.rate) * 1000)} left` : ''
      return `${head}: ${words}, ${rate(undo.rate)}${left}; ${sliceWords(undo.addedMs)}.`
    }
    case 'paused':
      return `${head} is paused: ${words}. Resume or cancel it.`
    case 'done':
      return `${head} is done: ${words} in ${duration(undo.activeMs)}.`
    case 'cancelled':
      return `${head} was cancelled: ${words}. Ask for the undo again to go on.`
    case 'stopped':
    case 'failed':
      return `${head} ${undo.state === 'stopped' ? 'stopped' : 'failed'}: ${words}. ${(undo.reason ?? '').replace(/\.$/u, '')}. Resume it to go on.`
  }
}

export interface Reader {
  /** People as the reader knows them. */
  readonly name: (actor: Actor) => string
  readonly when: (ms: number) => string
  /** Makes words safe where the line goes. */
  readonly clean: (text: string) => string
}

/** One line of the history: when, what, how many, how long, by whom, on which approval of which plan. */
export function historyLine(id: number, job: PurgeJob, { name, when, clean }: Reader): string {
  const approvals = job.approvals.map((one) => `${name(one.by)} at ${when(one.at)}`).join(' and ')
  const parts = [
    `planned by ${name(job.plannedBy)}`,
    ...(approvals === '' ? [] : [`confirmed by ${approvals}`]),
    ...(job.endedBy === undefined ? [] : [`ended by ${name(job.endedBy)}`]),
    ...(job.undo === undefined ? [] : [`undo asked for by ${name(job.undo.by)}`]),
    ...(job.listed ?? []).map((one) => `devices listed for ${name(one.by)}`),
    `plan ${job.digest.slice(0, 12)}`,
  ]
  const [did, undid] = historyWords(id, job)
  return `${when(job.plan.plannedAt)}: ${clean(did)}${undid === undefined ? '' : ` ${clean(undid)}`} (${parts.join(', ')})`
}

/** The purge, and its undo. */
function historyWords(id: number, job: PurgeJob): readonly [string, string?] {
  const { undo, ...purge } = job
  const head = `Purge ${id} of ${job.plan.target}`
  const took = job.startedAt === undefined ? '' : ` in ${duration(job.progress.activeMs)}`
  const isOver = job.state === 'done' || job.state === 'cancelled'
  const state = job.state === 'done' ? 'is done' : 'was cancelled'
  const doubt =
    (job.verification?.remaining ?? 0) > 0
      ? ` Doubtful: ${count(job.verification?.remaining ?? 0)} of the plan were left.`
      : ''
  const did = isOver ? `${head} ${state}: ${doneWords(job)}${took}.${doubt}` : standing(id, purge)
  return undo === undefined ? [did] : [did, undoStanding(id, job, undo)]
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
