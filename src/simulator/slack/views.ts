import { randomBytes } from 'node:crypto'
import { problemLines } from './api/chat.js'
import { checkView } from './blocks/check.js'
import type { Bus } from './bus.js'
import { ApiError } from './error.js'
import { withIds } from './posts.js'
import type { SimView } from './types.js'
import type { Workspace } from './workspace.js'

type Json = Readonly<Record<string, unknown>>

// why: three views may lie on each other.
const MAX_STACK = 3
// why: a view is at most 250 kB.
const MAX_VIEW = 250_000

export interface ViewRecord {
  readonly id: string
  readonly user: string
  readonly rootId: string
  readonly under?: string
  open: boolean
  hash: string
  errors: Readonly<Record<string, string>>
  /** As `views.open` returns it. */
  view: Json
}

export interface Views {
  open(user: string, view: unknown): Json
  push(user: string, view: unknown, on: string): Json
  update(o: {
    readonly viewId?: string
    readonly externalId?: string
    readonly hash?: string
    readonly view: unknown
  }): Json
  publish(user: string, view: unknown, hash: string | undefined): Json
  /** An open view of this person; `home` for the App Home. */
  find(user: string, id: string): ViewRecord | undefined
  setErrors(record: ViewRecord, errors: Readonly<Record<string, string>>): void
  close(record: ViewRecord, all: boolean): void
  all(user?: string): readonly SimView[]
  readonly homes: ReadonlyMap<string, Json>
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function judged(view: unknown, type: 'modal' | 'home'): Json {
  if (!isObject(view)) throw new ApiError('invalid_arguments')
  if (JSON.stringify(view).length > MAX_VIEW) throw new ApiError('view_too_large')
  const problems = checkView(view)
  if (problems.length > 0 || view['type'] !== type)
    throw new ApiError('invalid_arguments', { response_metadata: { messages: problemLines(problems) } })
  return view
}

const newHash = (now: number): string => `${Math.floor(now / 1000)}.${randomBytes(4).toString('hex')}`

function filled(w: Workspace, view: Json, ids: { id: string; hash: string; rootId: string; under?: string }): Json {
  const blocks = withIds(Array.isArray(view['blocks']) ? view['blocks'] : [], () => w.id('b').toLowerCase())
  return {
    id: ids.id,
    team_id: w.teamId,
    type: view['type'],
    ...(view['type'] === 'modal' ? { title: view['title'], close: view['close'] ?? null } : {}),
    ...(view['submit'] === undefined ? { submit: null } : { submit: view['submit'] }),
    blocks,
    private_metadata: view['private_metadata'] ?? '',
    callback_id: view['callback_id'] ?? '',
    external_id: view['external_id'] ?? '',
    state: { values: {} },
    hash: ids.hash,
    clear_on_close: view['clear_on_close'] ?? false,
    notify_on_close: view['notify_on_close'] ?? false,
    root_view_id: ids.rootId,
    previous_view_id: ids.under ?? null,
    app_id: w.appId,
    app_installed_team_id: w.teamId,
    bot_id: w.botId,
  }
}

const textOf = (value: unknown): string => (isObject(value) ? String(value['text'] ?? '') : '')

const seen = (r: ViewRecord): SimView => ({
  id: r.id,
  user: r.user,
  open: r.open,
  callbackId: String(r.view['callback_id'] ?? ''),
  title: textOf(r.view['title']),
  hash: r.hash,
  privateMetadata: String(r.view['private_metadata'] ?? ''),
  ...(r.under === undefined ? {} : { under: r.under }),
  errors: r.errors,
  view: r.view,
})

interface Shelf {
  readonly records: ViewRecord[]
  readonly homes: Map<string, ViewRecord>
  readonly told: (record: ViewRecord) => void
}

function add(w: Workspace, shelf: Shelf, user: string, view: Json, under: ViewRecord | undefined): Json {
  const externalId = view['external_id']
  const taken = shelf.records.some((r) => r.open && r.view['external_id'] === externalId)
  if (externalId !== undefined && externalId !== '' && taken) throw new ApiError('duplicate_external_id')
  const id = w.id('V')
  const ids = { id, hash: newHash(w.now()), rootId: under?.rootId ?? id, ...(under ? { under: under.id } : {}) }
  const record: ViewRecord = { ...ids, user, open: true, errors: {}, view: filled(w, view, ids) }
  shelf.records.push(record)
  shelf.told(record)
  return record.view
}

const find = ({ homes, records }: Shelf, user: string, id: string): ViewRecord | undefined =>
  id === 'home' ? homes.get(user) : records.find((r) => r.id === id && r.user === user && r.open)

function changing(w: Workspace, bus: Bus, { records, homes, told }: Shelf): Pick<Views, 'update' | 'publish'> {
  return {
    update(o) {
      const record = records.find((r) => r.id === o.viewId || (o.externalId && r.view['external_id'] === o.externalId))
      if (record === undefined || !record.open) throw new ApiError('not_found')
      if (o.hash !== undefined && o.hash !== record.hash) throw new ApiError('hash_conflict')
      const view = judged(o.view, 'modal')
      record.hash = newHash(w.now())
      record.errors = {}
      record.view = filled(w, view, record)
      told(record)
      return record.view
    },
    publish(user, view, hash) {
      if (!w.people.has(user)) throw new ApiError('user_not_found')
      const old = homes.get(user)
      if (hash !== undefined && old !== undefined && hash !== old.hash) throw new ApiError('hash_conflict')
      const id = old?.id ?? w.id('V')
      const ids = { id, hash: newHash(w.now()), rootId: id }
      const record = { ...ids, user, open: true, errors: {}, view: filled(w, judged(view, 'home'), ids) }
      homes.set(user, record)
      bus.emit('home', { user, view: record.view })
      return record.view
    },
  }
}

export function createViews(w: Workspace, bus: Bus): Views {
  const shelf: Shelf = {
    records: [],
    homes: new Map(),
    told: (r) => bus.emit('view', { view: seen(r) }),
  }
  const { records, homes, told } = shelf
  return {
    open: (user, view) => add(w, shelf, user, judged(view, 'modal'), undefined),
    push(user, view, on) {
      const under = find(shelf, user, on)
      if (under === undefined) throw new ApiError('not_found')
      if (records.filter((r) => r.open && r.rootId === under.rootId).length >= MAX_STACK)
        throw new ApiError('push_limit_reached')
      return add(w, shelf, user, judged(view, 'modal'), under)
    },
    ...changing(w, bus, shelf),
    find: (user, id) => find(shelf, user, id),
    setErrors(record, errors) {
      record.errors = errors
      told(record)
    },
    close(record, all) {
      for (const r of records)
        if (r.open && r.rootId === record.rootId && (all || r === record)) {
          r.open = false
          told(r)
        }
    },
    all: (user) => records.filter((r) => user === undefined || r.user === user).map(seen),
    get homes() {
      return new Map([...homes].map(([user, r]) => [user, r.view]))
    },
  }
}
