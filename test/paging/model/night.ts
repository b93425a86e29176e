import type { Fact, Incident, IncidentId, Page, PageId, PageState } from '../../../src/incidents/incident.js'
import { firstPage } from '../../../src/paging/page/new-page.js'
import { wishAcknowledge, wishResolve } from '../../../src/paging/page/wishes.js'
import { createPageWorker, type PageWorker } from '../../../src/paging/pager.js'
import type { Directory } from '../../../src/ports.js'
import { createVirtualClock, type VirtualClock } from './clock.js'
import { faultsOf, faultsOfWait, POLICY } from './faults.js'
import { createModelPager, type Heard, type Way } from './pager.js'
import { type Called, createModelPagerDuty, type ModelPagerDuty } from './pagerduty.js'
import { createPageStore } from './store.js'

/** How PagerDuty behaves for a while. */
export interface Phase {
  readonly ms: number
  readonly events: Way
  readonly rest: Way
  readonly called: Called
  readonly queueMs: number
  readonly latencyMs: number
}

/** What people, webhooks and the power do meanwhile, `at` ms after the request. */
export interface Deed {
  readonly at: number
  readonly do:
    | 'acknowledge in Slack'
    | 'resolve in Slack'
    | 'acknowledge in PagerDuty'
    | 'resolve in PagerDuty'
    | 'acknowledgement times out'
    | 'fold into another incident'
    | 'webhook'
    | 'crash'
}

export interface Night {
  readonly phases: readonly Phase[]
  readonly deeds: readonly Deed[]
  readonly reads: boolean
  /** PagerDuty knows the e-mail address of the person in Slack. */
  readonly login: boolean
  readonly seed: number
}

export interface Spent {
  readonly page: Page
  /** The page after every write. */
  readonly history: readonly Page[]
  readonly facts: readonly Fact[]
  readonly states: readonly PageState[]
  readonly model: ModelPagerDuty
  /** Everything that must not happen and did, in words. */
  readonly wrong: readonly string[]
  /** Most calls and writes in any one minute. */
  readonly busiest: number
}

export const START = Date.UTC(2021, 6, 10, 2)
export const KEY = 'slack:T1:C1:1625882400.000100'
const HEALTHY: Phase = { ms: 20 * 60_000, events: 'ok', rest: 'ok', called: 'somebody', queueMs: 200, latencyMs: 60 }
const TICK_MS = 250

/** Lets a page live through the night with the shipped worker, and then through 20 healthy minutes. */
export async function spend(night: Night): Promise<Spent> {
  const clock = createVirtualClock(START)
  const model = createModelPagerDuty()
  const wrong: string[] = []
  const work: number[] = []
  const states: PageState[] = ['requested']
  const history: Page[] = []
  const heard: Heard = { incidents: [], resolveAccepted: false, nothingOpen: false }
  const random = drawer(night.seed)
  const means = { reads: night.reads, random: 0.5 }
  let phase = night.phases[0] ?? HEALTHY

  const first = firstPage({ ...newPage(), now: START, mode: 'armed', attempts: 1 })
  const store = createPageStore(first, START + 3_000, clock.now, (before, after, nextAt) => {
    work.push(clock.now())
    history.push(after)
    if (before.state !== after.state) states.push(after.state)
    wrong.push(...faultsOf(before, after, heard), ...faultsOfWait(after, clock.now(), nextAt, means))
  })

  const boot = () => {
    const link = store.connect()
    const pager = createModelPager({
      model,
      clock,
      reads: night.reads,
      heard,
      phase: () => phase,
      called: () => work.push(clock.now()),
    })
    const worker = createPageWorker({
      store: link.store,
      pager: pager.pager,
      directory: directoryOf(night.login),
      clock,
      log: {
        debug: () => {},
        info: () => {},
        warn: () => {},
        error: (text, fields) => void wrong.push(`${text}: ${String(fields?.['error'])}`),
      },
      meter: { fact: () => {}, accepted: () => {}, call: () => {}, purged: () => {}, purgeStopped: () => {} },
      newId: counter(),
      random,
      policy: POLICY,
      owner: `process ${clock.now()}`,
      changed: () => {},
    })
    let on = true
    const tick = (): void => {
      if (!on) return
      void worker.tick().then(() => {
        const idle = Math.min((store.nextAt() ?? Number.POSITIVE_INFINITY) - clock.now(), 5_000)
        clock.after(Math.max(TICK_MS, idle), tick)
      })
    }
    clock.after(TICK_MS, tick)
    return {
      worker,
      kill: () => {
        on = false
        link.kill()
        pager.kill()
      },
    }
  }

  let bot = boot()
  void bot.worker.run(first.id, first)
  for (const event of schedule(night)) {
    await clock.advance(START + event.at)
    model.settle(clock.now())
    if (event.phase !== undefined) {
      phase = event.phase
      model.called = phase.called
      model.queueMs = phase.queueMs
      if (phase === HEALTHY) model.assignOrphans()
    } else if (event.deed === 'crash') {
      bot.kill()
      bot = boot()
    } else if (event.deed !== undefined) await happen(event.deed, model, bot.worker, store.page(), clock)
  }
  bot.kill()
  return {
    page: store.page(),
    history,
    facts: store.facts(),
    states,
    model,
    wrong: [...new Set(wrong)],
    busiest: busiest(work),
  }
}

