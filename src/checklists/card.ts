/**
 * How a run looks in Slack. Pure. Everything a sighted person learns from a mark or its place is also in words, and
 * `text` alone tells where things stand. All text from files and people is escaped: nothing here can ping anybody but the
 * people who did or got a step.
 */
import type { ActionsBlock, Button, KnownBlock, ModalView, PlainTextElement, SectionBlock } from '@slack/types'
import { code, escapedLine, escapedText, line, localTime, plain, weight, who } from '../mrkdwn.js'
import { type ChecklistRun, type Doc, MAX_REASON, progress, progressText, type RunStep } from './checklist.js'
import { reviewAge } from './library/library.js'

/** A message as `Outbox` takes it. */
export interface CardMessage {
  readonly text: string
  readonly blocks: readonly KnownBlock[]
}

/** Which step of which run a button or modal is about. */
export interface StepRef {
  readonly run: string
  readonly step: string
}

/** why: Slack refuses more than 50 blocks in a message; two are the head, two the page buttons. */
const ROWS_MAX_BLOCKS = 46
/**
 * why: Slack refuses a message whose blocks are together longer than about 13,200 characters (`msg_blocks_too_long`,
 * undocumented). Counted here is the JSON, the strictest reading, and the sum stays below 12,000.
 */
const MAX_WEIGHT = 12_000
/** Longest row text in characters after escaping; well below a section's 3,000, so that several rows fit on any page. */
const ROW = { title: 300, help: 900, command: 250, doc: 600, owner: 120, reason: 600 } as const

/** The value of a step's buttons and the `private_metadata` of its modals: `<runId>:<stepId>`. */
export function stepRef({ run, step }: StepRef): string {
  return `${run}:${step}`
}

/** Reads `stepRef` back; undefined for anything else. Step ids hold no colon, run ids may. */
export function readStepRef(value: string): StepRef | undefined {
  const at = value.lastIndexOf(':')
  return at <= 0 || at === value.length - 1 ? undefined : { run: value.slice(0, at), step: value.slice(at + 1) }
}

/** The value of a `checklist.page` button: `<runId>:<page>`, pages counted from 0. */
export function readPageRef(value: string): { readonly run: string; readonly page: number } | undefined {
  const ref = readStepRef(value)
  return ref !== undefined && /^\d{1,4}$/.test(ref.step) ? { run: ref.run, page: Number(ref.step) } : undefined
}

/**
 * The message of a run. `now` (ms) dates the reviews of linked documents. A run too long for one message has pages;
 * without `page` it opens where the first open step is, and a page that does not exist becomes the nearest that does.
 */
export function checklistCard(run: ChecklistRun, at: { readonly now: number; readonly page?: number }): CardMessage {
  const head = headOf(run)
  const rows = run.steps.map((step, index) => ({ index, blocks: rowOf(run, step, index + 1, at.now) }))
  const pages = paginate(rows, MAX_WEIGHT - weight(head) - weight(turners(run, 8888, 8888, [])))
  const firstOpen = run.steps.findIndex((step) => step.state.status === 'open')
  const home = pages.findIndex((page) => page.some((row) => row.index === firstOpen))
  const shown = Math.min(Math.max(at.page ?? Math.max(home, 0), 0), pages.length - 1)
  const blocks = [...head, ...(pages[shown] ?? []).flatMap((row) => row.blocks)]
  if (pages.length > 1) blocks.push(...turners(run, shown, pages.length, pages))
  return { text: sentence(run), blocks }
}

/** The modal that asks why a step is skipped. Input: block and action id `reason`. */
export function skipView(run: ChecklistRun, step: RunStep): ModalView {
  const warning = step.required ? '\nIt is *required*: without it somebody will ask when the incident is closed.' : ''
  return modal('checklist.skip', 'Skip a step', 'Skip', stepRef({ run: run.id, step: step.id }), [
    section(`*${escapedLine(step.title, ROW.title)}*${warning}`),
    {
      type: 'input',
      block_id: 'reason',
      label: plainText('Why is it not needed, or not possible?'),
      hint: plainText('It goes on the timeline, for whoever reads it in the morning.'),
      element: {
        type: 'plain_text_input',
        action_id: 'reason',
        multiline: true,
        min_length: 1,
        max_length: MAX_REASON,
      },
    },
  ])
}

