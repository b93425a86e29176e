import { randomUUID } from 'node:crypto'
import { SlackSimulatorError } from './error.js'
import { type Draft, seen } from './posts.js'
import type { SlackSimulator } from './simulator.js'
import { fromApp, fromPerson } from './text.js'
import type { MessageRecord, Workspace } from './workspace.js'
import type { World } from './world.js'

type Speech = Pick<SlackSimulator, 'say' | 'edit' | 'erase' | 'react' | 'messages' | 'thread'>
type Said = Parameters<SlackSimulator['say']>[0]

/** The formatted copy that Slack's own composer sends along with a person's text. */
const richText = (text: string): readonly unknown[] => [
  { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] },
]

function subtypeOf(m: Said): string | undefined {
  if (m.subtype !== undefined) return m.subtype
  if (m.broadcast === true && m.threadTs !== undefined) return 'thread_broadcast'
  if (m.files !== undefined && m.files.length > 0) return 'file_share'
  return m.botId !== undefined && m.user === undefined ? 'bot_message' : undefined
}

function speaker(w: Workspace, m: Said): string | undefined {
  if (m.user !== undefined) return m.user === 'USLACKBOT' ? m.user : w.person(m.user).id
  if (m.botId !== undefined) return undefined
  const somebody = [...w.people.values()].find((p) => p.kind !== 'bot')
  if (somebody === undefined) throw new SlackSimulatorError('Nobody is there to say anything: use addPerson first.')
  return somebody.id
}

function draftOf(w: Workspace, m: Said): Draft {
  const user = speaker(w, m)
  const person = m.botId === undefined
  const subtype = subtypeOf(m)
  const typed = m.text ?? ''
  const composed = person && (subtype === undefined || subtype === 'thread_broadcast' || subtype === 'file_share')
  return {
    channel: w.channel(m.channel),
    text: person ? fromPerson(typed) : fromApp(typed),
    ...(user === undefined ? {} : { user }),
    ...(m.botId === undefined ? {} : { botId: m.botId }),
    ...(subtype === undefined ? {} : { subtype }),
    ...(composed ? { clientMsgId: randomUUID() } : {}),
    ...(composed && typed !== '' ? { blocks: richText(typed) } : {}),
    ...(m.threadTs === undefined ? {} : { threadTs: m.threadTs }),
    ...(m.files === undefined ? {} : { files: m.files }),
    ...(m.extra === undefined ? {} : { extra: m.extra }),
    ...(m.ts === undefined ? {} : { ts: m.ts }),
  }
}

export function createSpeech({ workspace: w, posts }: World): Speech {
  const own = (m: MessageRecord): string => m.user ?? m.botId ?? ''
  return {
    say(m) {
      const { ts } = posts.post(draftOf(w, m), m.deliver === false ? 0 : (m.deliveries ?? 1))
      return { ts }
    },
    edit({ channel, ts, text }) {
      const m = w.message(channel, ts)
      const person = m.botId === undefined
      posts.change(m, person ? { text: fromPerson(text), blocks: richText(text) } : { text: fromApp(text) }, own(m))
    },
    erase({ channel, ts }) {
      posts.remove(w.message(channel, ts))
    },
    react({ channel, ts, user, name, remove }) {
      posts.react(w.message(channel, ts), w.person(user).id, name, remove === true)
    },
    messages: (channel) => w.channel(channel).messages.map(seen),
    thread: (channel, ts) =>
      w
        .channel(channel)
        .messages.filter((m) => m.ts === ts || m.threadTs === ts)
        .map(seen),
  }
}
