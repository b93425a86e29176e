/** Slack's events on their way into the paging room. */
import type { App } from '@slack/bolt'
import type { Receive, Source } from './receive.js'

/**
 * Every `message` event, whatever its subtype. A failure is thrown on to the gate, which keeps the message in the inbox.
 * why: `app.message` hides subtypes from its types only; `app.event` says what it does.
 */
export function registerPaging(app: App, receive: Receive): void {
  app.event('message', async ({ event, context }) => {
    await receive(event, sourceOf(context['source']))
  })
}

function sourceOf(value: unknown): Source {
  return value === 'catch_up' || value === 'reclaimed' ? value : 'live'
}