/** The modal that gives a step to somebody. Input: block and action id `assignee`. */
export function assignView(run: ChecklistRun, step: RunStep): ModalView {
  const user = /^slack:([UW][A-Z0-9]+)$/.exec(step.assignee ?? '')?.[1]
  return modal('checklist.assign', 'Assign a step', 'Assign', stepRef({ run: run.id, step: step.id }), [
    section(`*${escapedLine(step.title, ROW.title)}*`),
    {
      type: 'input',
      block_id: 'assignee',
      label: plainText('Who does it?'),
      hint: plainText('Say it to them as well; a name in a list wakes nobody.'),
      element: { type: 'users_select', action_id: 'assignee', ...(user === undefined ? {} : { initial_user: user }) },
    },
  ])
}

/** The whole state in sentences, for screen readers and notifications; below Slack's advice of 4,000 characters. */
function sentence(run: ChecklistRun): string {
  const { open, openRequired } = progress(run)
  const start = `Checklist ${escapedLine(run.title, 150)}: ${progressText(run)}.`
  if (open === 0) return `${start} Nothing is left open.`
  const next = run.steps.findIndex((step) => step.state.status === 'open')
  const names = openRequired.map((step) => `"${escapedLine(step.title, 120)}"`)
  const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
  const required = names.length === 0 ? '' : ` Required and open: ${names.slice(0, 10).join(', ')}${more}.`
  return `${start} Next is step ${next + 1}, "${escapedLine(run.steps[next]?.title ?? '', 150)}".${required}`
}

function headOf(run: ChecklistRun): KnownBlock[] {
  const { open, openRequired } = progress(run)
  const told = `: ${progressText(run)}`
  const left = open === 0 ? 'Nothing is left open.' : `${openRequired.length} of ${open} open steps are required.`
  const from = `Emergency #${run.incident}, started by ${who(run.startedBy)} at ${localTime(run.startedAt)}`
  return [
    { type: 'header', text: plainText(`${plain(run.title, 150 - told.length)}${told}`) },
    { type: 'context', elements: [mrkdwn(`${escapedLine(run.about, 400)}\n${from}. ${left}`)] },
  ]
}

function rowOf(run: ChecklistRun, step: RunStep, number: number, now: number): readonly KnownBlock[] {
  const ref = stepRef({ run: run.id, step: step.id })
  const block_id = `step:${ref}`
  const { state } = step
  if (state.status !== 'open') {
    const mark = state.status === 'done' ? '☑ *Done*' : '⊘ *Skipped*'
    const why = state.status === 'skipped' ? `: ${escapedLine(state.reason, ROW.reason)}` : ''
    const text = `${mark} ${number}. ${escapedLine(step.title, ROW.title)}, ${who(state.by)} at ${localTime(state.at)}${why}`
    // Dealt with: one line, so that what is left stands out.
    return [{ ...section(text), block_id, accessory: button('undo', 'Undo', ref, `Undo step ${number}`) }]
  }
  const done = button('done', 'Done', ref, `Step ${number} is done`)
  const actions: ActionsBlock = {
    type: 'actions',
    block_id,
    elements: [
      step.required ? { ...done, style: 'primary' } : done,
      button('skip', 'Skip…', ref),
      button('assign', 'Assign…', ref),
    ],
  }
  return [section(openText(step, number, now)), actions]
}

function openText(step: RunStep, number: number, now: number): string {
  const lines = [`☐ *${number}. ${escapedLine(step.title, ROW.title)}*${step.required ? ' (required)' : ''}`]
  if (step.assignee !== undefined) lines.push(`With ${who(step.assignee)}`)
  else if (step.owner !== undefined) lines.push(`For: ${escapedLine(step.owner, ROW.owner)}`)
  if (step.help !== undefined) lines.push(escapedText(step.help, ROW.help))
  if (step.command !== undefined) lines.push(`Type ${code(step.command, ROW.command)}`)
  if (step.doc !== undefined) lines.push(`Read ${docLink(step.doc, now)}`)
  return lines.join('\n')
}

