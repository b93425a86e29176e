/** The shortcut on a message and its form, on their way into the paging room. */
import type { App } from '@slack/bolt'
import { z } from 'zod'
import { describe } from '../../errors.js'
import { escaped } from '../../mrkdwn.js'
import type { Log } from '../../ports.js'
import { wordsOf } from '../words.js'
import { type AboutMessage, carriedOf, fitting, PAGE_ABOUT, PAGE_WORDS, REASON, saidView, WORDS } from './form.js'
import { NO_CHANNEL, type Shortcut } from './shortcut.js'
import { shortcutWords as words } from './words.js'

export interface ShortcutListenerDeps {
  readonly shortcut: Shortcut
  readonly log: Log
}

const shortcutSchema = z.object({
  trigger_id: z.string(),
  action_ts: z.string(),
  user: z.object({ id: z.string() }),
  channel: z.object({ id: z.string() }),
  message_ts: z.string(),
  message: z.looseObject({ thread_ts: z.string().optional(), user: z.string().optional() }),
})

const pressSchema = z.object({ user: z.object({ id: z.string() }), trigger_id: z.string() })

const submitSchema = z.object({
  trigger_id: z.string(),
  user: z.object({ id: z.string() }),
  view: z.object({
    id: z.string(),
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), z.looseObject({}))) }),
  }),
})

export function registerShortcut(app: App, deps: ShortcutListenerDeps): void {
  app.shortcut('mayday.page_about_this', async ({ ack, body, respond }) => {
    await ack()
    const said = await show(deps, body).catch((error: unknown) => failure(deps, error))
    // why: by `response_url`, which reaches the person also in a channel that Mayday is not in.
    if (said !== undefined) await respond({ response_type: 'ephemeral', text: said })
  })
  app.view(PAGE_ABOUT, async ({ ack, body }) => {
    const said = await page(deps, body).catch((error: unknown) => failure(deps, error))
    await ack({ response_action: 'update', view: saidView(said) })
  })
  app.view(PAGE_WORDS, async ({ ack, body }) => {
    const said = await pageWords(deps, body).catch((error: unknown) => failure(deps, error))
    await ack({ response_action: 'update', view: saidView(said) })
  })
  app.action('home.page', async ({ ack, body }) => {
    await ack()
    // App Home has no place for words: what did not become a form is in the log.
    await ask(deps, body).catch((error: unknown) => failure(deps, error))
  })
}

async function ask(deps: ShortcutListenerDeps, body: unknown): Promise<void> {
  const { user, trigger_id: trigger } = pressSchema.parse(body)
  await deps.shortcut.ask({ user: user.id, press: trigger, trigger })
}

/** The form's own id is the page's, so that one form makes one page. */
async function pageWords(deps: ShortcutListenerDeps, body: unknown): Promise<string> {
  const { user, trigger_id: press, view } = submitSchema.parse(body)
  const said = view.state.values[WORDS]?.[WORDS]?.['value']
  const text = escaped(typeof said === 'string' ? said.trim() : '')
  const about = { channel: NO_CHANNEL, ts: view.id, text, cut: false }
  return deps.shortcut.page({ user: user.id, press, about, reason: '' })
}

async function show(deps: ShortcutListenerDeps, body: unknown): Promise<string | undefined> {
  const { user, trigger_id, action_ts, ...shown } = shortcutSchema.parse(body)
  return deps.shortcut.show({ user: user.id, press: action_ts, trigger: trigger_id, about: aboutOf(shown) })
}

async function page(deps: ShortcutListenerDeps, body: unknown): Promise<string> {
  const { user, trigger_id, view } = submitSchema.parse(body)
  const about = carriedOf(view.private_metadata)
  if (about === undefined) return words.failed('the form does not say which message it is about.')
  const reason = view.state.values[REASON]?.[REASON]?.['value']
  return deps.shortcut.page({
    ...{ user: user.id, press: trigger_id, about },
    reason: typeof reason === 'string' ? reason.trim() : '',
  })
}

function aboutOf(shown: Pick<z.output<typeof shortcutSchema>, 'channel' | 'message_ts' | 'message'>): AboutMessage {
  const { thread_ts: threadTs, user } = shown.message
  return {
    ...{ channel: shown.channel.id, ts: shown.message_ts },
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(user === undefined || !/^[UW][A-Z0-9]{1,30}$/u.test(user) ? {} : { author: user }),
    ...fitting(wordsOf(shown.message)),
  }
}

/** The log has the error, the person has the sentence. */
function failure(deps: ShortcutListenerDeps, error: unknown): string {
  deps.log.error('a person used the shortcut and it failed', { error })
  return words.failed(describe(error))
}
