/** One posting as Web API calls: write it, change it, find it again by its key. */
import type { WebClient } from '@slack/web-api'
import { MaydayError } from '../../errors.js'
import type { Log, Posting } from '../../ports.js'
import { callSlack, cursorOf, isRec, type Rec, recsOf, textOf } from './api.js'
import { BLOCKS_REFUSED } from './chat.js'
import { failureOf } from './failure.js'

/** Carried by every message of Mayday, so that it can be found when the answer to its posting was lost. */
const METADATA_TYPE = 'mayday_message'

// why: Slack advises under 4,000 characters and cuts at 40,000 without a word.
const MAX_TEXT = 4_000
const PAGE = 200
const MAX_PAGES = 5
// The thread's first message is gone or takes no replies: better at the top level than nowhere.
const NO_THREAD = new Set(['thread_not_found', 'cannot_reply_to_message', 'invalid_thread_ts', 'message_not_found'])

/** Posts and returns its timestamp. Throws what the client throws. */
export async function post(lane: WebClient, posting: Posting, threadTs: string | undefined, log: Log): Promise<string> {
  const args = { ...contentOf(posting), channel: posting.channel, unfurl_links: false, unfurl_media: false }
  const inThread = { ...args, thread_ts: threadTs, reply_broadcast: posting.broadcast === true ? true : undefined }
  try {
    return await write(lane, 'chat.postMessage', threadTs === undefined ? args : inThread, posting, log)
  } catch (error) {
    const failure = failureOf(error)
    if (threadTs === undefined || failure.kind !== 'refused' || !NO_THREAD.has(failure.code)) throw error
    log.warn('A thread takes no reply; the message goes to the channel', { key: posting.key, code: failure.code })
    return write(lane, 'chat.postMessage', args, posting, log)
  }
}

/** Changes a message in place. Throws what the client throws. */
export async function update(lane: WebClient, posting: Posting, ts: string, log: Log): Promise<string> {
  // why: chat.update keeps the old blocks when none are sent, and they would contradict the new text.
  const content = { ...contentOf(posting), blocks: posting.blocks ?? [] }
  return write(lane, 'chat.update', { ...content, channel: posting.channel, ts }, posting, log)
}

/** Timestamp of the message with this key, if Slack has it. Throws what the client throws. */
export async function lookUp(
  lane: WebClient,
  posting: Posting,
  threadTs: string | undefined,
): Promise<string | undefined> {
  const method = threadTs === undefined ? 'conversations.history' : 'conversations.replies'
  const args = { channel: posting.channel, ts: threadTs, limit: PAGE, include_all_metadata: true }
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await callSlack(lane, method, { ...args, cursor })
    const found = recsOf(answer['messages']).find((message) => keyOf(message) === posting.key)
    if (found !== undefined) return textOf(found['ts'])
    cursor = cursorOf(answer)
    if (cursor === undefined) return undefined
  }
  return undefined
}

function keyOf(message: Rec): string | undefined {
  const { metadata } = message
  if (!isRec(metadata) || metadata['event_type'] !== METADATA_TYPE || !isRec(metadata['event_payload']))
    return undefined
  return textOf(metadata['event_payload']['key'])
}

function contentOf(posting: Posting): Rec {
  return {
    text: cut(posting.text),
    blocks: posting.blocks,
    metadata: { event_type: METADATA_TYPE, event_payload: { key: posting.key } },
    // why: only mentions that Mayday wrote itself may call people; nothing quoted from a message may become one.
    parse: 'none',
    link_names: false,
  }
}

/** At most 4,000 characters, never half of one. */
function cut(text: string): string {
  if (text.length <= MAX_TEXT) return text
  return `${text.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** With blocks; and when Slack does not take them, with the text alone, which says everything. */
async function write(lane: WebClient, method: string, args: Rec, posting: Posting, log: Log): Promise<string> {
  try {
    return tsOf(await callSlack(lane, method, args))
  } catch (error) {
    const failure = failureOf(error)
    const plain = failure.kind === 'refused' && BLOCKS_REFUSED.has(failure.code) && (posting.blocks?.length ?? 0) > 0
    if (!plain) throw error
    log.error('Slack refused the blocks of a message; it is posted as text', { key: posting.key, code: failure.code })
    return tsOf(await callSlack(lane, method, { ...args, blocks: method === 'chat.update' ? [] : undefined }))
  }
}

function tsOf(answer: Rec): string {
  const ts = textOf(answer['ts'])
  if (ts === undefined)
    throw new MaydayError('SLACK_UNAVAILABLE', { what: 'Slack did not say what it posted.', retry: true })
  return ts
}
