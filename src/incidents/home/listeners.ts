/** App Home, and its button for the status, on their way into the room. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import { describe } from '../../errors.js'
import type { Chat, Log } from '../../ports.js'
import { textView } from './home.js'
import type { Homes } from './homes.js'
import { HOME_LABELS as LABELS, homeWords as words } from './words.js'

export interface HomeListenerDeps {
  readonly homes: Homes
  readonly chat: Pick<Chat, 'openView'>
  readonly log: Log
  /** The same as `/mayday status`, refusals included. */
  readonly status: (asked: { readonly user: string; readonly press: string }) => Promise<string>
}

const pressSchema = z.object({ user: z.object({ id: z.string() }), trigger_id: z.string() })

export function registerHome(app: App, deps: HomeListenerDeps): void {
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab === 'home') await deps.homes.opened(event.user)
  })
  app.action('home.status', async ({ ack, body }) => {
    await ack()
    const { user, trigger_id: trigger } = pressSchema.parse(body)
    const text = await deps.status({ user: user.id, press: trigger }).catch((error: unknown) => failure(deps, error))
    await deps.chat.openView(trigger, textView(LABELS.statusTitle, text))
  })
}

/** The log has the error, the person has the sentence. */
function failure(deps: HomeListenerDeps, error: unknown): string {
  deps.log.error('a person asked for the status and it failed', { error })
  return words.failed(describe(error))
}
