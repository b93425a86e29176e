/** A message about a switch, with the button that turns it back. Pure. */
import type { KnownBlock } from '@slack/types'
import { plain } from '../mrkdwn.js'
import type { SwitchState } from '../ports/switches.js'
import { BUTTON, CONFIRM } from './words.js'

/** `text` says everything. */
export interface SwitchMessage {
  readonly text: string
  readonly blocks: readonly KnownBlock[]
}

/** `button`: what can be pressed; undefined: nothing. */
export function announcement(text: string, name: string, button: SwitchState | undefined): SwitchMessage {
  const said: KnownBlock = { type: 'section', text: { type: 'mrkdwn', text: text.slice(0, 3_000) } }
  return {
    text,
    blocks: button === undefined ? [said] : [said, { type: 'actions', elements: [pressable(name, button)] }],
  }
}

/** Action ids are `switch.on` and `switch.off`, the value is the name: any room's message may carry one. */
function pressable(name: string, wanted: SwitchState) {
  const text = (words: string) => ({ type: 'plain_text' as const, text: plain(words, 75) })
  return {
    type: 'button' as const,
    action_id: `switch.${wanted}`,
    value: name,
    text: text(BUTTON[wanted]),
    ...(wanted === 'on'
      ? {
          confirm: {
            title: text(CONFIRM.title),
            text: text(CONFIRM.text),
            confirm: text(CONFIRM.yes),
            deny: text(CONFIRM.no),
          },
        }
      : {}),
  }
}
