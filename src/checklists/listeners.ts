/** Buttons, modals and `/incident-checklist` on their way into the checklists room. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import { describe } from '../errors.js'
import type { Actor, IncidentId } from '../incidents/incident.js'
import { escapedText } from '../mrkdwn.js'
import type { Chat, Log } from '../ports.js'
import { readPageRef, readStepRef } from './card.js'
import { assign, type Change, type ChecklistRun, skip, tick, undo } from './checklist.js'
import { type Answer, answerChecklistCommand, type ChecklistCommandDeps, showIncident, startIn } from './commands.js'
import { assignView, listView, skipView } from './forms.js'
import { answers } from './words.js'

export interface ChecklistListenerDeps extends ChecklistCommandDeps {
  readonly chat: Chat
  readonly log: Log
  /** Undefined: the person may; else the refusal in words, already recorded. */
  readonly refusal: (user: string, about: About, press: string, capability: string) => Promise<string | undefined>
  readonly tell: (to: Where, text: string) => Promise<void>
}

type About = IncidentId | { readonly channel: string }

interface Where {
  readonly channel: string
  readonly user: string
  readonly threadTs?: string
}

const pressSchema = z.object({
  trigger_id: z.string(),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  container: z.object({ thread_ts: z.string().optional(), is_ephemeral: z.boolean().optional() }).optional(),
  actions: z.tuple([
    z
      .object({
        action_ts: z.string(),
        value: z.string().optional(),
        selected_option: z.object({ value: z.string() }).nullish(),
      })
      // A menu stands where there is no room for buttons; what is chosen in it is what a button would say.
      .transform(({ action_ts, value, selected_option: chosen }) => ({
        action_ts,
        value: chosen?.value ?? value ?? '',
      })),
  ]),
})

const homeSchema = z.object({ user: z.object({ id: z.string() }), trigger_id: z.string() })

const submitSchema = z.object({
  user: z.object({ id: z.string() }),
  trigger_id: z.string(),
  view: z.object({
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.looseObject({}))) }),
  }),
})

type Press = z.output<typeof pressSchema>
type Fields = Readonly<Record<string, string | undefined>>

export function registerChecklists(app: App, deps: ChecklistListenerDeps): void {
  const on = (actionId: string, act: (press: Press, value: string) => Promise<Answer | undefined>): void => {
    app.action(actionId, async ({ ack, body }) => {
      await ack()
      const press = pressSchema.parse(body)
      const [{ action_ts: id, value }] = press.actions
      const about = aboutOf(value, press.channel?.id)
      const answer = await guarded(deps, { user: press.user.id, about, id }, () => act(press, value))
      if (answer !== undefined && press.channel !== undefined)
        await whisper(deps, placeOf(press, press.channel.id), answer)
    })
  }
  on('checklist.done', (press, value) =>
    onStep(deps, value, press.user.id, (run, at, by, step) => tick(run, { step, by, at })),
  )
  on('checklist.undo', (press, value) =>
    onStep(deps, value, press.user.id, (run, at, by, step) => undo(run, { step, by, at })),
  )
  on('checklist.skip', (press, value) => openModal(deps, press, value, skipView))
  on('checklist.assign', (press, value) => openModal(deps, press, value, assignView))
  on('checklist.take', (press, value) => takeAll(deps, value, press.user.id))
  on('checklist.page', (_press, value) => turn(deps, value))
  on('checklist.start', (press, value) => startFrom(deps, press, value))
  on('checklist.pick', (_press, value) => showIncident(deps, Number(value.split(':')[0]) as IncidentId))
  registerViews(app, deps)
  app.action('home.checklists', async ({ ack, body }) => {
    await ack()
    const { user, trigger_id: id } = homeSchema.parse(body)
    const call = { text: 'list', channel_id: '', user_id: user.id, trigger_id: id }
    const press = { user: user.id, about: { channel: '' }, id }
    const answer = await guarded(deps, press, () => answerChecklistCommand(deps, call))
    await deps.chat.openView(id, listView(contentOf(answer).text))
  })
  app.command('/incident-checklist', async ({ ack, command, respond }) => {
    await ack()
    const { user_id: user, channel_id: channel, trigger_id: id } = command
    const answer = await guarded(deps, { user, about: { channel }, id }, () => answerChecklistCommand(deps, command))
    await respond({ response_type: 'ephemeral', ...contentOf(answer ?? answers.done) })
  })
}

