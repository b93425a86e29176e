/** What speaks against a purge, each with its reason in words. Pure. */
import type { ServerState, Survey, TargetSpec } from '../ports/keys.js'
import type { PurgePlan, TargetSettings } from './plan.js'
import { bytes, percent, rate } from './words.js'

/** One guard that has something to say. */
export interface Objection {
  readonly guard:
    | 'pattern_short'
    | 'pattern_protected'
    | 'growing'
    | 'old_server'
    | 'replica_server'
    | 'slots_moving'
    | 'missing_commands'
    | 'denied_keys'
    | 'replica_lag'
    | 'memory'
    | 'running'
    | 'not_on_hold'
    | 'no_archive'
    | 'no_scripting'
    | 'large'
  /** `refuse`: it may not be confirmed as things stand. */
  readonly level: 'refuse' | 'warn'
  readonly because: string
}

/** What the guards look at. */
export interface Observations {
  readonly settings: TargetSettings
  readonly server: ServerState
  readonly survey: Survey
  readonly archive: boolean
  /** Counts by kind, as far as they are known; see `Slice.kinds`. */
  readonly kinds?: Readonly<Record<string, number>>
  /** Number of the purge of this target that is under way. */
  readonly running: number | undefined
  /** Undefined: the layout knows no hold. */
  readonly onHold: boolean | undefined
}

/** Fewer literal characters than this could mean anybody's keys. */
const MIN_PREFIX = 4
/** As `Slice.kinds` names them. */
const LARGE = 'over 4 MB'
const HUGE = 'over 64 MB'
const LAG = { warn: 1 << 20, refuse: 64 << 20 } as const
const FULL = 0.9

/** Everything that speaks against it, refusals first. */
export function objections(seen: Observations): readonly Objection[] {
  const all = [
    ...patternObjections(seen.settings),
    ...serverObjections(seen.server),
    ...replicaObjections(seen.server),
    ...stateObjections(seen),
  ]
  return all.toSorted((a, b) => Number(b.level === 'refuse') - Number(a.level === 'refuse'))
}

/** Guards that need no server; the configuration is checked with them, too. */
export function patternObjections(spec: TargetSpec): readonly Objection[] {
  if (spec.layout === 'sidekiq') return []
  const found: Objection[] = []
  const prefix = literalPrefix(spec.pattern)
  if (prefix.length < MIN_PREFIX) {
    found.push(
      refuse(
        'pattern_short',
        `the pattern ${spec.pattern} begins with only ${prefix.length} literal characters; at least ${MIN_PREFIX} are needed, so that it cannot mean everybody's keys`,
      ),
    )
  }
  const crossed = spec.protect.filter((one) => mayOverlap(spec.pattern, one))
  // why: the layout itself knows which of the keys under its pattern are payload.
  if (crossed.length > 0 && spec.layout === 'keys') {
    found.push(
      refuse('pattern_protected', `the pattern ${spec.pattern} also means protected keys: ${crossed.join(', ')}`),
    )
  }
  return found
}

/** Why nothing may be written to this server, or undefined. */
export function serverRefusal(server: ServerState): string | undefined {
  return serverObjections(server).find((one) => one.level === 'refuse')?.because
}

/** The Redis that has every command a purge needs: LMOVE, SMISMEMBER and ZMSCORE are of 6.2. */
const OLDEST = { major: 6, minor: 2 } as const

/** Why nothing can be done with this server at all, or undefined. */
export function oldServer({ version, commandsOf }: ServerState): string | undefined {
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/u.exec(commandsOf ?? '') ?? []
  const isOld =
    Number(major) < OLDEST.major || (Number(major) === OLDEST.major && Number(minor || OLDEST.minor) < OLDEST.minor)
  if (major === '' || !isOld) return undefined
  return `this server is ${version}, and Mayday needs Redis ${OLDEST.major}.${OLDEST.minor} or newer, or Valkey: older ones lack commands that it uses`
}

