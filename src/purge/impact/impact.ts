/** Whom the notifications reached that a purge removed: read from its archive, batch by batch, without the Redis. */
import { MaydayError } from '../../errors.js'
import type { Actor } from '../../incidents/incident.js'
import type { ArchivedNotification, ReadNotification } from '../../ports/impact.js'
import type { ArchivedBatch, Archives } from '../../ports/purges.js'
import type { Clock, NewId, Store } from '../../ports.js'
import { createFingerprints } from '../fingerprints.js'
import { eachFrame } from '../frames.js'
import { isDue } from '../job.js'
import { changePurge, getPurge, type Purge, record } from '../record.js'
import { createTally, type Impact } from './tally.js'
import type { ImpactReport } from './words.js'

export interface ImpactDeps {
  readonly store: Store
  readonly archives: Archives
  readonly readNotification: ReadNotification
  readonly clock: Clock
  readonly newId: NewId
  readonly random: () => number
  readonly changed: () => void
}

export interface Impacts {
  /** Reads the archive and tells the timeline of the purge's incident. `PURGE_UNKNOWN`, `PURGE_REFUSED`, `ARCHIVE_FAILED`. */
  report(purge: number, by: Actor): Promise<ImpactReport>
  /**
   * Every device once, as lines of CSV. The caller asks first whether this person may, and keeps what is written from
   * everybody else; it is recorded that they took it, when all is written. How many there are.
   */
  devices(purge: number, by: Actor, write: (lines: string) => Promise<void>): Promise<number>
}

export function createImpacts(deps: ImpactDeps): Impacts {
  return {
    report: (purge, by) => report(deps, purge, by),
    devices: (purge, by, write) => devices(deps, purge, by, write),
  }
}

async function report(deps: ImpactDeps, id: number, by: Actor): Promise<ImpactReport> {
  const { job } = await readable(deps, id)
  const { impact, ...archive } = await tallied(deps, job.plan.folder)
  await deps.store.tx((t) => record(deps, t, { id, job }, { actor: by, news: newsOf(impact) }))
  deps.changed()
  return { purge: id, target: job.plan.target, impact, ...archive, undone: (job.undo?.restored ?? 0) > 0 }
}

function newsOf({ notifications, states, devices, reached, first, last }: Impact) {
  const times = { ...(first === undefined ? {} : { first }), ...(last === undefined ? {} : { last }) }
  return {
    kind: 'purge_impact_counted',
    notifications,
    delivered: states.delivered,
    devices,
    reached,
    ...times,
  } as const
}

/** A purge whose archive lies here and says whom it reached. */
async function readable({ store, archives }: ImpactDeps, id: number): Promise<Purge> {
  const purge = await getPurge({ store }, id)
  const { job } = purge
  if (job.plan.layout !== 'rpush')
    throw refused(`Purge ${id} removed no notifications of Rpush, so it cannot be said whom they reached.`)
  if (job.startedAt === undefined) throw refused(`Purge ${id} has removed nothing yet, so it has no impact to count.`)
  if (isDue(job)) throw refused(`Purge ${id} is under way; its archive is not whole yet.`, 'Ask again when it is over.')
  if (!job.plan.archive)
    throw refused(`Purge ${id} kept no archive, so it is not known whom its notifications reached.`)
  if (job.archiveRemovedAt !== undefined)
    throw refused(`The archive of purge ${id} was removed: it was older than retention.archives in mayday.yml.`)
  if (job.place !== (await archives.place())) {
    const hint = 'Ask the Mayday that carried it out, or run mayday purge impact there.'
    throw refused(`The archive of purge ${id} is on another machine.`, hint)
  }
  return purge
}

function refused(what: string, hint = ''): MaydayError {
  return new MaydayError('PURGE_REFUSED', { what, hint })
}

async function tallied(deps: ImpactDeps, folder: string) {
  const tally = createTally(saltOf(deps))
  const archive = await eachArchived(deps, folder, async (notifications) => {
    for (const one of notifications) tally.add(one)
  })
  return { impact: tally.impact(), ...archive }
}

const saltOf = ({ random }: ImpactDeps): number => Math.floor(random() * 2 ** 32)

/** What of the archive was removed, a batch at a time; a batch that cannot be read is damage. */
async function eachArchived(
  deps: ImpactDeps,
  folder: string,
  hear: (notifications: readonly (ArchivedNotification | undefined)[]) => Promise<void>,
) {
  const { batches, damage } = await deps.archives.index(folder)
  if (batches.length === 0)
    throw refused('The archive of this purge is gone: its time was over (retention in mayday.yml).')
  const broken = [...damage]
  let leftAlone = 0
  let gone = 0
  for (const batch of batches) {
    const frames = await deps.archives.load(folder, batch).catch((error: unknown) => unreadable(batch, error))
    if (typeof frames === 'string') broken.push(frames)
    else await hear(read(deps, batch, frames))
    leftAlone += batch.settlement?.left.length ?? 0
    gone += batch.settlement?.gone ?? 0
  }
  return { leftAlone, gone, damage: broken }
}

function unreadable(batch: ArchivedBatch, error: unknown): string {
  if (error instanceof MaydayError) return error.message
  return `a batch of ${batch.entries} entries in ${batch.segment} cannot be read`
}

function read({ readNotification }: ImpactDeps, { settlement }: ArchivedBatch, frames: Buffer) {
  const left = new Set((settlement?.left ?? []).map((name) => name.toString('latin1')))
  const found: (ArchivedNotification | undefined)[] = []
  eachFrame(frames, ({ nameStart, nameEnd, end }) => {
    if (left.has(frames.toString('latin1', nameStart, nameEnd))) return
    found.push(readNotification(frames.subarray(nameStart, nameEnd), frames.subarray(nameEnd, end)))
  })
  return found
}

const HEADER = 'device_token,app,type,reached\n'

async function devices(
  deps: ImpactDeps,
  id: number,
  by: Actor,
  write: (lines: string) => Promise<void>,
): Promise<number> {
  const { folder } = (await readable(deps, id)).job.plan
  // Whether anything was delivered to a device is known when all are read; so they are read twice.
  const reached = createFingerprints(saltOf(deps))
  await eachArchived(deps, folder, async (notifications) => {
    for (const one of notifications)
      if (one?.state === 'delivered') for (const token of one.devices) add(reached, token)
  })
  const row =
    ({ app, type }: ArchivedNotification) =>
    (token: string): string =>
      `${[token, app ?? '', type ?? '', has(reached, token) ? 'yes' : 'no'].map(cell).join(',')}\n`
  const written = createFingerprints(saltOf(deps))
  await write(HEADER)
  await eachArchived(deps, folder, async (notifications) => {
    const rows = notifications.flatMap((one) => one?.devices.filter((token) => add(written, token)).map(row(one)) ?? [])
    if (rows.length > 0) await write(rows.join(''))
  })
  const { size } = written
  const taken = { by, at: deps.clock.now(), devices: size }
  await changePurge(
    deps,
    id,
    (job) => ({ ...job, listed: [...(job.listed ?? []), taken] }),
    () => ({ actor: by, news: { kind: 'purge_devices_listed', devices: size } }),
  )
  return size
}

function add(to: ReturnType<typeof createFingerprints>, token: string): boolean {
  const bytes = Buffer.from(token)
  return to.add(bytes, 0, bytes.length)
}

function has(among: ReturnType<typeof createFingerprints>, token: string): boolean {
  const bytes = Buffer.from(token)
  return among.markOf(bytes, 0, bytes.length) !== undefined
}

/** why: a cell that begins like a formula is run by a spreadsheet; RFC 4180 for the rest. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
