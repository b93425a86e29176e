/** The forms that open from the card and from a message. Pure: what they show, and what was filled in. */
import { z } from 'zod'
import { escaped } from '../mrkdwn.js'
import type { Followup } from '../ports/response.js'
import { dueDate, isoDay, isPast } from './due.js'
import type { IncidentId, Severity } from './incident.js'
import { FORM } from './words.js'

const plain = (text: string) => ({ type: 'plain_text' as const, text })

function form(callbackId: string, metadata: string, title: string, submit: string, blocks: readonly object[]): object {
  return {
    type: 'modal',
    callback_id: callbackId,
    private_metadata: metadata,
    title: plain(title),
    submit: plain(submit),
    close: plain(FORM.cancel),
    blocks,
  }
}

function input(name: string, label: string, element: object, more: object = {}): object {
  return { type: 'input', block_id: name, label: plain(label), element: { ...element, action_id: name }, ...more }
}

/** A text field of several lines. why: Slack takes at most 3,000 characters in one. */
function lines(name: string, label: string, max: number, more: object = {}): object {
  return input(name, label, { type: 'plain_text_input', multiline: true, max_length: max }, more)
}

/** Impact and severity, both optional. What severity it shows goes with it: saved as it was, it is not set again. */
export function detailsForm(incident: IncidentId, severity: Severity | undefined): object {
  const options = FORM.severities.map((label, index) => ({ text: plain(label), value: String(index + 1) }))
  const chosen = severity === undefined ? undefined : options[severity - 1]
  const select = { type: 'static_select', options, ...(chosen === undefined ? {} : { initial_option: chosen }) }
  return form('incident.details', `${incident}:${severity ?? ''}`, FORM.detailsTitle, FORM.save, [
    lines('impact', FORM.impact, 2_000, { optional: true, hint: plain(FORM.impactHint) }),
    input('severity', FORM.severity, select, { optional: true }),
  ])
}

/** A follow-up with its owner and date. `user`: who opens it, the first guess for the owner. */
export function followupForm(incident: IncidentId, user: string, now: number): object {
  const date = dueDate('7d', now) ?? isoDay(now)
  return form('incident.followup', String(incident), FORM.followupTitle, FORM.save, [
    lines('what', FORM.what, 2_000),
    input('owner', FORM.owner, { type: 'users_select', initial_user: user }),
    input('due', FORM.due, { type: 'datepicker', initial_date: date }),
  ])
}

const text = z.object({ value: z.string().nullish() })

/** why: what is typed into a form arrives as it was typed; everywhere else Slack's escapes are in what people wrote. */
function said(value: string | null | undefined): string {
  return escaped(value?.trim() ?? '')
}

const detailsSchema = z.object({
  impact: z.object({ impact: text }),
  severity: z.object({ severity: z.object({ selected_option: z.object({ value: z.string() }).nullish() }) }),
})

/** What was said; each is undefined where nothing was. */
export function readDetails(values: unknown): {
  readonly impact: string | undefined
  readonly severity: Severity | undefined
} {
  const { impact, severity } = detailsSchema.parse(values)
  const chosen = severity.severity.selected_option?.value
  return {
    impact: said(impact.impact.value) || undefined,
    severity: chosen !== undefined && /^[1-5]$/u.test(chosen) ? (Number(chosen) as Severity) : undefined,
  }
}

const followupSchema = z.object({
  what: z.object({ what: text }),
  owner: z.object({ owner: z.object({ selected_user: z.string() }) }),
  due: z.object({ due: z.object({ selected_date: z.string() }) }),
})

/** The follow-up, or which field is wrong and why. */
export function readFollowupForm(
  values: unknown,
  now: number,
): { readonly wanted: Omit<Followup, 'number'> } | { readonly errors: Readonly<Record<string, string>> } {
  const { what, owner, due } = followupSchema.parse(values)
  const words = said(what.what.value)
  if (words === '') return { errors: { what: FORM.needed } }
  if (isPast(due.due.selected_date, now)) return { errors: { due: FORM.past } }
  return { wanted: { text: words, owner: `slack:${owner.owner.selected_user}`, due: due.due.selected_date } }
}
