/**
 * How a run looks in Slack. Pure. Everything a sighted person learns from a mark or its place is also in words, and
 * `text` alone tells where things stand. All text from files and people is escaped: nothing here can ping anybody but the
 * people who did or got a step.
 *
 * Short, the default: the next step in full, every other one on one line with its button. Whole: every step in full.
 */
import type { ActionsBlock, Button, KnownBlock, PlainTextOption, SectionBlock, StaticSelect } from '@slack/types'
import { escapedLine, escapedText, line, weight } from '../mrkdwn.js'
import type { ChecklistRun, Doc, RunStep } from './checklist.js'
import { reviewAge } from './library/library.js'
import { progress } from './progress.js'
import { card, progressText } from './words.js'

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

/** What of a long run is shown. Without `page` (from 0) the one with the first open step. */
export interface CardView {
  readonly whole: boolean
  readonly page?: number
}

/** why: Slack refuses more than 50 blocks in a message; two are the head, two the page buttons, one the menus. */
const ROWS_MAX_BLOCKS = 45
/**
 * why: Slack refuses a message whose blocks are together longer than about 13,200 characters (`msg_blocks_too_long`,
 * undocumented). Counted here is the JSON, the strictest reading, and the sum stays below 12,000.
 */
const MAX_WEIGHT = 12_000
/** Longest row text in characters after escaping; well below a section's 3,000, so that several rows fit on any page. */
const ROW = { help: 900, doc: 600 } as const

/** The value of a step's buttons and the `private_metadata` of its modals: `<runId>:<stepId>`. */
export function stepRef({ run, step }: StepRef): string {
  return `${run}:${step}`
}

/** Reads `stepRef` back; undefined for anything else. Step ids hold no colon, run ids may. */
export function readStepRef(value: string): StepRef | undefined {
  const at = value.lastIndexOf(':')
  return at <= 0 || at === value.length - 1 ? undefined : { run: value.slice(0, at), step: value.slice(at + 1) }
}

/** The value of a `checklist.page` button: `<runId>:<view>`. */
export function readPageRef(value: string): { readonly run: string; readonly view: CardView } | undefined {
  const ref = readStepRef(value)
  const view = ref === undefined ? undefined : readView(ref.step)
  return ref === undefined || view === undefined ? undefined : { run: ref.run, view }
}

/** A view in a few characters: "s" short, "w" whole, and the page; "2" is "s2". */
export function writeView({ whole, page }: CardView): string {
  return `${whole ? 'w' : page === undefined ? 's' : ''}${page ?? ''}`
}

/** Reads `writeView` back; undefined for anything else. */
export function readView(said: string): CardView | undefined {
  if (!/^(?:[sw]|[sw]?\d{1,4})$/.test(said)) return undefined
  const digits = said.replace(/^[sw]/, '')
  return { whole: said.startsWith('w'), ...(digits === '' ? {} : { page: Number(digits) }) }
}

/**
 * The message of a run. `now` (ms) dates the reviews of linked documents. A run too long for one message has pages;
 * without `page` it opens where the first open step is, and a page that does not exist becomes the nearest that does.
 */
export function checklistCard(
  run: ChecklistRun,
  at: { readonly now: number; readonly view?: CardView | undefined },
): CardMessage {
  const whole = at.view?.whole ?? false
  const head = headOf(run)
  const firstOpen = run.steps.findIndex((step) => step.state.status === 'open')
  const rows = run.steps.map((step, index): Row => {
    const isFull = whole || index === firstOpen
    const options = isFull || step.state.status !== 'open' ? [] : [optionOf(run, step, index + 1)]
    return { index, blocks: rowOf(run, step, index + 1, { now: at.now, isFull }), options }
  })
  const frame = weight([...head, ...turners(run, 8888, 8888, [], whole), menus(run, [MEASURED], whole)])
  const pages = paginate(rows, MAX_WEIGHT - frame)
  const home = pages.findIndex((page) => page.some((row) => row.index === firstOpen))
  const shown = Math.min(Math.max(at.view?.page ?? Math.max(home, 0), 0), pages.length - 1)
  const page = pages[shown] ?? []
  const blocks = [...head, ...page.flatMap((row) => row.blocks)]
  blocks.push(
    menus(
      run,
      page.flatMap((row) => row.options),
      whole,
    ),
  )
  if (pages.length > 1) blocks.push(...turners(run, shown, pages.length, pages, whole))
  return { text: card.spoken(run, progress(run)), blocks }
}

function headOf(run: ChecklistRun): KnownBlock[] {
  const far = progress(run)
  return [
    { type: 'header', text: { type: 'plain_text', text: card.header(run.title, progressText(far)) } },
    { type: 'context', elements: [{ type: 'mrkdwn', text: card.about(run, far) }] },
  ]
}

interface Row {
  readonly index: number
  readonly blocks: readonly KnownBlock[]
  /** The step's entry in the menus that stand for its missing buttons. */
  readonly options: readonly PlainTextOption[]
}

/** Stands for the options while the rest is measured. */
const MEASURED: PlainTextOption = { text: { type: 'plain_text', text: '' }, value: '' }

