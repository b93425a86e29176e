/** What the room says in the thread of its own accord: required steps that nobody has, that are open at the end, that are late. */
import type { KnownBlock } from '@slack/types'
import { type Fact, type Incident, isOpen, threadOf } from '../incidents/incident.js'
import type { Clock, Store, Tables } from '../ports.js'
import { button, section, stepRef } from './card.js'
import type { ChecklistRun, RunStep } from './checklist.js'
import { orphans, overdue, progress, reviewBlockers } from './progress.js'
import { readRun, runsOf } from './stored.js'
import { card, thread } from './words.js'

export interface AskingDeps {
  readonly store: Store
  readonly clock: Clock
  /** Something was put into the outbox. */
  readonly posted: () => void
}

/** A required step that nobody has for this long after the start is asked about, ms. */
const NUDGE_AFTER_MS = 5 * 60_000
/** Closed emergencies whose late steps are looked for, newest first. */
const LOOKED_AT = 50
/** Steps of one message that get a button. */
const MOST_BUTTONS = 5

/** Says once for each checklist which required steps nobody has, and once for each step that its day is over. */
export async function askAround(deps: AskingDeps): Promise<void> {
  const open = await deps.store.incidents.open()
  const closed = (await deps.store.incidents.recent(LOOKED_AT)).filter(
    (one) => !isOpen(one) && one.falseAlarm !== true && one.state !== 'reviewed',
  )
  for (const incident of [...open, ...closed]) {
    for (const run of await runsOf(deps.store, incident.id)) {
      if (isOpen(incident) && isNudgeDue(deps, run)) await nudge(deps, incident, run.id)
      if (newlyLate(deps, run).length > 0) await tellLate(deps, incident, run.id)
    }
  }
}

function isNudgeDue({ clock }: AskingDeps, run: ChecklistRun): boolean {
  const due = run.nudgedAt === undefined && clock.now() - run.startedAt >= NUDGE_AFTER_MS
  return due && orphans(run).length > 0
}

function newlyLate({ clock }: AskingDeps, run: ChecklistRun): readonly RunStep[] {
  return overdue(run, clock.now()).filter((step) => run.dueTold?.includes(step.id) !== true)
}

async function nudge(deps: AskingDeps, incident: Incident, id: string): Promise<void> {
  await withRun(deps, id, async (t, run) => {
    // Looked at again under the lock: another replica, or a person, may have been first.
    if (!isNudgeDue(deps, run)) return
    const now = deps.clock.now()
    const text = thread.nudge(run, orphans(run), now - run.startedAt)
    const blocks = [section(text), actions([button('take', thread.take, stepRef({ run: run.id, step: 'all' }))])]
    await t.outbox.put({ key: `nudge:${id}`, ...placeOf(incident), text, blocks })
    await t.runs.save(id, { ...run, nudgedAt: now })
  })
}

async function tellLate(deps: AskingDeps, incident: Incident, id: string): Promise<void> {
  await withRun(deps, id, async (t, run) => {
    for (const step of newlyLate(deps, run)) {
      const text = thread.late(run, step)
      const ref = stepRef({ run: run.id, step: step.id })
      const buttons = actions([button('done', card.done, ref), button('assign', card.assign, ref)])
      await t.outbox.put({ key: `late:${ref}`, ...placeOf(incident), text, blocks: [section(text), buttons] })
    }
    const told = newlyLate(deps, run).map((step) => step.id)
    if (told.length > 0) await t.runs.save(id, { ...run, dueTold: [...(run.dueTold ?? []), ...told] })
  })
}

async function withRun(
  deps: AskingDeps,
  id: string,
  work: (t: Tables, run: ChecklistRun) => Promise<void>,
): Promise<void> {
  await deps.store.tx(async (t) => {
    const run = readRun(await t.runs.take(id))
    if (run !== undefined) await work(t, run)
  })
  deps.posted()
}

/** A closed emergency with open required steps, or ones that its review waits for, names them in its thread. */
export async function nameOpenSteps({ store }: Pick<AskingDeps, 'store'>, fact: Fact): Promise<void> {
  const incident = await store.incidents.get(fact.incidentId)
  if (incident === undefined || incident.falseAlarm === true) return
  const runs = await runsOf(store, fact.incidentId)
  const open = runs.flatMap((run) => progress(run).openRequired.map((step) => `${run.title}: ${step.title}`))
  const blocking = runs.flatMap((run) => reviewBlockers(run).map((step) => ({ run, step })))
  if (open.length === 0 && blocking.length === 0) return
  const texts = [
    ...(open.length === 0 ? [] : [thread.closed(open)]),
    ...blocking.slice(0, MOST_BUTTONS).map(({ step }) => thread.blocking(step)),
  ]
  const blocks: KnownBlock[] = [
    ...(open.length === 0 ? [] : [section(thread.closed(open))]),
    ...blocking.slice(0, MOST_BUTTONS).flatMap(({ run, step }) => {
      const ref = stepRef({ run: run.id, step: step.id })
      const buttons = [
        button('done', card.done, ref),
        button('skip', card.skip, ref),
        button('assign', card.assign, ref),
      ]
      return [section(thread.blocking(step)), actions(buttons)]
    }),
  ]
  await store.outbox.put({ key: `open-steps:${fact.id}`, ...placeOf(incident), text: texts.join('\n'), blocks })
}

function placeOf(incident: Incident) {
  return { channel: incident.channel, thread: threadOf(incident) }
}

function actions(elements: ReturnType<typeof button>[]): KnownBlock {
  return { type: 'actions', elements }
}
