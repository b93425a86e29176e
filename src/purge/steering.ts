/** The buttons under a purge: pause, resume, cancel, undo, for the same people as the commands. */
import { z } from 'zod'
import { readSteerValue } from './card.js'
import type { PurgeCommandDeps } from './commands.js'

/** A press of a button, as far as the purge room reads it. */
export const pressSchema = z.object({
  trigger_id: z.string(),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }).optional(),
  container: z.object({ thread_ts: z.string().optional() }).optional(),
  actions: z.tuple([z.object({ action_id: z.string(), action_ts: z.string(), value: z.string() })]),
})
export type Press = z.output<typeof pressSchema>

export interface SteeringDeps {
  /** Undefined: there is no Redis to purge. */
  readonly commands: PurgeCommandDeps | undefined
  readonly notSet: string
  /** A failure becomes a sentence for the person. */
  readonly guarded: (work: () => Promise<string>) => Promise<string>
  readonly tell: (
    to: { readonly channel: string; readonly user: string; readonly threadTs?: string },
    text: string,
  ) => Promise<void>
}

/** What each button asks for, by its action id. */
export const STEERING = [
  ['purge.pause', 'pause'],
  ['purge.resume', 'resume'],
  ['purge.cancel', 'cancel'],
  ['purge.undo', 'undo'],
] as const
type Verb = (typeof STEERING)[number][1]

/** Does what was pressed, and tells the person when it was not done; what was done shows in the message itself. */
export async function answerSteering(deps: SteeringDeps, press: Press, verb: Verb): Promise<void> {
  const answer = await deps.guarded(() => steer(deps, press, verb))
  const threadTs = press.container?.thread_ts
  const to = { user: press.user.id, ...(threadTs === undefined ? {} : { threadTs }) }
  if (answer !== '' && press.channel !== undefined) await deps.tell({ channel: press.channel.id, ...to }, answer)
}

/** The refusal in words, or '' when it is done. */
async function steer({ commands, notSet }: SteeringDeps, press: Press, verb: Verb): Promise<string> {
  const [{ action_ts, value }] = press.actions
  const ref = readSteerValue(value)
  if (commands === undefined) return notSet
  if (ref === undefined) return 'This button is from an older Mayday; nothing was done.'
  const { id, job } = await commands.purging.get(ref.id)
  const refused = await commands.permits.refusal({ user: press.user.id, press: action_ts, incident: job.incident })
  if (refused !== undefined) return refused
  if (ref.digest !== job.digest) return 'This button is from another purge; nothing was done.'
  // why: to hold it or to end it is safe whenever it is asked for; to set it going is not, when the press is an old one.
  const isOld = ref.turn !== (job.turn ?? 0) && (verb === 'resume' || verb === 'undo')
  if (isOld)
    return `Purge ${id} has gone on since that button was shown; nothing was done. Look at its message and press again.`
  await commands.purging[verb](id, `slack:${press.user.id}`)
  commands.kick()
  return ''
}
