import { eventually } from '../support/eventually.js'
import { createStage, type Stage, type StageOptions, type Thread } from '../support/stage.js'
import { CONTACTS, expectReply, knowsOnCall } from '../support/truth.js'

export const REMINDED = /Nobody has acknowledged the page after 2 min. PagerDuty is paging \*Alex Rivera\*/u
export const RAISED = /Nobody has acknowledged the page after [56] min. Mayday raised it to escalation level 2/u
export const BACKSTOP = /<!channel> \*Nobody has acknowledged the page after/u
export const ANY_DEADLINE = /Nobody has acknowledged/u

/** A page that Alex is called for, on a service that calls Kim `levelDelayMinutes` later; no acknowledgement runs out. */
export async function alexIsCalled(
  options: StageOptions = {},
  levelDelayMinutes = 60,
): Promise<{ readonly stage: Stage; readonly thread: Thread }> {
  const stage = await createStage({ yaml: CONTACTS, ...options })
  stage.pagerduty.setOnCall([[stage.onCall.alex], [stage.onCall.kim]], { levelDelayMinutes, ackTimeoutMinutes: 0 })
  await knowsOnCall(stage)
  const thread = stage.say('checkout fails for everybody')
  await eventually(() => expectReply(thread, /is paging Alex Rivera/u))
  return { stage, thread }
}

/** How many replies read like this. */
export function times(thread: Thread, pattern: RegExp): number {
  return thread.replies().filter((reply) => pattern.test(reply.text)).length
}
