import { SlackSimulatorError } from './error.js'

type Json = Record<string, unknown>

export interface FoundElement {
  readonly blockId: string
  readonly element: Json
  /** The block that it stands in. */
  readonly block: Json
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Every interactive element of these blocks, in reading order. */
export function elementsOf(blocks: readonly unknown[]): readonly FoundElement[] {
  const found: FoundElement[] = []
  const walk = (value: unknown, block: Json): void => {
    if (Array.isArray(value)) for (const item of value) walk(item, block)
    if (!isObject(value)) return
    if (typeof value['action_id'] === 'string' && typeof value['type'] === 'string')
      found.push({ blockId: String(block['block_id'] ?? ''), element: value, block })
    for (const inner of Object.values(value)) walk(inner, typeof value['block_id'] === 'string' ? value : block)
  }
  for (const block of blocks) if (isObject(block)) walk(block, block)
  return found
}

const optionsOf = (element: Json): readonly Json[] => {
  const groups = Array.isArray(element['option_groups']) ? element['option_groups'].filter(isObject) : []
  const lists = [element['options'], ...groups.map((g) => g['options'])]
  return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []))
}

function optionBy(element: Json, value: unknown): Json {
  if (String(element['type']).includes('external')) return { text: { type: 'plain_text', text: String(value) }, value }
  const found = optionsOf(element).find((o) => o['value'] === value)
  if (found !== undefined) return found
  const offered = optionsOf(element).map((o) => String(o['value']))
  throw new SlackSimulatorError(
    `${String(element['action_id'])} offers no option ${String(value)}; it offers: ${offered.join(', ')}.`,
  )
}

const TEXTS = ['plain_text_input', 'email_text_input', 'url_text_input', 'number_input']
const ONE_OPTION = ['static_select', 'external_select', 'radio_buttons', 'overflow']
const SOME_OPTIONS = ['multi_static_select', 'multi_external_select', 'checkboxes']
/** Elements whose state is one plain field: [field, field with the first value]. */
const PLAIN_FIELD: Readonly<Record<string, readonly [string, string]>> = {
  users_select: ['selected_user', 'initial_user'],
  conversations_select: ['selected_conversation', 'initial_conversation'],
  channels_select: ['selected_channel', 'initial_channel'],
  multi_users_select: ['selected_users', 'initial_users'],
  multi_conversations_select: ['selected_conversations', 'initial_conversations'],
  multi_channels_select: ['selected_channels', 'initial_channels'],
  datepicker: ['selected_date', 'initial_date'],
  timepicker: ['selected_time', 'initial_time'],
  datetimepicker: ['selected_date_time', 'initial_date_time'],
  rich_text_input: ['rich_text_value', 'initial_value'],
  file_input: ['files', 'initial_files'],
}

/** What an element holds after somebody gave it this value, or before anybody did; undefined = it holds nothing. */
export function stateOf(element: Json, given: unknown): Json | undefined {
  const type = String(element['type'])
  if (isObject(given)) return { type, ...given }
  if (TEXTS.includes(type)) return { type, value: given ?? element['initial_value'] ?? null }
  if (ONE_OPTION.includes(type)) {
    const chosen = given === undefined || given === null ? element['initial_option'] : optionBy(element, given)
    return { type, selected_option: chosen ?? null }
  }
  if (SOME_OPTIONS.includes(type)) {
    const values = Array.isArray(given) ? given : given === undefined ? undefined : [given]
    return { type, selected_options: values?.map((v) => optionBy(element, v)) ?? element['initial_options'] ?? [] }
  }
  const plain = PLAIN_FIELD[type]
  if (plain === undefined) return undefined
  return { type, [plain[0]]: given ?? element[plain[1]] ?? null }
}

export type Values = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** `view.state.values` for what was given, with the first values for the rest. */
export function stateValues(blocks: readonly unknown[], given: Values): Record<string, Record<string, unknown>> {
  const values: Record<string, Record<string, unknown>> = {}
  for (const { blockId, element } of elementsOf(blocks)) {
    const actionId = String(element['action_id'])
    const state = element['type'] === 'overflow' ? undefined : stateOf(element, given[blockId]?.[actionId])
    if (state !== undefined) values[blockId] = { ...values[blockId], [actionId]: state }
  }
  return values
}

const isEmpty = (state: Json): boolean =>
  Object.entries(state).every(
    ([key, v]) => key === 'type' || v === null || v === '' || (Array.isArray(v) && v.length === 0),
  )

/** What Slack's own client refuses before the app hears anything. */
export function refusedInput(
  blocks: readonly unknown[],
  values: Record<string, Record<string, unknown>>,
): 'missing_required' | 'invalid_input' | undefined {
  for (const { blockId, block, element } of elementsOf(blocks)) {
    const state = values[blockId]?.[String(element['action_id'])]
    if (block['type'] !== 'input' || !isObject(state)) continue
    if (isEmpty(state)) {
      if (block['optional'] !== true) return 'missing_required'
      continue
    }
    const length = typeof state['value'] === 'string' ? state['value'].length : undefined
    if (length === undefined) continue
    if (length < Number(element['min_length'] ?? 0) || length > Number(element['max_length'] ?? 3000))
      return 'invalid_input'
  }
  return undefined
}

/** The entry of `actions` for a press or a choice. */
export function actionFor(found: FoundElement, value: unknown, actionTs: string): Json {
  const { element, blockId } = found
  const type = String(element['type'])
  const base = { action_id: element['action_id'], block_id: blockId, type, action_ts: actionTs }
  if (type.endsWith('button')) {
    const kept = ['text', 'value', 'style', 'url'].filter((key) => element[key] !== undefined)
    return { ...base, ...Object.fromEntries(kept.map((key) => [key, element[key]])) }
  }
  if (type === 'feedback_buttons') return { ...base, value }
  return { ...base, ...stateOf(element, value) }
}
