/**
 * Where a walk stands: which master, which process of it, which part, and that part's own cursor. A walk holds only within
 * the processes it began in. Over a cluster's keys see `lanes.ts`.
 */
import { MaydayError } from '../../errors.js'
import type { RedisServers } from './connect.js'
import type { MasterNode } from './node.js'
import type { Session } from './session.js'

export interface Position {
  readonly address: string
  /** Empty: the walk has not been in this master yet. */
  readonly epoch: string
  readonly part: string
  readonly cursor: string
}

export interface Standing {
  readonly node: MasterNode
  readonly session: Session
  readonly position: Position
}

/** Opens the place a walk stands at. Throws `TARGET_CHANGED` when it is not what it was. */
export async function standAt(
  servers: RedisServers,
  at: string | undefined,
  firstPart: () => Promise<string>,
): Promise<Standing> {
  const masters = await servers.masters()
  const [first] = masters
  const position = at === undefined ? undefined : read(at)
  const node = position === undefined ? first : masters.find(({ address }) => address === position.address)
  if (node === undefined) throw changed('a master of this walk is none any more')
  const session = await node.session()
  if (position !== undefined && position.epoch !== '' && position.epoch !== session.epoch) {
    throw changed(`${session.where} is another process than when the walk began`)
  }
  return {
    node,
    session,
    position: {
      address: node.address,
      epoch: session.epoch,
      part: position?.part || (await firstPart()),
      cursor: position?.cursor || '0',
    },
  }
}

export function write(position: Position): string {
  return [position.address, position.epoch, position.part, position.cursor].map(encodeURIComponent).join(' ')
}

function read(at: string): Position {
  const [address = '', epoch = '', part = '', cursor = ''] = at.split(' ').map(decodeURIComponent)
  return { address, epoch, part, cursor }
}

/** `TARGET_CHANGED`: the walk has to begin again. */
export function changed(why: string): MaydayError {
  return new MaydayError('TARGET_CHANGED', {
    what: `The walk cannot go on: ${why}. Nothing was changed.`,
    hint: 'Start the walk over; what was removed before stays removed and is in the archive.',
  })
}