/** What speaks against this server, whatever the target and the plan are. */
export function serverObjections(server: ServerState): readonly Objection[] {
  const old = oldServer(server)
  // What else such a server lacks follows from its age; no right that somebody gives would change it.
  if (old !== undefined) return [refuse('old_server', old)]
  const found: Objection[] = []
  if (server.role === 'replica') {
    const what = 'this Redis is a read-only replica; name its master in NOTIFICATIONS_REDIS_URL'
    found.push(refuse('replica_server', what))
  }
  if (server.missing.length > 0) {
    found.push(
      refuse(
        'missing_commands',
        `the Redis user may not call ${server.missing.join(', ')}; allow it: ACL SETUSER <user> ${server.missing.map((name) => `+${name.toLowerCase()}`).join(' ')}`,
      ),
    )
  }
  if (server.deniedKeys !== undefined) {
    const what = `the Redis user may not touch keys like ${server.deniedKeys}; allow it: ACL SETUSER <user> ~${server.deniedKeys}`
    found.push(refuse('denied_keys', what))
  }
  if (!server.scripting) {
    const what =
      'the Redis user may not call EVAL: a key that changes in the milliseconds between archive and removal is removed in its new form'
    found.push(warn('no_scripting', what))
  }
  if (server.slots !== undefined && server.slots.moving > 0) {
    const what = `${server.slots.moving} ${server.slots.moving === 1 ? 'slot' : 'slots'} of the cluster ${server.slots.moving === 1 ? 'is' : 'are'} on the way to another master: a key that moves while it is counted may be missing from the plan, and then stays`
    found.push(warn('slots_moving', what))
  }
  if (server.maxBytes > 0 && server.usedBytes > server.maxBytes * FULL) {
    found.push(
      warn(
        'memory',
        `Redis uses ${bytes(server.usedBytes)} of ${bytes(server.maxBytes)} (maxmemory); what an undo would put back may not fit any more`,
      ),
    )
  }
  return found
}

/** Why a purge should wait for a replica, or undefined. */
export function lagging(server: ServerState): string | undefined {
  return replicaObjections(server).find((one) => one.level === 'refuse')?.because
}

function replicaObjections(server: ServerState): readonly Objection[] {
  return server.replicas.flatMap((replica): readonly Objection[] => {
    if (!replica.online)
      return [warn('replica_lag', `the replica ${replica.name} is not online; removals reach it later`)]
    if (replica.lagBytes > LAG.refuse) {
      const what = `the replica ${replica.name} is ${bytes(replica.lagBytes)} behind; a purge would make it worse, and it could lose its link`
      return [refuse('replica_lag', what)]
    }
    return replica.lagBytes > LAG.warn
      ? [warn('replica_lag', `the replica ${replica.name} is ${bytes(replica.lagBytes)} behind`)]
      : []
  })
}

function stateObjections({ settings, survey, archive, kinds, running, onHold }: Observations): readonly Objection[] {
  const found: Objection[] = []
  if (running !== undefined) {
    found.push(refuse('running', `purge ${running} of ${settings.name} is not over; resume it or cancel it first`))
  }
  if (survey.createdPerSecond > 0) {
    // For a pattern only the growth of the whole database can be measured.
    const what = settings.layout === 'keys' ? 'its database is' : 'it is'
    const because = `${what} still growing by ${rate(Math.max(1, survey.createdPerSecond))}: what is born after the plan stays. Stop ${producer(settings)} first`
    found.push(warn('growing', because))
  }
  if (onHold === false) {
    const what = 'delivery is not on hold: what is not yet removed is being sent meanwhile. Hold it first'
    found.push(warn('not_on_hold', what))
  }
  if (archive) found.push(...sizeObjections(kinds ?? {}))
  if (!archive) found.push(warn('no_archive', 'it keeps no archive: this purge cannot be undone'))
  return found
}

