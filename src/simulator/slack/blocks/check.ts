import { BLOCKS, ONLY_ON, type Surface, shapeOf } from './blocks.js'
import type { Fields, Spec } from './spec.js'

/** One fault, at a JSON pointer into the arguments, in the words of `blocks.validate`. */
export interface BlockProblem {
  readonly pointer: string
  readonly code: string
  readonly message: string
}
type Problems = readonly BlockProblem[]
type Json = Record<string, unknown>

const MAX_BLOCKS: Readonly<Record<Surface, number>> = { message: 50, modal: 100, home: 100 }
// why: undocumented; Slack answers msg_blocks_too_long at about 13,200 characters over all blocks.
const MAX_CHARACTERS = 13_200

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const problem = (pointer: string, code: string, message: string): Problems => [{ pointer, code, message }]
const unless = (fine: boolean, pointer: string, code: string, message: string): Problems =>
  fine ? [] : problem(pointer, code, message)
const notA = (what: string, at: string): Problems => problem(at, 'wrong_type', `must be ${what}`)
const extra = (at: string, key: string): Problems =>
  problem(at, 'additional_property', `invalid additional property: ${key}`)

function checkString(value: unknown, min: number, max: number | undefined, at: string): Problems {
  if (typeof value !== 'string') return notA('a string', at)
  // why: Slack counts an emoji as one character.
  const length = [...value].length
  return [
    ...unless(length >= min, at, 'too_short', `must be more than ${min - 1} characters`),
    ...unless(max === undefined || length <= max, at, 'too_long', `must be less than ${Number(max) + 1} characters`),
  ]
}

function checkText(value: unknown, spec: Extract<Spec, { kind: 'text' }>, at: string): Problems {
  if (!isObject(value)) return notA('a text object', at)
  const type = String(value['type'])
  const allowed = type === 'mrkdwn' ? ['type', 'text', 'verbatim'] : ['type', 'text', 'emoji']
  return [
    ...unless(spec.types.includes(type), `${at}/type`, 'unsupported_type', `unsupported text type: ${type}`),
    ...Object.keys(value).flatMap((key) => (allowed.includes(key) ? [] : extra(at, key))),
    ...checkString(value['text'], spec.min, spec.max, `${at}/text`),
  ]
}

function checkList(value: unknown, spec: Extract<Spec, { kind: 'list' }>, at: string): Problems {
  if (!Array.isArray(value)) return notA('an array', at)
  const { min = 0, max = Number.POSITIVE_INFINITY } = spec
  return [
    ...unless(value.length >= min, at, 'too_few_items', `no fewer than ${min} items allowed`),
    ...unless(value.length <= max, at, 'too_many_items', `no more than ${max} items allowed`),
    ...value.flatMap((item: unknown, i) => checkSpec(item, spec.of, `${at}/${i}`)),
  ]
}

function checkNumber(value: unknown, spec: Extract<Spec, { kind: 'number' }>, at: string): Problems {
  if (typeof value !== 'number') return notA('a number', at)
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = spec
  return [
    ...unless(value >= min, at, 'too_small', `must be at least ${min}`),
    ...unless(value <= max, at, 'too_large', `must be at most ${max}`),
  ]
}

function checkTyped(value: unknown, types: readonly string[], asBlock: boolean, at: string): Problems {
  if (!isObject(value)) return notA('an object', at)
  const type = String(value['type'])
  const shape = shapeOf(type, asBlock)
  if (!types.includes(type) || shape === undefined)
    return problem(`${at}/type`, 'unsupported_type', `unsupported type: ${type}`)
  return [...checkFields(value, shape, at), ...checkSense(value, type, at)]
}

function checkSpec(value: unknown, spec: Spec, at: string): Problems {
  switch (spec.kind) {
    case 'any':
      return []
    case 'bool':
      return typeof value === 'boolean' ? [] : notA('a boolean', at)
    case 'number':
      return checkNumber(value, spec, at)
    case 'string':
      if (spec.oneOf === undefined) return checkString(value, spec.min ?? 0, spec.max, at)
      return unless(spec.oneOf.includes(String(value)), at, 'not_allowed', `must be one of: ${spec.oneOf.join(', ')}`)
    case 'text':
      return checkText(value, spec, at)
    case 'list':
      return checkList(value, spec, at)
    case 'typed':
      return checkTyped(value, spec.types, spec.blocks, at)
    case 'object':
      return isObject(value) ? checkFields(value, spec.fields, at) : notA('an object', at)
  }
}

function checkFields(value: Json, fields: Fields, at: string): Problems {
  const known = Object.entries(fields).flatMap(([key, field]) =>
    value[key] === undefined
      ? unless(!field.required, at, 'missing_field', `missing required field: ${key}`)
      : checkSpec(value[key], field.spec, `${at}/${key}`),
  )
  const unknown = Object.keys(value).filter((key) => key !== 'type' && fields[key] === undefined)
  return [...known, ...unknown.flatMap((key) => extra(at, key))]
}

