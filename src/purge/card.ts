/** Plans and purges in Slack. Pure. All text from Redis and the configuration is escaped: nothing here can ping anybody. */
import type { Button, KnownBlock, ModalView } from '@slack/types'
import { escapedLine, escapedText, plain } from '../mrkdwn.js'
import { isUnderWay, isUndoing, type PurgeJob } from './job.js'
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

/** The preview that is approved; `now` (ms) says whether it has expired. */
export function planCard(id: number, job: PurgeJob, now: number): CardMessage {
  const [head = '', ...lines] = planLines(job.plan)
  const against = job.objections.map((one) => `${one.level === 'refuse' ? 'NOT POSSIBLE' : 'Mind'}: ${one.because}`)
  const ending = planEnding(job, now)
  const title = `Plan of purge ${id}: ${head}`
  const blocks: KnownBlock[] = [
    section(`*${escapedLine(title, 1_000)}*`),
    section(
      lines
        .map((one) => `• ${escapedLine(one, 700)}`)
        .join('\n')
        .slice(0, 2_990),
    ),
    ...against.map((one) => section(`:warning: ${escapedLine(one, 900)}`)).slice(0, 10),
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

/** A purge that was confirmed, at any moment of its life. */
export function purgeCard(id: number, job: PurgeJob): CardMessage {
  const text = escapedText(standing(id, job), 2_900)
  const how = isUnderWay(job) || isUndoing(job) ? steering(job) : ''
  const blocks: KnownBlock[] = [section(text), ...(how === '' ? [] : [context(how)])]
  return { text, blocks }
}

function steering(job: PurgeJob): string {
  const isPaused = isUndoing(job) ? job.undo?.state === 'paused' : job.state === 'paused'
  const target = escapedLine(job.plan.target, 60)
  return [isPaused ? 'resume' : 'pause', 'cancel'].map((verb) => `\`/purge-push ${verb} ${target}\``).join(' · ')
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

function actions(button: Button): KnownBlock {
  return { type: 'actions', elements: [button] }
}

function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function context(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] }
}
