/** App Home: what is open, who is on call, what is held, off or running, and what is due. Pure. */
import type { HomeView, KnownBlock, ModalView } from '@slack/types'
import type { StaleCounts } from '../../ports/docs.js'
import type { OnCall } from '../../ports.js'
import type { Actor, Incident, Page } from '../incident.js'
import { HOME_LABELS as LABELS, HOME_MAX as MAX, homeWords as words } from './words.js'

/** Delivery on hold. Times are ms. */
export interface HomeHold {
  readonly target: string
  readonly at: number
  readonly by: Actor
}

/** A switch that was off when it was last read. */
export interface HomeSwitch {
  readonly name: string
  readonly detail: string
  readonly since: number
  readonly readAt: number
}

/** What other rooms know. */
export interface Around {
  readonly holds: readonly HomeHold[]
  readonly off: readonly HomeSwitch[]
  /** One plain sentence for each purge or undo under way. */
  readonly purges: readonly string[]
  readonly stale: StaleCounts
}

/** An open emergency. `link`: the address of its thread, where it is known. */
export interface OpenOne {
  readonly incident: Incident
  readonly pages: readonly Page[]
  readonly link?: string | undefined
}

/** Everything that a member is shown. */
export interface HomeInput extends Around {
  readonly channel: string | undefined
  readonly shadow: boolean
  /** Newest first. */
  readonly open: readonly OpenOne[]
  /** The default service first. */
  readonly onCall: readonly { readonly team?: string; readonly list: OnCall | undefined }[]
  readonly now: number
}

/** The blocks without the moment at which they are shown, so that equal blocks mean that nothing has changed. */
export function homeBlocks(input: HomeInput): readonly KnownBlock[] {
  return [
    { type: 'header', text: { type: 'plain_text', text: LABELS.head } },
    context([words.channel(input.channel), ...(input.shadow ? [words.shadow] : [])].join(' ')),
    buttons(),
    ...openBlocks(input),
    { type: 'divider' },
    ...onCallBlocks(input),
    { type: 'divider' },
    ...heldBlocks(input),
    { type: 'divider' },
    section(`${words.upkeep(input.stale)}\n${words.noDrill}`),
  ]
}

/** What is published: the blocks, and since when they are true. */
export function homeView(blocks: readonly KnownBlock[], now: number, kept: boolean): HomeView {
  return { type: 'home', blocks: [...blocks, context(kept ? words.keptAsOf(now) : words.asOf(now))] }
}

/** For whoever may see nothing, or when nothing can be seen. */
export function plainBlocks(text: string): readonly KnownBlock[] {
  return [{ type: 'header', text: { type: 'plain_text', text: LABELS.head } }, section(text)]
}

/** why: a section holds 3,000 characters; a form holds 100 blocks. */
const SECTION_MAX = 2_900
const SECTIONS_MAX = 50

/** A form that only shows text, line by line, in as many sections as it needs. */
export function textView(title: string, text: string): ModalView {
  const sections: string[] = []
  for (const line of text.split('\n')) {
    const last = sections.at(-1)
    const cut = line.slice(0, SECTION_MAX)
    if (last !== undefined && last.length + 1 + cut.length <= SECTION_MAX) sections.splice(-1, 1, `${last}\n${cut}`)
    else if (cut.trim() !== '') sections.push(cut)
  }
  return {
    type: 'modal',
    title: { type: 'plain_text', text: title },
    close: { type: 'plain_text', text: LABELS.close },
    blocks: sections.slice(0, SECTIONS_MAX).map(section),
  }
}

function buttons(): KnownBlock {
  const button = (action: string, label: string, style?: 'danger') => ({
    type: 'button' as const,
    action_id: action,
    text: { type: 'plain_text' as const, text: label },
    ...(style === undefined ? {} : { style }),
  })
  return {
    type: 'actions',
    elements: [
      button('home.page', LABELS.page, 'danger'),
      button('home.status', LABELS.status),
      button('home.checklists', LABELS.checklists),
    ],
  }
}

function openBlocks({ open }: HomeInput): readonly KnownBlock[] {
  if (open.length === 0) return [section(words.none)]
  const rows = open.slice(0, MAX.incidents).map((one) => section(words.incident(one)))
  const more = open.length - rows.length
  return [
    section(words.open(open.length)),
    ...rows,
    ...(more > 0 ? [context(words.more(more, '`/mayday status`'))] : []),
  ]
}

function onCallBlocks({ onCall, now }: HomeInput): readonly KnownBlock[] {
  const [first = words.onCall(undefined, undefined, now), ...teams] = onCall.map(({ team, list }) =>
    words.onCall(team, list, now),
  )
  const rest = some(teams, MAX.teams, '`/mayday oncall TEAM`')
  return [section(`${words.onCallHead}\n${first}`), ...(rest.length === 0 ? [] : [section(rest.join('\n'))])]
}

function heldBlocks({ holds, off, purges }: HomeInput): readonly KnownBlock[] {
  const groups = [
    some(holds.map(words.hold), MAX.holds, '`/purge-push status`'),
    some(off.map(words.off), MAX.switches, '`/mayday switch`'),
    some(purges.map(words.purge), MAX.purges, '`/purge-push status`'),
  ].filter((lines) => lines.length > 0)
  return groups.length === 0 ? [section(words.nothingHeld)] : groups.map((lines) => section(lines.join('\n')))
}

function some(lines: readonly string[], max: number, where: string): readonly string[] {
  const more = lines.length - max
  return more > 0 ? [...lines.slice(0, max), words.more(more, where)] : lines
}

function section(text: string): KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } }
}

function context(text: string): KnownBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text }] }
}