function rowOf(
  run: ChecklistRun,
  step: RunStep,
  number: number,
  { now, isFull }: { readonly now: number; readonly isFull: boolean },
): readonly KnownBlock[] {
  const ref = stepRef({ run: run.id, step: step.id })
  const block_id = `step:${ref}`
  const { state } = step
  if (state.status !== 'open') {
    const undo = button('undo', card.undo, ref, card.undoAloud(number))
    return [{ ...section(card.dealt(step.title, state, number)), block_id, accessory: undo }]
  }
  const plainDone = button('done', card.done, ref, card.doneAloud(number))
  if (!isFull) return [{ ...section(card.open(step, number)), block_id, accessory: plainDone }]
  const done: Button = step.required ? { ...plainDone, style: 'primary' } : plainDone
  const elements = [done, button('skip', card.skip, ref), button('assign', card.assign, ref)]
  return [section(fullText(step, number, now)), { type: 'actions', block_id, elements }]
}

function fullText(step: RunStep, number: number, now: number): string {
  const lines = [card.open(step, number)]
  if (step.help !== undefined) lines.push(escapedText(step.help, ROW.help))
  if (step.command !== undefined) lines.push(card.type(step.command))
  if (step.doc !== undefined) lines.push(card.read(docLink(step.doc, now)))
  return lines.join('\n')
}

/** A link with the age of its last review, because an old runbook can be worse than none. */
function docLink(doc: Doc, now: number): string {
  const title = escapedLine(doc.title, 200)
  // why: `|`, `>` and spaces would end the link early in mrkdwn; a cut address leads nowhere.
  const linkable =
    /^https?:\/\/[^\s|<>\p{Cc}\p{Surrogate}]+$/iu.test(doc.url) && doc.url.replaceAll('&', '&amp;').length <= ROW.doc
  const link = linkable ? `<${doc.url.replaceAll('&', '&amp;')}|${title.replaceAll('|', '/')}>` : title
  return `${link} (${card.reviewed(reviewAge(doc.reviewed, now, doc.reviewEveryDays))})`
}

function paginate(rows: readonly Row[], budget: number): readonly (readonly Row[])[] {
  const pages: Row[][] = []
  let room = { blocks: 0, weight: 0 }
  for (const row of rows) {
    // An option stands in two menus.
    const need = { blocks: row.blocks.length, weight: weight(row.blocks) + 2 * weight(row.options) }
    const page = pages.at(-1)
    if (page === undefined || need.blocks > room.blocks || need.weight > room.weight) {
      pages.push([row])
      room = { blocks: ROWS_MAX_BLOCKS, weight: budget }
    } else page.push(row)
    room = { blocks: room.blocks - need.blocks, weight: room.weight - need.weight }
  }
  return pages
}

/** What one-line steps have no buttons for, and the way between short and whole. */
function menus(run: ChecklistRun, options: readonly PlainTextOption[], whole: boolean): ActionsBlock {
  const menu = (action: 'skip' | 'assign', words: string): StaticSelect => ({
    type: 'static_select',
    action_id: `checklist.${action}`,
    placeholder: { type: 'plain_text', text: words },
    options: [...options],
  })
  const toggle = button('page', whole ? card.short : card.everything, `${run.id}:${writeView({ whole: !whole })}`)
  const both = options.length === 0 ? [] : [menu('skip', card.skipAnother), menu('assign', card.assignAnother)]
  return { type: 'actions', block_id: `menus:${run.id}`, elements: [...both, toggle] }
}

function optionOf(run: ChecklistRun, step: RunStep, number: number): PlainTextOption {
  return {
    text: { type: 'plain_text', text: card.option(number, step.title) },
    value: stepRef({ run: run.id, step: step.id }),
  }
}

function turners(
  run: ChecklistRun,
  shown: number,
  count: number,
  pages: readonly (readonly Row[])[],
  whole: boolean,
): ActionsBlock[] {
  const turner = (page: number, way: 'Earlier' | 'Later'): ActionsBlock[] => {
    if (page < 0 || page >= count) return []
    const rows = pages[page] ?? []
    const label = card.turn(way, (rows[0]?.index ?? 8888) + 1, (rows.at(-1)?.index ?? 8888) + 1, run.steps.length)
    const element = button('page', label, `${run.id}:${writeView({ whole, page })}`)
    // why: an action id may occur once in a block, so each direction has a block of its own.
    return [{ type: 'actions', block_id: `page:${run.id}:${way.toLowerCase()}`, elements: [element] }]
  }
  // For the budget's sake a page in the middle of many is measured: both buttons, longest numbers.
  if (pages.length === 0) return [...turner(shown - 1, 'Earlier'), ...turner(shown - 1, 'Later')]
  return [...turner(shown - 1, 'Earlier'), ...turner(shown + 1, 'Later')]
}

type Action = 'done' | 'skip' | 'undo' | 'assign' | 'page' | 'take'

/** `spoken` is what a screen reader says instead of a label that repeats in every row. */
export function button(action: Action, label: string, value: string, spoken?: string): Button {
  const aloud = spoken === undefined ? {} : { accessibility_label: spoken }
  const text = { type: 'plain_text', text: line(label, 75) } as const
  return { type: 'button', action_id: `checklist.${action}`, text, value, ...aloud }
}

/** A paragraph of mrkdwn. */
export function section(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}
