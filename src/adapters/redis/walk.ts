/**
 * Where a walk stands: which master, which process of it, which part, and that part's own cursor. Every target walks the
 * masters one after another; a walk holds only within the processes it began in.
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
  /** The cluster's map of slots when this round over the masters began. */
  readonly layout: string
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
  // A walk ends by comparing maps, so it must not begin with one that was old already.
  if (at === undefined) servers.refresh()
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
      layout: position?.layout || (await servers.layout()),
    },
  }
}

export function write(position: Position): string {
  return [position.address, position.epoch, position.part, position.cursor, position.layout]
    .map(encodeURIComponent)
    .join(' ')
}

/**
 * The next master's beginning; undefined behind the last. A slot that moved meanwhile took keys to a master that was
 * walked already: entries are then walked once more, which finds only what is still there, and a count begins anew.
 */
export async function nextMaster(
  servers: RedisServers,
  { node, position }: Standing,
  isRemoving: boolean,
): Promise<string | undefined> {
  const beginning = (address: string, layout: string) => write({ address, epoch: '', part: '', cursor: '', layout })
  const masters = await servers.masters()
  const next = masters[masters.findIndex(({ address }) => address === node.address) + 1]
  if (next !== undefined) return beginning(next.address, position.layout)
  servers.refresh()
  const layout = await servers.layout()
  const [first] = await servers.masters()
  if (layout === position.layout || first === undefined) return undefined
  if (isRemoving) return beginning(first.address, layout)
  throw changed('slots moved between its masters')
}

function read(at: string): Position {
  const [address = '', epoch = '', part = '', cursor = '', layout = ''] = at.split(' ').map(decodeURIComponent)
  return { address, epoch, part, cursor, layout }
}

function changed(why: string): MaydayError {
  return new MaydayError('TARGET_CHANGED', {
    what: `The walk cannot go on: ${why}. Nothing was changed.`,
    hint: 'Start the walk over; what was removed before stays removed and is in the archive.',
  })
}
