/** The composition root: which rooms there are, what each is given, and what runs when. One can read it aloud. */

import { digestOf } from './adapters/pausing.js'
import type { SlackGate } from './adapters/slack/gate.js'
import type { Sender } from './adapters/slack/sender.js'
import type { Loops } from './adapters/system.js'
import { createDocs } from './checklists/docs/docs.js'
import { registerDocs } from './checklists/docs/listeners.js'
import type { Library } from './checklists/library/library.js'
import { registerChecklists } from './checklists/listeners.js'
import { createChecklists } from './checklists/runs.js'
import type { Config } from './config/config.js'
import { statusFor } from './incidents/commands.js'
import { createDeeds } from './incidents/deeds.js'
import { createFollow } from './incidents/follow.js'
import { createHandovers } from './incidents/handover/handover.js'
import { createHomes } from './incidents/home/homes.js'
import { registerHome } from './incidents/home/listeners.js'
import { createIncidents } from './incidents/incidents.js'
import { registerIncidents } from './incidents/listeners.js'
import { createReviews } from './incidents/review/reviews.js'
import { registerSeen } from './incidents/silence/listeners.js'
import { createStatusLine } from './incidents/status-line/status-line.js'
import { createIntake, type Intake } from './intake/intake.js'
import { createCatchUp } from './paging/catch-up.js'
import { registerPaging } from './paging/listeners.js'
import { createPageWorker } from './paging/pager.js'
import { createPaging, type News } from './paging/paging.js'
import { createReceive, permalinkOf } from './paging/receive.js'
import { createRequests } from './paging/request.js'
import { registerShortcut } from './paging/shortcut/listeners.js'
import { createShortcut } from './paging/shortcut/shortcut.js'
import type { Bookmarks } from './ports/bookmarks.js'
import type { Links } from './ports/docs.js'
import type { Files } from './ports/files.js'
import type { ReadNotification } from './ports/impact.js'
import type { Targets } from './ports/keys.js'
import type { Archives, PurgeWatch } from './ports/purges.js'
import type { SwitchDevice } from './ports/switches.js'
import type { Chat, Clock, Directory, Log, Meter, NewId, Pager, Store } from './ports.js'
import { registerPurges } from './purge/listeners.js'
import { createPermits } from './purge/permit.js'
import { createReactions, createReactor } from './reactions.js'
import { answerSwitchCommand } from './switches/commands.js'
import { telling } from './switches/hold.js'
import { registerSwitches } from './switches/listeners.js'
import {
  aroundOf,
  channelOf,
  createPurges,
  createSilencesOf,
  createSwitchesOf,
  openStepsOf,
  storeHealth,
  unrecorded,
} from './wiring.js'

/** The outside world, real in `main.ts` and at the wire of the simulators in tests. */
export interface Ports {
  readonly store: Store
  readonly pager: Pager
  readonly directory: Directory
  readonly chat: Chat
  readonly files: Files
  readonly bookmarks: Bookmarks
  readonly gate: SlackGate
  readonly sender: Sender
  readonly library: Library
  readonly links: Links
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly newId: NewId
  readonly random: () => number
  readonly loops: Loops
  /** Unique per process start. */
  readonly owner: string
  readonly checkUp: () => Promise<readonly string[]>
  /** Undefined: NOTIFICATIONS_REDIS_URL is not set. */
  readonly purge: PurgePorts | undefined
  /** What switches turn that is not in a Redis, by name of the switch. */
  readonly devices: ReadonlyMap<string, SwitchDevice>
}

/** The Redis that may be purged, and where its archives lie. */
export interface PurgePorts {
  readonly targets: Targets
  readonly archives: Archives
  readonly readNotification: ReadNotification
  readonly pause: (ms: number) => Promise<void>
  readonly digest: (text: string) => string
}

export interface App {
  start(): Promise<void>
  /** Takes nothing new, finishes what is under way, ends within 10 s. */
  stop(): Promise<void>
  /** Why Mayday would miss or delay something now; empty: ready. */
  health(): Promise<readonly string[]>
  /** How purges and holds stand, for `/metrics`. */
  purgeWatch(): Promise<PurgeWatch>
  /** What a PagerDuty webhook told. */
  pagerNews(news: News): Promise<void>
  /** What other machines tell. */
  readonly intake: Intake
}

