/** `/purge-push` and the confirmation on their way into the purge room. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import { describe } from '../errors.js'
import { escapedText } from '../mrkdwn.js'
import type { Chat, Clock, Log, Store } from '../ports.js'
import { confirmView, readConfirmValue } from './card.js'
import { answerPurgeCommand, type PurgeCommandDeps } from './commands.js'
import { isExpired } from './plan.js'
import { answerSteering, type Press, pressSchema, STEERING } from './steering.js'

export interface PurgeListenerDeps {
  /** Undefined: NOTIFICATIONS_REDIS_URL is not set. */
  readonly commands: PurgeCommandDeps | undefined
  readonly store: Store
  readonly chat: Chat
  readonly clock: Clock
  readonly log: Log
  readonly tell: (
    to: { readonly channel: string; readonly user: string; readonly threadTs?: string },
    text: string,
  ) => Promise<void>
}

const NOT_SET =
  'NOTIFICATIONS_REDIS_URL is not set, so Mayday knows no Redis to purge; nothing was done. Set it to the Redis that holds the keys.'

const submitSchema = z.object({
  trigger_id: z.string(),
  user: z.object({ id: z.string() }),
  view: z.object({
    private_metadata: z.string(),
    state: z.object({
      values: z.object({ confirmation: z.object({ confirmation: z.object({ value: z.string().nullish() }) }) }),
    }),
  }),
})

export function registerPurges(app: App, deps: PurgeListenerDeps): void {
  app.command('/purge-push', async ({ ack, command, respond }) => {
    await ack()
    const say = async (text: string): Promise<void> => void (await respond({ response_type: 'ephemeral', text }))
    const answer = await guarded(deps, async () =>
      deps.commands === undefined ? NOT_SET : answerPurgeCommand(deps.commands, command, say),
    )
    const { text, blocks } = typeof answer === 'string' ? { text: answer, blocks: undefined } : answer
    await respond({ response_type: 'ephemeral', text, ...(blocks === undefined ? {} : { blocks: [...blocks] }) })
  })
  app.action('purge.confirm', async ({ ack, body }) => {
    await ack()
    const press = pressSchema.parse(body)
    const answer = await guarded(deps, () => openForm(deps, press))
    const threadTs = press.container?.thread_ts
    const to = { user: press.user.id, ...(threadTs === undefined ? {} : { threadTs }) }
    if (answer !== '' && press.channel !== undefined) await deps.tell({ channel: press.channel.id, ...to }, answer)
  })
  for (const [action, verb] of STEERING) {
    app.action(action, async ({ ack, body }) => {
      await ack()
      const steering = { ...deps, guarded: (work: () => Promise<string>) => guarded(deps, work), notSet: NOT_SET }
      await answerSteering(steering, pressSchema.parse(body), verb)
    })
  }
  app.view('purge.confirm', async ({ ack, body }) => {
    const submit = submitSchema.parse(body)
    const outcome = guarded(deps, () => confirmTyped(deps, submit))
    const early = await Promise.race([outcome, lateAnswer(deps)])
    if (early === undefined || early === '') await ack()
    else await ack({ response_action: 'errors', errors: { confirmation: early.slice(0, 2_000) } })
    if (early === undefined) await tellLate(deps, submit, await outcome)
  })
}

/** The log has the error, the person has the sentence. */
async function guarded<T>(deps: PurgeListenerDeps, work: () => Promise<T>): Promise<T | string> {
  try {
    return await work()
  } catch (error) {
    deps.log.warn('a person asked for something about a purge that was not done', { error })
    return escapedText(describe(error), 1_900)
  }
}

/** The refusal in words, or '' when the form is open. */
async function openForm(deps: PurgeListenerDeps, press: Press): Promise<string> {
  const [{ action_ts, value }] = press.actions
  const ref = readConfirmValue(value)
  if (deps.commands === undefined) return NOT_SET
  if (ref === undefined) return 'This button is from an older Mayday; nothing was done. Make a new plan.'
  const { id, job } = await deps.commands.purging.get(ref.id)
  const asked = { user: press.user.id, press: action_ts, incident: job.incident }
  const refused = await refusalOf(deps.commands, asked)
  if (refused !== undefined) return refused
  if (ref.digest !== job.digest) return 'This button is from another plan; nothing was done. Make a new plan.'
  if (job.state !== 'planned') return `Purge ${id} is ${job.state} already; nothing was done.`
  if (isExpired(job.plan, deps.clock.now())) return 'This plan has expired; nothing was done. Make a new plan.'
  if (job.approvals.some((one) => one.by === `slack:${press.user.id}`))
    return 'You have confirmed this purge already; it needs a second, different person.'
  await deps.chat.openView(press.trigger_id, confirmView(id, job))
  return ''
}

/** The refusal in words, or '' when it is confirmed. */
async function confirmTyped(deps: PurgeListenerDeps, submit: z.output<typeof submitSchema>): Promise<string> {
  const { view, user, trigger_id } = submit
  const ref = readConfirmValue(view.private_metadata)
  if (deps.commands === undefined) return NOT_SET
  if (ref === undefined) return 'This form is from an older Mayday; nothing was done. Make a new plan.'
  const { job } = await deps.commands.purging.get(ref.id)
  // why: between the button and this, a shift may have ended; and whoever holds a form need not have pressed the button.
  const refused = await refusalOf(deps.commands, { user: user.id, press: trigger_id, incident: job.incident })
  if (refused !== undefined) return refused
  const typed = view.state.values.confirmation.confirmation.value ?? ''
  await deps.commands.purging.confirm({ ...ref, typed, by: `slack:${user.id}` })
  deps.commands.kick()
  return ''
}

async function refusalOf(
  commands: PurgeCommandDeps,
  asked: Parameters<PurgeCommandDeps['permits']['refusal']>[0],
): Promise<string | undefined> {
  return commands.permits.refusal(asked)
}

// why: Slack waits 3 s for the answer to a form, and a Redis in trouble may take longer to say how things are.
const ANSWER_MS = 2_400

function lateAnswer({ clock }: PurgeListenerDeps): Promise<undefined> {
  return new Promise((resolve) => clock.after(ANSWER_MS, () => resolve(undefined)))
}

/** The form is closed by now; what came of it is told where the purge's message is. */
async function tellLate(
  deps: PurgeListenerDeps,
  submit: z.output<typeof submitSchema>,
  outcome: string,
): Promise<void> {
  const ref = readConfirmValue(submit.view.private_metadata)
  if (outcome === '' || ref === undefined || deps.commands === undefined) return
  const { job } = await deps.commands.purging.get(ref.id)
  const incident = job.incident === undefined ? undefined : await deps.store.incidents.get(job.incident)
  const channel = incident?.channel ?? job.channel
  if (channel === undefined) return
  const threadTs = incident?.threadTs
  await deps.tell({ channel, user: submit.user.id, ...(threadTs === undefined ? {} : { threadTs }) }, outcome)
}
