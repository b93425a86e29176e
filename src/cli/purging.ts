/** The ground under `mayday purge` and `mayday jobs`: the same engine, store and archives as the bot's, without Slack. */
import { knownChannel } from '../adapters/slack/known-channel.js'
import { openGround, openPurge } from '../adapters/world/ground.js'
import type { Config } from '../config/config.js'
import { MaydayError } from '../errors.js'
import type { PurgeDeps } from '../purge/deps.js'
import { type Asking, createPurging, type Purging } from '../purge/purge.js'
import { createPurgeWorker, type PurgeWorker } from '../purge/worker.js'
import { assemble, telling } from '../switches/hold.js'
import { createSwitches, type Switches } from '../switches/switches.js'
import { type Call, loadConfig, operator, quietWorld } from './io.js'

export interface Terminal {
  readonly config: Config
  readonly purging: Purging
  readonly worker: PurgeWorker
  readonly deps: PurgeDeps
  /** The operating user, and the newest open emergency, whose timeline tells of it. */
  readonly asking: Asking
  /** The target that is meant: the named one, or the only one. `TARGET_UNKNOWN`, `USAGE`. */
  target(name: string | undefined): string
}

type Kind = 'purge' | 'jobs'

/** Opens everything for `work` and closes it again. `CONFIG_INVALID` when there is no Redis to purge. */
export async function withPurging<T>(call: Call, kind: Kind, work: (terminal: Terminal) => Promise<T>): Promise<T> {
  const config = loadConfig(call.io, { slackless: true })
  const world = quietWorld(config)
  const purge = await openPurge(config)
  if (purge === undefined) {
    throw new MaydayError('CONFIG_INVALID', {
      what: 'NOTIFICATIONS_REDIS_URL is not set, so there is no Redis to purge; nothing was done.',
      hint: 'Set it to the Redis that holds the keys, for example redis://user:password@host:6379/0.',
    })
  }
  const ground = await openGround(config, world)
  const { approvals, targets: settings } = config.purge
  const changed = (): void => undefined
  const deps: PurgeDeps = { ...world, ...ground, ...purge, settings, approvals, random: Math.random, changed }
  const plainly = createPurging(deps)
  const purging = telling(plainly, switchesOf(config, deps, plainly))
  const worker = createPurgeWorker({ ...deps, show: purging.show })
  try {
    const [newest] = await ground.store.incidents.open()
    const asking = { by: operator(), ...(newest === undefined ? {} : { incident: newest.id }) }
    return await work({ config, purging, worker, deps, asking, target: (name) => targetOf(config, kind, name) })
  } finally {
    await worker.stop()
    await purge.targets.close()
    await ground.store.close()
  }
}

/** Those that hold delivery: they take note of what is held and released here. */
function switchesOf(config: Config, deps: PurgeDeps, { hold, release }: Purging): Switches {
  const all = config.switches.all.filter((one) => one.kind === 'rpush_hold')
  return createSwitches({
    ...deps,
    switches: assemble(all, new Map(), { targets: deps.targets, hold, release }),
    channel: (notes) => knownChannel(config.slack.channel, notes),
  })
}

function targetOf(config: Config, kind: Kind, name: string | undefined): string {
  const names = config.purge.targets
    .filter((one) => (one.layout === 'sidekiq') === (kind === 'jobs'))
    .map((one) => one.name)
  const known = `There ${names.length === 1 ? 'is' : 'are'}: ${names.join(', ') || 'none'} (${kind} in mayday.yml).`
  if (name === undefined) {
    const [only] = names
    if (names.length === 1 && only !== undefined) return only
    throw new MaydayError('USAGE', { what: 'Say which target; nothing was done.', hint: known })
  }
  if (names.includes(name)) return name
  throw new MaydayError('TARGET_UNKNOWN', { what: `There is no target "${name}"; nothing was done.`, hint: known })
}

/**
 * Whoever has this shell and the URL of the Redis could remove its keys without Mayday. So everybody may, unless
 * `permissions.purge.users` names users of this machine (`terminal:NAME`): then they may, and nobody else. `NOT_ALLOWED`.
 */
export function mustBeAllowed({ config, asking }: Pick<Terminal, 'config' | 'asking'>, act = 'purge'): void {
  const named = config.purge.permitted?.users.filter((one) => one.startsWith('terminal:')) ?? []
  if (named.length === 0 || named.includes(asking.by)) return
  throw new MaydayError('NOT_ALLOWED', {
    what: `${asking.by.slice('terminal:'.length)} may not ${act} from this terminal; nothing was done.`,
    hint: `May: ${named.map((one) => one.slice('terminal:'.length)).join(', ')} (permissions.purge.users in mayday.yml).`,
  })
}
