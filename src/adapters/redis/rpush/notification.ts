/** What one archived notification says about whom it reached. Pure: from the entry alone, without a Redis. */
import type { ArchivedNotification, NotificationState } from '../../../ports/impact.js'
import { eachField } from '../rdb/hash.js'
import { decodePayload, type Places, stateOf } from './entry.js'
import { unpack } from './unpack.js'

/** `ReadNotification` of the port. */
export function readNotification(name: Buffer, payload: Buffer): ArchivedNotification | undefined {
  try {
    const { value, places } = decodePayload(payload)
    const fields = new Map<string, Buffer>()
    const known = eachField(value, (field, packed) => {
      const key = field.toString('latin1')
      if (WANTED.has(key)) fields.set(key, packed)
    })
    return known ? notification(name, fields, places) : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const TOKENS = ['device_token', 'registration_ids', 'uri'] as const
const WANTED: ReadonlySet<string> = new Set([
  ...['id', 'type', 'app_id', 'delivered', 'delivered_at', 'failed'],
  ...TOKENS,
])

function notification(name: Buffer, fields: ReadonlyMap<string, Buffer>, places: Places): ArchivedNotification {
  const get = (key: string): unknown => {
    const packed = fields.get(key)
    return packed === undefined ? undefined : unpack(packed)
  }
  const flags = ['id', 'type', 'app_id', 'delivered', 'failed'].map((key) => fields.get(key) ?? null)
  const state = stateOf(flags, places) as NotificationState
  const [app, type] = [get('app_id'), get('type')]
  return {
    id: numberOf(name),
    state,
    app: typeof app === 'number' || typeof app === 'string' ? String(app) : undefined,
    type: typeof type === 'string' ? type : undefined,
    deliveredAt: state === 'delivered' ? moment(get('delivered_at')) : undefined,
    devices: TOKENS.flatMap((key) => tokensOf(get(key))),
  }
}

function numberOf(name: Buffer): number | undefined {
  const digits = /\d{1,15}$/u.exec(name.toString('latin1'))?.[0]
  return digits === undefined ? undefined : Number(digits)
}

/** One for Apple, a list for Google. */
function tokensOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.filter((one) => typeof one === 'string').filter((one) => one !== '')
}

/**
 * why: Modis keeps a time as year, month, day, hour, minute, second and the offset from UTC as text ("+02:00"); without
 * one it is taken for UTC.
 */
function moment(value: unknown): number | undefined {
  if (!Array.isArray(value) || value.length < 6) return undefined
  const [year, month, day, hour, minute, second] = value.slice(0, 6).map(Number)
  if (year === undefined || month === undefined) return undefined
  const ms = Date.UTC(year, month - 1, day, hour, minute, Math.floor(second ?? 0)) - offset(value[6])
  return Number.isFinite(ms) ? ms : undefined
}

function offset(text: unknown): number {
  const match = typeof text === 'string' ? /^([+-])(\d\d):?(\d\d)$/u.exec(text) : null
  if (match === null) return 0
  const ms = (Number(match[2]) * 60 + Number(match[3])) * 60_000
  return match[1] === '-' ? -ms : ms
}
