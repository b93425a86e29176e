import { priorities } from '../account.js'
import type { SimPolicy } from '../model.js'
import { notFound, ok, type Reply, refuse } from '../reply.js'
import { includes, page, type RestCall, value, values } from './call.js'
import { iso, reference, type Site } from './reference.js'
import { priorityReference } from './render.js'
import { contactMethods, escalationPolicy, scheduleReference, service, user } from './render-directory.js'

/** `GET /oncalls` */
export function listOncalls({ site, request }: RestCall): Reply {
  const { account } = site
  const policies = values(request, 'escalation_policy_ids[]')
  const people = values(request, 'user_ids[]')
  const now = account.clock.now()
  const since = time(value(request, 'since'), now)
  const until = time(value(request, 'until'), since)
  if (Number.isNaN(since) || Number.isNaN(until)) {
    return refuse(400, 2004, "Invalid time values in 'since' and/or 'until' parameters")
  }
  const rows = [...account.policies.values()]
    .filter((p) => policies.length === 0 || policies.includes(p.id))
    .flatMap((p) => oncallRows(site, p, since, includes(request)))
    .filter((row) => people.length === 0 || people.includes(row.user.id))
  return page(request, 'oncalls', rows, (row) => row)
}

const time = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Date.parse(text))

function oncallRows(site: Site, p: SimPolicy, since: number, included: readonly string[]) {
  return site.account.onCall(p.id, since).flatMap((ids, index) =>
    ids.map((id) => ({
      escalation_policy: included.includes('escalation_policies')
        ? escalationPolicy(site, p)
        : reference(site, 'escalation_policy', p.id, p.name),
      escalation_level: index + 1,
      user: included.includes('users')
        ? user(site, site.account.user(id))
        : reference(site, 'user', id, site.account.user(id).name),
      // why: someone placed on the policy itself is on call for ever: no schedule, no start, no end.
      schedule: p.until === null ? null : scheduleReference(site, p, index + 1),
      start: p.until === null ? null : iso(p.until - 7 * 86_400_000),
      end: p.until === null ? null : iso(p.until),
    })),
  )
}

/** `GET /users?query=`: part of a name or of an e-mail address. */
export function listUsers({ site, request }: RestCall): Reply {
  const query = (value(request, 'query') ?? '').toLowerCase()
  const found = [...site.account.users.values()].filter(
    (u) => u.name.toLowerCase().includes(query) || u.email.toLowerCase().includes(query),
  )
  return page(request, 'users', found, (u) => user(site, u, includes(request)))
}

/** `GET /users/{id}` */
export function showUser({ site, request, id }: RestCall): Reply {
  const found = site.account.users.get(id)
  return found === undefined ? notFound() : ok({ user: user(site, found, includes(request)) })
}

/** `GET /users/{id}/contact_methods` */
export function listContactMethods({ site, id }: RestCall): Reply {
  const found = site.account.users.get(id)
  return found === undefined ? notFound() : ok({ contact_methods: contactMethods(found) })
}

/** `GET /users/me`. why: an account-level key belongs to nobody, so there is no "me" for it. */
export const showMe = (): Reply =>
  refuse(400, 2015, 'Invalid operation', ['An account-level API key has no current user; use GET /users/{id}.'])

/** `GET /services` */
export function listServices({ site, request }: RestCall): Reply {
  const query = (value(request, 'query') ?? '').toLowerCase()
  const found = [...site.account.services.values()].filter((s) => s.name.toLowerCase().includes(query))
  return page(request, 'services', found, (s) => service(site, s, includes(request)))
}

/** `GET /services/{id}` */
export function showService({ site, request, id }: RestCall): Reply {
  const found = site.account.services.get(id)
  return found === undefined ? notFound() : ok({ service: service(site, found, includes(request)) })
}

/** `GET /escalation_policies` */
export function listEscalationPolicies({ site, request }: RestCall): Reply {
  const query = (value(request, 'query') ?? '').toLowerCase()
  const found = [...site.account.policies.values()].filter((p) => p.name.toLowerCase().includes(query))
  return page(request, 'escalation_policies', found, (p) => escalationPolicy(site, p))
}

/** `GET /escalation_policies/{id}` */
export function showEscalationPolicy({ site, id }: RestCall): Reply {
  const found = site.account.policies.get(id)
  return found === undefined ? notFound() : ok({ escalation_policy: escalationPolicy(site, found) })
}

/** `GET /abilities` */
export const listAbilities = ({ site }: RestCall): Reply => ok({ abilities: [...site.account.abilities] })

/** `GET /priorities` */
export const listPriorities = ({ site, request }: RestCall): Reply =>
  page(request, 'priorities', priorities, ({ id, name }) => ({
    ...priorityReference(site, id),
    type: 'priority',
    name,
    description: `Priority ${name}`,
  }))
