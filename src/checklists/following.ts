/** Steps that a fact ticks, or opens again, without anybody pressing. */
import type { Fact, IncidentId } from '../incidents/incident.js'
import type { Clock, Store, Tables } from '../ports.js'
import { type Change, type ChecklistRun, tick, undo } from './checklist.js'
import { effectOf, metBy } from './conditions.js'
import { readRun, runsOf } from './stored.js'
import { because } from './words.js'

export interface FollowingDeps {
  readonly store: Store
  readonly clock: Clock
  readonly changed: () => void
}

/** What a fact means for the steps of its incident. May be called again for the same fact: once is once. */
export async function followFact(deps: FollowingDeps, fact: Fact): Promise<void> {
  const runs = await runsOf(deps.store, fact.incidentId)
  const touched = runs.filter((run) => run.steps.some((step) => isTouched(step, fact)))
  for (const { id } of touched) {
    await deps.store.tx(async (t) => {
      const run = readRun(await t.runs.take(id))
      if (run !== undefined) await save(t, run, await followed(t, deps.clock.now(), run, fact))
    })
  }
  if (touched.length > 0) deps.changed()
}

/** What has come about before a checklist is started counts as well. */
export async function catchUpRun(t: Tables, run: ChecklistRun, now: number): Promise<ChecklistRun> {
  if (run.steps.every((step) => step.doneWhen === undefined)) return run
  const facts = await t.facts.ofIncident(run.incident)
  let after = run
  for (const { id, doneWhen } of run.steps) {
    const fact = doneWhen === undefined ? undefined : metBy(doneWhen, facts)
    if (fact !== undefined) after = await applied(t, now, after, tickBy(after, id, fact), fact, id)
  }
  await save(t, run, after)
  return after
}

type Step = ChecklistRun['steps'][number]

function isTouched({ doneWhen, state }: Step, fact: Fact): boolean {
  const effect = doneWhen === undefined ? undefined : effectOf(doneWhen, fact)
  if (effect === 'met') return state.status === 'open'
  // why: what a person ticked is that person's word; only what was ticked by a fact is taken back by one.
  return effect === 'undone' && state.status === 'done' && state.because !== undefined
}

async function followed(t: Tables, now: number, run: ChecklistRun, fact: Fact): Promise<ChecklistRun> {
  let after = run
  for (const step of run.steps.filter((one) => isTouched(one, fact))) {
    const met = step.state.status === 'open'
    const change = met
      ? tickBy(after, step.id, fact)
      : undo(after, { step: step.id, by: 'mayday', at: fact.at, because: because.undone(fact) })
    after = await applied(t, now, after, change, fact, step.id)
  }
  return after
}

function tickBy(run: ChecklistRun, step: string, fact: Fact): Change {
  return tick(run, { step, by: 'mayday', at: fact.at, because: because.met(fact) })
}

/** why: a fact whose consequences are drawn twice must not tick again what a person has opened since; its own fact says so. */
async function applied(
  t: Pick<Tables, 'facts'>,
  now: number,
  run: ChecklistRun,
  change: Change,
  fact: Fact,
  step: string,
): Promise<ChecklistRun> {
  if ('refused' in change) return run
  const head = { id: `auto:${fact.id}:${run.id}:${step}`, incidentId: run.incident as IncidentId, at: now } as const
  return (await t.facts.append({ ...head, actor: 'mayday', ...change.fact })) ? change.run : run
}

async function save(t: Pick<Tables, 'runs'>, before: ChecklistRun, after: ChecklistRun): Promise<void> {
  if (after !== before) await t.runs.save(after.id, after)
}