function registerViews(app: App, deps: ChecklistListenerDeps): void {
  const on = (
    callbackId: string,
    act: (fields: Fields, user: string, value: string) => Promise<string | undefined>,
  ): void => {
    app.view(callbackId, async ({ ack, body }) => {
      const { user, view, trigger_id } = submitSchema.parse(body)
      const press = { user: user.id, about: aboutOf(view.private_metadata, undefined), id: trigger_id }
      const refused = await guarded(deps, press, () => act(fieldsOf(view.state.values), user.id, view.private_metadata))
      const [blockId = ''] = Object.keys(view.state.values)
      await (refused === undefined
        ? ack()
        : ack({ response_action: 'errors', errors: { [blockId]: String(refused).slice(0, 150) } }))
    })
  }
  on('checklist.skip', ({ reason = '' }, user, value) =>
    onStep(deps, value, user, (run, at, by, step) => skip(run, { step, by, at, reason })),
  )
  on('checklist.assign', ({ assignee: whom = '', due }, user, value) =>
    onStep(deps, value, user, (run, at, by, step) =>
      assign(run, { step, by, at, assignee: `slack:${whom}`, ...(due === undefined ? {} : { due }) }),
    ),
  )
}

/** Block and action of each input have one name; what was typed, chosen or picked there. */
function fieldsOf(values: z.output<typeof submitSchema>['view']['state']['values']): Fields {
  return Object.fromEntries(
    Object.entries(values).map(([name, fields]) => {
      const field = fields[name] ?? {}
      const said = field['value'] ?? field['selected_user'] ?? field['selected_date']
      return [name, typeof said === 'string' ? said : undefined]
    }),
  )
}

/** Checks the person, then acts; whatever goes wrong is logged and told. */
async function guarded<T>(
  deps: ChecklistListenerDeps,
  press: { readonly user: string; readonly about: About; readonly id: string },
  act: () => Promise<T>,
): Promise<T | string> {
  try {
    return (await deps.refusal(press.user, press.about, press.id, 'checklist')) ?? (await act())
  } catch (error) {
    deps.log.error('a person asked for something that failed', { error })
    return answers.failed(escapedText(describe(error), 2_000))
  }
}

async function whisper(deps: ChecklistListenerDeps, to: Where, answer: Answer): Promise<void> {
  if (typeof answer === 'string' || answer.blocks.length === 0) {
    await deps.tell(to, typeof answer === 'string' ? answer : answer.text)
    return
  }
  await deps.chat.whisper(to, answer).catch((error: unknown) => {
    deps.log.warn('a person could not be told the outcome of what they asked for', { user: to.user, error })
  })
}

function contentOf(answer: Answer) {
  if (typeof answer === 'string') return { text: answer }
  return { text: answer.text, ...(answer.blocks.length === 0 ? {} : { blocks: [...answer.blocks] }) }
}

/** Every value of a button or form begins with the number of its incident. */
function aboutOf(value: string, channel: string | undefined): About {
  const incident = /^(\d+)/u.exec(value)?.[1]
  return incident === undefined ? { channel: channel ?? '' } : (Number(incident) as IncidentId)
}

async function onStep(
  deps: ChecklistListenerDeps,
  value: string,
  user: string,
  change: (run: ChecklistRun, at: number, by: Actor, step: string) => Change,
): Promise<string | undefined> {
  const ref = readStepRef(value)
  if (ref === undefined) return answers.oldButton
  const by: Actor = `slack:${user}`
  return deps.checklists.change(ref.run, (run, at) => change(run, at, by, ref.step), by)
}

async function openModal(
  deps: ChecklistListenerDeps,
  press: Press,
  value: string,
  view: typeof skipView,
): Promise<string | undefined> {
  const ref = readStepRef(value)
  const run = ref === undefined ? undefined : await deps.checklists.get(ref.run)
  const step = run?.steps.find((one) => one.id === ref?.step)
  if (run === undefined || step === undefined) return answers.noSuchStep
  await deps.chat.openView(press.trigger_id, view(run, step))
  return undefined
}

async function turn(deps: ChecklistListenerDeps, value: string): Promise<undefined> {
  const ref = readPageRef(value)
  if (ref !== undefined) await deps.checklists.turn(ref.run, ref.view)
  return undefined
}

async function takeAll(deps: ChecklistListenerDeps, value: string, user: string): Promise<string> {
  const ref = readStepRef(value)
  return ref === undefined ? answers.oldButton : answers.took(await deps.checklists.takeAll(ref.run, `slack:${user}`))
}

/** From the card's button the thread shows it; whoever chose it in a menu is told where it is. */
async function startFrom(deps: ChecklistListenerDeps, press: Press, value: string): Promise<string | undefined> {
  const [incident = '', ...name] = value.split(':')
  const by: Actor = `slack:${press.user.id}`
  const said = await startIn(deps, Number(incident) as IncidentId, name.join(':'), by)
  return press.container?.is_ephemeral === true ? said : undefined
}

function placeOf(press: Press, channel: string): Where {
  const threadTs = press.container?.thread_ts
  return { channel, user: press.user.id, ...(threadTs === undefined ? {} : { threadTs }) }
}
