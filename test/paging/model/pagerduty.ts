import type { PagerIncident } from '../../../src/ports.js'

/**
 * The little of PagerDuty that the page machine can tell apart, in memory and on a clock that is an argument: a queue
 * between the 202 and the incident, alerts that remember a key, a second road that does not share them, merging.
 */
export interface ModelIncident {
  readonly id: string
  status: PagerIncident['status']
  assignees: readonly string[]
  readonly createdAt: number
  /** Keys of the alerts in it; a merge moves them. */
  alertKeys: readonly string[]
  /** Key that a creation by REST gave it. */
  readonly restKey?: string
  mergedInto?: string
  acknowledgedBy?: string
  resolvedBy?: string
}

export type EventAction = 'trigger' | 'acknowledge' | 'resolve'

/** Who is called: somebody; nobody (events vanish, REST opens an incident without assignee). */
export type Called = 'somebody' | 'nobody'

export interface ModelPagerDuty {
  readonly incidents: readonly ModelIncident[]
  called: Called
  /** From the 202 to the incident, ms. Order is kept. */
  queueMs: number
  enqueue(action: EventAction, key: string, now: number): void
  /** Lets everything happen that is due by `now`. */
  settle(now: number): void
  find(key: string): readonly PagerIncident[]
  get(id: string): PagerIncident | undefined
  /** Undefined: an open incident has this key already. */
  create(key: string, now: number): PagerIncident | undefined
  acknowledge(id: string, by: string): void
  resolve(id: string, by: string): void
  unacknowledge(id: string): void
  raise(id: string): void
  merge(into: string, from: string): boolean
  /** Somebody folds the incident into another emergency of theirs. */
  fold(id: string, now: number): void
  /** A person assigns what nobody was assigned to. */
  assignOrphans(): void
}

export function createModelPagerDuty(): ModelPagerDuty {
  const incidents: ModelIncident[] = []
  const queue: { readonly at: number; readonly action: EventAction; readonly key: string }[] = []
  let made = 0
  const byId = (id: string): ModelIncident | undefined => incidents.find((one) => one.id === id)
  const openAlert = (key: string) => incidents.find((one) => one.status !== 'resolved' && one.alertKeys.includes(key))
  const open = (now: number, keys: Pick<ModelIncident, 'alertKeys' | 'restKey'>): ModelIncident => {
    const incident: ModelIncident = {
      ...keys,
      id: `P${++made}`,
      status: 'triggered',
      assignees: self.called === 'nobody' ? [] : ['Alex'],
      createdAt: now,
    }
    incidents.push(incident)
    return incident
  }
  const process = (action: EventAction, key: string, at: number): void => {
    const incident = openAlert(key)
    if (action === 'trigger' && incident === undefined && self.called !== 'nobody') open(at, { alertKeys: [key] })
    if (incident === undefined) return
    if (action === 'acknowledge') self.acknowledge(incident.id, 'the integration')
    if (action === 'resolve') self.resolve(incident.id, 'the integration')
  }
  const self: ModelPagerDuty = {
    incidents,
    called: 'somebody',
    queueMs: 100,
    enqueue: (action, key, now) => {
      queue.push({ at: Math.max(now + self.queueMs, queue.at(-1)?.at ?? 0), action, key })
    },
    settle: (now) => {
      for (let next = queue[0]; next !== undefined && next.at <= now; next = queue[0]) {
        queue.shift()
        process(next.action, next.key, next.at)
      }
    },
    find: (key) =>
      incidents
        .filter((one) => one.alertKeys.includes(key) || one.restKey === key)
        .map(read)
        .toSorted((a, b) => b.createdAt - a.createdAt),
    get: (id) => {
      const incident = byId(id)
      return incident === undefined ? undefined : read(incident)
    },
    create: (key, now) => {
      const taken = incidents.some((one) => one.status !== 'resolved' && one.restKey === key)
      return taken ? undefined : read(open(now, { alertKeys: [], restKey: key }))
    },
    acknowledge: (id, by) => {
      const incident = byId(id)
      if (incident?.status !== 'triggered') return
      incident.status = 'acknowledged'
      incident.acknowledgedBy = by
    },
    resolve: (id, by) => {
      const incident = byId(id)
      if (incident === undefined || incident.status === 'resolved') return
      incident.status = 'resolved'
      incident.resolvedBy = by
    },
    unacknowledge: (id) => {
      const incident = byId(id)
      if (incident?.status === 'acknowledged') incident.status = 'triggered'
    },
    raise: (id) => {
      const incident = byId(id)
      if (incident?.status === 'triggered') incident.assignees = ['Kim']
    },
    merge: (into, from) => {
      const [target, source] = [byId(into), byId(from)]
      if (target === undefined || source === undefined || target === source || target.status === 'resolved')
        return false
      target.alertKeys = [...target.alertKeys, ...source.alertKeys]
      source.alertKeys = []
      source.status = 'resolved'
      source.mergedInto = target.id
      return true
    },
    fold: (id, now) => void self.merge(open(now, { alertKeys: ['another emergency'] }).id, id),
    assignOrphans: () => {
      for (const one of incidents) if (one.status !== 'resolved' && one.assignees.length === 0) one.assignees = ['Alex']
    },
  }
  return self
}

function read(incident: ModelIncident): PagerIncident {
  const { id, status, assignees, createdAt, acknowledgedBy, resolvedBy, mergedInto } = incident
  return {
    id,
    url: `https://example.pagerduty.com/incidents/${id}`,
    status,
    assignees,
    createdAt,
    ...(acknowledgedBy === undefined ? {} : { acknowledgedBy }),
    ...(resolvedBy === undefined ? {} : { resolvedBy }),
    ...(mergedInto === undefined ? {} : { mergedInto }),
  }
}
