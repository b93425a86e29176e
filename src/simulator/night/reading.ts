import { elementsOf } from '../slack/elements.js'
import type { SlackSimulator } from '../slack/simulator.js'
import type { SimEphemeral, SimMessage } from '../slack/types.js'
import type { Person } from './stage.js'

/** One thing that can be pressed or chosen. */
interface Pressable {
  readonly action: string
  readonly value?: string
  readonly label: string
}

/** How the workspace reads to the people in it. */
export interface Reading {
  /** mrkdwn as a person sees it: names instead of ids, links by their label, times on the reader's clock. */
  plain(text: string): string
  who(message: Pick<SimMessage, 'user' | 'botId'>): string
  /** A line for each block, as plain text. */
  lines(message: Pick<SimMessage | SimEphemeral, 'blocks'>): readonly string[]
  pressables(message: Pick<SimMessage | SimEphemeral, 'blocks'>): readonly Pressable[]
}

export function createReading(o: {
  readonly slack: Pick<SlackSimulator, 'botUserId' | 'botId'>
  readonly people: readonly Person[]
  /** A moment on the reader's clock. */
  readonly time: (ms: number) => string
}): Reading {
  const names = new Map([...o.people.map((p) => [p.id, p.name] as const), [o.slack.botUserId, 'Mayday']])
  const plain = (text: string): string =>
    text
      .replace(/<!date\^(\d+)\^[^>|]*(?:\|[^>]*)?>/g, (_all, seconds: string) => o.time(Number(seconds) * 1000))
      .replace(/<!(?:subteam\^)?(\w+)[^>]*>/g, '@$1')
      .replace(/<@(\w+)[^>]*>/g, (_all, id: string) => names.get(id) ?? id)
      .replace(/<[^>|]+\|([^>]*)>/g, '$1')
      .replace(/<([^>]+)>/g, '$1')
      .replace(/(^|[\s(])([*_])(\S(?:[^*_\n]*\S)?)\2(?=[\s.,;:!?)]|$)/gm, '$1$3')
      .replaceAll('`', '')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  return {
    plain,
    who: (message) => (message.botId === o.slack.botId ? 'Mayday' : (names.get(message.user ?? '') ?? 'somebody')),
    lines: (message) => (message.blocks ?? []).flatMap((block) => textsOf(block).map(plain)),
    pressables: (message) =>
      elementsOf(message.blocks ?? []).map(({ element }) => ({
        action: String(element['action_id']),
        ...(typeof element['value'] === 'string' ? { value: element['value'] } : {}),
        label: labelOf(element),
      })),
  }
}

/** The texts of a header, section or context; what can be pressed is not text. */
function textsOf(block: unknown): readonly string[] {
  if (!isObject(block)) return []
  const parts = block['type'] === 'context' && Array.isArray(block['elements']) ? block['elements'] : [block['text']]
  return parts.flatMap((part) => (isObject(part) && typeof part['text'] === 'string' ? [part['text']] : []))
}

function labelOf(element: Readonly<Record<string, unknown>>): string {
  const text = element['text'] ?? element['placeholder']
  return isObject(text) && typeof text['text'] === 'string' ? text['text'] : String(element['type'])
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
