/** Looks at a target: how many there are, what they are, who shares the database, and what speaks against a purge. */
import { MaydayError } from '../errors.js'
import type { KeyTarget, Scope, ServerState } from '../ports/keys.js'
import type { PurgeDeps } from './deps.js'
import { createFingerprints, type Fingerprints } from './fingerprints.js'
import { eachFrame } from './frames.js'
import { type Objection, objections, oldServer } from './guards.js'
import { isUnderWay } from './job.js'
import { createPacer } from './pacer.js'
import { expectedMs, PLAN_LIFE_MS, type PurgePlan, type TargetSettings, whatOf } from './plan.js'
import { activePurges } from './record.js'
import { fromTheStart, type Reins, walk } from './walk.js'

/** How far a count has come. */
export interface Counting {
  readonly found: number
  readonly visited: number
}

export interface DescribeOptions {
  readonly mode: Scope['mode']
  readonly archive: boolean
  /** False ends it: the person is gone. */
  readonly goesOn?: () => boolean
  readonly onProgress?: (counting: Counting) => void
}

export interface Description {
  readonly plan: PurgePlan
  readonly objections: readonly Objection[]
}

/** `TARGET_UNKNOWN` with the names there are. */
export function settingsOf(deps: Pick<PurgeDeps, 'settings'>, name: string): TargetSettings {
  const found = deps.settings.find((one) => one.name === name)
  if (found !== undefined) return found
  throw new MaydayError('TARGET_UNKNOWN', {
    what: `There is no target "${name}"; nothing was done.`,
    hint: `There are: ${deps.settings.map((one) => one.name).join(', ') || 'none'} (purge and jobs in mayday.yml).`,
  })
}

/** `TARGET_UNKNOWN`. */
export function targetOf(deps: Pick<PurgeDeps, 'targets' | 'settings'>, name: string): KeyTarget {
  const target = deps.targets.target(name)
  if (target !== undefined) return target
  settingsOf(deps, name)
  throw new MaydayError('TARGET_UNKNOWN', { what: `The target "${name}" cannot be opened; nothing was done.` })
}

/** The exact number, by a paced walk. What a server-side walk shows twice counts twice; a plan counts exactly. */
export async function countExactly(deps: PurgeDeps, name: string, options: DescribeOptions): Promise<number> {
  const target = targetOf(deps, name)
  const scope = await target.scope(options.mode)
  const { found } = await sweep(deps, settingsOf(deps, name), { ...options, scope, what: 'count' })
  return found
}

/** `TARGET_REFUSED` for a server that lacks the commands. */
async function lookFirst(target: KeyTarget): Promise<ServerState> {
  const server = await target.inspect()
  const because = oldServer(server)
  if (because === undefined) return server
  throw new MaydayError('TARGET_REFUSED', {
    what: `Nothing was done: ${because}.`,
    hint: 'Upgrade it, or point NOTIFICATIONS_REDIS_URL at the server that holds the keys now.',
  })
}

/** Describes the target and freezes it into a plan. Its planned names are on the disk when this is over. */
export async function describeTarget(deps: PurgeDeps, name: string, options: DescribeOptions): Promise<Description> {
  const settings = settingsOf(deps, name)
  const target = targetOf(deps, name)
  const server = await lookFirst(target)
  const onHold = await deps.targets.hold(name)?.isHeld()
  const running = (await activePurges(deps)).find(({ job }) => job.plan.target === name && isUnderWay(job))?.id
  const survey = await target.survey()
  const estimate = await target.estimate()
  // What is born while it is counted belongs to the plan as far as the count knows it.
  const scope = await target.scope(options.mode)
  const seen = await sweep(deps, settings, {
    ...options,
    scope,
    what: settings.layout === 'sidekiq' ? 'count' : 'names',
  })
  const { archive } = options
  const against = objections({ settings, server, survey, archive, kinds: seen.kinds, running, onHold })
  const plannedAt = deps.clock.now()
  const folder = deps.newId()
  if (seen.planned !== undefined) await deps.archives.savePlanned(folder, seen.planned.toBytes())
  const { latencyBudgetMs: budgetMs } = settings
  const plan: PurgePlan = {
    ...{ target: name, layout: settings.layout, what: whatOf(settings) },
    protect: settings.layout === 'sidekiq' ? [] : settings.protect,
    ...{ identity: server.identity, version: server.version, database: server.database, keysInDatabase: server.keys },
    ...{
      scope,
      count: seen.planned?.size ?? seen.found,
      estimate,
      kinds: seen.kinds,
      archive: options.archive,
      budgetMs,
      survey,
    },
    ...{ plannedAt, expiresAt: plannedAt + PLAN_LIFE_MS, folder },
    replicas: server.replicas,
    ...(server.lost === undefined ? {} : { lost: server.lost }),
    expectedMs: expectedMs({ walkMs: seen.tookMs, count: seen.found, archive: options.archive, budgetMs }),
  }
  return { plan, objections: against }
}

interface Seen {
  readonly found: number
  readonly kinds: Readonly<Record<string, number>>
  /** `keys` only: the names. */
  readonly planned: Fingerprints | undefined
  readonly tookMs: number
}

async function sweep(
  deps: PurgeDeps,
  settings: TargetSettings,
  options: DescribeOptions & { readonly scope: Scope; readonly what: 'count' | 'names' },
): Promise<Seen> {
  const target = targetOf(deps, settings.name)
  const pacer = createPacer(
    { clock: deps.clock, pause: deps.pause, ping: () => target.ping() },
    settings.latencyBudgetMs,
  )
  pacer.trust((await lookFirst(target)).scripting)
  const reins: Reins = { goesOn: async () => options.goesOn?.() !== false }
  const began = performance.now()
  return fromTheStart(deps, async () => {
    let found = 0
    let visited = 0
    const kinds: Record<string, number> = {}
    const isKeys = settings.layout === 'keys' && options.what === 'names'
    const planned = isKeys ? createFingerprints(Math.floor(deps.random() * 2 ** 32)) : undefined
    const whole = await walk(
      { target, pacer, reins, pause: deps.pause },
      options.scope,
      options.what,
      undefined,
      (slice) => {
        found += slice.found
        visited += slice.visited
        for (const [kind, n] of Object.entries(slice.kinds)) kinds[kind] = (kinds[kind] ?? 0) + n
        if (planned !== undefined) eachFrame(slice.frames, (at) => planned.add(slice.frames, at.nameStart, at.nameEnd))
        options.onProgress?.({ found: planned?.size ?? found, visited })
      },
    )
    if (!whole) throw new MaydayError('PURGE_REFUSED', { what: 'The count was broken off; nothing was done.' })
    return { found, kinds, planned, tookMs: performance.now() - began }
  })
}
