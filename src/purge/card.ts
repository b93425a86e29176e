/** Plans and purges in Slack. Pure. All text from Redis and the configuration is escaped: nothing here can ping anybody. */
import type { Button, KnownBlock, ModalView } from '@slack/types'
import { escapedLine, escapedText, plain } from '../mrkdwn.js'
import { canBeUndone, isUnderWay, isUndoing, type PurgeJob } from './job.js'
import { confirmationOf } from './plan.js'
import { planEnding, planLines, standing } from './telling.js'
import { entries } from './words.js'

/** A message as the outbox takes it. */
export interface CardMessage {
  readonly text: string
  readonly blocks: readonly KnownBlock[]
}

/** The value of a `purge.confirm` button and the modal's `private_metadata`: `<number>:<digest>`. */
export function confirmValue(id: number, job: PurgeJob): string {
  return `${id}:${job.digest}`
}

/** Reads `confirmValue` back; undefined for anything else. */
export function readConfirmValue(value: string): { readonly id: number; readonly digest: string } | undefined {
  const match = /^(\d{1,9}):([0-9a-f]{64})$/u.exec(value)
  return match?.[1] === undefined || match[2] === undefined ? undefined : { id: Number(match[1]), digest: match[2] }
}

/** What the buttons under a purge do, by their action id. */
export type Steering = 'purge.pause' | 'purge.resume' | 'purge.cancel' | 'purge.undo'

/**
 * The value of a steering button: `<number>:<digest>:<turn>`. Whatever a person does about a purge begins its next turn, so
 * that a press from before cannot set anything in motion again.
 */
export function steerValue(id: number, job: PurgeJob): string {
  return `${confirmValue(id, job)}:${job.turn ?? 0}`
}

/** Reads `steerValue` back; undefined for anything else. */
export function readSteerValue(
  value: string,
): { readonly id: number; readonly digest: string; readonly turn: number } | undefined {
  const [, confirm = '', turn] = /^(\d{1,9}:[0-9a-f]{64}):(\d{1,9})$/u.exec(value) ?? []
  const ref = readConfirmValue(confirm)
  return ref === undefined ? undefined : { ...ref, turn: Number(turn) }
}

/** The preview that is approved; `now` (ms) says whether it has expired. */
export function planCard(id: number, job: PurgeJob, now: number): CardMessage {
  const [head = '', ...lines] = planLines(job.plan)
  const against = job.objections.map((one) => `${one.level === 'refuse' ? 'NOT POSSIBLE' : 'Mind'}: ${one.because}`)
  const ending = planEnding(job, now)
  const title = `Plan of purge ${id}: ${head}`
  const blocks: KnownBlock[] = [
    // why: a pattern ends in a star, which would end the bold type and not be shown.
    section(`*Plan of purge ${id}:* ${escapedLine(head, 1_000)}`),
    section(
      lines
        .map((one) => `• ${escapedLine(one, 700)}`)
        .join('\n')
        .slice(0, 2_990),
    ),
    ...against.map((one) => section(`:warning: ${escapedLine(one, 700)}`)).slice(0, 10),
    context(escapedText(ending, 500)),
    ...(canConfirm(job, now) ? [actions(confirmButton(id, job))] : []),
  ]
  const text = escapedText([title, ...against, ...lines].map((one) => `${one}.`).join(' '), 3_000)
  return { text: `${text} ${escapedText(ending, 500)}`, blocks }
}

function canConfirm(job: PurgeJob, now: number): boolean {
  const isRefused = job.objections.some((one) => one.level === 'refuse')
  return job.state === 'planned' && now <= job.plan.expiresAt && !isRefused && job.plan.count > 0
}

/** A purge that was confirmed, at any moment of its life, with what can be done about it. */
export function purgeCard(id: number, job: PurgeJob): CardMessage {
  const text = escapedText(standing(id, job), 2_900)
  const buttons = steering(job).map((one) => steerButton(one, id, job))
  const blocks: KnownBlock[] = [section(text), ...(buttons.length === 0 ? [] : [actions(...buttons)])]
  return { text, blocks }
}

