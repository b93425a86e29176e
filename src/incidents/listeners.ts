/** What people press and type about incidents, on its way into the room. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import { describe } from '../errors.js'
import { escapedText } from '../mrkdwn.js'
import { answerCommand, type CommandDeps } from './commands.js'
import type { IncidentId } from './incident.js'
import type { Answer, Incidents, Press } from './incidents.js'

export interface IncidentListenerDeps extends CommandDeps {
  /** Tells one person in the channel; never fails the listener. */
  readonly tell: (
    to: { readonly channel: string; readonly user: string; readonly threadTs?: string },
    text: string,
  ) => Promise<void>
}

const pressSchema = z.object({
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  container: z.object({ thread_ts: z.string().optional() }).optional(),
  actions: z.tuple([
    z.object({
      action_ts: z.string(),
      value: z.string().optional(),
      selected_option: z.object({ value: z.string() }).nullish(),
    }),
  ]),
})

/** `12`, `12:<ts of the joined message>` or `12:<team>`. */
const valueSchema = z.string().regex(/^\d+(:.*)?$/u)

export function registerIncidents(app: App, deps: IncidentListenerDeps): void {
  const { incidents } = deps
  const on = (actionId: string, act: (press: Press, rest: string, incidents: Incidents) => Promise<Answer>): void => {
    app.action(actionId, async ({ ack, body }) => {
      await ack()
      const { press, rest, to } = readPress(body)
      const answer = await act(press, rest, incidents).catch((error: unknown) => failure(deps, error))
      if (answer !== undefined && to !== undefined) await deps.tell(to, answer)
    })
  }
  on('incident.ack', (press) => incidents.acknowledge(press))
  on('incident.resolve', (press) => incidents.resolve(press, false))
  on('incident.false_alarm', (press) => incidents.resolve(press, true))
  on('incident.retro', (press) => deps.reviews.write(press))
  on('incident.reviewed', (press) => deps.reviews.done(press))
  on('incident.page_again', (press, joined) => incidents.pageAgain(press, joined))
  on('incident.page_team', (press, team) => incidents.pageTeam(press, team))
  // why: Slack waits 3 s for the acknowledgement, PagerDuty may take longer to say who is on call.
  app.command('/mayday', async ({ ack, command, respond }) => {
    await ack()
    const text = await answerCommand(deps, command).catch((error: unknown) => failure(deps, error))
    await respond({ response_type: 'ephemeral', text })
  })
}

/** The log has the error, the person has the sentence. */
function failure(deps: IncidentListenerDeps, error: unknown): string {
  deps.log.error('a person asked for something that failed', { error })
  return `This failed and nothing is known to have been done: ${escapedText(describe(error), 2_000)}`
}

function readPress(body: unknown) {
  const parsed = pressSchema.parse(body)
  const [action] = parsed.actions
  const value = valueSchema.parse(action.selected_option?.value ?? action.value)
  const [id = '', ...rest] = value.split(':')
  const press: Press = { incident: Number(id) as IncidentId, user: parsed.user.id, press: action.action_ts }
  const threadTs = parsed.container?.thread_ts
  const to =
    parsed.channel === undefined
      ? undefined
      : { channel: parsed.channel.id, user: parsed.user.id, ...(threadTs === undefined ? {} : { threadTs }) }
  return { press, rest: rest.join(':'), to }
}