/** A link with the age of its last review, because an old runbook can be worse than none. */
function docLink(doc: Doc, now: number): string {
  const { days, overdue } = reviewAge(doc.reviewed, now, doc.reviewEveryDays)
  const age = days === undefined ? 'never reviewed' : `reviewed ${days} ${days === 1 ? 'day' : 'days'} ago`
  const title = escapedLine(doc.title, 200)
  // why: `|`, `>` and spaces would end the link early in mrkdwn; a cut address leads nowhere.
  const linkable =
    /^https?:\/\/[^\s|<>\p{Cc}\p{Surrogate}]+$/iu.test(doc.url) && doc.url.replaceAll('&', '&amp;').length <= ROW.doc
  const link = linkable ? `<${doc.url.replaceAll('&', '&amp;')}|${title.replaceAll('|', '/')}>` : title
  return `${link} (${age}${overdue ? ', review overdue' : ''})`
}

interface Row {
  readonly index: number
  readonly blocks: readonly KnownBlock[]
}

function paginate(rows: readonly Row[], budget: number): readonly (readonly Row[])[] {
  const pages: Row[][] = []
  let room = { blocks: 0, weight: 0 }
  for (const row of rows) {
    const need = { blocks: row.blocks.length, weight: weight(row.blocks) }
    const page = pages.at(-1)
    if (page === undefined || need.blocks > room.blocks || need.weight > room.weight) {
      pages.push([row])
      room = { blocks: ROWS_MAX_BLOCKS, weight: budget }
    } else page.push(row)
    room = { blocks: room.blocks - need.blocks, weight: room.weight - need.weight }
  }
  return pages
}

function turners(run: ChecklistRun, shown: number, count: number, pages: readonly (readonly Row[])[]): ActionsBlock[] {
  const turner = (page: number, way: 'Earlier' | 'Later'): ActionsBlock[] => {
    if (page < 0 || page >= count) return []
    const rows = pages[page] ?? []
    const label = `${way} steps: ${(rows[0]?.index ?? 8888) + 1} to ${(rows.at(-1)?.index ?? 8888) + 1} of ${run.steps.length}`
    const element = button('page', label, `${run.id}:${page}`)
    // why: an action id may occur once in a block, so each direction has a block of its own.
    return [{ type: 'actions', block_id: `page:${run.id}:${way.toLowerCase()}`, elements: [element] }]
  }
  // For the budget's sake a page in the middle of many is measured: both buttons, longest numbers.
  if (pages.length === 0) return [...turner(shown - 1, 'Earlier'), ...turner(shown - 1, 'Later')]
  return [...turner(shown - 1, 'Earlier'), ...turner(shown + 1, 'Later')]
}

type Action = 'done' | 'skip' | 'undo' | 'assign' | 'page'

/** `spoken` is what a screen reader says instead of a label that repeats in every row. */
function button(action: Action, label: string, value: string, spoken?: string): Button {
  const aloud = spoken === undefined ? {} : { accessibility_label: spoken }
  return { type: 'button', action_id: `checklist.${action}`, text: plainText(line(label, 75)), value, ...aloud }
}

function section(text: string): SectionBlock {
  return { type: 'section', text: mrkdwn(text) }
}

function mrkdwn(text: string): { type: 'mrkdwn'; text: string } {
  return { type: 'mrkdwn', text }
}

function plainText(text: string): PlainTextElement {
  return { type: 'plain_text', text }
}

function modal(callback: string, title: string, submit: string, metadata: string, blocks: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: callback,
    private_metadata: metadata,
    title: plainText(title),
    submit: plainText(submit),
    close: plainText('Back'),
    blocks,
  }
}
