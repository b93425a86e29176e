import type { Courier } from './courier.js'
import { seen } from './posts.js'
import type { World } from './world.js'

/** The whole state as plain JSON, for a page that opens late. */
export function snapshotOf(
  world: World,
  more: { readonly sockets: number; readonly faults: number; readonly courier: Pick<Courier, 'unacked'> },
): unknown {
  const { workspace: w } = world
  const state = {
    at: w.now(),
    team: { id: w.teamId, domain: w.domain },
    bot: { userId: w.botUserId, botId: w.botId, appId: w.appId },
    people: [...w.people.values()],
    groups: [...w.groups.values()],
    channels: [...w.channels.values()].map((c) => ({
      id: c.id,
      name: c.name,
      kind: c.kind,
      member: c.member,
      people: [...c.people],
      pins: c.pins,
      bookmarks: c.bookmarks,
      topic: c.topic.value,
      messages: c.messages.map(seen),
    })),
    ephemerals: world.interactivity.ephemerals.all(),
    views: world.views.all(),
    homes: Object.fromEntries(world.views.homes),
    sockets: more.sockets,
    unacked: more.courier.unacked(),
    faults: more.faults,
  }
  return JSON.parse(JSON.stringify(state))
}
