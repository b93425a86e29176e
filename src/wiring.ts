/** Parts of the composition that need more than a line: what `app.ts` puts together from them, one reads there. */
import type { SlackGate } from './adapters/slack/gate.js'
import { knownChannel } from './adapters/slack/known-channel.js'
import type { Ports } from './app.js'
import type { Docs } from './checklists/docs/docs.js'
import { progress } from './checklists/progress.js'
import type { Checklists } from './checklists/runs.js'
import type { Config } from './config/config.js'
import { describe } from './errors.js'
import type { IncidentId } from './incidents/incident.js'
import { createSeen } from './incidents/silence/seen.js'
import { createSilences, type SilenceDeps } from './incidents/silence/watch.js'
import type { Notes, Store } from './ports.js'
import { createImpacts } from './purge/impact/impact.js'
import { createHoldKeeper } from './purge/keeping.js'
import { createPurging } from './purge/purge.js'
import { standing } from './purge/telling.js'
import { createPurgeWorker } from './purge/worker.js'
import { assemble, type HoldRoad } from './switches/hold.js'
import { createSwitches, type Switches } from './switches/switches.js'

export function createPurges(config: Config, ports: Ports, changed: () => void) {
  if (ports.purge === undefined) return undefined
  const { targets: settings, approvals } = config.purge
  const { targets } = ports.purge
  const deps = { ...ports, ...ports.purge, settings, approvals, changed }
  const keeper = createHoldKeeper(deps)
  const purging = createPurging(deps, keeper)
  const worker = createPurgeWorker({ ...deps, show: purging.show })
  const { hold, release } = purging
  return {
    purging,
    worker,
    keeper,
    impacts: createImpacts(deps),
    road: { targets, hold, release },
  }
}

/** What of other rooms App Home shows. From the store alone: neither Redis nor Heroku is asked. */
export function aroundOf(rooms: {
  readonly purges: ReturnType<typeof createPurges>
  readonly switches: Pick<Switches, 'off'>
  readonly docs: Pick<Docs, 'stale'>
}) {
  return async () => ({
    ...{ off: await rooms.switches.off(), stale: await rooms.docs.stale() },
    holds: (await rooms.purges?.purging.holds()) ?? [],
    purges: ((await rooms.purges?.purging.active()) ?? []).map(({ id, job }) => standing(id, job)),
  })
}

export function createSilencesOf(
  { paging: policy, teams }: Config,
  ports: Ports,
  refusal: SilenceDeps['refusal'],
  changed: () => void,
) {
  const seen = createSeen(ports)
  const { contacts } = policy
  return { ...createSilences({ ...ports, seen, refusal, changed, teams, policy, contacts }), seen }
}

/** "Checklist: step" of the required steps of an emergency that are open. */
export function openStepsOf(checklists: Pick<Checklists, 'ofIncident'>) {
  return async (incident: IncidentId): Promise<readonly string[]> => {
    const runs = await checklists.ofIncident(incident)
    return runs.flatMap((run) => progress(run).openRequired.map((step) => `${run.title}: ${step.title}`))
  }
}

export function createSwitchesOf(config: Config, ports: Ports, road: HoldRoad | undefined, changed: () => void) {
  return createSwitches({
    ...{ ...ports, changed },
    switches: assemble(config.switches.all, ports.devices, road),
    channel: channelOf(config, ports.gate),
  })
}

/** Where it is posted what belongs to no thread; without asking Slack, which may be the outage, or the store, which too. */
export function channelOf({ slack: { channel } }: Config, gate: SlackGate): (notes: Notes) => Promise<string> {
  return async (notes) => gate.channelId() ?? (await knownChannel(channel, notes).catch(() => channel))
}

export async function storeHealth(store: Store): Promise<readonly string[]> {
  try {
    await store.ping()
    return []
  } catch (error) {
    return [`the store does not answer: ${describe(error)}`]
  }
}

export function unrecorded(count: number): readonly string[] {
  const pages = count === 1 ? '1 page' : `${count} pages`
  return count === 0 ? [] : [`${pages} went out without a record; it follows when the store answers`]
}
