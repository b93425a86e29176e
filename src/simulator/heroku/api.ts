import type { Apps, SimApp, SimProcess, SimRelease } from './model.js'
import { sizeNamed } from './model.js'
import type { Reply, SimRequest } from './wire.js'

export interface ApiDeps {
  readonly apps: Apps
  readonly key: string
  /** Good for reading only (OAuth scopes `read`, `read-protected`). */
  readonly readKey: string
}

// why: "Clients must … specify the Accept: application/vnd.heroku+json; version=3 header" (reference, Clients).
const ACCEPT = /^application\/vnd\.heroku\+json;\s*version=3$/

/** An error body as the reference shows them: a stable id, a message for people. */
export function problem(status: number, id: string, message: string): Reply {
  return { status, json: { id, message } }
}

type Handler = (apps: Apps, app: SimApp, request: SimRequest, rest: readonly string[]) => Reply

const ROUTES: readonly (readonly [string, RegExp, Handler])[] = [
  ['GET', /^$/, (_apps, app) => ({ status: 200, json: { id: app.id, name: app.name, maintenance: false } })],
  ['GET', /^\/formation\/([^/]+)$/, (_apps, app, _request, [type]) => processOf(app, type)],
  ['PATCH', /^\/formation$/, updateFormation],
  ['GET', /^\/config-vars$/, (_apps, app) => ({ status: 200, json: app.config })],
  ['PATCH', /^\/config-vars$/, updateConfig],
  ['GET', /^\/releases$/, listReleases],
  ['POST', /^\/releases$/, rollBack],
  [
    'GET',
    /^\/releases\/([^/]+)\/config-vars$/,
    (_apps, app, _request, [named]) => {
      const found = releaseNamed(app, named ?? '')
      return found === undefined ? missing('release') : { status: 200, json: found.config }
    },
  ],
]

export function createApi({ apps, key, readKey }: ApiDeps): (request: SimRequest) => Reply {
  return (request) => {
    const { method, path, headers } = request
    if (!ACCEPT.test(headers['accept'] ?? '')) return problem(406, 'not_acceptable', 'Accept version 3.')
    const token = /^Bearer (\S+)$/.exec(headers['authorization'] ?? '')?.[1]
    if (token !== key && token !== readKey) return problem(401, 'unauthorized', 'Invalid credentials provided.')
    const [, name = '', rest = ''] = /^\/apps\/([^/]+)(.*)$/.exec(path) ?? []
    const app = apps.find(decodeURIComponent(name))
    if (app === undefined) return missing('app')
    for (const [verb, pattern, handle] of ROUTES) {
      const parts = verb === method ? pattern.exec(rest) : null
      if (parts === null) continue
      if (method !== 'GET' && token === readKey) return problem(403, 'forbidden', 'You do not have access to the app.')
      return handle(apps, app, request, parts.slice(1).map(decodeURIComponent))
    }
    return problem(404, 'not_found', 'The requested API endpoint was not found.')
  }
}

function missing(resource: string): Reply {
  return {
    status: 404,
    json: { resource, id: 'not_found', message: `Couldn't find that ${resource.replace('_', ' ')}.` },
  }
}

function processOf(app: SimApp, type: string | undefined): Reply {
  const found = app.formation.get(type ?? '')
  return found === undefined ? missing('process_type') : { status: 200, json: rendered(app, found) }
}

function rendered(app: SimApp, { type, quantity, size }: SimProcess) {
  const at = '2026-01-01T12:00:00Z'
  return {
    ...{ app: { id: app.id, name: app.name }, command: `bundle exec ${type}`, id: `formation-${app.name}-${type}` },
    ...{ quantity, size, type, created_at: at, updated_at: at },
  }
}

function updateFormation(apps: Apps, app: SimApp, { body }: SimRequest): Reply {
  const updates = isRecord(body) ? body['updates'] : undefined
  if (!Array.isArray(updates)) return problem(422, 'invalid_params', 'Require params: updates.')
  const changed: SimProcess[] = []
  for (const update of updates) {
    const given: Readonly<Record<string, unknown>> = isRecord(update) ? update : {}
    const now = app.formation.get(String(given['type']))
    if (now === undefined) return missing('process_type')
    const quantity = given['quantity'] ?? now.quantity
    if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 0)
      return problem(422, 'invalid_params', 'Quantity must be a whole number of 0 or more.')
    const size = given['size'] === undefined ? now.size : sizeNamed(String(given['size']))
    if (size === undefined) return problem(422, 'invalid_params', `No such size as ${String(given['size'])}.`)
    changed.push({ type: now.type, quantity, size })
  }
  for (const process of changed) apps.scale(app.name, process)
  return { status: 200, json: changed.map((process) => rendered(app, process)) }
}

function updateConfig(apps: Apps, app: SimApp, { body }: SimRequest): Reply {
  if (!isRecord(body)) return problem(400, 'bad_request', 'Unable to parse the JSON request.')
  const config: Record<string, string> = { ...app.config }
  for (const [name, value] of Object.entries(body)) {
    if (value === null) delete config[name]
    else if (typeof value === 'string') config[name] = value
    // why: the real one repeats what it could not take.
    else return problem(422, 'invalid_params', `Config vars must be text: ${name}=${JSON.stringify(value)}.`)
  }
  const names = Object.keys(body).filter((name) => config[name] !== app.config[name])
  const verb = names.every((name) => config[name] === undefined) ? 'Remove' : 'Set'
  if (names.length > 0) apps.release(app.name, { description: `${verb} ${names.join(', ')} config vars`, config })
  return { status: 200, json: config }
}

/** why: lists are paged by the Range header, and a part of one is answered with 206 (reference, Ranges). */
function listReleases(_apps: Apps, app: SimApp, { headers }: SimRequest): Reply {
  const range = headers['range'] ?? ''
  const max = Number(/max=(\d+)/.exec(range)?.[1] ?? 200)
  const ordered = /order=desc/.test(range) ? [...app.releases].reverse() : app.releases
  const page = ordered.slice(0, max)
  return { status: page.length < ordered.length ? 206 : 200, json: page.map((one) => shown(app, one)) }
}

function rollBack(apps: Apps, app: SimApp, { body }: SimRequest): Reply {
  const named = isRecord(body) ? body['release'] : undefined
  if (named === undefined) return problem(422, 'invalid_params', 'Require params: slug or release.')
  const found = releaseNamed(app, String(named))
  if (found === undefined) return missing('release')
  const { slug, config, version } = found
  const release = apps.release(app.name, { description: `Rollback to v${version}`, slug, config })
  return { status: 201, json: shown(apps.get(app.name), release) }
}

function releaseNamed(app: SimApp, named: string): SimRelease | undefined {
  return app.releases.find(({ id, version }) => id === named || String(version) === named.replace(/^v/, ''))
}

function shown(app: SimApp, { id, version, description, slug }: SimRelease) {
  const current = app.releases.at(-1)?.id === id
  return {
    id,
    version,
    description,
    slug: { id: slug },
    status: 'succeeded',
    current,
    app: { id: app.id, name: app.name },
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
