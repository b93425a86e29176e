import { elementsOf, refusedInput, stateValues, type Values } from './elements.js'
import { ApiError, SlackSimulatorError } from './error.js'
import { blocksOf, commonOf, type Deps, openView, resultOf } from './interaction.js'
import type { ResponseTarget } from './interactivity.js'
import { createPressing } from './pressing.js'
import type { SlackSimulator } from './simulator.js'
import type { ViewRecord } from './views.js'
import { wireMessage } from './wire.js'
import type { ChannelRecord, Workspace } from './workspace.js'
import type { World } from './world.js'

type Json = Record<string, unknown>
type Acts = Pick<SlackSimulator, 'press' | 'pressInView' | 'slash' | 'shortcut' | 'submit' | 'closeView' | 'openHome'>

function escaped(w: Workspace, text: string): string {
  const person = (name: string) => [...w.people.values()].find((p) => p.name === name)
  const channel = (name: string): ChannelRecord | undefined => [...w.channels.values()].find((c) => c.name === name)
  return text
    .replaceAll(/(?<![\w<])@([\w.-]+)/g, (all, name: string) => {
      const found = person(name)
      return found === undefined ? all : `<@${found.id}|${found.name}>`
    })
    .replaceAll(/(?<![\w<])#([\w-]+)/g, (all, name: string) => {
      const found = channel(name)
      return found === undefined ? all : `<#${found.id}|${found.name}>`
    })
}

function commanding({ world, courier }: Deps): Pick<Acts, 'slash'> {
  const w = world.workspace
  return {
    slash: async (p) => {
      const channel = w.channel(p.channel)
      const person = w.person(p.user)
      const target: ResponseTarget = { user: p.user, channel: channel.id }
      world.bus.emit('interaction', { user: p.user, what: 'slash', command: p.command, text: p.text ?? '' })
      const payload = {
        token: 'sim-verification',
        team_id: w.teamId,
        team_domain: w.domain,
        channel_id: channel.id,
        channel_name: channel.kind === 'im' ? 'directmessage' : channel.name,
        user_id: person.id,
        user_name: person.name,
        command: p.command,
        text: p.escape === true ? escaped(w, p.text ?? '') : (p.text ?? ''),
        api_app_id: w.appId,
        is_enterprise_install: 'false',
        response_url: world.interactivity.responseUrl(target),
        trigger_id: world.interactivity.trigger(p.user),
      }
      const result = resultOf(await courier.once('slash_commands', payload))
      const said = result.response
      if (typeof said === 'object' && said !== null && ('text' in said || 'blocks' in said))
        world.interactivity.show(target, said as Json, 'ack')
      return result
    },
  }
}

function shortcutting({ world, courier }: Deps): Pick<Acts, 'shortcut'> {
  const w = world.workspace
  return {
    shortcut: async (p) => {
      world.bus.emit('interaction', { user: p.user, what: 'shortcut', callbackId: p.callbackId })
      const base = {
        ...commonOf(w, p.user),
        callback_id: p.callbackId,
        trigger_id: world.interactivity.trigger(p.user),
        action_ts: w.nextTs(),
      }
      if (p.channel === undefined || p.ts === undefined)
        return resultOf(await courier.once('interactive', { type: 'shortcut', ...base }))
      const channel = w.channel(p.channel)
      const m = w.message(channel.id, p.ts)
      const person = w.person(p.user)
      const payload = {
        type: 'message_action',
        ...base,
        channel: { id: channel.id, name: channel.name },
        message_ts: m.ts,
        message: wireMessage(w, channel, m),
        user: { id: person.id, team_id: person.teamId, name: person.name },
        response_url: world.interactivity.responseUrl({ user: p.user, channel: channel.id }),
      }
      return resultOf(await courier.once('interactive', payload))
    },
  }
}

/** Does with the view what the ack says; returns false when Slack cannot. */
function applyAnswer(world: World, record: ViewRecord, response: unknown): boolean {
  const answer = typeof response === 'object' && response !== null ? (response as Json) : {}
  try {
    switch (answer['response_action']) {
      case undefined:
        world.views.close(record, false)
        return true
      case 'clear':
        world.views.close(record, true)
        return true
      case 'update':
        world.views.update({ viewId: record.id, view: answer['view'] })
        return true
      case 'push':
        world.views.push(record.user, answer['view'], record.id)
        return true
      case 'errors': {
        const errors = (answer['errors'] ?? {}) as Record<string, string>
        const inputs = elementsOf(blocksOf(record)).map((f) => f.blockId)
        const known = Object.keys(errors).length > 0 && Object.keys(errors).every((id) => inputs.includes(id))
        if (known) world.views.setErrors(record, errors)
        return known
      }
      default:
        return false
    }
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}

function checkGiven(record: ViewRecord, given: Values): void {
  const there = elementsOf(blocksOf(record)).map((f) => `${f.blockId}/${String(f.element['action_id'])}`)
  for (const [blockId, actions] of Object.entries(given))
    for (const actionId of Object.keys(actions))
      if (!there.includes(`${blockId}/${actionId}`))
        throw new SlackSimulatorError(`The view has no ${blockId}/${actionId}; it has: ${there.join(', ') || 'none'}.`)
}

function viewing({ world, courier }: Deps): Pick<Acts, 'submit' | 'closeView' | 'openHome'> {
  const w = world.workspace
  return {
    submit: async (p) => {
      const record = openView(world, p.user, p.viewId)
      checkGiven(record, p.values)
      const values = stateValues(blocksOf(record), p.values)
      const refused = refusedInput(blocksOf(record), values)
      if (refused !== undefined) return { acked: false, error: refused }
      world.bus.emit('interaction', { user: p.user, what: 'submit', viewId: record.id })
      const payload = {
        type: 'view_submission',
        ...commonOf(w, p.user),
        trigger_id: world.interactivity.trigger(p.user, record.id),
        view: { ...record.view, state: { values } },
        response_urls: [],
      }
      const result = resultOf(await courier.once('interactive', payload))
      if (!result.acked || applyAnswer(world, record, result.response)) return result
      return { ...result, error: 'invalid_view' }
    },
    closeView: async (p) => {
      const record = openView(world, p.user, p.viewId)
      const notify = record.view['notify_on_close'] === true
      world.views.close(record, p.all === true)
      world.bus.emit('interaction', { user: p.user, what: 'close', viewId: record.id })
      if (!notify) return { acked: true }
      const payload = {
        type: 'view_closed',
        ...commonOf(w, p.user),
        view: { ...record.view, state: { values: stateValues(blocksOf(record), {}) } },
        is_cleared: p.all === true,
      }
      return resultOf(await courier.once('interactive', payload))
    },
    openHome(user, tab = 'home') {
      const view = world.views.homes.get(w.person(user).id)
      world.bus.emit('interaction', { user, what: 'home' })
      world.events.send({
        type: 'app_home_opened',
        user,
        channel: w.direct(user).id,
        tab,
        ...(view === undefined || tab !== 'home' ? {} : { view }),
        event_ts: w.nextTs(),
      })
    },
  }
}

/** What people do with the app's elements. */
export function createInteractions(deps: Deps): Acts {
  return { ...createPressing(deps), ...commanding(deps), ...shortcutting(deps), ...viewing(deps) }
}
