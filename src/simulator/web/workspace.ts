/** The workspace as one person sees it, as HTML: the channel with its threads, what only they see, and their open form. */
import type { Night } from '../night/acts.js'
import type { Role } from '../night/stage.js'
import type { SimEphemeral, SimMessage, SimView } from '../slack/types.js'
import { blocksHtml, escaped, mrkdwn, type Reader } from './html.js'

/** The parts of the page; each is drawn again where it has changed. */
export interface Parts {
  readonly channel: string
  readonly form: string
  readonly pager: string
}

export function partsFor(night: Night, as: Role): Parts {
  const reader: Reader = {
    names: new Map([
      ...Object.values(night.people).map(({ id, name }) => [id, name] as const),
      [night.slack.botUserId, 'Mayday'],
    ]),
    time: night.tell.time,
  }
  return { channel: channelHtml(night, as, reader), form: formHtml(night, as, reader), pager: pagerHtml(night) }
}

function channelHtml(night: Night, as: Role, reader: Reader): string {
  const { slack, channel } = night
  const mine = slack.ephemerals(night.people[as].id).filter((one) => !one.deleted)
  const all = slack.messages(channel).filter((one) => !one.deleted)
  const roots = all.filter((one) => one.threadTs === undefined || one.threadTs === one.ts)
  const threads = roots.map((root) => {
    const replies = [...all.filter((one) => one.threadTs === root.ts && one.ts !== root.ts), ...mine]
      .filter((one) => one.threadTs === root.ts)
      .sort((a, b) => Number(a.ts) - Number(b.ts))
    const reply = `<button type=button class=reply data-reply="${escaped(root.ts)}">Reply</button>`
    const inner = replies.map((one) => messageHtml(night, one, reader)).join('')
    return { ts: root.ts, html: `${messageHtml(night, root, reader)}<div class=thread>${inner}${reply}</div>` }
  })
  const alone = mine
    .filter((one) => one.threadTs === undefined)
    .map((one) => ({ ts: one.ts, html: messageHtml(night, one, reader) }))
  return [...threads, ...alone]
    .sort((a, b) => Number(a.ts) - Number(b.ts))
    .map(({ html }) => html)
    .join('')
}

function messageHtml(night: Night, message: SimMessage | SimEphemeral, reader: Reader): string {
  const isWhisper = 'via' in message
  const who = isWhisper ? 'Mayday' : night.reading.who(message)
  const isLoud = !isWhisper && message.subtype === 'thread_broadcast'
  const only = isWhisper
    ? '<small>Only visible to you</small>'
    : isLoud
      ? '<small>also sent to the channel</small>'
      : ''
  const at = escaped(night.tell.time(Number(message.ts) * 1_000))
  const blocks = message.blocks ?? []
  // What people type comes as rich text, and as the same in words.
  const isBuilt = blocks.length > 0 && (isWhisper || message.botId !== undefined)
  const body = isBuilt ? blocksHtml(blocks, { ts: message.ts }, reader) : mrkdwn(message.text, reader)
  const kind = `message${isWhisper ? ' whisper' : ''}${who === 'Mayday' ? ' bot' : ''}`
  const face = escaped(who.slice(0, 1))
  return `<div class="${kind}"><div class=face>${face}</div><div><b>${escaped(who)}</b> <time>${at}</time> ${only}<div class=body>${body}</div></div></div>`
}

function formHtml(night: Night, as: Role, reader: Reader): string {
  const view = night.slack.views(night.people[as].id).findLast((one) => one.open)
  if (view === undefined) return ''
  const blocks = Array.isArray(view.view['blocks']) ? view.view['blocks'] : []
  const inner = blocksHtml(blocks, { view: view.id, errors: view.errors }, reader)
  const submit = wordOf(view, 'submit')
  const send = submit === '' ? '' : `<button class=primary>${submit}</button>`
  const close = `<button type=button data-close="${escaped(view.id)}">${wordOf(view, 'close') || 'Close'}</button>`
  return `<form data-view="${escaped(view.id)}"><h3>${escaped(view.title)}</h3>${inner}<div class=actions>${close}${send}</div></form>`
}

function wordOf({ view }: SimView, field: string): string {
  const text = view[field]
  return typeof text === 'object' && text !== null && 'text' in text ? escaped(String(text.text)) : ''
}

function pagerHtml({ pagerduty, logins }: Night): string {
  const rows = pagerduty.incidents().map((one) => {
    const people = one.assignees.map((id) => logins[id] ?? id).join(', ')
    const called = people === '' ? 'nobody' : people
    return `<li class=${one.status}><b>${one.status}</b> #${one.number} ${escaped(one.title)}<small>${escaped(called)}</small></li>`
  })
  return rows.length === 0 ? '<li>no incidents</li>' : rows.join('')
}
