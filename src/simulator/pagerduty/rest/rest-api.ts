import type { SimRequest, SimUser } from '../model.js'
import { bareStatus, notFound, type Reply, refuse } from '../reply.js'
import type { RestCall, RestHandler } from './call.js'
import * as directory from './directory.js'
import { createNote, createStatusUpdate, requestResponders } from './people.js'
import { listAlerts, listIncidents, listLogEntries, listNotes, showIncident } from './read-incidents.js'
import * as subscriptions from './subscriptions.js'
import { createIncident, mergeIncidents, updateIncident, updateIncidents } from './write-incidents.js'

interface Route {
  readonly handle: RestHandler
  /** why: what changes an incident must name a user of the account by e-mail in `From`. */
  readonly from?: true
}

/** Every REST route, by method and path template. */
export const restRoutes: Readonly<Record<string, Route>> = {
  'GET /incidents': { handle: listIncidents },
  'POST /incidents': { handle: createIncident, from: true },
  'PUT /incidents': { handle: updateIncidents, from: true },
  'GET /incidents/{id}': { handle: showIncident },
  'PUT /incidents/{id}': { handle: updateIncident, from: true },
  'PUT /incidents/{id}/merge': { handle: mergeIncidents, from: true },
  'GET /incidents/{id}/alerts': { handle: listAlerts },
  'GET /incidents/{id}/log_entries': { handle: listLogEntries },
  'GET /incidents/{id}/notes': { handle: listNotes },
  'POST /incidents/{id}/notes': { handle: createNote, from: true },
  'POST /incidents/{id}/responder_requests': { handle: requestResponders },
  'POST /incidents/{id}/status_updates': { handle: createStatusUpdate, from: true },
  'GET /oncalls': { handle: directory.listOncalls },
  'GET /users': { handle: directory.listUsers },
  'GET /users/me': { handle: directory.showMe },
  'GET /users/{id}': { handle: directory.showUser },
  'GET /users/{id}/contact_methods': { handle: directory.listContactMethods },
  'GET /services': { handle: directory.listServices },
  'GET /services/{id}': { handle: directory.showService },
  'GET /escalation_policies': { handle: directory.listEscalationPolicies },
  'GET /escalation_policies/{id}': { handle: directory.showEscalationPolicy },
  'GET /abilities': { handle: directory.listAbilities },
  'GET /priorities': { handle: directory.listPriorities },
  'GET /webhook_subscriptions': { handle: subscriptions.listSubscriptions },
  'POST /webhook_subscriptions': { handle: subscriptions.createSubscription },
  'POST /webhook_subscriptions/{id}/enable': { handle: subscriptions.enableSubscription },
  'POST /webhook_subscriptions/{id}/ping': { handle: subscriptions.pingSubscription },
}

export interface RestApiDeps extends Pick<RestCall, 'site' | 'lifecycle' | 'webhooks'> {
  readonly token: string
  readonly perMinute: number
}

/** The REST API v2: token, version, rate, route, `From`, in this order. */
export function createRestApi(deps: RestApiDeps): (request: SimRequest) => Reply {
  const { clock } = deps.site.account
  let windowStart = clock.now()
  let used = 0
  return (request) => {
    // why: "this format must be followed precisely or you will receive a 401".
    if (request.headers['authorization'] !== `Token token=${deps.token}`) return unauthorized()
    const accept = request.headers['accept'] ?? ''
    if (accept.includes('vnd.pagerduty') && !/version=2\b/.test(accept)) {
      return refuse(406, 2001, 'Invalid Input Provided', ['This API answers application/vnd.pagerduty+json;version=2'])
    }
    if (clock.now() - windowStart >= 60_000) {
      windowStart = clock.now()
      used = 0
    }
    used += 1
    const headers = {
      'ratelimit-limit': String(deps.perMinute),
      'ratelimit-remaining': String(Math.max(0, deps.perMinute - used)),
      'ratelimit-reset': String(Math.ceil((windowStart + 60_000 - clock.now()) / 1000)),
    }
    const reply = used > deps.perMinute ? bareStatus(429, request.path) : dispatch(deps, request)
    return { ...reply, headers: { ...headers, ...reply.headers } }
  }
}

export const unauthorized = (): Reply => refuse(401, 2006, 'Authentication failed')

function dispatch(deps: RestApiDeps, request: SimRequest): Reply {
  const { id, route } = find(request)
  if (route === undefined) return notFound()
  const requester = route.from === true ? requesterOf(deps, request) : undefined
  if (route.from === true && requester === undefined) return refuse(400, 1008, 'Requester User Not Found')
  return route.handle({ ...deps, request, id, requester })
}

function find(request: SimRequest): { readonly id: string; readonly route: Route | undefined } {
  const exact = restRoutes[`${request.method} ${request.path}`]
  if (exact !== undefined) return { id: '', route: exact }
  const [, collection = '', id = '', ...rest] = request.path.split('/')
  const template = ['', collection, '{id}', ...rest].join('/')
  return { id, route: id === '' ? undefined : restRoutes[`${request.method} ${template}`] }
}

const requesterOf = (deps: RestApiDeps, request: SimRequest): SimUser | undefined =>
  [...deps.site.account.users.values()].find((u) => u.email.toLowerCase() === request.headers['from']?.toLowerCase())
