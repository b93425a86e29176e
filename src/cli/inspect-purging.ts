/** What a purge would need at 2 am beside a Redis that answers: room, patterns that mean what they say, and no forgotten hold. */
import { freeBytes } from '../adapters/archive/space.js'
import type { Finding } from '../adapters/finding.js'
import { type Ground, openPurge, type WorldOptions } from '../adapters/world/ground.js'
import type { PurgePorts } from '../app.js'
import type { Config } from '../config/config.js'
import { describe, MaydayError } from '../errors.js'
import { span, utc } from '../mrkdwn.js'
import type { Estimate, KeyTarget, ServerState } from '../ports/keys.js'
import { patternObjections } from '../purge/guards.js'
import type { Held } from '../purge/holding.js'
import type { TargetSettings } from '../purge/plan.js'
import { createPurging } from '../purge/purge.js'
import { bytes, count, entries } from '../purge/words.js'
import { withUser } from './inspect-targets.js'
import type { Io } from './io.js'

/** Reads only. `openPurge` says what is wrong with the URL; a target that cannot be reached is somebody else's finding. */
export async function inspectPurging(
  io: Pick<Io, 'env'>,
  config: Config,
  world: Pick<WorldOptions, 'clock' | 'log' | 'meter'>,
  ground: Ground,
): Promise<readonly Finding[]> {
  const purge = await openPurge(config)
  if (purge === undefined) return [NOT_SET]
  const { approvals, targets: settings } = config.purge
  const changed = (): void => undefined
  const purging = createPurging({
    ...{ ...world, ...ground, ...purge, settings, approvals, random: Math.random, changed },
  })
  try {
    const seen = await Promise.all(settings.map((one) => look(purge, one)))
    const reached = seen.filter((one) => one !== undefined)
    // why: the store may be the outage; that delivery is on hold is known from Redis all the same.
    const notes = await purging.holds().catch(() => [])
    return [
      ...settings.flatMap(patterns),
      ...roomOf(reached[0]?.server).map((one) => withUser(one, config)),
      ...(await disk(io, config, purge, reached)),
      ...(await Promise.all(reached.map((one) => heldDelivery(purge, one, notes, world.clock.now())))).flat(),
    ]
  } finally {
    await purge.targets.close()
  }
}

const NOT_SET: Finding = {
  level: 'ok',
  what: 'NOTIFICATIONS_REDIS_URL is not set, so there is no Redis to purge.',
}

interface Seen {
  readonly settings: TargetSettings
  readonly server: ServerState
  readonly estimate: Estimate
  /** Memory of all of it; undefined: not known. */
  readonly bytes: number | undefined
}

async function look({ targets }: PurgePorts, settings: TargetSettings): Promise<Seen | undefined> {
  try {
    const target = targets.target(settings.name)
    return target === undefined ? undefined : await measure(target, settings)
  } catch {
    return undefined
  }
}

async function measure(target: KeyTarget, settings: TargetSettings): Promise<Seen> {
  const server = await target.inspect()
  const estimate = await target.estimate()
  const { bytesPerEntry } = await target.survey()
  return { settings, server, estimate, bytes: bytesPerEntry === undefined ? undefined : bytesPerEntry * estimate.about }
}

function patterns(settings: TargetSettings): readonly Finding[] {
  return patternObjections(settings).map(({ because }) => ({
    level: 'fail',
    what: `Target ${settings.name} can never be purged: ${because}.`,
    remedy: `Change purge.${settings.name} in mayday.yml.`,
  }))
}

/** Of the server, which all targets are on. */
function roomOf(server: ServerState | undefined): readonly Finding[] {
  if (server === undefined) return []
  return [...memory(server), ...connections(server)]
}

/** From this share of `maxmemory` on a policy that takes any key is at work, or soon is. */
const NEAR = 0.8

