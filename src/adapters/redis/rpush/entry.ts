/** What belongs to one Rpush notification besides its hash, and how its fields read. Pure. */
import { INDEX_SETS, PENDING_BIT, RETRYABLE_BIT, SET_BITS } from './indexes.js'

/** Where a notification stands in the indexes. */
export interface Places {
  /** Bits of the sets it is in, see `SET_BITS`. */
  readonly sets: number
  readonly pending: number | undefined
  readonly retryable: number | undefined
}

/** How many bytes of a payload that ends at `end` are places. */
export function placesLength(payload: Buffer, end: number): number {
  const flags = payload.readUInt8(end - 1)
  return 1 + ((flags & PENDING_BIT) === 0 ? 0 : 8) + ((flags & RETRYABLE_BIT) === 0 ? 0 : 8)
}

/** The bytes behind the DUMP in an entry's payload. */
export function encodePlaces(places: Places): Buffer {
  const bytes = Buffer.allocUnsafe(placesSize(places))
  writePlaces(bytes, 0, places)
  return bytes
}

/** How many bytes they take. */
export function placesSize({ pending, retryable }: Places): number {
  return 1 + (pending === undefined ? 0 : 8) + (retryable === undefined ? 0 : 8)
}

export function writePlaces(bytes: Buffer, start: number, { sets, pending, retryable }: Places): void {
  let at = start
  if (pending !== undefined) at = bytes.writeDoubleLE(pending, at)
  if (retryable !== undefined) at = bytes.writeDoubleLE(retryable, at)
  const flags = sets | (pending === undefined ? 0 : PENDING_BIT) | (retryable === undefined ? 0 : RETRYABLE_BIT)
  bytes.writeUInt8(flags, at)
}

/** An entry's payload, taken apart again. */
export function decodePayload(payload: Buffer): { readonly value: Buffer; readonly places: Places } {
  const flags = payload.readUInt8(payload.length - 1)
  let at = payload.length - 1
  const score = (bit: number) => {
    if ((flags & bit) === 0) return undefined
    at -= 8
    return payload.readDoubleLE(at)
  }
  // From the end: `retryable` stands behind `pending`.
  const retryable = score(RETRYABLE_BIT)
  const pending = score(PENDING_BIT)
  return {
    value: payload.subarray(0, at),
    places: { sets: flags & ~(PENDING_BIT | RETRYABLE_BIT), pending, retryable },
  }
}

/** Neither claimed nor queued since: the same scores in the same sorted sets. */
export function sameQueues(a: Places, b: Places): boolean {
  return a.pending === b.pending && a.retryable === b.retryable
}

/** Names of the sets behind these bits, without the prefix. */
export function setsOf(bits: number): readonly string[] {
  return INDEX_SETS.filter((_, index) => (bits & (SET_BITS[index] ?? 0)) !== 0)
}

/**
 * A notification's state by Rpush's own rules. `true` is the MessagePack byte c3; a field that was never written counts as
 * false. Claimed by the daemon and not saved yet: in neither sorted set.
 */
export function stateOf(fields: readonly (Buffer | null)[], places: Places): string {
  const [id, , , delivered, failed] = fields
  if (!id) return 'zombie'
  if (delivered?.[0] === 0xc3) return 'delivered'
  if (failed?.[0] === 0xc3) return 'failed'
  if (places.retryable !== undefined) return 'retrying'
  return places.pending !== undefined ? 'pending' : 'in flight'
}

/** `Rpush::Apns2::Notification (app 1)/pending` from the packed fields. */
export function kindOf(type: Buffer, app: Buffer, state: string): string {
  return `${type.length === 0 ? 'no type' : readText(type)} (app ${app.length === 0 ? '?' : readNumber(app)})/${state}`
}

/** MessagePack strings: fixstr, str 8, str 16; anything else as it is. */
function readText(packed: Buffer): string {
  const [first = 0] = packed
  const start = first >= 0xa0 && first < 0xc0 ? 1 : first === 0xd9 ? 2 : first === 0xda ? 3 : 0
  return packed.toString('utf8', start).slice(0, 80)
}

/** MessagePack's unsigned integers up to 32 bits. */
function readNumber(packed: Buffer): string {
  const [first = 0] = packed
  if (first < 0x80) return String(first)
  if (first === 0xcc && packed.length === 2) return String(packed.readUInt8(1))
  if (first === 0xcd && packed.length === 3) return String(packed.readUInt16BE(1))
  if (first === 0xce && packed.length === 5) return String(packed.readUInt32BE(1))
  return '?'
}
