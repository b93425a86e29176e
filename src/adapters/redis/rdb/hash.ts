/**
 * The fields of a hash in a payload of DUMP. Pure. Read from Redis 6.2 (ziplist), 7.0 and 7.2 (listpack), and 7.4 and
 * later with and without fields that expire; checked against the server of the tests, and what that cannot write against
 * RESTORE. A payload is: one byte of type, the object, two bytes of version; an archive leaves out the checksum behind them.
 */
import { eachOfListpack, eachOfZiplist, type Visit } from './packed.js'
import { createRdbReader, type RdbReader } from './reader.js'

/** Hears each field with its value: parts of the payload, or made from it. */
export type FieldVisit = (field: Buffer, value: Buffer) => void

/** False: this is not a hash, or is written in a way that is not known here; then `visit` may have heard a part of it. */
export function eachField(dump: Buffer, visit: FieldVisit): boolean {
  try {
    const type = dump.readUInt8(0)
    const object = dump.subarray(1, Math.max(1, dump.length - FOOTER))
    return readObject(type, createRdbReader(object), visit)
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

const FOOTER = 2
const TYPE = { table: 4, ziplist: 13, listpack: 16, tableExpiring: 24, listpackExpiring: 25 } as const
/** Before both kinds of hashes with fields that expire: when the first of them does, ms in eight bytes. */
const FIRST_EXPIRY = 8

function readObject(type: number, reader: RdbReader, visit: FieldVisit): boolean {
  switch (type) {
    case TYPE.table:
      readTable(reader, visit, false)
      return true
    case TYPE.tableExpiring:
      reader.skip(FIRST_EXPIRY)
      readTable(reader, visit, true)
      return true
    case TYPE.ziplist:
      eachOfZiplist(reader.text(), grouped(2, visit))
      return true
    case TYPE.listpack:
      eachOfListpack(reader.text(), grouped(2, visit))
      return true
    case TYPE.listpackExpiring:
      reader.skip(FIRST_EXPIRY)
      eachOfListpack(reader.text(), grouped(3, visit))
      return true
    default:
      return false
  }
}

function readTable(reader: RdbReader, visit: FieldVisit, expiring: boolean): void {
  for (let left = reader.length(); left > 0; left -= 1) {
    if (expiring) reader.length()
    const field = reader.text()
    visit(field, reader.text())
  }
}

/** Field and value in turn; in threes, the third is when the field expires. */
function grouped(size: 2 | 3, visit: FieldVisit): Visit {
  let field: Buffer | undefined
  let position = 0
  return (element) => {
    if (position === 0) field = element
    if (position === 1 && field !== undefined) visit(field, element)
    position = (position + 1) % size
  }
}
