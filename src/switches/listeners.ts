/** The buttons that turn a switch, wherever they stand. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import { describe } from '../errors.js'
import type { IncidentId } from '../incidents/incident.js'
import { escapedText } from '../mrkdwn.js'
import type { SwitchState } from '../ports/switches.js'
import type { Log } from '../ports.js'
import { type SwitchCommandDeps, turn } from './commands.js'

export interface SwitchListenerDeps {
  readonly log: Log
  readonly commands: SwitchCommandDeps
  /** The emergency that a press in this channel means. */
  readonly incidentOf: (channel: string) => Promise<IncidentId | undefined>
  /** Tells one person; never fails the listener. */
  readonly tell: (
    to: { readonly channel: string; readonly user: string; readonly threadTs?: string },
    text: string,
  ) => Promise<void>
}

const pressSchema = z.object({
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }),
  container: z.object({ thread_ts: z.string().optional() }).optional(),
  actions: z.tuple([z.object({ action_ts: z.string(), value: z.string() })]),
})

export function registerSwitches(app: App, deps: SwitchListenerDeps): void {
  for (const wanted of ['off', 'on'] as const) {
    app.action(`switch.${wanted}`, async ({ ack, body }) => {
      await ack()
      await pressed(deps, pressSchema.parse(body), wanted)
    })
  }
}

async function pressed(deps: SwitchListenerDeps, press: z.output<typeof pressSchema>, wanted: SwitchState) {
  const { user, channel, container, actions } = press
  const [{ value, action_ts }] = actions
  const to = { channel: channel.id, user: user.id }
  const thread = container?.thread_ts === undefined ? {} : { threadTs: container.thread_ts }
  try {
    const incident = await deps.incidentOf(channel.id)
    const asked = { user: user.id, press: action_ts, incident }
    await deps.tell({ ...to, ...thread }, await turn(deps.commands, value, wanted, asked))
  } catch (error) {
    deps.log.error('a switch that was pressed failed', { switch: value, error })
    await deps.tell({ ...to, ...thread }, escapedText(describe(error), 2_000))
  }
}
