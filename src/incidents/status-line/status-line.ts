/** One bookmark in the emergency channel while an emergency is open. A courtesy: whatever fails here holds nothing up. */
import type { BookmarkContent, Bookmarks } from '../../ports/bookmarks.js'
import type { Clock, Log, Store } from '../../ports.js'
import { type Incident, rootKey } from '../incident.js'
import { isOurs, lineFor } from './line.js'

export interface StatusLineDeps {
  readonly store: Store
  readonly bookmarks: Bookmarks
  readonly clock: Clock
  readonly log: Log
  readonly owner: string
  /** Undefined until Slack has said which channel it is. */
  readonly channelId: () => string | undefined
  /** Address of a message; undefined until Slack has told its own. */
  readonly address: (channel: string, ts: string) => string | undefined
}

/** After a failure nothing is tried for this long, ms: no scope and a full channel stay as they are. */
const REST_MS = 300_000
/** Longer than the calls of one pass. why: two replicas that add at once would leave two. */
const LEASE_MS = 60_000
const LEASE = 'status line'

/** Makes the bookmark say what is open now; asks Slack only when that has changed. */
export function createStatusLine(deps: StatusLineDeps): { tick(): Promise<void> } {
  let notBefore = 0
  return {
    async tick() {
      const channel = deps.channelId()
      if (channel === undefined || deps.clock.now() < notBefore) return
      const wanted = await wantedLine(deps, channel)
      const name = `status-line:${channel}`
      if (wanted === 'unknown' || ((await deps.store.notes.get(name)) ?? '') === shownAs(wanted)) return
      if (!(await deps.store.leases.take(LEASE, deps.owner, LEASE_MS))) return
      try {
        await show(deps, channel, name, wanted)
      } catch (error) {
        notBefore = deps.clock.now() + REST_MS
        deps.log.warn('the bookmark of what is open could not be set', { error })
      } finally {
        await deps.store.leases.release(LEASE, deps.owner)
      }
    },
  }
}

/** Undefined: nothing is open. `unknown`: the address of the newest one is not known yet. */
async function wantedLine(deps: StatusLineDeps, channel: string): Promise<BookmarkContent | undefined | 'unknown'> {
  const open = (await deps.store.incidents.open()).filter((incident) => incident.channel === channel)
  const newest = open[0]
  if (newest === undefined) return undefined
  const link = await cardOf(deps, newest)
  return link === undefined ? 'unknown' : { title: lineFor(open), link }
}

/** why: a reply's address names its thread, too (Slack, `chat.getPermalink`). */
async function cardOf(deps: StatusLineDeps, incident: Incident): Promise<string | undefined> {
  const { outbox } = deps.store
  const root = incident.threadTs ?? (await outbox.tsOf(rootKey(incident.id)))
  const card = await outbox.tsOf(`card:${incident.id}`)
  if (root === undefined || card === undefined) return undefined
  const address = deps.address(incident.channel, card)
  return address === undefined ? undefined : `${address}?thread_ts=${root}&cid=${incident.channel}`
}

function shownAs(content: BookmarkContent | undefined): string {
  return content === undefined ? '' : JSON.stringify([content.title, content.link])
}

async function show(
  { store, bookmarks }: StatusLineDeps,
  channel: string,
  name: string,
  wanted: BookmarkContent | undefined,
): Promise<void> {
  // why: noted first as not known, so that a bookmark whose answer or note got lost is looked for, and never left behind.
  await store.notes.set(name, 'not known')
  const [ours, ...doubles] = (await bookmarks.list(channel)).filter((one) => isOurs(one, channel))
  for (const { id } of doubles) await bookmarks.remove(channel, id)
  if (wanted === undefined) {
    if (ours !== undefined) await bookmarks.remove(channel, ours.id)
  } else if (ours === undefined) await bookmarks.add(channel, wanted)
  else if (ours.title !== wanted.title || ours.link !== wanted.link) await bookmarks.edit(channel, ours.id, wanted)
  await store.notes.set(name, shownAs(wanted))
}
