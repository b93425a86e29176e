import type { Courier, Outcome } from './courier.js'
import { SlackSimulatorError } from './error.js'
import type { InteractionResult } from './types.js'
import type { ViewRecord } from './views.js'
import type { Workspace } from './workspace.js'
import type { World } from './world.js'

export interface Deps {
  readonly world: World
  readonly courier: Pick<Courier, 'once'>
}

/** What the person sees of it. */
export function resultOf(outcome: Outcome): InteractionResult {
  if (outcome.kind === 'timeout' || outcome.kind === 'dropped') return { acked: false, error: 'operation_timeout' }
  if (outcome.kind !== 'acked') return { acked: false, error: 'dispatch_failed' }
  return { acked: true, ...(outcome.response === undefined ? {} : { response: outcome.response }) }
}

/** The part that all interaction payloads share. */
export function commonOf(w: Workspace, user: string): Record<string, unknown> {
  const person = w.person(user)
  return {
    user: { id: person.id, username: person.name, name: person.name, team_id: person.teamId },
    team: { id: w.teamId, domain: w.domain },
    api_app_id: w.appId,
    token: 'sim-verification',
    enterprise: null,
    is_enterprise_install: false,
  }
}

export function openView(world: World, user: string, id: string): ViewRecord {
  const record = world.views.find(user, id)
  if (record !== undefined) return record
  const open = world.views.all(user).filter((v) => v.open)
  throw new SlackSimulatorError(
    `${user} has no open view ${id}; open are: ${open.map((v) => `${v.id} "${v.title}"`).join(', ') || 'none'}.`,
  )
}

export const blocksOf = (record: ViewRecord): readonly unknown[] =>
  Array.isArray(record.view['blocks']) ? record.view['blocks'] : []
