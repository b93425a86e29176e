/**
 * The worker that carries a page to PagerDuty: send, retry, confirm, fall back, widen. It owns no rule: `page/next.ts`
 * says what to do, `page/outcomes.ts` what became of it. Every result is written in one transaction with its facts, so
 * a crash at any line leaves a page that the next process picks up where this one stopped.
 */
import type { Page, PageId } from '../incidents/incident.js'
import type { Clock, Directory, Log, Meter, NewId, Outcome, Pager, PagerIncident, Store } from '../ports.js'
import type { Change } from './page/change.js'
import { eventOf } from './page/new-page.js'
import { nextStep, type Step } from './page/next.js'
import { begin, created, doubled, escalated, found, passed, polled, sent } from './page/outcomes.js'
import type { Means, PagePolicy } from './page/policy.js'
import { isAhead, setBack } from './page/set-back.js'
import { unacknowledgeAnswered } from './page/silence.js'
import { acknowledgeAnswered, resolveAnswered } from './page/wishes.js'
import { carryAcknowledgement, carryResolution, carryUnacknowledgement } from './wish.js'

export interface PagerDeps {
  readonly store: Store
  readonly pager: Pager
  readonly directory: Directory
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly newId: NewId
  readonly random: () => number
  readonly policy: PagePolicy
  /** Unique per process start; names the holder of a page in the store. */
  readonly owner: string
  /** Told after every transaction that wrote facts. */
  readonly changed: () => void
}

export interface PageWorker {
  /** Begins to work on every page that is due and that no other living process holds; `idle` waits for the work. */
  tick(): Promise<void>
  /** Works on one page now. `fresh`: the page as just stored, with its first attempt already recorded. */
  run(id: PageId, fresh?: Page): Promise<void>
  /** Applies a change to the stored page in one transaction with its facts; undefined: no such page. */
  apply(id: PageId, change: (page: Page, now: number) => Change): Promise<Page | undefined>
  means(): Means
  /** Resolves when everything under way has ended. */
  idle(): Promise<void>
}

/** A claimed page is free for other processes again after this long, ms: longer than any one call to PagerDuty. */
const LEASE_MS = 20_000
/** So many pages are worked on at once; the next ones wait for a call to end. */
const AT_ONCE = 100
const ROUNDS = 12
/** A clock that is corrected by less than this is not worth a look at every page, ms. */
const STEP_MS = 1_000

export function createPageWorker(deps: PagerDeps): PageWorker {
  const active = new Map<PageId, Promise<void>>()
  const held = new Set<Promise<void>>()
  let lookedAt = Number.NEGATIVE_INFINITY
  const means = (): Means => ({ reads: deps.pager.reads, random: deps.random() })
  const apply: Apply = (id, change) => applyTo(deps, means, id, change)

  function run(id: PageId, fresh?: Page): Promise<void> {
    const running = active.get(id)
    if (running !== undefined) return running
    const work = carry(deps, apply, means, id, fresh)
      .catch((error: unknown) => {
        // why: the stored page stays due, so the next tick goes on; only the reason must not be lost.
        deps.log.error('work on a page stopped and will be taken up again', { page: id, error })
      })
      .finally(() => active.delete(id))
    active.set(id, work)
    return work
  }

  function hold(id: PageId): void {
    const work = run(id)
      .then(async () => void (await deps.store.pages.release(id, deps.owner)))
      .catch((error: unknown) => {
        deps.log.warn('a page could not be let go of; its lease runs out by itself', { page: id, error })
      })
      .finally(() => held.delete(work))
    held.add(work)
  }

  async function tick(): Promise<void> {
    const now = deps.clock.now()
    const stepped = now < lookedAt - STEP_MS
    const first = lookedAt === Number.NEGATIVE_INFINITY
    lookedAt = now
    if (stepped || first) await followClock(deps, apply, stepped)
    const room = AT_ONCE - active.size
    if (room <= 0) return
    const due = await deps.store.pages.claimDue(now, deps.owner, LEASE_MS, Math.min(room, 20))
    // why: not waited for. One page whose calls hang must not keep another from its next attempt.
    for (const id of due) hold(id)
  }

  const idle = async (): Promise<void> => void (await Promise.all([...active.values(), ...held]))
  return { tick, run, apply, means, idle }
}

