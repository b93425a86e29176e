/**
 * The page of causality: for each fact, what happens next. Facts are claimed from the store in order and marked when
 * their consequences are drawn; a crash in between draws them again, so everything called here is idempotent.
 */
import type { Checklists } from './checklists/runs.js'
import type { Follow } from './incidents/follow.js'
import type { Handovers } from './incidents/handover/handover.js'
import type { Fact, IncidentId, PageFact } from './incidents/incident.js'
import type { Silences } from './incidents/silence/watch.js'
import type { Paging } from './paging/paging.js'
import type { Log, Meter, Store } from './ports.js'
import type { Purging } from './purge/purge.js'

export interface Rooms {
  readonly incidents: Follow
  readonly handovers: Pick<Handovers, 'show'>
  readonly silences: Pick<Silences, 'show'>
  readonly paging: Paging
  readonly checklists: Checklists
  /** Undefined: there is no Redis to purge. */
  readonly purging: Pick<Purging, 'show'> | undefined
}

/** Draws the consequences of one fact. */
export function createReactions(rooms: Rooms): (fact: Fact) => Promise<void> {
  const { incidents, handovers, silences, paging, checklists, purging } = rooms
  return async (fact) => {
    const card = (): Promise<void> => incidents.showCard(fact.incidentId)
    switch (fact.kind) {
      case 'declared':
        await incidents.openThread(fact.incidentId)
        await card()
        await checklists.findDocs(fact.incidentId)
        return checklists.startForEvery(fact.incidentId)
      case 'message_joined':
        await paging.tellJoined(fact)
        return card()
      case 'docs_found':
      case 'switch_failed':
        return card()
      case 'incident_mitigated':
      case 'mitigation_withdrawn':
        await checklists.follow(fact)
        await incidents.tellWork(fact)
        return card()
      case 'role_claimed':
      case 'role_given_up':
      case 'impact_noted':
      case 'followup_added':
      case 'followup_done':
        await incidents.tellWork(fact)
        return card()
      case 'silence_asked':
      case 'still_on_it':
        // A question wants nothing of PagerDuty yet, and an answer wants nothing any more.
        await paging.keepAcknowledged(fact.incidentId)
        return silences.show(fact)
      case 'on_call_changed':
        return handovers.show(fact)
      case 'silence_ended':
        return paging.endSilence(fact)
      case 'message_deleted':
        return incidents.offerFalseAlarm(fact)
      case 'incident_acknowledged':
        await paging.wantAcknowledged(fact.incidentId, fact.actor)
        return card()
      case 'incident_resolved':
        await paging.wantResolved(fact.incidentId, fact.actor, fact.falseAlarm)
        await checklists.follow(fact)
        await checklists.nameOpenSteps(fact)
        return card()
      case 'noted':
      case 'message_edited':
      case 'refused':
      case 'doc_opened':
      case 'switch_asked':
        return undefined
      case 'checklist_started':
        await checklists.show(fact.run)
        return card()
      case 'step_done':
      case 'step_skipped':
      case 'step_undone':
      case 'step_assigned':
        return checklists.show(fact.run)
      case 'purge_confirmed':
      case 'purge_started':
      case 'purge_paused':
      case 'purge_resumed':
      case 'purge_cancelled':
      case 'purge_stopped':
      case 'purge_undo_started':
        return fact.purge === undefined ? undefined : purging?.show(fact.purge)
      case 'purge_planned':
      case 'purge_done':
      case 'purge_archive_removed':
      case 'purge_undone':
        await checklists.follow(fact)
        return fact.purge === undefined ? undefined : purging?.show(fact.purge)
      case 'review_written':
      case 'purge_impact_counted':
      case 'purge_devices_listed':
      case 'purge_held':
      case 'purge_released':
        return checklists.follow(fact)
      case 'alert_joined':
      case 'alert_over':
      case 'alert_again':
        return paging.tellAlert(fact)
      case 'severity_set':
      case 'incident_reviewed':
      case 'switch_off':
      case 'switch_on':
        await checklists.follow(fact)
        return card()
      case 'page_backstop':
        await paging.reply(fact)
        await paging.widen(fact.incidentId, fact.page)
        return card()
      case 'page_acknowledged':
      case 'page_unacknowledged':
      case 'page_resolved':
        await incidents.followPage(fact)
        await tell(rooms, fact)
        return checklists.follow(fact)
      case 'page_requested':
      case 'page_shadowed':
      case 'page_accepted':
      case 'page_rejected':
      case 'page_failing':
      case 'page_not_delivered':
      case 'page_unconfirmed':
      case 'page_confirmed':
      case 'page_assignees_changed':
      case 'page_acknowledge_asked':
      case 'page_resolve_asked':
      case 'page_wish_failed':
      case 'page_reminded':
      case 'page_escalated':
      case 'page_doubled':
      case 'page_unacknowledge_failed':
      case 'page_left_acknowledged':
        return tell(rooms, fact)
    }
  }
}