interface Scheduled {
  readonly at: number
  readonly phase?: Phase
  readonly deed?: Deed['do']
}

function schedule({ phases, deeds }: Night): readonly Scheduled[] {
  const list: Scheduled[] = []
  let at = 0
  for (const phase of [...phases, HEALTHY]) {
    list.push({ at, phase })
    at += phase.ms
  }
  list.push(...deeds.map((deed) => ({ at: deed.at, deed: deed.do })), { at })
  return list.toSorted((a, b) => a.at - b.at)
}

async function happen(
  deed: Deed['do'],
  model: ModelPagerDuty,
  worker: PageWorker,
  page: Page,
  clock: VirtualClock,
): Promise<void> {
  const open = model.incidents.find(
    (one) => one.status !== 'resolved' && (one.alertKeys.includes(KEY) || one.restKey === KEY),
  )
  const wish = { by: 'slack:U1' as const, name: 'Sam', email: 'sam@example.com', at: clock.now() }
  switch (deed) {
    case 'acknowledge in Slack':
      await worker.apply(page.id, (current) => wishAcknowledge(current, wish, worker.means()))
      void worker.run(page.id)
      return
    case 'resolve in Slack':
      await worker.apply(page.id, (current) => wishResolve(current, { ...wish, falseAlarm: false }, worker.means()))
      void worker.run(page.id)
      return
    case 'acknowledge in PagerDuty':
      return open === undefined ? undefined : model.acknowledge(open.id, 'Alex')
    case 'resolve in PagerDuty':
      return open === undefined ? undefined : model.resolve(open.id, 'Alex')
    case 'acknowledgement times out':
      return open === undefined ? undefined : model.unacknowledge(open.id)
    case 'fold into another incident':
      return open === undefined ? undefined : model.fold(open.id, clock.now())
    case 'webhook':
      await worker.apply(page.id, (current, now) => ({
        page: worker.means().reads ? { ...current, notBefore: now } : current,
        facts: [],
      }))
      void worker.run(page.id)
      return
    case 'crash':
      return
  }
}

function busiest(work: readonly number[]): number {
  let from = 0
  let most = 0
  work.forEach((at, index) => {
    while ((work[from] ?? at) <= at - 60_000) from++
    most = Math.max(most, index - from + 1)
  })
  return most
}

function newPage() {
  const incident: Incident = {
    id: 1 as IncidentId,
    state: 'declared',
    channel: 'C1',
    text: 'down',
    declaredBy: 'slack:U1',
    declaredAt: START,
    recordedAt: START,
    via: 'slack',
  }
  return {
    id: 'page-1' as PageId,
    incident,
    emergency: { dedupKey: KEY, text: 'the site is down', by: 'slack:U1' as const, at: START, via: 'slack' as const },
  }
}

function directoryOf(login: boolean): Directory {
  const answer = { kind: 'accepted', value: login ? 'sam@example.com' : undefined } as const
  return { onCall: async () => undefined, known: async () => undefined, loginOf: async () => answer }
}

function counter(): () => string {
  let count = 0
  return () => `id-${count++}`
}

function drawer(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
