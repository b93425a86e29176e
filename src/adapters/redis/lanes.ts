/**
 * A walk over every master of a cluster at the same time: one lane for each, with its own cursor. A slice of the walk is
 * one slice of every lane that is not at its end, so that each master spends its own quantum.
 */
import type { Slice } from '../../ports/keys.js'
import type { RedisServers } from './connect.js'
import { createGauge, type Gauge } from './gauge.js'
import { changed, type Standing } from './walk.js'

/** What one master had to say; `cursor` `0`: its lane is at its end. */
export interface LaneSlice extends Omit<Slice, 'next'> {
  readonly cursor: string
}

interface Lane {
  readonly address: string
  /** Empty: the walk has not been in this master yet. */
  readonly epoch: string
  readonly cursor: string
}

interface Lanes {
  /** The cluster's map of slots when this round began. */
  readonly layout: string
  readonly lanes: readonly Lane[]
}

/** Throws `TARGET_CHANGED` when a master is none any more, or is another process than when the walk began. */
export async function walkEverywhere(
  servers: RedisServers,
  at: string | undefined,
  isRemoving: boolean,
  slice: (standing: Standing) => Promise<LaneSlice>,
): Promise<Slice> {
  // A walk ends by comparing maps, so it must not begin with one that was old already.
  if (at === undefined) servers.refresh()
  const { layout, lanes } = at === undefined ? await beginning(servers) : read(at)
  const standings = await Promise.all(lanes.map((lane) => standIn(servers, lane)))
  const slices = await Promise.all(standings.map(slice))
  const rest = standings.flatMap(({ position: { address, epoch } }, index): readonly Lane[] => {
    const cursor = slices[index]?.cursor ?? '0'
    return cursor === '0' ? [] : [{ address, epoch, cursor }]
  })
  const next = rest.length > 0 ? write({ layout, lanes: rest }) : await nextRound(servers, layout, isRemoving)
  return { ...together(slices), next }
}

async function beginning(servers: RedisServers): Promise<Lanes> {
  const masters = await servers.masters()
  return { layout: await servers.layout(), lanes: masters.map(({ address }) => ({ address, epoch: '', cursor: '0' })) }
}

async function standIn(servers: RedisServers, { address, epoch, cursor }: Lane): Promise<Standing> {
  const node = (await servers.masters()).find((one) => one.address === address)
  if (node === undefined) throw changed('a master of this walk is none any more')
  const session = await node.session()
  if (epoch !== '' && epoch !== session.epoch) throw changed(`${session.where} is another process than when it began`)
  return { node, session, position: { address, epoch: session.epoch, part: 'scan', cursor } }
}

/**
 * A slot that moved meanwhile took keys to a master whose lane was past them already: entries are then walked once more,
 * which finds only what is still there, and a count begins anew.
 */
async function nextRound(servers: RedisServers, layout: string, isRemoving: boolean): Promise<string | undefined> {
  servers.refresh()
  const now = await beginning(servers)
  if (now.layout === layout) return undefined
  if (isRemoving) return write(now)
  throw changed('slots moved between its masters')
}

/** Times are those of the slowest, because all of them worked at once. */
function together(slices: readonly LaneSlice[]): Omit<Slice, 'next'> {
  const kinds: Record<string, number> = {}
  for (const slice of slices) {
    for (const [kind, times] of Object.entries(slice.kinds)) kinds[kind] = (kinds[kind] ?? 0) + times
  }
  return {
    found: slices.reduce((sum, one) => sum + one.found, 0),
    visited: slices.reduce((sum, one) => sum + one.visited, 0),
    serverMs: Math.max(0, ...slices.map((one) => one.serverMs)),
    frames: Buffer.concat(slices.map((one) => one.frames)),
    kinds,
  }
}

/** One gauge for each master: a busy one must not make the others slow. */
export function createGauges(usPerItemAtFirst: number): (address: string) => Gauge {
  const gauges = new Map<string, Gauge>()
  return (address) => {
    const gauge = gauges.get(address) ?? createGauge(usPerItemAtFirst)
    gauges.set(address, gauge)
    return gauge
  }
}

function write({ layout, lanes }: Lanes): string {
  return [layout, ...lanes.map((one) => [one.address, one.epoch, one.cursor].map(encodeURIComponent).join(','))].join(
    ' ',
  )
}

function read(at: string): Lanes {
  const [layout = '', ...lanes] = at.split(' ')
  return {
    layout,
    lanes: lanes.map((lane) => {
      const [address = '', epoch = '', cursor = '0'] = lane.split(',').map(decodeURIComponent)
      return { address, epoch, cursor }
    }),
  }
}
