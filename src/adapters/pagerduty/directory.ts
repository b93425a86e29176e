import { z } from 'zod'
import type { Clock, Directory, Log, Notes, OnCall, Outcome } from '../../ports.js'
import { user } from './answers.js'
import { createOnCallReader, type OnCallReader } from './on-call.js'
import type { Teams } from './services.js'
import { createWire, type Limits, type Wire } from './wire.js'

export interface DirectoryOptions extends Teams {
  /** Default `https://api.pagerduty.com`; `http://` for loopback hosts only. */
  readonly apiUrl?: string | undefined
  readonly token?: string | undefined
  /** Where the last good copy outlives the process. */
  readonly notes: Notes
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<Limits> | undefined
  /** With a copy at hand, how long to wait for a newer one, real ms. Default 3 s. */
  readonly patienceMs?: number
}

const FRESH_MS = 60_000
/** After a failure the old copy is answered at once for this long: at 2 am a list now beats a list in 12 s. */
const REST_AFTER_FAILURE_MS = 15_000
const PATIENCE_MS = 3_000

/** What is known of one team. */
interface Shelf {
  copy?: OnCall
  /** Was the stored copy looked for? */
  opened: boolean
  reading?: Promise<void>
  notBefore: number
}

interface Desk {
  /** False without a REST key: then nothing can be read, and a stored copy is all there is. */
  readonly reads: boolean
  readonly options: DirectoryOptions
  readonly reader: OnCallReader
  readonly shelves: Map<string | undefined, Shelf>
}

/** @throws MaydayError `CONFIG_INVALID` for a base URL that a key may not be sent to. The directory itself never throws. */
export function createDirectory(options: DirectoryOptions): Directory {
  const wire = createWire({ ...options, secrets: [...options.routingKeys.values()] })
  const desk: Desk = { reads: wire.reads, options, reader: createOnCallReader(wire, options), shelves: new Map() }
  return {
    onCall: (team) => onCall(desk, team),
    known: async (team) => (await shelfOf(desk, team)).copy,
    loginOf: (email) => loginOf(wire, email),
  }
}

async function onCall(desk: Desk, team: string | undefined): Promise<OnCall | undefined> {
  const { clock, patienceMs = PATIENCE_MS } = desk.options
  const shelf = await shelfOf(desk, team)
  if (!desk.reads || isFresh(shelf.copy, clock.now()) || clock.now() < shelf.notBefore) return shelf.copy
  shelf.reading ??= refresh(desk, team, shelf).finally(() => {
    delete shelf.reading
  })
  if (shelf.copy === undefined) await shelf.reading
  else await sooner(shelf.reading, patienceMs)
  return shelf.copy
}

async function shelfOf(desk: Desk, team: string | undefined): Promise<Shelf> {
  const shelf = desk.shelves.get(team) ?? { opened: false, notBefore: 0 }
  desk.shelves.set(team, shelf)
  if (!shelf.opened) await open(desk, team, shelf)
  return shelf
}

function isFresh(copy: OnCall | undefined, now: number): boolean {
  return copy !== undefined && copy.readAt <= now && now - copy.readAt < FRESH_MS
}

/** Never rejects: a failure leaves the shelf as it was. */
async function refresh(desk: Desk, team: string | undefined, shelf: Shelf): Promise<void> {
  const { clock, log } = desk.options
  const read = await desk.reader.read(team, shelf.copy)
  if (read.kind !== 'accepted') {
    const wait = read.kind === 'retry' ? (read.retryAfterMs ?? 0) : 0
    shelf.notBefore = clock.now() + Math.max(wait, REST_AFTER_FAILURE_MS)
    log.warn('On-call list not read, the last good copy stands', { team, kind: read.kind, because: read.because })
    return
  }
  shelf.copy = { readAt: clock.now(), people: read.value }
  await keep(desk, team, shelf.copy)
}

async function sooner(work: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, patience])
  clearTimeout(timer)
}

const stored = z.object({
  readAt: z.number(),
  people: z.array(
    z.object({
      name: z.string(),
      level: z.number(),
      email: z.string().exactOptional(),
      phone: z.string().exactOptional(),
      schedule: z.string().exactOptional(),
      until: z.number().exactOptional(),
    }),
  ),
})

function nameOfNote(team: string | undefined): string {
  return `pagerduty.on-call:${team ?? ''}`
}

/** Takes the copy that an earlier process left. A store that fails is asked again the next time. */
async function open(desk: Desk, team: string | undefined, shelf: Shelf): Promise<void> {
  const { notes, log } = desk.options
  try {
    const text = await notes.get(nameOfNote(team))
    shelf.opened = true
    if (text === undefined || shelf.copy !== undefined) return
    shelf.copy = stored.parse(JSON.parse(text))
  } catch (error) {
    log.warn('Stored on-call list not usable', { team, error: error instanceof Error ? error.name : 'unknown' })
  }
}

async function keep(desk: Desk, team: string | undefined, copy: OnCall): Promise<void> {
  try {
    await desk.options.notes.set(nameOfNote(team), JSON.stringify(copy))
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    desk.options.log.warn('On-call list not stored; after a restart an older one would stand', { team, error: name })
  }
}

const users = z.object({ users: z.array(user) })

/** why: `query` finds every user whose name or address contains the text, so equality is checked here. */
async function loginOf(wire: Wire, email: string): Promise<Outcome<string | undefined>> {
  const wanted = email.trim().toLowerCase()
  if (wanted === '') return { kind: 'accepted', value: undefined }
  const query = { query: wanted, limit: '100' }
  const found = await wire.rest({ method: 'GET', path: '/users', query, schema: users })
  if (found.kind !== 'accepted') return found
  return { kind: 'accepted', value: found.value.users.find((one) => one.email.toLowerCase() === wanted)?.email }
}
