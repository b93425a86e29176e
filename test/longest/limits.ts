/** What Slack takes, by its reference of Block Kit, `views.publish` and `chat.update`: one table for every payload. */
import { blocksTooLong, checkBlocks, checkView } from '../../src/simulator/slack/blocks/check.js'

/** A message as a room makes it, or a view. */
export type Payload = { readonly text: string; readonly blocks?: readonly object[] } | { readonly type: string }

/** why: Slack advises under 4,000 characters of text; what is longer Mayday cuts, and a screen reader loses it. */
const TEXT_MAX = 4_000
/** A view as JSON, characters. */
const VIEW_MAX = 250_000

/** Everything that Slack would refuse or cut, and what somebody who hears the message would miss. */
export function faultsOf(payload: Payload): readonly string[] {
  if ('type' in payload) {
    const size = JSON.stringify(payload).length
    return [...told(checkView(payload)), ...(size > VIEW_MAX ? [`view of ${size} characters`] : [])]
  }
  const { text, blocks = [] } = payload
  return [
    ...(text.trim() === '' ? ['no text'] : []),
    ...(text.length > TEXT_MAX ? [`text of ${text.length} characters`] : []),
    ...told(blocks.length === 0 ? [] : checkBlocks(blocks, 'message')),
    ...(blocksTooLong(blocks) ? ['blocks too long together'] : []),
  ]
}

function told(problems: ReturnType<typeof checkBlocks>): readonly string[] {
  return problems.map((one) => `${one.pointer}: ${one.message}`)
}
