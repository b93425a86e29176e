/** The real outside world, put together from a Config. The bot, the terminal's commands and the tests open the same one. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ports, PurgePorts } from '../app.js'
import type { Doc } from '../checklists/checklist.js'
import { createLibrary, type Library } from '../checklists/library/library.js'
import { checklistInvalid, parseChecklists } from '../checklists/library/parse.js'
import type { SourceFile } from '../checklists/library/source.js'
import type { Config } from '../config/config.js'
import { parseDuration } from '../config/duration.js'
import { secretsOf } from '../config/secrets.js'
import { MaydayError } from '../errors.js'
import type { Clock, Directory, Log, Meter, NewId, Pager, Store } from '../ports.js'
import { createArchives } from './archive/archives.js'
import { openHerokuDevices } from './heroku/open.js'
import { createLinks } from './links.js'
import { createDirectory } from './pagerduty/directory.js'
import { createPager, type PagerOptions } from './pagerduty/pager.js'
import { digestOf, pauseFor } from './pausing.js'
import { readNotification } from './redis/rpush/notification.js'
import { createChat } from './slack/chat.js'
import { createFiles } from './slack/files.js'
import { createSlackGate } from './slack/gate.js'
import { createLanes } from './slack/lanes.js'
import { createSender } from './slack/sender.js'
import type { SlackTiming } from './slack/timing.js'
import { makeOwner } from './store/owner.js'
import { openStore } from './store/store.js'
import { createLoops, createNewId } from './system.js'

export interface WorldOptions {
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  /** Shorter waits for tests. */
  readonly limits?: PagerOptions['limits']
  readonly timing?: Partial<SlackTiming>
  /** Stands between the rooms and the store; tests cut the power there. */
  readonly wrapStore?: (store: Store) => Store
}

/** Everything but Slack: what a terminal needs when Slack itself is the outage. */
export interface Ground {
  readonly store: Store
  readonly pager: Pager
  readonly directory: Directory
  readonly newId: NewId
  readonly owner: string
}

/** Opens the store and the roads to PagerDuty. Throws `STORE_*`. */
export async function openGround(config: Config, { clock, log, limits, wrapStore }: WorldOptions): Promise<Ground> {
  const owner = makeOwner()
  const opened = await openStore({ url: config.store.url, owner })
  const store = wrapStore === undefined ? opened : wrapStore(opened)
  const options = { ...pagerOptions(config), clock, log, limits }
  return {
    store,
    owner,
    newId: createNewId(clock),
    pager: createPager(options),
    directory: createDirectory({ ...options, notes: store.notes }),
  }
}

/** The whole world for `createApp`; nothing is started. Throws `CHECKLIST_INVALID`, `STORE_*`. */
export async function openWorld(
  config: Config,
  options: WorldOptions & { readonly checkUp: Ports['checkUp'] },
): Promise<Ports> {
  const { clock, log, meter, limits } = options
  const library = await openLibrary(config, clock.now())
  const ground = await openGround(config, options)
  const { store, owner } = ground
  const { botToken, apiUrl, mode, channel } = config.slack
  const timing = options.timing === undefined ? {} : { timing: options.timing }
  const callMs = options.timing?.callMs
  const lanes = createLanes({ botToken, apiUrl, log, ...(callMs === undefined ? {} : { timeoutMs: callMs }) })
  const gate = createSlackGate({
    mode,
    botToken,
    apiUrl,
    channel,
    inbox: store.inbox,
    notes: store.notes,
    clock,
    log,
    ...timing,
  })
  return {
    ...ground,
    library,
    links: createLinks({ secrets: secretsOf(config) }),
    gate,
    chat: createChat({ lanes, clock, teamId: () => gate.identity()?.teamId }),
    files: createFiles({ lanes }),
    sender: createSender({ outbox: store.outbox, leases: store.leases, lanes, clock, log, owner }),
    clock,
    log,
    meter,
    random: Math.random,
    loops: createLoops(clock, log),
    checkUp: options.checkUp,
    purge: await openPurge(config),
    devices: openHerokuDevices(config.switches, limits?.answerMs),
  }
}

/** Connects nothing yet. Undefined: NOTIFICATIONS_REDIS_URL is not set. Throws `CONFIG_INVALID`. */
export async function openPurge(config: Pick<Config, 'purge' | 'dataDir'>): Promise<PurgePorts | undefined> {
  const { redisUrl, targets } = config.purge
  if (redisUrl === undefined) return undefined
  // why: a bot that has no Redis to purge does not wait for its driver to load.
  const { createTargets } = await import('./redis/targets.js')
  const archives = createArchives({ dir: config.dataDir })
  return { targets: createTargets(redisUrl, targets), archives, readNotification, pause: pauseFor, digest: digestOf }
}

/** How the pager adapter reads a Config. */
export function pagerOptions(config: Config): Omit<PagerOptions, 'clock' | 'log' | 'limits'> {
  const { routingKey, token, fromEmail, eventsUrl, apiUrl } = config.pagerduty
  const keys = config.teams.flatMap((team) =>
    team.routingKey === undefined ? [] : [[team.name, team.routingKey] as const],
  )
  const policies = config.teams.flatMap((team) =>
    team.escalationPolicy === undefined ? [] : [[team.name, team.escalationPolicy] as const],
  )
  return {
    eventsUrl,
    apiUrl,
    token,
    fromEmail,
    routingKeys: new Map<string | undefined, string>([[undefined, routingKey], ...keys]),
    escalationPolicies: new Map<string | undefined, string>(policies),
  }
}

/** The checklists of the configured folder and the documents of mayday.yml. Throws `CHECKLIST_INVALID` with every fault. */
export async function openLibrary(config: Pick<Config, 'checklistsDir' | 'docs'>, now: number): Promise<Library> {
  const { checklists, faults } = parseChecklists(await readChecklists(config.checklistsDir), now)
  if (faults.length > 0) throw checklistInvalid(faults)
  return createLibrary(checklists, config.docs.map(docOf))
}

/** The `.yml` and `.yaml` files of a folder. Throws `CHECKLIST_INVALID` when it cannot be read. */
export async function readChecklists(dir: string): Promise<readonly SourceFile[]> {
  try {
    const names = (await readdir(dir)).filter((name) => /\.ya?ml$/u.test(name)).sort()
    return await Promise.all(
      names.map(async (name) => ({ file: join(dir, name), text: await readFile(join(dir, name), 'utf8') })),
    )
  } catch (cause) {
    throw new MaydayError('CHECKLIST_INVALID', {
      what: `The checklists in ${dir} cannot be read; none was loaded.`,
      hint: 'Set CHECKLISTS_DIR to the folder that holds them.',
      cause,
    })
  }
}

function docOf(doc: Config['docs'][number]): Doc {
  const every = doc.review_every === undefined ? undefined : parseDuration(doc.review_every)
  return {
    title: doc.title,
    url: doc.url,
    keywords: doc.keywords,
    ...(doc.about === undefined ? {} : { about: doc.about }),
    ...(doc.reviewed === undefined ? {} : { reviewed: doc.reviewed }),
    ...(doc.owner === undefined ? {} : { owner: doc.owner }),
    ...(every === undefined ? {} : { reviewEveryDays: Math.max(1, Math.round(every / 86_400_000)) }),
  }
}