/** Wires everything and starts nothing. */
export function createApp(config: Config, ports: Ports): App {
  const { store, pager, directory, chat, gate, sender, clock, log, meter, newId, random, loops, owner } = ports
  const { paging: policy, teams } = config
  const changed = (): void => reactorLoop.kick()

  const worker = createPageWorker({ store, pager, directory, clock, log, meter, newId, random, policy, owner, changed })
  const requests = createRequests({ ...ports, worker, storm: policy, mode: policy.mode, changed })
  const paging = createPaging({
    ...{ ...ports, worker, requests, contacts: policy.contacts },
    teams: teams.map((team) => team.name),
  })
  const deeds = createDeeds({ store, clock, newId, changed })
  const incidents = createIncidents({ ...ports, deeds, teams, pageMore: requests.pageMore })
  const checklists = createChecklists({ ...ports, changed, posted: () => posted() })
  const reviews = createReviews({ ...ports, changed, refusal: incidents.refusal })
  const receive = createReceive({ store, requests, clock, log, alertBots: policy.alertBots, whereabouts, changed })
  const catchUp = createCatchUp({
    ...ports,
    channelId: gate.channelId,
    replay: (event) => gate.replay(event, 'catch_up'),
  })
  const follow = createFollow({ store, clock, teams, reads: pager.reads, changed })
  const purges = createPurges(config, ports, changed)
  const permits = createPermits({ ...ports, permitted: config.purge.permitted })
  const channel = channelOf(config, gate)
  const docs = createDocs({ ...ports, checks: config.docsCheck, channel, posted: () => posted() })
  const github = config.intake.github
  const intake = createIntake({ ...ports, declare: requests.declare, digest: digestOf, channel, changed, github })
  const switches = createSwitchesOf(config, ports, purges?.road, changed)
  const switching = { switches, refusal: permits.refusal }
  const around = aroundOf({ purges, switches, docs })
  const shadow = policy.mode === 'shadow'
  const homes = createHomes({ ...ports, teams, around, shadow, channel: gate.channelId, address })
  const silences = createSilencesOf(config, ports, incidents.refusal, changed)
  const openSteps = openStepsOf(checklists)
  const handovers = createHandovers({ ...ports, around, openSteps, changed, contacts: policy.contacts })
  const purging = purges?.purging
  const react = createReactions({ incidents: follow, handovers, silences, paging, checklists, purging })
  const posted = (): void => senderLoop.kick()
  const reactor = createReactor({ store, react, owner, log, meter, posted, more: changed })

  const pageLoop = loops.create('pages', 250, worker.tick)
  const unrecordedLoop = loops.create('pages without a record', 250, requests.settle)
  const reactorLoop = loops.create('reactions', 500, reactor.tick)
  const senderLoop = loops.create('outbox', 500, sender.tick)
  const catchUpLoop = loops.create('catch-up', 60_000, async () => void (await catchUp.run('minute')))
  const reclaimLoop = loops.create('inbox', 5_000, async () => void (await gate.reclaim()))
  const onCallLoop = loops.create('on-call', 60_000, async () => {
    // why: a loud message about a team's page needs its names and numbers when PagerDuty can no longer be asked.
    for (const team of [undefined, ...teams.map((one) => one.name)]) await directory.onCall(team)
    await handovers.tick()
  })
  const sweepLoop = loops.create('sweep', 3_600_000, async () => {
    await store.inbox.sweep(INBOX_KEEP_MS)
    await purges?.purging.removeOld(config.purge.keepMs)
  })
  const checklistLoop = loops.create('checklists', 30_000, checklists.askAround)
  const docsLoop = loops.create('documents', 600_000, docs.tick)
  const purgeLoop = loops.create('purges', 1_000, async () => purges?.worker.tick())
  const intakeLoop = loops.create('issues that wait', 60_000, intake.tick)
  const holdLoop = loops.create('holds', 200, async () => purges?.keeper.tick())
  const switchLoop = loops.create('switches', 5_000, switches.tick)
  const homeLoop = loops.create('App Homes', 5_000, homes.tick)
  const statusLine = createStatusLine({ ...ports, channelId: gate.channelId, address })
  const lineLoop = loops.create('status line', 5_000, statusLine.tick)
  const silenceLoop = loops.create('silent owners', 15_000, silences.tick)
  const all = [
    ...[pageLoop, unrecordedLoop, reactorLoop, senderLoop, catchUpLoop, reclaimLoop, onCallLoop, sweepLoop],
    ...[checklistLoop, purgeLoop, holdLoop, switchLoop, intakeLoop, homeLoop, docsLoop, silenceLoop, lineLoop],
  ]

  function whereabouts() {
    const identity = gate.identity()
    const channel = gate.channelId()
    return identity === undefined || channel === undefined ? undefined : { ...identity, channel }
  }

  function address(channel: string, ts: string) {
    const identity = gate.identity()
    // An emergency from a terminal may know its channel by name only.
    return identity === undefined || !/^[CG][A-Z0-9]+$/u.test(channel)
      ? undefined
      : permalinkOf({ ...identity, channel }, ts)
  }

  async function incidentOf(channel: string) {
    return (await incidents.current(channel))?.id
  }

  async function turn(rest: string, { user, press, channel }: { user: string; press: string; channel: string }) {
    return answerSwitchCommand(switching, rest, { user, press, incident: await incidentOf(channel) })
  }

  async function tell(to: Parameters<Chat['whisper']>[0], text: string): Promise<void> {
    try {
      await chat.whisper(to, { text })
    } catch (error) {
      log.warn('a person could not be told the outcome of what they asked for', { user: to.user, error })
    }
  }

  registerSeen(gate.app, silences.seen)
  registerPaging(gate.app, receive)
  const rule = { ...policy, reads: pager.reads }
  const shortcut = createShortcut({ ...ports, requests, whereabouts, rule, refusal: incidents.refusal })
  registerShortcut(gate.app, { log, shortcut })
  const typed = {
    ...{ incidents, reviews, silences, chat, store, directory, clock, log, teams, tell },
    ...{ checkUp: ports.checkUp, switching: turn, findDocs: docs.answer },
  }
  registerIncidents(gate.app, typed)
  registerHome(gate.app, { homes, chat, log, status: (asked) => statusFor(typed, asked) })
  registerChecklists(gate.app, {
    ...{ checklists, store, chat, clock, log, tell },
    refusal: incidents.refusal,
  })
  registerDocs(gate.app, { store, clock, log, changed })
  registerPurges(gate.app, {
    ...{ store, chat, clock, log, tell },
    commands: purges && {
      ...purges,
      purging: telling(purges.purging, switches),
      permits,
      now: clock.now,
      memberRefusal: ({ user, channel, press }) => incidents.refusal(user, { channel }, press, 'purge'),
      incidentOf: async (channel) => (await store.incidents.open()).find((one) => one.channel === channel),
      kick: () => purgeLoop.kick(),
    },
  })
  registerSwitches(gate.app, { log, tell, commands: switching, incidentOf })
  gate.onReady(() => catchUpLoop.kick())
  gate.onGap(() => catchUpLoop.kick())

  return {
    start: async () => {
      for (const loop of all) loop.start()
      await gate.start()
    },
    stop: async () => {
      await gate.stop()
      requests.stop()
      docs.stop()
      await Promise.all([...all.map((loop) => loop.stop()), sender.stop(), purges?.worker.stop()])
      await ports.purge?.targets.close()
      await Promise.all([worker.idle(), reactor.idle()])
    },
    health: async () => [
      ...gate.health(),
      ...sender.problems(),
      ...(await storeHealth(store)),
      ...unrecorded(requests.unrecorded()),
    ],
    purgeWatch: async () => (await purges?.purging.watch()) ?? { work: [], holds: [] },
    pagerNews: paging.news,
    intake,
  }
}

/** Slack's delayed events come for 24 h; an inbox entry is the memory that a message was handled. */
const INBOX_KEEP_MS = 72 * 3_600_000