/**
 * why: every wait of a page is a moment on the clock. A clock that is set back an hour (an RTC in local time, a machine that
 * woke up with a wrong one) would keep a page that fails from its next attempt for that hour.
 */
async function followClock(deps: PagerDeps, apply: Apply, stepped: boolean): Promise<void> {
  const now = deps.clock.now()
  try {
    const ahead = (await deps.store.pages.followed()).filter((page) => stepped || isAhead(page, now))
    if (ahead.length > 0) deps.log.warn('the clock was set back; pages go by it from now on', { pages: ahead.length })
    for (const page of ahead) {
      await apply(page.id, (current, at) => ({ page: setBack(current, at), facts: [] }))
    }
  } catch (error) {
    // why: what is due by the clock as it is must go on, whatever keeps the rest from being looked at.
    deps.log.error('pages could not be held against the clock', { error })
  }
}

async function applyTo(
  deps: PagerDeps,
  means: () => Means,
  id: PageId,
  change: (page: Page, now: number) => Change,
): Promise<Page | undefined> {
  let facts = 0
  const page = await deps.store.tx(async (t) => {
    const current = await t.pages.take(id)
    if (current === undefined) return undefined
    const now = deps.clock.now()
    const after = change(current, now)
    const step = nextStep(after.page, now, deps.policy, means())
    await t.pages.save(after.page, step.do === 'wait' ? step.until : now)
    for (const { fact, actor } of after.facts) {
      await t.facts.append({ id: deps.newId(), incidentId: after.page.incidentId, at: now, actor, ...fact })
    }
    facts = after.facts.length
    return after.page
  })
  if (facts > 0) deps.changed()
  return page
}

type Apply = PageWorker['apply']

/** Step after step until the page has to wait. Bounded, so that one page cannot keep a worker busy for ever. */
async function carry(deps: PagerDeps, apply: Apply, means: () => Means, id: PageId, fresh?: Page): Promise<void> {
  let page = fresh ?? (await deps.store.pages.get(id))
  for (let round = 0; page !== undefined && round < ROUNDS; round++) {
    const first: boolean = fresh !== undefined && round === 0
    const step: Step = first ? { do: 'send' } : nextStep(page, deps.clock.now(), deps.policy, means())
    if (step.do === 'wait') {
      await apply(id, (current) => ({ page: current, facts: [] }))
      return
    }
    const guard = watchShout(deps, apply, page)
    page = await perform(deps, apply, means, page, step, first).finally(guard)
  }
}

/** While a call hangs, the deadline for telling people does not wait for it. */
function watchShout(deps: PagerDeps, apply: Apply, page: Page): () => void {
  if (page.state !== 'requested' && page.state !== 'rejected') return () => {}
  const left = page.requestedAt + deps.policy.shoutAfterMs - deps.clock.now()
  if (left <= 0) return () => {}
  return deps.clock.after(left, () => {
    apply(page.id, (current, now) => passed(current, 'shout', now)).catch((error: unknown) => {
      deps.log.error('the deadline for telling people could not be recorded', { page: page.id, error })
    })
  })
}

