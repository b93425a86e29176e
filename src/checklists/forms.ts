/** The forms of the room: why a step is skipped, who does it and by when. Pure. */
import type { InputBlock, KnownBlock, ModalView, PlainTextElement } from '@slack/types'
import { section, stepRef } from './card.js'
import { type ChecklistRun, MAX_REASON, type RunStep } from './checklist.js'
import { isDay } from './progress.js'
import { forms } from './words.js'

/** The modal that asks why a step is skipped. Input: block and action id `reason`. */
export function skipView(run: ChecklistRun, step: RunStep): ModalView {
  const required = step.required ? forms.aboutRequired : ''
  return modal('checklist.skip', forms.skipTitle, forms.skip, stepRef({ run: run.id, step: step.id }), [
    section(`${forms.about(step)}${required}${blocking(step)}`),
    input('reason', forms.reason, forms.reasonHint, {
      type: 'plain_text_input',
      action_id: 'reason',
      multiline: true,
      min_length: 1,
      max_length: MAX_REASON,
    }),
  ])
}

/** The modal that gives a step to somebody. Inputs: block and action ids `assignee` and, may be left empty, `due`. */
export function assignView(run: ChecklistRun, step: RunStep): ModalView {
  const user = /^slack:([UW][A-Z0-9]+)$/.exec(step.assignee ?? '')?.[1]
  const due = step.due !== undefined && isDay(step.due) ? { initial_date: step.due } : {}
  return modal('checklist.assign', forms.assignTitle, forms.assign, stepRef({ run: run.id, step: step.id }), [
    section(`${forms.about(step)}${blocking(step)}`),
    input('assignee', forms.assignee, forms.assigneeHint, {
      type: 'users_select',
      action_id: 'assignee',
      ...(user === undefined ? {} : { initial_user: user }),
    }),
    { ...input('due', forms.due, undefined, { type: 'datepicker', action_id: 'due', ...due }), optional: true },
  ])
}

/** The checklists there are, one line each, as `/incident-checklist list` has them. */
export function listView(text: string): ModalView {
  // why: a section holds 3,000 characters, a form 100 blocks and 250,000 characters in all; a line has about 500.
  const lines = text.split('\n').filter((one) => one.trim() !== '')
  const shown = lines.length === 0 ? [forms.listTitle] : lines.slice(0, 99)
  const { submit: _none, ...frame } = modal('checklist.list', forms.listTitle, forms.listTitle, '', [])
  return { ...frame, blocks: shown.map((one) => section(one.slice(0, 1_000))) }
}

function blocking(step: RunStep): string {
  return step.blocksReview === true ? forms.aboutBlocking : ''
}

function input(id: string, label: string, hint: string | undefined, element: InputBlock['element']): InputBlock {
  const below = hint === undefined ? {} : { hint: plainText(hint) }
  return { type: 'input', block_id: id, label: plainText(label), ...below, element }
}

function modal(callback: string, title: string, submit: string, metadata: string, blocks: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: callback,
    private_metadata: metadata,
    title: plainText(title),
    submit: plainText(submit),
    close: plainText(forms.back),
    blocks,
  }
}

function plainText(text: string): PlainTextElement {
  return { type: 'plain_text', text }
}
