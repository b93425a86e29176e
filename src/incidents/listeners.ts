/** What people press, type and fill in about incidents, on its way into the room. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import { describe } from '../errors.js'
import { escapedText } from '../mrkdwn.js'
import type { Chat } from '../ports.js'
import type { CommandDeps } from './command.js'
import { answerCommand } from './commands.js'
import { detailsForm, followupForm, readDetails, readFollowupForm } from './forms.js'
import type { Actor, IncidentId } from './incident.js'
import type { Answer, Incidents, Press } from './incidents.js'
import { ROLES } from './response.js'
import type { Silences } from './silence/watch.js'
import { FORM } from './words.js'

export interface IncidentListenerDeps extends CommandDeps {
  readonly silences: Pick<Silences, 'stillOnIt'>
  readonly chat: Pick<Chat, 'openView'>
  /** Tells one person in the channel; never fails the listener. */
  readonly tell: (
    to: { readonly channel: string; readonly user: string; readonly threadTs?: string },
    text: string,
  ) => Promise<void>
}

const pressSchema = z.object({
  trigger_id: z.string().optional(),
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

const submitSchema = z.object({
  trigger_id: z.string(),
  user: z.object({ id: z.string() }),
  view: z.object({ private_metadata: z.string(), state: z.object({ values: z.unknown() }) }),
})

/** `12`, `12:<ts of the joined message>`, `12:<team>` or `12:<who has the role>`. */
const valueSchema = z.string().regex(/^\d+(:.*)?$/u)

type Act = (press: Press, rest: string, trigger: string) => Promise<Answer>

export function registerIncidents(app: App, deps: IncidentListenerDeps): void {
  const on = (actionId: string, act: Act): void => {
    app.action(actionId, async ({ ack, body }) => {
      await ack()
      const { press, rest, to, trigger } = readPress(body)
      const answer = await act(press, rest, trigger).catch((error: unknown) => failure(deps, error))
      if (answer !== undefined && to !== undefined) await deps.tell(to, answer)
    })
  }
  registerButtons(on, deps)
  registerForms(app, on, deps)
  // why: Slack waits 3 s for the acknowledgement, PagerDuty may take longer to say who is on call.
  app.command('/mayday', async ({ ack, command, respond }) => {
    await ack()
    const text = await answerCommand(deps, command).catch((error: unknown) => failure(deps, error))
    await respond({ response_type: 'ephemeral', text })
  })
}

function registerButtons(
  on: (actionId: string, act: Act) => void,
  { incidents, reviews, silences }: IncidentListenerDeps,
): void {
  on('incident.ack', (press) => incidents.acknowledge(press))
  on('incident.resolve', (press) => incidents.resolve(press, false))
  on('incident.false_alarm', (press) => incidents.resolve(press, true))
  on('incident.retro', (press) => reviews.write(press))
  on('incident.still_on_it', (press) => silences.stillOnIt(press))
  on('incident.reviewed', (press) => reviews.done(press))
  on('incident.page_again', (press, joined) => incidents.pageAgain(press, joined))
  on('incident.page_team', (press, team) => incidents.pageTeam(press, team))
  on('incident.mitigated', (press) => incidents.mitigate(press, true))
  on('incident.unmitigated', (press) => incidents.mitigate(press, false))
  on('incident.followup_done', (press, number) => incidents.doneFollowup(press, Number(number)))
  for (const role of ROLES) on(`incident.${role}`, (press, seen) => pressRole(incidents, press, role, seen))
}

/** Gives it up where the card showed that it is theirs; takes it, or takes it over, where it showed somebody else. */
function pressRole(incidents: Incidents, press: Press, role: (typeof ROLES)[number], seen: string): Promise<Answer> {
  if (seen === `slack:${press.user}`) return incidents.giveUp(press, role)
  return incidents.claim(press, role, seen as Actor | 'nobody')
}

function registerForms(app: App, on: (actionId: string, act: Act) => void, deps: IncidentListenerDeps): void {
  const { incidents } = deps
  on('incident.details', (press, _, trigger) => openForm(deps, press, trigger, 'details'))
  on('incident.followup', (press, _, trigger) => openForm(deps, press, trigger, 'followup'))
  app.view('incident.details', async ({ ack, body }) => {
    await ack()
    const { press, values, rest } = readSubmit(body)
    await told(deps, press, saveDetails(incidents, press, values, rest))
  })
  app.view('incident.followup', async ({ ack, body }) => {
    const { press, values } = readSubmit(body)
    const read = readFollowupForm(values, deps.clock.now())
    if ('errors' in read) return ack({ response_action: 'errors', errors: read.errors })
    await ack()
    await told(deps, press, incidents.addFollowup(press, read.wanted))
  })
}

/** why: a form opens within 3 s of the press, so it asks the store for nothing but the incident. */
async function openForm(
  deps: IncidentListenerDeps,
  press: Press,
  trigger: string,
  which: 'details' | 'followup',
): Promise<Answer> {
  const incident = await deps.store.incidents.get(press.incident)
  const view =
    which === 'details'
      ? detailsForm(press.incident, incident?.severity)
      : followupForm(press.incident, press.user, deps.clock.now())
  await deps.chat.openView(trigger, view)
  return undefined
}

/** Both parts are tried; what could not be done of either is said. */
async function saveDetails(incidents: Incidents, press: Press, values: unknown, shown: string): Promise<Answer> {
  const { impact, severity: chosen } = readDetails(values)
  const severity = String(chosen) === shown ? undefined : chosen
  const answers = [
    impact === undefined ? undefined : await incidents.impact(press, impact),
    severity === undefined ? undefined : await incidents.severity(press, severity),
  ].filter((answer) => answer !== undefined)
  if (impact === undefined && severity === undefined) return FORM.nothingSaid
  return answers.length === 0 ? undefined : [...new Set(answers)].join('\n')
}

/** A form has no place of its own: what it did not do is told where the emergency is. */
async function told(deps: IncidentListenerDeps, press: Press, work: Promise<Answer>): Promise<void> {
  const answer = await work.catch((error: unknown) => failure(deps, error))
  const incident = answer === undefined ? undefined : await deps.store.incidents.get(press.incident)
  if (answer === undefined || incident === undefined) return
  const { channel, threadTs } = incident
  await deps.tell({ channel, user: press.user, ...(threadTs === undefined ? {} : { threadTs }) }, answer)
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
  return { press, rest: rest.join(':'), to, trigger: parsed.trigger_id ?? '' }
}

function readSubmit(body: unknown): { readonly press: Press; readonly values: unknown; readonly rest: string } {
  const { trigger_id, user, view } = submitSchema.parse(body)
  const [id = '', rest = ''] = valueSchema.parse(view.private_metadata).split(':')
  const press = { incident: Number(id) as IncidentId, user: user.id, press: trigger_id }
  return { press, values: view.state.values, rest }
}
