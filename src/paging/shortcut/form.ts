/** The form in which a person confirms the page about a message, and what carries the message through it. Pure. */
import type { KnownBlock, ModalView } from '@slack/types'
import { z } from 'zod'
import type { Incident } from '../../incidents/incident.js'
import type { OnCall } from '../../ports.js'
import { SHORTCUT_LABELS as LABELS, type Rule, shortcutWords as words } from './words.js'

/** The shortcut's name in the manifest, and its form's. */
export const PAGE_ABOUT = 'mayday.page_about_this'
/** Block and action id of the reason. */
export const REASON = 'reason'
const REASON_MAX = 300

/** The message a page is raised about. */
export interface AboutMessage {
  readonly channel: string
  readonly ts: string
  /** Root of the thread it stands in. */
  readonly threadTs?: string
  /** Who wrote it: a well-formed Slack user id. */
  readonly author?: string
  /** Its words in mrkdwn, cut to what a form can carry. */
  readonly text: string
  readonly cut: boolean
}

const carried = z.object({
  channel: z.string(),
  ts: z.string(),
  threadTs: z.string().optional(),
  author: z.string().optional(),
  text: z.string(),
  cut: z.boolean(),
})

/** why: `private_metadata` holds 3,000 characters; ids and quotation marks of the JSON around the text take the rest. */
const CARRIED_MAX = 2_600

/** The words of a message, cut so that the form can carry them. */
export function fitting(text: string): Pick<AboutMessage, 'text' | 'cut'> {
  if (weigh(text) <= CARRIED_MAX) return { text, cut: false }
  let kept = ''
  let left = CARRIED_MAX - weigh('…')
  for (const point of text) {
    left -= weigh(point)
    if (left < 0) break
    kept += point
  }
  return { text: `${kept}…`, cut: true }
}

/** Length in JSON, without the quotation marks around it. */
function weigh(text: string): number {
  return JSON.stringify(text).length - 2
}

/** For `private_metadata`. why: Slack gives it back as it was, while texts in blocks come back rewritten. */
export function carry(about: AboutMessage): string {
  return JSON.stringify(about)
}

/** Undefined: it is not what `carry` wrote. */
export function carriedOf(metadata: string): AboutMessage | undefined {
  try {
    const { threadTs, author, ...rest } = carried.parse(JSON.parse(metadata))
    return { ...rest, ...(threadTs === undefined ? {} : { threadTs }), ...(author === undefined ? {} : { author }) }
  } catch {
    return undefined
  }
}

/** Everything that the form tells before anybody is called. */
export interface FormInput {
  readonly about: AboutMessage
  /** The emergency channel. */
  readonly channel: string
  readonly rule: Rule
  readonly onCall: OnCall | undefined
  /** Open emergencies, newest first. Undefined: the store did not say. */
  readonly open: readonly Incident[] | undefined
  readonly now: number
}

/** Who will be called, by which rule, with which words; and the place for a reason. */
export function confirmView(input: FormInput): ModalView {
  const { about, channel } = input
  return {
    ...frame(),
    callback_id: PAGE_ABOUT,
    private_metadata: carry(about),
    submit: { type: 'plain_text', text: LABELS.page },
    blocks: [
      ...topOf(input).map(section),
      { type: 'divider' },
      section(words.quote(about.text)),
      context(about.cut ? `${words.cut} ${words.where(channel)}` : words.where(channel)),
      {
        type: 'input',
        block_id: REASON,
        optional: true,
        label: { type: 'plain_text', text: LABELS.reason },
        hint: { type: 'plain_text', text: LABELS.reasonHint },
        element: { type: 'plain_text_input', action_id: REASON, max_length: REASON_MAX },
      },
    ],
  }
}

/** The form that asks for the words of a page that no message is about. */
export const PAGE_WORDS = 'mayday.page'
/** Block and action id of the words. */
export const WORDS = 'words'

/** Who will be called and by which rule, and the place for the words. */
export function askView(input: Omit<FormInput, 'about'>): ModalView {
  return {
    ...frame(),
    callback_id: PAGE_WORDS,
    submit: { type: 'plain_text', text: LABELS.page },
    blocks: [
      ...topOf(input).map(section),
      {
        type: 'input',
        block_id: WORDS,
        label: { type: 'plain_text', text: LABELS.words },
        hint: { type: 'plain_text', text: LABELS.wordsHint },
        element: { type: 'plain_text_input', action_id: WORDS, multiline: true, min_length: 1, max_length: 3_000 },
      },
    ],
  }
}

/** The form when there is nothing to confirm: why nobody is called, or what was done. */
export function saidView(text: string): ModalView {
  return { ...frame(), blocks: [section(text)] }
}

/** Before anybody presses: what else is open, who is called, and by which rule. */
function topOf({ channel, rule, onCall, open, now }: Omit<FormInput, 'about'>): readonly string[] {
  const remark = open === undefined ? [words.unseen] : open.length === 0 ? [] : [words.open(open, now)]
  const whom = rule.mode === 'shadow' ? [] : [words.whom(onCall, now)]
  return [...remark, ...whom, words.rule(channel, rule)]
}

function frame() {
  return {
    type: 'modal' as const,
    title: { type: 'plain_text' as const, text: LABELS.title },
    close: { type: 'plain_text' as const, text: LABELS.close },
  }
}

function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function context(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] }
}
