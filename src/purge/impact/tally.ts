/**
 * Counts whom archived notifications reached, one at a time, in memory that does not grow with their texts: eight bytes
 * for a device, three times that while its table grows, and a bit for a notification. Pure but for its own memory.
 */
import type { ArchivedNotification, NotificationState } from '../../ports/impact.js'
import { createFingerprints } from '../fingerprints.js'

/** What an archive says about whom it reached. All of it is counted; nothing is estimated. */
export interface Impact {
  readonly notifications: number
  readonly states: Readonly<Record<NotificationState, number>>
  /** Different devices that any of them is for, and those of them that one was delivered to. */
  readonly devices: number
  readonly reached: number
  /** Notifications that name no device. */
  readonly withoutDevice: number
  /** Most notifications first. */
  readonly apps: readonly AppImpact[]
  /** Delivered ones by the hour (its beginning, ms, in UTC), oldest first. Only delivered ones have a time. */
  readonly hours: readonly HourImpact[]
  /** Of the delivered ones, ms; undefined: none has a time. */
  readonly first: number | undefined
  readonly last: number | undefined
  /** Delivered ones whose time cannot be read. */
  readonly withoutTime: number
  /** Entries that cannot be read, and are in no other figure. */
  readonly unreadable: number
}

/** One app of Rpush. */
export interface AppImpact {
  /** Undefined: the notification names none. */
  readonly app: string | undefined
  readonly type: string | undefined
  readonly notifications: number
  readonly delivered: number
}

/** One hour. */
export interface HourImpact {
  readonly at: number
  readonly delivered: number
}

/** Adds up. */
export interface Tally {
  /** Undefined: an entry that cannot be read. One with a number that was heard before is left out: archived twice. */
  add(one: ArchivedNotification | undefined): void
  impact(): Impact
}

const HOUR_MS = 3_600_000

/** `salt`: any 32-bit number. */
export function createTally(salt: number): Tally {
  const devices = createFingerprints(salt)
  const seen = createNumbers()
  const states: Record<NotificationState, number> = {
    ...{ delivered: 0, failed: 0, retrying: 0, pending: 0, 'in flight': 0, zombie: 0 },
  }
  const apps = new Map<string, { app?: string; type?: string; notifications: number; delivered: number }>()
  const hours = new Map<number, number>()
  const sum = { notifications: 0, withoutDevice: 0, withoutTime: 0, unreadable: 0 }

  function addTime({ state, deliveredAt }: ArchivedNotification): void {
    if (state !== 'delivered') return
    if (deliveredAt === undefined) sum.withoutTime += 1
    else times.add(deliveredAt)
  }
  const times = createTimes(hours)

  return {
    add(one) {
      if (one === undefined) sum.unreadable += 1
      if (one === undefined || !seen.add(one.id)) return
      sum.notifications += 1
      states[one.state] += 1
      if (one.devices.length === 0) sum.withoutDevice += 1
      for (const device of one.devices) addDevice(devices, device, one.state === 'delivered')
      addApp(apps, one)
      addTime(one)
    },
    impact: () => ({
      ...sum,
      states: { ...states },
      devices: devices.size,
      reached: devices.size - devices.left,
      apps: [...apps.values()]
        .map((one) => ({ app: undefined, type: undefined, ...one }))
        .sort((a, b) => b.notifications - a.notifications),
      hours: [...hours].map(([hour, delivered]) => ({ at: hour * HOUR_MS, delivered })).sort((a, b) => a.at - b.at),
      ...times.ends(),
    }),
  }
}

/** The mark of a device says that one was delivered to it. */
function addDevice(devices: ReturnType<typeof createFingerprints>, token: string, delivered: boolean): void {
  const bytes = Buffer.from(token)
  devices.add(bytes, 0, bytes.length)
  if (delivered) devices.mark(bytes, 0, bytes.length, 'done')
}

function addApp(
  apps: Map<string, { app?: string; type?: string; notifications: number; delivered: number }>,
  { app, type, state }: ArchivedNotification,
): void {
  const key = `${app ?? ''} ${type ?? ''}`
  let row = apps.get(key)
  if (row === undefined) {
    row = {
      ...(app === undefined ? {} : { app }),
      ...(type === undefined ? {} : { type }),
      ...{ notifications: 0, delivered: 0 },
    }
    apps.set(key, row)
  }
  row.notifications += 1
  if (state === 'delivered') row.delivered += 1
}

function createTimes(hours: Map<number, number>) {
  let first: number | undefined
  let last: number | undefined
  return {
    add(at: number): void {
      first = first === undefined ? at : Math.min(first, at)
      last = last === undefined ? at : Math.max(last, at)
      const hour = Math.floor(at / HOUR_MS)
      hours.set(hour, (hours.get(hour) ?? 0) + 1)
    },
    ends: () => ({ first, last }),
  }
}

/** Bits in pages: Rpush counts its notifications from 1, so pages are full. */
function createNumbers() {
  const pages = new Map<number, Uint8Array>()
  return {
    /** False: it was there already. What has no number is always new. */
    add(id: number | undefined): boolean {
      if (id === undefined) return true
      const number = Math.floor(id / PAGE_BITS)
      let page = pages.get(number)
      if (page === undefined) {
        page = new Uint8Array(PAGE_BITS / 8)
        pages.set(number, page)
      }
      const bit = id % PAGE_BITS
      const before = page[bit >> 3] ?? 0
      page[bit >> 3] = before | (1 << (bit & 7))
      return ((before >> (bit & 7)) & 1) === 0
    },
  }
}

const PAGE_BITS = 8_192