/** why: a value goes into the archive in one call, which nothing can break off, and everybody waits for it. */
function sizeObjections(kinds: Readonly<Record<string, number>>): readonly Objection[] {
  const [large = 0, huge = 0] = [kinds[LARGE], kinds[HUGE]]
  const remedy = 'Remove those by hand (redis-cli --memkeys finds them, UNLINK takes them), or plan without an archive'
  if (huge > 0) {
    const what = `of its keys ${huge} are ${HUGE} in memory: archiving one makes everybody wait for tenths of a second and more. ${remedy}`
    return [refuse('large', what)]
  }
  if (large === 0) return []
  const what = `of its keys ${large} are ${LARGE} in memory: archiving one makes everybody wait for some milliseconds, whatever the budget is`
  return [warn('large', what)]
}

/** Who makes more of them, as far as the layout tells. */
function producer(settings: TargetSpec): string {
  switch (settings.layout) {
    case 'rpush':
      return 'whatever creates notifications (the processes that call Rpush …Notification.create)'
    case 'sidekiq':
      return `whatever enqueues ${settings.className}`
    case 'keys':
      return `whatever writes ${settings.pattern}`
  }
}

/** The advice about neighbours, or undefined when the target is alone in its database. */
export function neighbourAdvice(plan: Pick<PurgePlan, 'survey' | 'database' | 'keysInDatabase'>): string | undefined {
  const others = plan.survey.prefixes.filter((one) => !one.own)
  if (others.length === 0) return undefined
  const share = (n: number): string => percent(Math.min(1, n / Math.max(1, plan.keysInDatabase)))
  const sum = others.reduce((total, one) => total + one.about, 0)
  const names = others.slice(0, 5).map((one) => `${one.prefix} ${share(one.about)}`)
  return `About ${share(sum)} of the keys in database ${plan.database} are others' (${names.join(', ')}). They are not touched. Give this data a database or server of its own, so that a flood here cannot fill theirs.`
}

/** The characters before the first one that a glob reads specially, unescaped. */
export function literalPrefix(pattern: string): string {
  let prefix = ''
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? ''
    if ('*?['.includes(char)) return prefix
    if (char === '\\') i += 1
    prefix += char === '\\' ? (pattern[i] ?? '') : char
  }
  return prefix
}

/** Could one name match both globs? Errs on the side of yes: only literal beginnings are compared. */
export function mayOverlap(one: string, other: string): boolean {
  const [a, b] = [literalPrefix(one), literalPrefix(other)]
  const [aWhole, bWhole] = [isLiteral(one), isLiteral(other)]
  if (aWhole && bWhole) return a === b
  if (aWhole) return matches(other, a)
  if (bWhole) return matches(one, b)
  return a.startsWith(b) || b.startsWith(a)
}

function isLiteral(pattern: string): boolean {
  return !/(?:^|[^\\])(?:\\\\)*[*?[]/u.test(pattern)
}

/** Glob as Redis reads it: `*`, `?`, `[a-c]`, `[^a]`, `\`. */
export function matches(pattern: string, name: string): boolean {
  return new RegExp(`^${globSource(pattern)}$`, 'su').test(name)
}

function globSource(pattern: string): string {
  return pattern.replace(
    /\\(.)|\[(\^?)((?:\\.|[^\]\\])*)\]|[*?]|[^\\]/gsu,
    (whole, escaped: string, not: string, set: string) => {
      if (escaped !== undefined) return quote(escaped)
      if (set !== undefined) return `[${not}${setSource(set)}]`
      if (whole === '*') return '.*'
      return whole === '?' ? '.' : quote(whole)
    },
  )
}

function setSource(set: string): string {
  return set.replace(/\\(.)|[[^]/gsu, (whole, escaped: string | undefined) => {
    const char = escaped ?? whole
    return /[\][\\^-]/u.test(char) ? `\\${char}` : char
  })
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
}

function refuse(guard: Objection['guard'], because: string): Objection {
  return { guard, level: 'refuse', because }
}

function warn(guard: Objection['guard'], because: string): Objection {
  return { guard, level: 'warn', because }
}
