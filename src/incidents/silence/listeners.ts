/** Every press and command is a sign of life of whoever made it. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import type { Seen } from './seen.js'

const acting = z.union([
  z.object({ command: z.string(), user_id: z.string() }).transform((body) => body.user_id),
  z
    .object({
      type: z.enum(['block_actions', 'view_submission', 'shortcut', 'message_action']),
      user: z.object({ id: z.string() }),
    })
    .transform((body) => body.user.id),
])

export function registerSeen(app: App, seen: Seen): void {
  app.use(async ({ body, next }) => {
    const user = acting.safeParse(body)
    if (user.success) seen.note(user.data)
    await next()
  })
}