/** Rules between fields. */
function checkSense(value: Json, type: string, at: string): Problems {
  const has = (key: string): boolean => value[key] !== undefined
  if (type === 'section')
    return unless(has('text') || has('fields'), at, 'missing_field', 'missing required field: text or fields')
  if (type.endsWith('static_select'))
    return unless(has('options') !== has('option_groups'), at, 'missing_field', 'must have options or option_groups')
  if (type === 'image')
    return unless(has('image_url') !== has('slack_file'), at, 'missing_field', 'must have image_url or slack_file')
  if (type === 'number_input')
    return unless(
      !(Number(value['min_value']) > Number(value['max_value'])),
      at,
      'invalid_range',
      'min_value must not be greater than max_value',
    )
  return type === 'table' || type === 'data_table' ? checkTable(value, at) : []
}

function checkTable(value: Json, at: string): Problems {
  const rows = Array.isArray(value['rows']) ? value['rows'] : []
  const widths = new Set(rows.map((row: unknown) => (Array.isArray(row) ? row.length : 0)))
  const settings = value['column_settings']
  const text = collect(rows, 'text').join('')
  return [
    ...unless(widths.size <= 1, `${at}/rows`, 'ragged_rows', 'all rows must have the same number of columns'),
    ...unless(
      !Array.isArray(settings) || widths.size !== 1 || widths.has(settings.length),
      `${at}/column_settings`,
      'column_mismatch',
      'column_settings must match the number of columns',
    ),
    ...unless(text.length <= 20_000, `${at}/rows`, 'too_long', 'cells must be less than 20001 characters together'),
  ]
}

/** Every string under this key, at any depth. */
function collect(value: unknown, key: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => collect(item, key))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === 'string' ? [inner] : collect(inner, key),
  )
}

const repeated = (ids: readonly string[]): readonly string[] => [
  ...new Set(ids.filter((id, i) => ids.indexOf(id) !== i)),
]

function checkUnique(blocks: readonly unknown[], at: string): Problems {
  const ids = blocks.flatMap((b) => (isObject(b) && typeof b['block_id'] === 'string' ? [b['block_id']] : []))
  return [
    ...repeated(ids).flatMap((id) => problem(at, 'duplicate_block_id', `block_id ${id} already exists`)),
    ...blocks.flatMap((block, i) =>
      repeated(collect(block, 'action_id')).flatMap((id) =>
        problem(`${at}/${i}`, 'duplicate_action_id', `action_id ${id} already exists for block`),
      ),
    ),
  ]
}

/** Everything that Slack would refuse in these blocks. */
export function checkBlocks(blocks: unknown, surface: Surface, at = '/blocks'): Problems {
  if (!Array.isArray(blocks)) return notA('an array', at)
  const types = blocks.map((b: unknown) => (isObject(b) ? String(b['type']) : ''))
  const max = MAX_BLOCKS[surface]
  return [
    ...unless(blocks.length <= max, at, 'too_many_items', `no more than ${max} items allowed`),
    ...blocks.flatMap((block: unknown, i) => checkTyped(block, Object.keys(BLOCKS), true, `${at}/${i}`)),
    ...types.flatMap((type, i) =>
      unless(
        ONLY_ON[type]?.includes(surface) ?? true,
        `${at}/${i}/type`,
        'unsupported_type',
        `${type} is not supported on this surface: ${surface}`,
      ),
    ),
    ...unless(
      !(types.includes('plan') && types.includes('task_card')),
      at,
      'not_allowed',
      'plan and task_card cannot be used together',
    ),
    ...unless(types.filter((t) => t === 'table').length < 2, at, 'only_one_table_allowed', 'only one table is allowed'),
    ...checkUnique(blocks, at),
  ]
}

/** True when all texts of the blocks together are more than Slack takes in one message. */
export const blocksTooLong = (blocks: readonly unknown[]): boolean =>
  collect(blocks, 'text').reduce((sum, text) => sum + text.length, 0) > MAX_CHARACTERS

const VIEW_TEXT: Spec = { kind: 'text', min: 1, max: 24, types: ['plain_text'] }
const VIEW_STRINGS = [
  ['private_metadata', 3000],
  ['callback_id', 255],
  ['external_id', 255],
] as const

/** Everything that Slack would refuse in a modal or home view. */
export function checkView(view: unknown): Problems {
  if (!isObject(view)) return notA('an object', '/view')
  const home = view['type'] === 'home'
  const blocks = Array.isArray(view['blocks']) ? view['blocks'] : undefined
  const inputs = blocks?.some((b) => isObject(b) && b['type'] === 'input') === true
  const texts = ['title', 'close', 'submit'].filter((key) => view[key] !== undefined && view[key] !== null)
  return [
    ...unless(home || view['type'] === 'modal', '/view/type', 'unsupported_type', 'must be modal or home'),
    ...texts.flatMap((key) => checkSpec(view[key], VIEW_TEXT, `/view/${key}`)),
    ...unless(home || view['title'] !== undefined, '/view', 'missing_field', 'missing required field: title'),
    ...VIEW_STRINGS.flatMap(([key, max]) =>
      view[key] === undefined ? [] : checkString(view[key], 0, max, `/view/${key}`),
    ),
    ...unless(blocks?.length !== 0, '/view/blocks', 'too_few_items', 'no fewer than 1 items allowed'),
    ...checkBlocks(view['blocks'], home ? 'home' : 'modal', '/view/blocks'),
    ...unless(
      home || !inputs || view['submit'] !== undefined,
      '/view',
      'missing_field',
      'submit is required when an input block is within the blocks',
    ),
  ]
}
