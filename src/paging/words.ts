/**
 * The words of a message, also of one that has no `text`: an alert that another tool posts as blocks or attachments, or
 * a file without a comment. Pure.
 */
import { escaped } from '../mrkdwn.js'

type Raw = Readonly<Record<string, unknown>>

/** why: Slack nests rich text four deep (list in quote in section); deeper is no message of Slack's. */
const DEPTH_MAX = 12

/**
 * What a message says, as mrkdwn: its `text`; where that is blank its blocks, else its attachments, else the names of
 * its files; '' when there is nothing at all. Total: any value whatever gets an answer.
 */
export function wordsOf(message: Raw): string {
  const text = filled(message['text'])
  if (text !== undefined) return text
  const blocks = inBlocks(message['blocks'], 0)
  const attachments = recordsOf(message['attachments']).flatMap(inAttachment)
  return [blocks, attachments, fileNames(message['files'])].map(lines).find((words) => words !== '') ?? ''
}

/** Texts of blocks in the order in which they stand; labels of buttons and menus are not said by anybody. */
function inBlocks(value: unknown, depth: number): readonly string[] {
  if (depth > DEPTH_MAX) return []
  if (Array.isArray(value)) return value.flatMap((one: unknown) => inBlocks(one, depth + 1))
  if (!isRecord(value)) return []
  const { type, text } = value
  if (type === 'mrkdwn') return listed(text)
  // why: these two are the only texts in which Slack does not write `&`, `<` and `>` as entities.
  if (type === 'plain_text' || type === 'text') return listed(text).map(escaped)
  if (type === 'link') return listed(filled(text) ?? value['url']).map(escaped)
  if (type === 'actions' || type === 'input') return []
  if (type === 'rich_text_section' || type === 'rich_text_preformatted' || type === 'rich_text_quote') {
    return [inBlocks(value['elements'], depth).join('')]
  }
  return [text, value['fields'], value['elements'], value['title']].flatMap((part) => inBlocks(part, depth + 1))
}

function inAttachment(attachment: Raw): readonly string[] {
  const own = [attachment['pretext'], attachment['title'], attachment['text']].flatMap(listed)
  const blocks = inBlocks(attachment['blocks'], 0)
  return [own, blocks].find((words) => lines(words) !== '') ?? listed(attachment['fallback'])
}

function fileNames(files: unknown): readonly string[] {
  const names = recordsOf(files).flatMap((file) => filled(file['title']) ?? filled(file['name']) ?? [])
  return names.length === 0 ? [] : [`(no text) ${names.map(escaped).join(', ')}`]
}

function lines(words: readonly string[]): string {
  return words.filter((one) => one.trim() !== '').join('\n')
}

function listed(text: unknown): readonly string[] {
  return typeof text === 'string' ? [text] : []
}

function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function recordsOf(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

function isRecord(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