async function tell({ paging, incidents }: Rooms, fact: Fact & PageFact): Promise<void> {
  await paging.reply(fact)
  await incidents.showCard(fact.incidentId)
}

export interface ReactorDeps {
  readonly store: Store
  readonly react: (fact: Fact) => Promise<void>
  readonly owner: string
  readonly log: Log
  readonly meter: Meter
  /** Told when something was put into the outbox. */
  readonly posted: () => void
  /** Told when an incident's facts are done: there may be more. */
  readonly more: () => void
}

/** A fact whose consequences fail this often is given up, so that it does not hold back the ones behind it. */
const TRIES = 5
const LEASE_MS = 15_000
const BATCH = 50

export interface Reactor {
  /** Claims facts and begins to draw their consequences, until none is left to claim. */
  tick(): Promise<void>
  /** Resolves when everything begun has ended. */
  idle(): Promise<void>
}

/** Facts of one incident are worked on in order; incidents do not wait for each other, so that a slow one delays no other. */
export function createReactor(deps: ReactorDeps): Reactor {
  const tries = new Map<string, number>()
  const busy = new Map<IncidentId, Promise<void>>()
  return {
    tick: async () => {
      for (;;) {
        const facts = await deps.store.facts.claimUnreacted(deps.owner, LEASE_MS, BATCH)
        if (facts.length === 0) return
        for (const [incident, own] of byIncident(facts)) {
          // why: a claim that ran out is handed out again while its work still runs; that work goes on.
          if (busy.has(incident)) continue
          const work = drain(deps, own, tries).finally(() => {
            busy.delete(incident)
            deps.more()
          })
          busy.set(incident, work)
        }
      }
    },
    idle: async () => void (await Promise.all(busy.values())),
  }
}

function byIncident(facts: readonly Fact[]): ReadonlyMap<IncidentId, readonly Fact[]> {
  const groups = new Map<IncidentId, Fact[]>()
  for (const fact of facts) {
    const group = groups.get(fact.incidentId)
    if (group === undefined) groups.set(fact.incidentId, [fact])
    else group.push(fact)
  }
  return groups
}

/** One after the other. After a failure the rest waits for the claim to run out, so that the order holds. */
async function drain(deps: ReactorDeps, facts: readonly Fact[], tries: Map<string, number>): Promise<void> {
  for (const fact of facts) {
    try {
      if (!(await draw(deps, fact, tries))) return
      await deps.store.facts.reacted(fact.id)
    } catch (error) {
      deps.log.error('a fact could not be marked as worked on; it is worked on again', { fact: fact.id, error })
      return
    }
    deps.posted()
  }
}

/** False: it failed and is to be tried again. */
async function draw(deps: ReactorDeps, fact: Fact, tries: Map<string, number>): Promise<boolean> {
  try {
    await deps.react(fact)
    tries.delete(fact.id)
    deps.meter.fact(fact.kind)
    return true
  } catch (error) {
    const count = (tries.get(fact.id) ?? 0) + 1
    tries.set(fact.id, count)
    const { id, kind } = fact
    deps.log.error('the consequences of a fact could not be drawn', { fact: id, kind, try: count, error })
    return count >= TRIES
  }
}