function memory({ usedBytes, maxBytes, eviction, lost }: ServerState): readonly Finding[] {
  if (maxBytes === 0)
    return [{ level: 'ok', what: `Redis uses ${bytes(usedBytes)} of memory, and has no limit (maxmemory).` }]
  const used = `Redis uses ${bytes(usedBytes)} of ${bytes(maxBytes)} (maxmemory)`
  const policy = eviction === undefined ? '' : `, and when that is full: ${eviction}`
  if (usedBytes < maxBytes * NEAR) return [{ level: 'ok', what: `${used}${policy}.` }]
  const gone = lost === undefined || lost.evicted === 0 ? '' : ` It has evicted ${count(lost.evicted)} keys so far.`
  const what =
    eviction?.includes('allkeys') === true
      ? `${used}${policy}: it throws away keys that nobody asked to be thrown away, also those that an undo puts back.${gone}`
      : `${used}${policy}: what an undo puts back may not fit.${gone}`
  return [{ level: 'warn', what, remedy: 'Raise maxmemory, or give notifications a Redis of their own.' }]
}

function connections({ watching, clients }: ServerState): readonly Finding[] {
  const open =
    clients === undefined ? '' : ` (${count(clients.connected)} of ${count(clients.most)} connections are open)`
  if (watching === undefined) return []
  switch (watching) {
    case 'can':
      return [{ level: 'ok', what: `What is archived can be watched until it is removed${open}.` }]
    case 'crowded':
      return [
        {
          level: 'warn',
          what: `Redis has few connections to spare${open}: what is archived is read a second time instead of watched, so purges with an archive are slower.`,
          remedy: 'Raise maxclients, or live with it: nothing is less safe.',
        },
      ]
    case 'forbidden':
      return [
        {
          level: 'warn',
          what: 'The Redis user may not call WATCH: what is archived is read a second time instead, so purges with an archive are slower.',
          remedy: 'Allow it: ACL SETUSER <user> +watch +unwatch +multi +exec',
        },
      ]
  }
}

/** An archive takes at least this much for an entry, however well it compresses, bytes. */
const LEAST = 45

async function disk(
  { env }: Pick<Io, 'env'>,
  { dataDir }: Config,
  { archives }: PurgePorts,
  seen: readonly Seen[],
): Promise<readonly Finding[]> {
  try {
    await archives.place()
  } catch (error) {
    const remedy = 'Make MAYDAY_DATA_DIR a directory that Mayday may write to.'
    return [{ level: 'fail', what: `No archive can be kept in ${dataDir}: ${said(error)}`, remedy }]
  }
  const free = await freeBytes(dataDir)
  const found = free === undefined ? [] : [space(dataDir, free, seen)]
  // why: Heroku sets DYNO, and gives every dyno an empty disk at every start.
  return env['DYNO'] === undefined ? found : [...found, WIPED]
}

const WIPED: Finding = {
  level: 'warn',
  what: 'This platform wipes the disk at every start, and archives with it: a purge cannot be undone after that.',
  remedy: 'Run purges from a machine that keeps its disk, or undo before the next restart.',
}

function space(dir: string, free: number, seen: readonly Seen[]): Finding {
  const largest = seen.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))[0]
  const room = `${bytes(free)} are free for archives in ${dir}`
  if (largest?.bytes === undefined) return { level: 'ok', what: `${room}.` }
  const { settings, estimate } = largest
  const all = `all of ${settings.name} (about ${entries(estimate.about, settings.layout)}) takes ${bytes(largest.bytes)} of memory, and compressed far less`
  const remedy = 'Make room there, or set MAYDAY_DATA_DIR to a larger disk.'
  if (free < estimate.about * LEAST) return { level: 'fail', what: `${room}, too little: ${all}.`, remedy }
  return free < largest.bytes
    ? { level: 'warn', what: `${room}: ${all}.`, remedy }
    : { level: 'ok', what: `${room}: ${all}.` }
}

async function heldDelivery(
  { targets }: PurgePorts,
  { settings: { name } }: Seen,
  notes: readonly Held[],
  now: number,
): Promise<readonly Finding[]> {
  try {
    if ((await targets.hold(name)?.isHeld()) !== true) return []
    const note = notes.find(({ target }) => target === name)
    const since =
      note === undefined ? 'by nobody that this store knows' : `since ${utc(note.at)} (${span(now - note.at)})`
    return [
      {
        level: 'warn',
        what: `Delivery of ${name} is on hold, ${since}: nothing of it is sent.`,
        remedy: `When it is safe: mayday purge release ${name}.`,
      },
    ]
  } catch (error) {
    return [{ level: 'warn', what: `Whether delivery of ${name} is on hold is not known: ${said(error)}` }]
  }
}

function said(error: unknown): string {
  return error instanceof MaydayError ? error.message : describe(error)
}
