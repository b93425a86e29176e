import type { Clock, Outcome, PageEvent, Pager, PagerIncident } from '../../../src/ports.js'
import type { ModelPagerDuty } from './pagerduty.js'

/** How a call ends. `lost after`: it was applied, and the answer did not come back. */
export type Way = 'ok' | 'retry' | 'slow down' | 'lost before' | 'lost after' | 'refused' | 'forbidden'

/** What PagerDuty was heard to say. */
export interface Heard {
  readonly incidents: PagerIncident[]
  resolveAccepted: boolean
  /** A look-up showed nothing open, so there is nothing to resolve. */
  nothingOpen: boolean
}

interface Weather {
  readonly events: Way
  readonly rest: Way
  readonly latencyMs: number
}

export interface ModelPagerDeps {
  readonly model: ModelPagerDuty
  readonly clock: Clock
  readonly reads: boolean
  readonly heard: Heard
  readonly phase: () => Weather
  /** Told of every call. */
  readonly called: () => void
}

/** A call without an answer ends after this long, ms. */
export const UNANSWERED_MS = 12_000

/** One process's way to the model; after `kill` its calls go nowhere. */
export function createModelPager(deps: ModelPagerDeps): { readonly pager: Pager; kill(): void } {
  const { model, clock, heard } = deps
  let dead = false

  function call<T>(way: Way, apply: () => Outcome<T>, hear: (value: T) => void = () => {}): Promise<Outcome<T>> {
    if (dead) return new Promise(() => {})
    deps.called()
    const ms = way.startsWith('lost') ? UNANSWERED_MS : deps.phase().latencyMs
    return new Promise((resolve) => {
      // Applied at once and answered late: the answer may be out of date, and a dying process's call is not delayed.
      model.settle(clock.now())
      const applied = way === 'ok' || way === 'lost after' ? apply() : undefined
      clock.after(ms, () => {
        const answer = way === 'ok' && applied !== undefined ? applied : FAILURES[way]
        if (answer.kind === 'accepted') hear(answer.value)
        resolve(answer)
      })
    })
  }

  const rest = <T>(apply: () => Outcome<T>, hear?: (value: T) => void): Promise<Outcome<T>> =>
    deps.reads ? call(deps.phase().rest, apply, hear) : Promise.resolve(FAILURES.forbidden)
  const one = (incident: PagerIncident): void => void heard.incidents.push(incident)
  const shown = (incident: PagerIncident | undefined): Outcome<PagerIncident> =>
    incident === undefined
      ? { kind: 'rejected', because: 'HTTP 404', status: 404 }
      : { kind: 'accepted', value: incident }

  const pager: Pager = {
    reads: deps.reads,
    send: (event: PageEvent) =>
      call(
        deps.phase().events,
        () => {
          model.enqueue(event.action, event.dedupKey, clock.now())
          return { kind: 'accepted', value: undefined }
        },
        () => {
          if (event.action === 'resolve') heard.resolveAccepted = true
        },
      ),
    find: (key) =>
      rest(
        () => ({ kind: 'accepted', value: model.find(key) }),
        (found) => {
          heard.incidents.push(...found)
          heard.nothingOpen = found.every((one) => one.status === 'resolved')
        },
      ),
    get: (id) => rest(() => shown(model.get(id)), one),
    create: (event) =>
      rest(() => {
        const made = model.create(event.dedupKey, clock.now())
        return made === undefined ? { kind: 'rejected', because: 'HTTP 400', status: 400, code: 2002 } : shown(made)
      }, one),
    update: (id, change) =>
      rest(() => {
        if ('escalationLevel' in change) model.raise(id)
        else if (change.status === 'resolved') model.resolve(id, 'Sam')
        else if (change.status === 'acknowledged') model.acknowledge(id, 'Sam')
        else model.unacknowledge(id)
        return shown(model.get(id))
      }, one),
    note: () => rest(() => ({ kind: 'accepted', value: undefined })),
    merge: (into, from) =>
      rest(() =>
        model.merge(into, from)
          ? { kind: 'accepted', value: undefined }
          : { kind: 'rejected', because: 'HTTP 400', status: 400 },
      ),
  }
  return {
    pager,
    kill: () => {
      dead = true
    },
  }
}

const FAILURES: Readonly<Record<Way, Exclude<Outcome<never>, { kind: 'accepted' }>>> = {
  ok: { kind: 'unknown', because: 'no answer' },
  retry: { kind: 'retry', because: 'HTTP 503', status: 503 },
  'slow down': { kind: 'retry', because: 'HTTP 429', status: 429, retryAfterMs: 120_000 },
  'lost before': { kind: 'unknown', because: 'no answer within 12 s' },
  'lost after': { kind: 'unknown', because: 'no answer within 12 s' },
  refused: { kind: 'rejected', because: 'HTTP 400', status: 400 },
  forbidden: { kind: 'auth', because: 'HTTP 403', status: 403 },
}
