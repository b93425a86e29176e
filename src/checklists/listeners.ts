/** Buttons, modals and `/incident-checklist` on their way into the checklists room. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import { describe } from '../errors.js'
import type { Actor, IncidentId } from '../incidents/incident.js'
import { escapedText } from '../mrkdwn.js'
import type { Chat, Log } from '../ports.js'
import { assignView, readPageRef, readStepRef, skipView } from './card.js'
import { assign, type Change, type ChecklistRun, skip, tick, undo } from './checklist.js'
import { answerChecklistCommand, type ChecklistCommandDeps } from './commands.js'

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
  container: z.object({ thread_ts: z.string().optional() }).optional(),
  actions: z.tuple([z.object({ action_ts: z.string(), value: z.string() })]),
})

const submitSchema = z.object({
  user: z.object({ id: z.string() }),
  trigger_id: z.string(),
  view: z.object({
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.looseObject({}))) }),
  }),
})

type Press = z.output<typeof pressSchema>

export function registerChecklists(app: App, deps: ChecklistListenerDeps): void {
  const on = (actionId: string, act: (press: Press, value: string) => Promise<string | undefined>): void => {
    app.action(actionId, async ({ ack, body }) => {
      await ack()
      const press = pressSchema.parse(body)
      const [{ action_ts: id, value }] = press.actions
      const about = aboutOf(value, press.channel?.id)
      const answer = await guarded(deps, { user: press.user.id, about, id }, () => act(press, value))
      if (answer !== undefined && press.channel !== undefined) await deps.tell(placeOf(press, press.channel.id), answer)
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
  on('checklist.page', (_press, value) => turn(deps, value))
  on('checklist.start', (press, value) => startFrom(deps, value, press.user.id))
  registerViews(app, deps)
  app.command('/incident-checklist', async ({ ack, command, respond }) => {
    await ack()
    const { user_id: user, channel_id: channel, trigger_id: id } = command
    const text = await guarded(deps, { user, about: { channel }, id }, () => answerChecklistCommand(deps, command))
    await respond({ response_type: 'ephemeral', text: text ?? 'Done.' })
  })
}

function registerViews(app: App, deps: ChecklistListenerDeps): void {
  const on = (
    callbackId: string,
    act: (text: string, user: string, value: string) => Promise<string | undefined>,
  ): void => {
    app.view(callbackId, async ({ ack, body }) => {
      const { user, view, trigger_id } = submitSchema.parse(body)
      const [blockId = '', fields = {}] = Object.entries(view.state.values)[0] ?? []
      const field = Object.values(fields)[0] ?? {}
      const text = String(field['value'] ?? field['selected_user'] ?? '')
      const press = { user: user.id, about: aboutOf(view.private_metadata, undefined), id: trigger_id }
      const refused = await guarded(deps, press, () => act(view.private_metadata, user.id, text))
      await (refused === undefined
        ? ack()
        : ack({ response_action: 'errors', errors: { [blockId]: refused.slice(0, 150) } }))
    })
  }
  on('checklist.skip', (value, user, reason) =>
    onStep(deps, value, user, (run, at, by, step) => skip(run, { step, by, at, reason })),
  )
  on('checklist.assign', (value, user, whom) =>
    onStep(deps, value, user, (run, at, by, step) => assign(run, { step, by, at, assignee: `slack:${whom}` })),
  )
}

/** Checks the person, then acts; whatever goes wrong is logged and told. */
async function guarded(
  deps: ChecklistListenerDeps,
  press: { readonly user: string; readonly about: About; readonly id: string },
  act: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return (await deps.refusal(press.user, press.about, press.id, 'checklist')) ?? (await act())
  } catch (error) {
    deps.log.error('a person asked for something that failed', { error })
    return `This failed and nothing is known to have been done: ${escapedText(describe(error), 2_000)}`
  }
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
  if (ref === undefined) return 'This button is from an older Mayday; nothing was done.'
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
  if (run === undefined || step === undefined) return 'This step is not in the store any more; nothing was done.'
  await deps.chat.openView(press.trigger_id, view(run, step))
  return undefined
}

async function turn(deps: ChecklistListenerDeps, value: string): Promise<undefined> {
  const ref = readPageRef(value)
  if (ref !== undefined) await deps.checklists.turn(ref.run, ref.page)
  return undefined
}

async function startFrom(deps: ChecklistListenerDeps, value: string, user: string): Promise<undefined> {
  const [incident = '', ...name] = value.split(':')
  await deps.checklists.start(Number(incident) as IncidentId, name.join(':'), `slack:${user}`)
  return undefined
}

function placeOf(press: Press, channel: string): Where {
  const threadTs = press.container?.thread_ts
  return { channel, user: press.user.id, ...(threadTs === undefined ? {} : { threadTs }) }
}
