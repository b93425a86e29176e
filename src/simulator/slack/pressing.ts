import { actionFor, elementsOf, type FoundElement, stateValues, type Values } from './elements.js'
import { SlackSimulatorError } from './error.js'
import { blocksOf, commonOf, type Deps, openView, resultOf } from './interaction.js'
import type { ResponseTarget } from './interactivity.js'
import type { SlackSimulator } from './simulator.js'
import type { SimContent } from './types.js'
import { wireMessage } from './wire.js'
import type { Workspace } from './workspace.js'
import type { World } from './world.js'

type Json = Record<string, unknown>
type Press = Parameters<SlackSimulator['press']>[0]
type Wanted = Pick<Press, 'actionId' | 'blockId' | 'value' | 'selected'>

function pick(shown: readonly (readonly unknown[])[], wanted: Wanted, place: string): FoundElement {
  const all = shown.flatMap((blocks) => elementsOf(blocks))
  const named = all.filter(
    (f) => f.element['action_id'] === wanted.actionId && (wanted.blockId === undefined || f.blockId === wanted.blockId),
  )
  // A value names one of several like buttons; on a menu it is the choice.
  const fits = (f: FoundElement): boolean =>
    wanted.value === undefined || f.element['value'] === wanted.value || !String(f.element['type']).endsWith('button')
  const found = named.find(fits)
  if (found !== undefined) return found
  const there = all.map(
    (f) =>
      `${String(f.element['action_id'])}${f.element['value'] === undefined ? '' : `=${String(f.element['value'])}`}`,
  )
  throw new SlackSimulatorError(
    `${place} shows no element ${wanted.actionId}${wanted.value === undefined ? '' : ` with value ${wanted.value}`}; it shows: ${there.join(', ') || 'none'}.`,
  )
}

/** Where the pressed element stands: contents, newest first, and what the app is told about it. */
interface Place {
  readonly contents: readonly SimContent[]
  readonly target: ResponseTarget
  readonly fields: Json
}

function placeOf(w: Workspace, world: World, p: Press): Place {
  const channel = w.channel(p.channel)
  const m = channel.messages.find((x) => x.ts === p.ts && !x.deleted)
  const container = { type: 'message', message_ts: p.ts, channel_id: channel.id }
  if (m !== undefined)
    return {
      contents: [...m.updates].reverse(),
      target: { user: p.user, channel: channel.id, message: m },
      fields: {
        container: {
          ...container,
          is_ephemeral: false,
          ...(m.threadTs === undefined ? {} : { thread_ts: m.threadTs }),
        },
        channel: { id: channel.id, name: channel.name },
        message: wireMessage(w, channel, m, { metadata: true }),
        state: { values: stateValues(m.blocks ?? [], {}) },
      },
    }
  const e = world.interactivity.ephemerals.find(p.user, channel.id, p.ts)
  if (e === undefined) throw new SlackSimulatorError(`${p.user} sees no message ${p.ts} in ${p.channel}.`)
  return {
    contents: [...e.updates].reverse(),
    target: { user: p.user, channel: channel.id, ephemeralTs: e.ts },
    fields: {
      container: { ...container, is_ephemeral: true, ...(e.threadTs === undefined ? {} : { thread_ts: e.threadTs }) },
      channel: { id: channel.id, name: channel.name },
      state: { values: stateValues(e.blocks ?? [], {}) },
    },
  }
}

const refusesConfirm = (found: FoundElement, confirm: boolean | undefined): boolean =>
  confirm === false && found.element['confirm'] !== undefined

/** Buttons and menus, in messages and in views. */
export function createPressing({ world, courier }: Deps): Pick<SlackSimulator, 'press' | 'pressInView'> {
  const w = world.workspace
  return {
    press: async (p) => {
      const place = placeOf(w, world, p)
      const shown = place.contents.slice(0, p.stale === true ? undefined : 1).map((c) => c.blocks ?? [])
      const found = pick(shown, p, `Message ${p.ts}`)
      if (refusesConfirm(found, p.confirm)) return { acked: false, error: 'cancelled' }
      world.bus.emit('interaction', { user: p.user, what: 'press', actionId: p.actionId, channel: p.channel, ts: p.ts })
      const payload = {
        type: 'block_actions',
        ...commonOf(w, p.user),
        ...place.fields,
        trigger_id: world.interactivity.trigger(p.user),
        response_url: world.interactivity.responseUrl(place.target),
        actions: [actionFor(found, p.selected ?? p.value, w.nextTs())],
      }
      return resultOf(await courier.once('interactive', payload))
    },
    pressInView: async (p) => {
      const record = openView(world, p.user, p.viewId)
      const blocks = blocksOf(record)
      const found = pick([blocks], p, `View ${p.viewId}`)
      if (refusesConfirm(found, p.confirm)) return { acked: false, error: 'cancelled' }
      world.bus.emit('interaction', { user: p.user, what: 'press', actionId: p.actionId, viewId: record.id })
      const chosen = p.selected ?? p.value
      const given: Values = { [found.blockId]: { [p.actionId]: chosen } }
      const payload = {
        type: 'block_actions',
        ...commonOf(w, p.user),
        container: { type: 'view', view_id: record.id },
        view: { ...record.view, state: { values: stateValues(blocks, given) } },
        trigger_id: world.interactivity.trigger(p.user, record.id),
        actions: [actionFor(found, chosen, w.nextTs())],
      }
      return resultOf(await courier.once('interactive', payload))
    },
  }
}