async function perform(
  deps: PagerDeps,
  apply: Apply,
  means: () => Means,
  page: Page,
  step: Exclude<Step, { do: 'wait' }>,
  begun: boolean,
): Promise<Page | undefined> {
  const { pager } = deps
  const call = <T>(answer: Outcome<T>): Outcome<T> => {
    deps.meter.call(answer.kind)
    if (answer.kind !== 'accepted')
      deps.log.warn('a call to PagerDuty failed', { page: page.id, step: step.do, outcome: answer })
    return answer
  }
  switch (step.do) {
    case 'send': {
      if (!begun) await apply(page.id, (current, now) => ({ page: begin(current, now, 'events'), facts: [] }))
      const answer = call(await pager.send(eventOf(page, 'trigger')))
      if (answer.kind === 'accepted') deps.meter.accepted(deps.clock.now() - page.requestedAt)
      return apply(page.id, (current, now) => sent(current, answer, now, means()))
    }
    case 'create': {
      await apply(page.id, (current, now) => ({ page: begin(current, now, 'rest'), facts: [] }))
      const answer = call(await pager.create(eventOf(page, 'trigger')))
      return apply(page.id, (current, now) => created(current, answer, now, means()))
    }
    case 'look_up':
      return lookUp(deps, apply, page, call(await lookFor(pager, page)))
    case 'poll': {
      const answer = call(await pager.get(step.id))
      return apply(page.id, (current, now) => polled(current, answer, now))
    }
    case 'acknowledge': {
      const answer = call(await carryAcknowledgement(deps, page, step.wish, step.id))
      return apply(page.id, (current, now) => acknowledgeAnswered(current, answer, now, means()))
    }
    case 'unacknowledge': {
      const answer = call(await carryUnacknowledgement(pager, step.wish, step.id))
      return apply(page.id, (current, now) => unacknowledgeAnswered(current, answer, now, means()))
    }
    case 'resolve': {
      const answer = call(await carryResolution(deps, page, step.wish, step.id))
      return apply(page.id, (current, now) => resolveAnswered(current, answer, now, means()))
    }
    case 'escalate':
      return escalate(deps, apply, page, step.id)
    case 'pass':
      return apply(page.id, (current, now) => passed(current, step.deadline, now))
  }
}

/** Incidents of the page's key, and the one that the page is known by. */
async function lookFor(pager: Pager, page: Page): Promise<Outcome<readonly PagerIncident[]>> {
  const answer = await pager.find(page.dedupKey)
  const id = page.pager?.id
  if (answer.kind !== 'accepted' || id === undefined || answer.value.some((one) => one.id === id)) return answer
  // why: an incident born from REST takes its key along when somebody merges it away; the one that took it in has none.
  const known = await pager.get(id)
  if (known.kind === 'accepted') return { kind: 'accepted', value: [...answer.value, known.value] }
  return answer.value.length > 0 ? answer : known
}

async function lookUp(
  deps: PagerDeps,
  apply: Apply,
  page: Page,
  answer: Outcome<readonly PagerIncident[]>,
): Promise<Page | undefined> {
  let doubles: readonly string[] = []
  let after = await apply(page.id, (current, now) => {
    const change = found(current, answer, now)
    doubles = change.doubles
    return change
  })
  for (const double of doubles) {
    const into = after?.pager?.id
    if (into === undefined) break
    const merged = await deps.pager.merge(into, double)
    // why: merging needs more rights than resolving; either way one incident remains.
    const gone =
      merged.kind === 'accepted' || (await deps.pager.update(double, { status: 'resolved' })).kind === 'accepted'
    if (gone || merged.kind === 'rejected' || merged.kind === 'auth') {
      after = await apply(page.id, (current) => doubled(current, double, gone))
    }
  }
  return after
}

async function escalate(deps: PagerDeps, apply: Apply, page: Page, id: string): Promise<Page | undefined> {
  const now = await deps.pager.get(id)
  const before = page.pager?.assignees.join('|')
  if (now.kind === 'accepted' && now.value.status !== 'triggered') {
    return apply(page.id, (current, at) => polled(current, now, at))
  }
  if (now.kind === 'accepted' && now.value.assignees.join('|') !== before) {
    await apply(page.id, (current, at) => polled(current, now, at))
    return apply(page.id, (current, at) => escalated(current, undefined, at, 'PagerDuty has escalated it already'))
  }
  const answer = await deps.pager.update(id, { escalationLevel: 2 })
  if (answer.kind !== 'accepted') {
    return apply(page.id, (current, at) => escalated(current, undefined, at, answer.because))
  }
  await apply(page.id, (current, at) => escalated(current, 2, at))
  return apply(page.id, (current, at) => polled(current, answer, at))
}