/** What makes sense now; whoever is late is told so by the purge itself. */
export function steering(job: PurgeJob): readonly Steering[] {
  if (isUndoing(job)) return [job.undo?.state === 'paused' ? 'purge.resume' : 'purge.pause', 'purge.cancel']
  if (isUnderWay(job)) return [job.state === 'paused' ? 'purge.resume' : 'purge.pause', 'purge.cancel']
  const hasStopped = [job.state, job.undo?.state].some((one) => one === 'stopped' || one === 'failed')
  const isOver = job.undo?.state === 'done' || job.undo?.state === 'cancelled'
  return [
    ...(hasStopped && !isOver ? (['purge.resume'] as const) : []),
    ...(canBeUndone(job) ? (['purge.undo'] as const) : []),
  ]
}

const LABELS: Readonly<Record<Steering, string>> = {
  'purge.pause': 'Pause',
  'purge.resume': 'Resume',
  'purge.cancel': 'Cancel',
  'purge.undo': 'Undo',
}

function steerButton(action: Steering, id: number, job: PurgeJob): Button {
  const ask = action === 'purge.cancel' || action === 'purge.undo' ? { confirm: confirmSteering(action, id, job) } : {}
  return {
    type: 'button',
    action_id: action,
    text: { type: 'plain_text', text: LABELS[action] },
    value: steerValue(id, job),
    accessibility_label: plain(`${LABELS[action]} purge ${id} of ${job.plan.target}`, 75),
    ...ask,
  }
}

function confirmSteering(
  action: 'purge.cancel' | 'purge.undo',
  id: number,
  job: PurgeJob,
): NonNullable<Button['confirm']> {
  const words =
    action === 'purge.undo'
      ? `What purge ${id} removed is put back where nothing lives under the name again. Are the senders stopped?`
      : `${isUndoing(job) ? 'The undo' : 'The purge'} ends where it is. ${isUndoing(job) ? 'What is back stays back.' : 'What is gone can be put back if there is an archive.'}`
  return {
    title: { type: 'plain_text', text: `${LABELS[action]} purge ${id}?` },
    text: { type: 'plain_text', text: plain(words, 300) },
    confirm: { type: 'plain_text', text: action === 'purge.undo' ? 'Put it back' : 'End it' },
    deny: { type: 'plain_text', text: 'Leave it' },
  }
}

/** The form in which a person types what they confirm. Input: block and action id `confirmation`. */
export function confirmView(id: number, job: PurgeJob): ModalView {
  const { plan } = job
  const what = `${entries(plan.count, plan.layout)} of ${plan.target}`
  const after = plan.archive
    ? 'They are archived first and can be put back.'
    : '*No archive is kept: this cannot be undone.*'
  return {
    type: 'modal',
    callback_id: 'purge.confirm',
    private_metadata: confirmValue(id, job),
    title: { type: 'plain_text', text: `Confirm purge ${id}`.slice(0, 24) },
    submit: { type: 'plain_text', text: 'Purge' },
    close: { type: 'plain_text', text: 'Back' },
    blocks: [
      section(`*${escapedLine(what, 300)}* will be removed. ${after}`),
      {
        type: 'input',
        block_id: 'confirmation',
        label: { type: 'plain_text', text: plain(`Type ${confirmationOf(plan)}`, 150) },
        element: { type: 'plain_text_input', action_id: 'confirmation', max_length: 100 },
      },
    ],
  }
}

function confirmButton(id: number, job: PurgeJob): Button {
  return {
    type: 'button',
    action_id: 'purge.confirm',
    style: 'danger',
    text: { type: 'plain_text', text: 'Confirm…' },
    value: confirmValue(id, job),
    accessibility_label: plain(`Confirm purge ${id} of ${entries(job.plan.count, job.plan.layout)}`, 75),
  }
}

function actions(...elements: readonly Button[]): KnownBlock {
  return { type: 'actions', elements: [...elements] }
}

function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function context(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] }
}
